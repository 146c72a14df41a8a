"""No photo takes more memory than there is, whatever its header says of its size."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# Of the 2048 MB of the function; an honest photo takes 1100 MB of it at the most (docs/decisions/0013).
MOST_BYTES: Final = 1_750_000_000


@contextmanager
def bounded() -> Iterator[None]:
    """Within, what asks for more memory than MOST_BYTES, of the whole process, is told that there is none.

    A few bytes can say that they are 64 pixels wide and decode to 16 384; without this the function would be killed,
    its message would come again, and the photo would never be refused.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = MOST_BYTES if hard == resource.RLIM_INFINITY else min(MOST_BYTES, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
