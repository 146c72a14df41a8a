"""A running local stack, as tools, tests and the demo find it: the file `stack.json` in its state directory."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from pydantic import BaseModel

from .stages import ROOT

STATE: Final = ROOT / ".local"


class NoStack(Exception):
    """No local stack runs from that state directory."""


class SignIn(BaseModel, frozen=True):
    """What a demo's person signs in with, and the groups they are in."""

    password: str
    groups: list[str]


class Stack(BaseModel, frozen=True):
    """Where things are. Without a trailing slash: `api_url`, which holds the stage."""

    api_url: str
    aws_endpoint_url: str
    region: str
    catalogue: str
    queues: dict[str, str]
    unit_roles: dict[str, str]
    tables: dict[str, str]
    buckets: dict[str, str]
    user_pool_ids: dict[str, str]
    clients: dict[str, str]
    agents: dict[str, SignIn]
    # An administrator of the emulator: to assume a unit's role with.
    aws_access_key_id: str
    aws_secret_access_key: str

    @classmethod
    def read(cls, state: Path = STATE) -> Self:
        """The stack that runs from a state directory.

        Raises:
            NoStack: none does, or not yet.
        """
        file = state / "stack.json"
        if not file.exists() or not is_taken(state):  # the file outlives a stack that was killed
            raise NoStack(f"No local stack runs from {state}: start one with `make run`, or give its --state.")
        return cls.model_validate_json(file.read_bytes())

    @contextmanager
    def published(self, state: Path) -> Iterator[None]:
        """Say that the stack runs, as long as it does; whole or not at all, for somebody may be waiting to read it."""
        file = state / "stack.json"
        unfinished = state / "stack.json.new"
        unfinished.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")
        unfinished.replace(file)
        try:
            yield
        finally:
            file.unlink(missing_ok=True)


@contextmanager
def taken(state: Path) -> Iterator[None]:
    """Take a state directory, for one stack may run from it. Whatever becomes of this process, it is free after it.

    Raises:
        BlockingIOError: it is taken.
    """
    state.mkdir(parents=True, exist_ok=True)
    with (state / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        (state / "stack.json").unlink(missing_ok=True)
        yield


def is_taken(state: Path) -> bool:
    """Whether a stack runs, starts or stops in a state directory."""
    with (state / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
