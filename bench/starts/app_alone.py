"""What every function does before anything else."""

import time

import app  # noqa: F401

print(time.process_time())
