"""Worlds, run in processes of their own in which a seed always gives the same history."""

import io
import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager, redirect_stdout
from types import SimpleNamespace
from typing import NamedTuple

import pytest

SUBMISSIONS = 40
RATES = (0.03, 0.06, 0.1, 0.15)


class Result(NamedTuple):
    seed: int
    without: str | None
    service_requests: int
    accepted: int
    refused: int
    calls: int
    faults: dict[str, int]
    seconds: float
    wrong: Sequence[str]

    @property
    def reproduce(self) -> str:
        without = f" WITHOUT={self.without}" if self.without else ""
        return f"make prove SEED={self.seed}{without}"


def run(seed: int, without: str | None = None) -> Result:
    """One world from begin to end, perhaps without a safeguard. Every fourth seed has the same rate of faults."""
    # In a process of ours alone: here the clock, the clients and what is printed are replaced.
    from chalicelib.routing import events

    from .deeds import UNITS
    from .endpoint import standing_endpoint
    from .healing import heal, wrongs
    from .mutations import SAFEGUARDS, SAVES_REPEATS
    from .world import World

    began = time.monotonic()
    with standing_endpoint() as endpoint, pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()):
        # The reconciler asks for each unit there ever was: here for those that have something.
        patch.setattr(events, "catalogue", lambda: SimpleNamespace(all_units=UNITS))
        if without:
            {**SAFEGUARDS, **SAVES_REPEATS}[without](patch)
        world = endpoint.cloud = World(seed, RATES[seed % len(RATES)])
        try:
            world.live(SUBMISSIONS)
            heal(world)
            wrong = wrongs(world)
        finally:
            world.close()
    return Result(
        seed,
        without,
        len(world.table.items),
        sum(deed.accepted for deed in world.deeds),
        sum(deed.refused for deed in world.deeds),
        world.calls,
        dict(world.faults.happened),
        time.monotonic() - began,
        wrong,
    )


class Workers:
    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def begin(self, seed: int, without: str | None = None) -> Future[Result]:
        return self._pool.submit(run, seed, without)

    def first_wrong(self, seeds: Sequence[int], without: str) -> tuple[int, Result | None]:
        """How many worlds it took until one without this safeguard was wrong; None for one that never was."""
        for number, seed in enumerate(seeds, 1):
            result = self.begin(seed, without).result()
            if result.wrong:
                return number, result
        return len(seeds), None


@contextmanager
def workers(number: int) -> Iterator[Workers]:
    """Processes in which sets, too, are always in the same order."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PYTHONHASHSEED", "0")
        spawning = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(number, spawning, initializer=_quiet) as pool:
            # They start with the first work that they get, in this environment.
            for begun in [pool.submit(os.getpid) for _ in range(number)]:
                begun.result()
            yield Workers(pool)


def _quiet() -> None:
    from chalicelib.foundation import log
    from tests.support.environment import set_environment

    set_environment()
    log._logger().disabled = True
