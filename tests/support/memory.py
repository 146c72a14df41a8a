"""The table and the queues in memory, made to fail on purpose. `test_store_contract` holds the table to DynamoDB."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.routing.queues import Letter
from chalicelib.service_requests.lifecycle import Action
from chalicelib.service_requests.model import ServiceRequest
from chalicelib.service_requests.store import Conflict, Page, Taken


class MemoryStore:
    """The part of `ServiceRequestStore` that submission, updates and routing use."""

    def __init__(self) -> None:
        self.items: dict[str, ServiceRequest] = {}
        self.on_write: Callable[[ServiceRequest], None] = lambda _: None

    def _write(self, state: ServiceRequest) -> None:
        self.items[state.id] = state
        self.on_write(state)

    def add(self, new: ServiceRequest) -> None:
        existing = self.items.get(new.id)
        if existing is None:
            self._write(new)
        elif existing.timeline[0].entry_id != new.timeline[0].entry_id:
            raise Taken(existing)

    def get(self, id: str) -> ServiceRequest | None:
        return self.items.get(id)

    def get_many(self, ids: Iterable[str]) -> dict[str, ServiceRequest]:
        return {id: self.items[id] for id in ids if id in self.items}

    def append(self, before: ServiceRequest, after: ServiceRequest) -> None:
        stored, entry = self.items[after.id], after.timeline[-1]
        passed_over = entry.action is Action.ACCEPT_PHOTO and stored.passed_over != before.passed_over
        if stored.sequence != before.sequence or passed_over:
            if _holds(stored, after):
                return
            raise Conflict(after.id)
        delivery = {**dict.fromkeys(entry.recipients, 0), **stored.delivery}
        self._write(after.model_copy(update={"delivery": delivery, "passed_over": stored.passed_over}))

    def append_together(self, *changes: tuple[ServiceRequest, ServiceRequest]) -> None:
        stored = {before.id: self.items[before.id] for before, _ in changes}
        if all(stored[before.id].sequence == before.sequence for before, _ in changes):
            for before, after in changes:
                self.append(before, after)
        elif not all(_holds(stored[after.id], after) for _, after in changes):
            raise Conflict(changes[0][1].id)

    def mark_all(self, seen: ServiceRequest, reached: Mapping[str, int], due_at: datetime | None) -> bool:
        stored = self.items[seen.id]
        if stored.sequence != seen.sequence:
            return False
        self._write(stored.model_copy(update={"delivery": {**stored.delivery, **reached}, "due_at": due_at}))
        return True

    def mark(self, id: str, recipient: str, sequence: int) -> bool:
        stored = self.items[id]
        if stored.delivery[recipient] >= sequence:
            return False
        self._write(stored.model_copy(update={"delivery": {**stored.delivery, recipient: sequence}}))
        return True

    def postpone(self, seen: ServiceRequest, due_at: datetime) -> bool:
        stored = self.items[seen.id]
        if stored.sequence != seen.sequence:
            return False
        self._write(stored.model_copy(update={"due_at": due_at}))
        return True

    def pass_over(self, seen: ServiceRequest, photo_id: str, sequencer: str) -> bool:
        stored = self.items[seen.id]
        if (stored.sequence, stored.passed_over) != (seen.sequence, seen.passed_over):
            return False
        self._write(stored.model_copy(update={"passed_over": {**seen.passed_over, photo_id: sequencer}}))
        return True

    def due(self, unit: str, until: datetime, limit: int) -> list[str]:
        return self._due(unit, lambda due_at: due_at <= until, limit)

    def due_beyond(self, unit: str, horizon: datetime, limit: int) -> list[str]:
        return self._due(unit, lambda due_at: due_at > horizon, limit)

    def of_cell(self, cell, *, is_open, after=None, before=None, limit):
        return Page([], None)

    def of_borough(self, borough, *, is_open, after=None, before=None, start=None, limit):
        return Page([], None)

    def _due(self, unit: str, matches: Callable[[datetime], bool], limit: int) -> list[str]:
        found = [(s.due_at, s.id) for s in self.items.values() if s.unit == unit and s.due_at and matches(s.due_at)]
        return [id for _, id in sorted(found)][:limit]


def _holds(stored: ServiceRequest, after: ServiceRequest) -> bool:
    place = after.sequence - 1
    return len(stored.timeline) > place and stored.timeline[place].entry_id == after.timeline[-1].entry_id


@dataclass
class MemoryQueues:
    """Queues that remember all they accepted, in order. `accepts` may refuse one letter, or raise for the call."""

    accepted: dict[str, list[Letter]] = field(default_factory=dict)
    calls: int = 0
    accepts: Callable[[str, Letter], bool] = lambda recipient, letter: True
    on_call: Callable[[], None] = lambda: None

    def send(self, recipient: str, letters: list[Letter]) -> set[str]:
        self.on_call()
        self.calls += 1
        assert len(letters) <= 10
        assert len({letter.service_request_id for letter in letters}) == len(letters), "one entry of each per batch"
        taken = [letter for letter in letters if self.accepts(recipient, letter)]
        self.accepted.setdefault(recipient, []).extend(taken)
        return {letter.service_request_id for letter in taken}
