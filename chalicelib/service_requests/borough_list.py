"""The list of a borough, newest first: what is open and what is closed are two ranges of its index, walked as one.

One that is closed, or opened again, between two parts goes to the other range, at the same time. A cursor holds one
time for both: what was shown stays behind it, what was not stays before it. So it is neither shown twice nor missed,
unless it is one of several that came in at the very millisecond at which a part ended.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from ..foundation.keys import Keys
from ..foundation.times import written
from .items import Key, borough_key
from .lifecycle import Status
from .listing import MOST, Filters, Openness, Part, part_of, position_in
from .record import Summary
from .store import ServiceRequestStore

# A filter may let little through: a part then ends after this many queries, with fewer found and a cursor.
QUERIES: Final = 4


class OfBorough(NamedTuple):
    """A list by borough, as asked for."""

    borough: str
    filters: Filters
    limit: int

    @property
    def query(self) -> dict[str, Any]:
        filters = {name: value for name, value in self.filters._asdict().items() if name != "held_too"}
        return {"borough": self.borough, **filters, "limit": self.limit}

    @property
    def ranges(self) -> list[Openness]:
        """Those that may hold what is asked for."""
        status = self.filters.status
        if isinstance(status, Status):
            return [Openness.OPEN if status.is_open else Openness.CLOSED]
        # The open ones first: what is closed between the two queries is in both rather than in none.
        return [status] if status else [Openness.OPEN, Openness.CLOSED]

    @property
    def read_at_once(self) -> int:
        lets_little_through = self.filters.service_code is not None or isinstance(self.filters.status, Status)
        return MOST if lets_little_through else self.limit


def of_borough(store: ServiceRequestStore, keys: Keys, wanted: OfBorough, cursor: str | None) -> Part:
    """Summaries, newest first. A query for what is open and one for what is closed; with a filter at most `QUERIES`.

    Raises:
        InvalidInput: the cursor is not of this list.
    """
    position = _Position(**position_in(keys, wanted, cursor)) if cursor else _Position()
    ranges = {openness: _Range(store, wanted, openness, position) for openness in wanted.ranges}
    seen = set(position.last.values())
    found: list[Summary] = []
    for openness, summary in _walked(ranges):
        position = position.moved(openness, summary)
        if summary.id not in seen and wanted.filters.admit(summary):
            found.append(summary)
        seen.add(summary.id)
        if len(found) == wanted.limit:
            break
    is_more = any(one.ahead or not one.ended for one in ranges.values())
    return part_of(found, keys, wanted, position._asdict() if is_more else None)


class _Position(NamedTuple):
    """How far a walk has come: past all that were submitted after `until`; of that millisecond, in each range, up to an
    id."""

    until: str | None = None
    last: Mapping[str, str] = {}

    def moved(self, openness: Openness, past: Summary) -> "_Position":
        at = written(past.submitted_at)
        return _Position(at, {**(self.last if at == self.until else {}), openness: past.id})


class _Range:
    """What is open in a borough, or what is closed, read a page at a time; `ahead` is what was read and not walked."""

    def __init__(self, store: ServiceRequestStore, wanted: OfBorough, openness: Openness, position: _Position) -> None:
        self._store = store
        self._wanted = wanted
        self._is_open = openness is Openness.OPEN
        self._before = wanted.filters.submitted_before
        self._start: Key | None = None
        if position.until:
            self._before = until = datetime.fromisoformat(position.until)
            if id := position.last.get(openness):
                self._start = borough_key(wanted.borough, is_open=self._is_open, submitted_at=until, id=id)
        self.ahead = deque[Summary]()
        self.ended = False

    @property
    def is_to_be_read(self) -> bool:
        return not self.ahead and not self.ended

    def read(self) -> None:
        page = self._store.of_borough(
            self._wanted.borough,
            is_open=self._is_open,
            after=self._wanted.filters.submitted_after,
            before=self._before,
            start=self._start,
            limit=self._wanted.read_at_once,
        )
        self.ahead.extend(page.found)
        self._start = page.last_key
        self.ended = page.last_key is None


def _walked(ranges: Mapping[Openness, _Range]) -> Iterator[tuple[Openness, Summary]]:
    """What the ranges hold, the newest first, as far as the queries reach."""
    left = QUERIES
    while True:
        # Which is the newest is known once something of each is.
        while unknown := next((one for one in ranges.values() if one.is_to_be_read), None):
            if not left:
                return
            unknown.read()
            left -= 1
        heads = {openness: one.ahead[0].submitted_at for openness, one in ranges.items() if one.ahead}
        if not heads:
            return
        newest = max(heads, key=lambda openness: heads[openness])
        yield newest, ranges[newest].ahead.popleft()
