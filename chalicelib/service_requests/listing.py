"""Lists of service requests, part by part. Each part costs a bounded number of queries, however many are stored."""

from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import urlencode

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from ..catalogue import Catalogue
from ..catalogue.problems import NO_SUCH_BOROUGH, NO_SUCH_SERVICE
from ..foundation import cursors
from ..foundation.keys import Keys
from ..foundation.languages import Text
from ..foundation.problems import Fault, InvalidInput
from ..foundation.times import written
from .lifecycle import STORED, Status
from .model import ServiceRequest, Summary
from .store import Key, ServiceRequestStore, borough_key

USUAL: Final = 50
MOST: Final = 100
# A filter may let little through: a part then ends after this many queries, with fewer found and a cursor.
QUERIES: Final = 4

_BEFORE_AFTER: Final = Text(
    fr="Cette heure doit suivre « submitted_after ».", en="This time must come after “submitted_after”."
)


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
    """Part of a list, and the reference of the next; None at the end."""

    found: list[Any]
    next: str | None


class Wanted(NamedTuple):
    """A list by borough, as asked for."""

    borough: str
    service_code: str | None
    status: Status | Openness | None
    submitted_after: datetime | None
    submitted_before: datetime | None
    limit: int

    def admits(self, summary: Summary) -> bool:
        return self.service_code in (None, summary.service_code) and _fits(summary.seen_status, self.status)


class OfUnit(NamedTuple):
    """A list by unit, as asked for."""

    unit: str
    status: Status | Openness | None
    updated_after: datetime | None
    limit: int

    @property
    def stored_statuses(self) -> list[Status]:
        """The stored statuses to go through, in the order of a service request's life."""
        stored = Status.SUBMITTED if self.status is Status.QUEUED else self.status
        return [status for status in Status if status in STORED and _fits(status, stored)]


def of_borough(
    store: ServiceRequestStore, keys: Keys, catalogue: Catalogue, wanted: Wanted, cursor: str | None
) -> Part:
    """Summaries, newest first. At most `QUERIES` queries.

    Raises:
        InvalidInput: the borough or the service does not exist, or the cursor is not of this list.
    """
    _check(wanted, catalogue)
    start: Key | None = cursors.opened(keys, _binding(wanted), cursor) if cursor else None
    found: list[Summary] = []
    read = wanted.limit if wanted.service_code is None and wanted.status is None else MOST
    for _ in range(QUERIES):
        page = store.of_borough(
            wanted.borough, after=wanted.submitted_after, before=wanted.submitted_before, start=start, limit=read
        )
        start = page.last_key
        found += [summary for summary in page.found if wanted.admits(summary)]
        if len(found) > wanted.limit:
            found = found[: wanted.limit]
            start = borough_key(found[-1])
            break
        if start is None or len(found) == wanted.limit:
            break
    return Part(found, _next(keys, wanted, start))


def of_unit(store: ServiceRequestStore, keys: Keys, wanted: OfUnit, cursor: str | None) -> Part:
    """A unit's service requests, whole, by status and then longest unchanged first. A query a status, and one read."""
    position: dict[str, Any] = cursors.opened(keys, _binding(wanted), cursor) if cursor else {"passed": 0, "key": None}
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
    return Part([known[id] for id in ids if id in known and _is_of(known[id], wanted)], _next(keys, wanted, following))


def _is_of(found: ServiceRequest, wanted: OfUnit) -> bool:
    """The index lags behind by moments, and knows nothing of `queued`."""
    return found.unit == wanted.unit and _fits(found.seen_status, wanted.status)


def _fits(status: Status, wanted: Status | Openness | None) -> bool:
    if isinstance(wanted, Openness):
        return status.is_open is (wanted is Openness.OPEN)
    return wanted in (None, status)


def _check(wanted: Wanted, catalogue: Catalogue) -> None:
    faults = []
    if wanted.borough not in catalogue.all_borough_names:
        faults.append(Fault(("borough",), NO_SUCH_BOROUGH, "query"))
    if wanted.service_code not in (None, *catalogue.services):
        faults.append(Fault(("service_code",), NO_SUCH_SERVICE, "query"))
    if wanted.submitted_after and wanted.submitted_before and wanted.submitted_after > wanted.submitted_before:
        faults.append(Fault(("submitted_before",), _BEFORE_AFTER, "query"))
    if faults:
        raise InvalidInput(faults)


def _binding(wanted: Wanted | OfUnit) -> str:
    """What a cursor of this list is bound to: which list, and its filters."""
    return repr(wanted)


def _next(keys: Keys, wanted: Wanted | OfUnit, position: dict[str, Any] | None) -> str | None:
    """A reference relative to the list's address, so that it holds behind any host or base path."""
    if position is None:
        return None
    filters = {name: value for name, value in wanted._asdict().items() if value is not None and name != "unit"}
    as_sent = {name: written(value) if isinstance(value, datetime) else value for name, value in filters.items()}
    return "?" + urlencode(as_sent | {"cursor": cursors.sealed(keys, _binding(wanted), position)})
