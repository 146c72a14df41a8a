"""The promise of the routing, for random histories and faults: each entry reaches each unit it is addressed to, first
arrivals in order, and a unit that applies the consumer's rule applies each exactly once."""

import random
from collections import deque
from contextlib import suppress
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chalicelib.foundation.settings import settings
from chalicelib.routing.reconciler import Reconciler
from chalicelib.routing.relay import Relay
from chalicelib.service_requests.lifecycle import Action, MoveNotAllowed
from chalicelib.service_requests.store import Conflict
from chalicelib.service_requests.timeline import Change
from tests.support.consumer import Consumer
from tests.support.examples import CITIZEN, NOW, entry_id, submitted, unit_actor
from tests.support.memory import MemoryQueues, MemoryStore

UNITS = ["VM", "RO", "eclairage"]


class Killed(BaseException):
    """The function's process is gone."""


class World:
    """A table, its stream, queues and units; faults come by chance, from one seed."""

    def __init__(self, seed: int, fault_rate: float) -> None:
        self.chance = random.Random(seed)  # noqa: S311
        self.fault_rate = fault_rate
        self.now = NOW
        self.store = MemoryStore()
        self.stream: deque = deque()
        self.store.on_write = self.stream.append
        self.queues = MemoryQueues(accepts=self.accepts)
        self.down: set[str] = set()
        self.consumers = {unit: Consumer(unit, self.store) for unit in UNITS}
        self.read = dict.fromkeys(UNITS, 0)

    def fault(self) -> bool:
        return self.chance.random() < self.fault_rate

    def accepts(self, recipient, letter) -> bool:
        if recipient in self.down:
            raise ClientError({"Error": {"Code": "ServiceUnavailable"}}, "SendMessageBatch")
        if self.fault():
            raise Killed
        return not self.fault()

    def submit(self) -> None:
        self.store.add(submitted(f"sr{len(self.store.items)}", self.chance.choice(UNITS), at=self.now))

    def change(self) -> None:
        if not self.store.items:
            return
        before = self.chance.choice(list(self.store.items.values()))
        action = self.chance.choice([Action.COMMENT, Action.START, Action.TRANSFER, Action.REOPEN, Action.RESOLVE])
        by = CITIZEN if action in (Action.COMMENT, Action.REOPEN) else unit_actor(before.unit)
        unit = self.chance.choice([u for u in UNITS if u != before.unit]) if action is Action.TRANSFER else None
        with suppress(MoveNotAllowed, Conflict):
            after = before.after(Change(action=action, by=by, unit=unit), at=self.now, entry_id=entry_id())
            self.store.append(before, after)
            if self.fault():
                self.store.append(before, after)  # the answer was lost; the client tries the same again

    def relay(self) -> None:
        """A batch of the stream: perhaps cut, perhaps repeated, perhaps lost."""
        batch = [self.stream.popleft() for _ in range(min(len(self.stream), self.chance.randint(1, 20)))]
        if self.fault():
            return
        newest = {state.id: state for state in batch}
        with suppress(Killed):
            self._relay().run(newest.values(), may_go_on=self.budget())
        if self.fault():
            self.stream.extendleft(reversed(batch))

    def reconcile(self) -> None:
        with suppress(Killed):
            Reconciler(self.store, self._relay(), UNITS).run(self.now, may_go_on=self.budget())

    def _relay(self) -> Relay:
        return Relay(self.store, self.queues, settings())

    def budget(self):
        calls = self.chance.randint(1, 40) if self.fault() else 10**6
        left = iter(range(calls))
        return lambda: next(left, None) is not None

    def consume(self) -> None:
        for unit, consumer in self.consumers.items():
            letters = self.queues.accepted.get(unit, [])
            while self.read[unit] < len(letters) and not self.fault():
                consumer.receive(letters[self.read[unit]])
                self.read[unit] += 1
            if letters and self.fault():  # SQS brings one again, long after
                consumer.receive(self.chance.choice(letters[: self.read[unit]] or letters[:1]))

    def outage(self) -> None:
        self.down ^= {self.chance.choice(UNITS)}

    def wait(self) -> None:
        self.now += timedelta(seconds=self.chance.choice([1, 20, 61, 130, 3600]))

    def clock_jumps(self) -> None:
        self.now += timedelta(days=self.chance.choice([-1, 1]))

    def heal(self) -> None:
        """Faults stop, and enough time passes."""
        self.fault_rate, self.down = 0, set()
        self.stream.clear()  # dead for so long that nothing of it is left: all is the reconciler's
        self.now = max(self.now, NOW)
        for _ in range(15):
            self.now += timedelta(minutes=1)
            self.reconcile()
        for unit in UNITS:
            while self.read[unit] < len(self.queues.accepted.get(unit, [])):
                self.consumers[unit].receive(self.queues.accepted[unit][self.read[unit]])
                self.read[unit] += 1

    STEPS = (submit, submit, change, change, change, relay, relay, reconcile, consume, outage, wait, wait, clock_jumps)


def check(world: World) -> None:
    for state in world.store.items.values():
        assert state.undelivered() == {}, "something is still owed"
        assert state.due_at is None, "something is still to be looked at"
        for unit in UNITS:
            addressed = [entry.sequence for entry in state.addressed_to(unit)]
            letters = [x.sequence for x in world.queues.accepted.get(unit, []) if x.service_request_id == state.id]
            assert list(dict.fromkeys(letters)) == addressed, "first arrivals are all there, in order"
            assert world.consumers[unit].applied.get(state.id, []) == addressed, "each applied exactly once, in order"


@given(st.lists(st.sampled_from(World.STEPS), max_size=60), st.integers(0, 2**32), st.sampled_from([0, 0.1, 0.4]))
@hypothesis_settings(max_examples=150, deadline=None)
def test_every_entry_reaches_its_units_in_order_and_is_applied_once_whatever_fails(steps, seed, fault_rate):
    world = World(seed, fault_rate)
    for step in steps:
        step(world)
    world.heal()
    check(world)


@pytest.mark.parametrize("seed", range(20))
def test_long_histories_too(seed):
    world = World(seed, 0.25)
    for _ in range(400):
        world.chance.choice(World.STEPS)(world)
    assert len(world.store.items) > 20
    world.heal()
    check(world)
