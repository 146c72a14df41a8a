"""The interpreter alone: taken off all others."""

import time

print(time.process_time())
