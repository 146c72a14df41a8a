"""Each function, killed after each of its calls of AWS, or never hearing its answer: one call after another."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest

from chalicelib.routing import events
from tests.support.faults.acting import comment, heals, relay_all, report, reported, submission, submit
from tests.support.faults.faults import TRIES
from tests.support.faults.world import World

FATES = {
    "killed": ["killed after"],
    "answer lost": ["answer lost"] * TRIES,
    "done late": ["late"] * TRIES,
}
UNITS = ["RO", "SO", "VM"]
MOST_CALLS = 100


@pytest.fixture(autouse=True)
def few_units(monkeypatch):
    """The reconciler asks for each unit there is: here for those that have something."""
    monkeypatch.setattr(events, "catalogue", lambda: SimpleNamespace(all_units=UNITS))


def submitting(world: World) -> None:
    world.send(submission(world, "RO"))


def sending_on(world: World) -> None:
    known = submit(world, "RO")
    world.send(reported(world, known, "RO", "transfer", to_unit="VM"))


def marking_a_duplicate(world: World) -> None:
    original, known = submit(world, "RO"), submit(world, "VM")
    world.send(reported(world, known, "VM", "duplicate", duplicate_of=original.id))


def relaying(world: World) -> None:
    _with_something_to_send(world)
    world.relay()


def reconciling(world: World) -> None:
    _with_something_to_send(world)
    world.stream.clear()
    world.now += timedelta(minutes=3)
    world.reconcile()


def _with_something_to_send(world: World) -> None:
    known = submit(world, "RO")
    report(world, known, "RO", "transfer", to_unit="VM")
    comment(world, submit(world, "SO"))


@pytest.mark.parametrize("fate", FATES)
@pytest.mark.parametrize("begin", [submitting, sending_on, marking_a_duplicate, relaying, reconciling])
def test_whatever_becomes_of_any_of_its_calls_all_ends_well(worlds: Iterator[World], begin: Callable, fate):
    for call in range(MOST_CALLS):
        world = next(worlds)
        begin(world)
        (process,) = world.running
        process.trouble = [*FATES[fate], *["nothing"] * call]
        world.finish()
        if process.calls <= call:
            return
        if call % 2:
            relay_all(world)
        assert heals(world), f"call {call}"
    raise AssertionError("it has no end")
