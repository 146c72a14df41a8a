"""Lists of service requests, part by part. Each part costs a bounded number of queries, however many are stored."""

from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, NamedTuple, Protocol
from urllib.parse import urlencode

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from ..foundation import cursors
from ..foundation.keys import Keys
from ..foundation.times import written
from .items import Key
from .lifecycle import STORED, Status
from .model import ServiceRequest
from .record import Summary
from .store import ServiceRequestStore

USUAL: Final = 50
MOST: Final = 100


class Openness(StrEnum):
    """Any open status, or any closed one."""

    OPEN = "open"
    CLOSED = "closed"


def _status_or_openness(value: object) -> Status | Openness:
    for kind in (Openness, Status):
        with suppress(ValueError):
            return kind(str(value))
    raise PydanticCustomError("enum", "a status", {"expected": ", ".join(_STATUSES)})


_STATUSES: Final = [*Openness, *Status]
StatusFilter = Annotated[
    Status | Openness,
    PlainValidator(_status_or_openness),
    WithJsonSchema({"type": "string", "enum": [str(status) for status in _STATUSES]}),
]


class Part(NamedTuple):
    """Part of a list, the reference of the next, and the cursor in it; None at the end."""

    found: list[Any]
    next: str | None = None
    cursor: str | None = None


class Filters(NamedTuple):
    """What a public list is narrowed by."""

    service_code: str | None = None
    status: Status | Openness | None = None
    submitted_after: datetime | None = None
    submitted_before: datetime | None = None

    held_too: bool = False
    """For agents; what is held is in no public list."""

    def admit(self, summary: Summary) -> bool:
        """Whether it is of the service and status."""
        return (
            (self.held_too or not summary.held)
            and self.service_code in (None, summary.service_code)
            and _fits(summary.seen_status, self.status)
        )


class Listing(Protocol):
    """A list, as asked for. Its `repr` says which list and all its filters: what a cursor is bound to."""

    @property
    def query(self) -> dict[str, Any]: ...


class OfUnit(NamedTuple):
    """A list by unit, as asked for."""

    unit: str
    status: Status | Openness | None
    updated_after: datetime | None
    limit: int

    @property
    def query(self) -> dict[str, Any]:
        return {"status": self.status, "updated_after": self.updated_after, "limit": self.limit}

    @property
    def stored_statuses(self) -> list[Status]:
        """The stored statuses to go through, in the order of a service request's life."""
        stored = Status.SUBMITTED if self.status is Status.QUEUED else self.status
        return [status for status in Status if status in STORED and _fits(status, stored)]


def of_unit(store: ServiceRequestStore, keys: Keys, wanted: OfUnit, cursor: str | None) -> Part:
    """A unit's service requests, whole, by status and then longest unchanged first. A query a status, and one read.

    Raises:
        InvalidInput: the cursor is not of this list.
    """
    position: dict[str, Any] = position_in(keys, wanted, cursor) if cursor else {"passed": 0, "key": None}
    start: Key | None = position["key"]
    ids: list[str] = []
    following: dict[str, Any] | None = None
    for passed, status in enumerate(wanted.stored_statuses):
        if passed < position["passed"]:
            continue
        if len(ids) == wanted.limit:
            following = {"passed": passed, "key": None}
            break
        room = wanted.limit - len(ids)
        page = store.of_unit(wanted.unit, status, after=wanted.updated_after, start=start, limit=room)
        ids += page.found
        start = page.last_key
        if start:
            following = {"passed": passed, "key": start}
            break
    known = store.get_many(ids) if ids else {}
    return part_of([known[id] for id in ids if id in known and _is_of(known[id], wanted)], keys, wanted, following)


def _is_of(found: ServiceRequest, wanted: OfUnit) -> bool:
    """The index lags behind by moments, and knows nothing of `queued`."""
    return found.unit == wanted.unit and _fits(found.seen_status, wanted.status)


def _fits(status: Status, wanted: Status | Openness | None) -> bool:
    if isinstance(wanted, Openness):
        return status.is_open is (wanted is Openness.OPEN)
    return wanted in (None, status)


def position_in(keys: Keys, wanted: Listing, cursor: str) -> dict[str, Any]:
    """The position that a cursor of this list holds.

    Raises:
        InvalidInput: the cursor is not of this list, or of another filter.
    """
    return cursors.opened(keys, repr(wanted), cursor)


def part_of(found: list[Any], keys: Keys, wanted: Listing, position: dict[str, Any] | None) -> Part:
    """The reference is relative to the list's address, so that it holds behind any host or base path."""
    if position is None:
        return Part(found)
    cursor = cursors.sealed(keys, repr(wanted), position)
    filters = {name: value for name, value in wanted.query.items() if value is not None}
    as_sent = {name: written(value) if isinstance(value, datetime) else value for name, value in filters.items()}
    return Part(found, "?" + urlencode(as_sent | {"cursor": cursor}), cursor)
