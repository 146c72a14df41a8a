"""A function's start, without looking for garbage: imported before all else of ours, and `done` after the last of it.

What imports make is not garbage. Python would look through it time and again while it grows, a seventh of the CPU of a
cold start, and once more each time that a warm function has made much that is new.
"""

import gc

gc.disable()


def done() -> None:
    """Look for garbage from now on, but never in what is there already."""
    gc.freeze()
    gc.enable()
