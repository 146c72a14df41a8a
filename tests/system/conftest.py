"""A local stack of the tests' own: on a free port, from an empty state directory, one for all workers of a run."""

import fcntl
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from local.running import free_port, running
from local.stack import Stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The packaged application with the pilot's catalogue."""
    with _shared(tmp_path_factory, "pilot") as shared:
        yield shared


@pytest.fixture(scope="session")
def city_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The same with the whole city's."""
    with _shared(tmp_path_factory, "city") as shared:
        yield shared


@contextmanager
def _shared(tmp_path_factory: pytest.TempPathFactory, catalogue: str) -> Iterator[Stack]:
    """The first worker that needs the stack starts it, and stops it once no other uses it."""
    base = tmp_path_factory.getbasetemp()
    state = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / f"{catalogue}-stack"
    state.mkdir(exist_ok=True)
    with ExitStack() as ours, _file_lock(state / "users") as users:
        with _file_lock(state / "starting") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            started = (state / "stack.json").exists()
            if not started:
                ours.enter_context(_thrown_away(state, catalogue))
            fcntl.flock(users, fcntl.LOCK_SH)
        yield Stack.read(state)
        if not started:
            fcntl.flock(users, fcntl.LOCK_EX)


@contextmanager
def _thrown_away(state: Path, catalogue: str) -> Iterator[None]:
    """A stack that saves nothing at its end: nobody reads it, and after so many tests that takes a quarter of a minute.

    In test_restart.py it does.
    """
    with running(state, port=free_port(), catalogue=catalogue) as now:
        try:
            yield
        finally:
            os.killpg(now._emulator._process.pid, signal.SIGKILL)
    shutil.rmtree(state / "tmp", ignore_errors=True)  # the functions' packages, unpacked


@contextmanager
def _file_lock(path: Path) -> Iterator[int]:
    with path.open("w") as file:
        yield file.fileno()
