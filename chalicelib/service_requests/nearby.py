"""Service requests near a place, or in a box of a map: what an area costs, however many are stored."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from .areas import Area, Near, metres_between
from .lifecycle import Status
from .listing import MOST, Filters, Openness
from .record import Summary
from .store import Page, ServiceRequestStore

# What is closed is looked for so far back, by its submission, unless the caller says otherwise.
LOOK_BACK: Final = timedelta(days=90)
# At most so many of a cell are read, its newest. The nearest may be any of them; the newest are among the newest.
MOST_NEAR: Final = 250
MOST_ON_A_MAP: Final = MOST
# As many connections as boto3 keeps open.
_AT_ONCE: Final = 10
_BEGINNING: Final = datetime.min.replace(tzinfo=UTC)


class Found(NamedTuple):
    """A service request, and metres from the middle of the area."""

    summary: Summary
    away: float


class Nearby(NamedTuple):
    """What was found, and whether there may be more."""

    found: list[Found]
    truncated: bool


def in_area(store: ServiceRequestStore, area: Area, filters: Filters, at: datetime, limit: int) -> Nearby:
    """Near a place, nearest first; on a map, newest first. A query for each cell of the area, ten side by side.

    Those that are open, unless another status is asked for: that is what a new one could repeat.
    """
    filters = filters._replace(status=filters.status or Openness.OPEN)
    near = isinstance(area, Near)
    pages = _pages(store, area, filters, at, MOST_NEAR if near else MOST_ON_A_MAP)
    # One that moved while the cells were asked may stand in two of them.
    once = {one.summary.id: one for one in _inside(pages, area, filters)}
    found = sorted(once.values(), key=_newness, reverse=True)
    if near:
        found.sort(key=lambda one: one.away)
    return Nearby(found[:limit], len(found) > limit or any(page.last_key for page in pages))


def _newness(one: Found) -> tuple[datetime, str]:
    return one.summary.submitted_at, one.summary.id


def _pages(store: ServiceRequestStore, area: Area, filters: Filters, at: datetime, limit: int) -> list[Page]:
    from .cells import cells_of

    status = filters.status
    is_open = status.is_open if isinstance(status, Status) else status is Openness.OPEN
    after = filters.submitted_after if is_open else _since(filters, at)

    def page(cell: str) -> Page:
        return store.of_cell(cell, is_open=is_open, after=after, before=filters.submitted_before, limit=limit)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(page, cells_of(area)))


def _since(filters: Filters, at: datetime) -> datetime:
    until = filters.submitted_before or at
    return filters.submitted_after or until - min(LOOK_BACK, until - _BEGINNING)


def _inside(pages: list[Page], area: Area, filters: Filters) -> Iterator[Found]:
    for page in pages:
        for summary in page.found:
            position = summary.public_position
            if position and filters.admit(summary) and area.away(position) <= 0:
                yield Found(summary, metres_between(area.centre, position))
