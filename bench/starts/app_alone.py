"""What every function does before anything else."""

import app  # noqa: F401
