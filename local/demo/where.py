"""Where the demo plays: on the local stack that runs, or on one of its own, of which nothing stays."""

import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from local.running import free_port, running
from local.stack import NoStack, Stack


class Place(NamedTuple):
    stack: Stack
    state: Path
    """Its directory."""


def found(state: Path) -> Place | None:
    """The stack that runs from that directory."""
    try:
        stack = Stack.read(state)
        with urllib.request.urlopen(f"{stack.aws_endpoint_url}/_ministack/ready", timeout=5):  # noqa: S310
            return Place(stack, state)
    except (NoStack, OSError):  # none, or one that was killed and could not say that it is no more
        return None


@contextmanager
def own() -> Iterator[Place]:
    """A new one on a free port, in a temporary directory."""
    with tempfile.TemporaryDirectory(prefix="guichet-demo-", ignore_cleanup_errors=True) as directory:
        state = Path(directory).resolve()
        with running(state, port=free_port()) as now:
            yield Place(now.stack, state)
