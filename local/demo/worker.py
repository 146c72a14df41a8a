"""A unit worker of the demo: the reference one, but it ends when the demo does, however that ends."""

import os
import sys
import threading

from local import unit_worker


def _end_with_parent() -> None:
    """Standard input closes when whoever started this process dies."""
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    unit_worker.main()
