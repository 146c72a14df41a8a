"""A table, its stream, queues and units in memory, and every kind of fault between them, by chance from one seed."""

import random
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from botocore.exceptions import ClientError

from chalicelib.foundation.problems import Busy
from chalicelib.foundation.settings import settings
from chalicelib.routing.queues import Letter
from chalicelib.routing.reconciler import Reconciler
from chalicelib.routing.relay import Relay
from chalicelib.service_requests.actions import change_stored
from chalicelib.service_requests.lifecycle import Action, MoveNotAllowed
from chalicelib.service_requests.model import ServiceRequest
from chalicelib.service_requests.store import Conflict
from chalicelib.service_requests.timeline import Change
from tests.support.consumer import Consumer
from tests.support.examples import CITIZEN, NOW, entry_id, submitted, unit_actor
from tests.support.memory import MemoryQueues, MemoryStore

UNITS = ["VM", "RO", "eclairage"]
FAILED = ClientError({"Error": {"Code": "ServiceUnavailable"}}, "AnyCall")


class Killed(BaseException):
    """The function's process is gone."""


class World:
    def __init__(self, seed: int = 0, fault_rate: float = 0) -> None:
        self.chance = random.Random(seed)  # noqa: S311
        self.fault_rate = fault_rate
        self.now = NOW
        self.store = FaultyStore(self)
        self.stream: deque[ServiceRequest] = deque()
        self.queues = MemoryQueues(accepts=self._accepts, on_call=self.call)
        self.down: set[str] = set()
        self.waiting: dict[str, deque[Letter]] = {unit: deque() for unit in UNITS}
        self.first: dict[tuple[str, str], list[int]] = {}
        self.calls_left: int | None = None
        self.consumers = {unit: Consumer(unit, lambda id: self.store.items.get(id)) for unit in UNITS}

    def fault(self) -> bool:
        return self.chance.random() < self.fault_rate

    def call(self) -> None:
        """One call of AWS by a function, which may be killed before it."""
        if self.calls_left is not None:
            self.calls_left -= 1
            if self.calls_left < 0:
                raise Killed

    def _accepts(self, recipient: str, letter: Letter) -> bool:
        if recipient in self.down:
            raise FAILED
        if self.fault():
            return False
        sequences = self.first.setdefault((letter.service_request_id, recipient), [])
        if letter.sequence not in sequences:
            sequences.append(letter.sequence)
        self.waiting[recipient].append(letter)
        return True

    # What happens.

    def submit(self, unit: str | None = None) -> ServiceRequest:
        new = submitted(f"sr{len(self.store.items)}", unit or self.chance.choice(UNITS), at=self.now)
        self.store.add(new)
        return new

    def change(self) -> None:
        if self.store.items:
            id = self.chance.choice(list(self.store.items))
            actions = [Action.COMMENT, Action.COMMENT, Action.START, Action.TRANSFER, Action.REOPEN, Action.RESOLVE]
            self.do(id, self.chance.choice(actions))

    def do(self, id: str, action: Action, *, unit: str | None = None) -> None:
        """Somebody does it, as `actions` does: read, rule, write, and again if another was first."""
        mark = entry_id()

        def rule(before: ServiceRequest) -> ServiceRequest:
            by = CITIZEN if action in (Action.COMMENT, Action.REOPEN) else unit_actor(before.unit)
            others = [code for code in UNITS if code != before.unit]
            to = (unit or self.chance.choice(others)) if action is Action.TRANSFER else None
            after = before.after(Change(action=action, by=by, unit=to), at=self.now, entry_id=mark)
            if self.fault():  # another writer is faster
                self.comment(before)
            return after

        with suppress(MoveNotAllowed, Busy):
            change_stored(self.store, id, rule)

    def comment(self, before: ServiceRequest) -> None:
        """A writer that is in between: it does not try again."""
        after = before.after(Change(action=Action.COMMENT, by=CITIZEN), at=self.now, entry_id=entry_id())
        with suppress(Conflict):
            MemoryStore.append(self.store, before, after)

    def relay(self) -> None:
        """A batch of the stream: perhaps cut, repeated, lost, or left in the middle by a budget or a death."""
        batch = [self.stream.popleft() for _ in range(min(len(self.stream), self.chance.randint(1, 20)))]
        if self.fault():
            return
        newest = {state.id: state for state in batch}
        self._run(lambda: self._relay().run(newest.values(), may_go_on=self._budget()))
        if self.fault():
            self.stream.extendleft(reversed(batch))

    def reconcile(self) -> None:
        self._run(lambda: Reconciler(self.store, self._relay(), UNITS).run(self.now, may_go_on=self._budget()))

    def _run(self, function: Callable[[], object]) -> None:
        if self.fault() and self.calls_left is None:
            self.calls_left = self.chance.randint(0, 40)
        with suppress(Killed):
            function()
        self.calls_left = None

    def _relay(self) -> Relay:
        return Relay(self.store, self.queues, settings())

    def _budget(self) -> Callable[[], bool]:
        return budget(self.chance.randint(1, 40)) if self.fault() else lambda: True

    def consume(self) -> None:
        for unit, waiting in self.waiting.items():
            while waiting and not self.fault():
                letter = waiting.popleft()
                if self.fault():  # dead-lettered, and redriven behind all others
                    waiting.append(letter)
                elif self.fault():  # purged, or kept too long: the next one tells, or the daily comparison
                    continue
                else:
                    self.consumers[unit].receive(letter)
                    if self.fault():  # not deleted in time: it comes again
                        waiting.append(letter)

    def outage(self) -> None:
        self.down ^= {self.chance.choice(UNITS)}

    def wait(self) -> None:
        self.now += timedelta(seconds=self.chance.choice([1, 20, 61, 130, 3600]))

    def clock_jumps(self) -> None:
        self.now += timedelta(days=self.chance.choice([-1, 1]))

    STEPS = (submit, submit, change, change, change, relay, relay, reconcile, consume, outage, wait, wait, clock_jumps)

    def heal(self, minutes: int = 15) -> None:
        """Faults stop, time passes. What the stream held is lost, so all that was left is the reconciler's to begin."""
        self.fault_rate, self.down = 0, set()
        self.stream.clear()
        self.now = max(self.now, NOW)
        for _ in range(minutes):
            self.now += timedelta(minutes=1)
            self.reconcile()
            batches = 0
            while self.stream:
                self.relay()
                batches += 1
                assert batches < 1000, "stream → relay → stream does not end"
        self.consume()

    def check(self) -> None:
        for state in self.store.items.values():
            assert state.undelivered() == {}, "something is still owed"
            assert state.due_at is None, "something is still to be looked at"
            marks = [entry.entry_id for entry in state.timeline]
            assert len(set(marks)) == len(marks), "what was done once stands once in the timeline"
            for unit in UNITS:
                addressed = [entry.sequence for entry in state.addressed_to(unit)]
                assert self.first.get((state.id, unit), []) == addressed, "first arrivals are all there, in order"
                if addressed:
                    self.consumers[unit].catch_up(state.id)
                assert self.consumers[unit].applied.get(state.id, []) == addressed, "each is applied once, in order"


def budget(questions: int) -> Callable[[], bool]:
    """Says yes so many times."""
    left = iter(range(questions))
    return lambda: next(left, None) is not None


class FaultyStore(MemoryStore):
    """Its calls fail by chance, before they did anything or after, and count towards a function's death."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self.on_write = lambda state: world.stream.append(state)

    def append(self, before: ServiceRequest, after: ServiceRequest) -> None:
        super().append(before, after)
        if self._world.fault():  # the answer was lost: botocore sends the same again, perhaps after another's write
            if self._world.fault():
                self._world.comment(after)
            super().append(before, after)

    def get_many(self, ids):
        self._call()
        return super().get_many(ids)

    def mark_all(self, seen, reached, due_at):
        self._call()
        done = super().mark_all(seen, reached, due_at)
        self._call()
        return done

    def mark(self, id, recipient, sequence):
        self._call()
        return super().mark(id, recipient, sequence)

    def postpone(self, seen, due_at):
        self._call()
        return super().postpone(seen, due_at)

    def due(self, unit, until, limit):
        self._call()
        return super().due(unit, until, limit)

    def _call(self) -> None:
        self._world.call()
        if self._world.fault():
            raise FAILED
