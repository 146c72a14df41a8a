"""A table, its stream, queues and units in memory, and every kind of fault between them, by chance from one seed."""

import random
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from botocore.exceptions import ClientError

from chalicelib.foundation.problems import Busy, InvalidInput
from chalicelib.foundation.settings import settings
from chalicelib.routing.queues import Letter
from chalicelib.routing.reconciler import Reconciler
from chalicelib.routing.relay import Relay
from chalicelib.routing.resending import resend
from chalicelib.service_requests.actions.common import change_stored
from chalicelib.service_requests.lifecycle import Action, MoveNotAllowed
from chalicelib.service_requests.model import ServiceRequest
from chalicelib.service_requests.problems import IsDuplicate
from chalicelib.service_requests.store import Conflict
from chalicelib.service_requests.timeline import Change, Place
from tests.support.consumer import Consumer
from tests.support.examples import AGENT, CITIZEN, NOW, entry_id, submitted, unit_actor
from tests.support.memory import MemoryQueues, MemoryStore

UNITS = ["VM", "RO", "eclairage"]
ACTIONS = [
    *(Action.COMMENT, Action.COMMENT, Action.START, Action.TRANSFER, Action.REOPEN, Action.RESOLVE),
    *(Action.ASK, Action.REPLY, Action.DUPLICATE, Action.CORRECT, Action.TRIAGE, Action.PRIORITIZE, Action.PUBLISH),
]
BY_CITIZENS = (Action.COMMENT, Action.REOPEN, Action.REPLY)
BY_AGENTS = (Action.CORRECT, Action.TRIAGE, Action.PRIORITIZE, Action.PUBLISH)
SENDS_ON = (Action.TRANSFER, Action.TRIAGE, Action.CORRECT)
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
        self.bodies: dict[tuple[str, str], str] = {}
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
        body = self.bodies.setdefault((letter.message_id, recipient), letter.body)
        assert letter.body == body, "every copy of a message is the same, whenever it is sent"
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
            self.do(id, self.chance.choice(ACTIONS))

    def do(self, id: str, action: Action, *, unit: str | None = None) -> None:
        """Somebody does it, as `actions` does: read, rule, write, and again if another was first."""
        mark = entry_id()

        def rule(before: ServiceRequest) -> ServiceRequest:
            by = AGENT if action in BY_AGENTS else CITIZEN if action in BY_CITIZENS else unit_actor(before.unit)
            others = [code for code in UNITS if code != before.unit]
            to = (unit or self.chance.choice(others)) if action in SENDS_ON else None
            original = self.chance.choice(list(self.store.items)) if action is Action.DUPLICATE else None
            place = Place(address=f"{to}") if action is Action.CORRECT else None
            about = 1 if action is Action.PUBLISH else None
            change = Change(action=action, by=by, unit=to, duplicate_of=original, place=place, about=about)
            after = before.after(change, at=self.now, entry_id=mark)
            if self.fault():  # another writer is faster
                self.comment(before)
            return after

        try:
            change_stored(self.store, id, rule)
        except (MoveNotAllowed, Busy, InvalidInput, IsDuplicate):
            written = [entry.entry_id for entry in self.store.items[id].timeline]
            assert mark not in written, "what was done is not answered as refused"

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

    def resend(self) -> None:
        """A unit asks again for what it had, at any moment."""
        if not self.store.items:
            return
        found = self.store.items[self.chance.choice(list(self.store.items))]
        unit, from_ = self.chance.choice(list(found.delivery)), self.chance.randint(1, found.sequence)
        with suppress(Busy):
            resend([found], unit, lambda entry: entry.sequence >= from_, queues=self.queues, settings=settings())

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

    STEPS = (
        *(submit, submit, change, change, change, relay, relay, reconcile, consume, outage, wait, wait, clock_jumps),
        resend,
    )

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
            joined = {entry.duplicate: entry.action for entry in state.timeline if entry.duplicate}
            still = {id for id, action in joined.items() if action is Action.JOIN}
            duplicates = {other.id for other in self.store.items.values() if other.duplicate_of == state.id}
            assert still == duplicates, "a duplicate stands in both timelines, or in none"
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

    def append_together(self, *changes):
        if self._world.fault():  # another writer is faster, on either
            self._world.comment(self._world.chance.choice(changes)[0])
        super().append_together(*changes)
        if self._world.fault():  # the answer was lost: the same is sent again, perhaps after another's write
            if self._world.fault():
                self._world.comment(self._world.chance.choice(changes)[1])
            super().append_together(*changes)

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
