"""The rules of lists by area, over cells that answer as the store does."""

from datetime import UTC, datetime, timedelta
from threading import Lock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.foundation import ids
from chalicelib.service_requests import nearby
from chalicelib.service_requests.areas import Box, Near, metres_between
from chalicelib.service_requests.cells import cells_of, index_cell
from chalicelib.service_requests.lifecycle import CLOSED, STORED, Status
from chalicelib.service_requests.listing import Filters, Openness
from chalicelib.service_requests.store import Page
from chalicelib.service_requests.timeline import Position
from tests.support.examples import NOW, submitted

HERE = Position(lat=45.5088, lon=-73.554)
MAP = Box(-73.557, 45.507, -73.551, 45.511)
NEAR = Near(HERE, 300)
BASE = submitted()
SERVICES = ["nid-de-poule", "graffiti"]
LATELY = NOW - timedelta(days=1)
LONG_AGO = NOW - timedelta(days=200)

positions = st.builds(
    Position,
    lat=st.floats(45.505, 45.513).map(lambda lat: round(lat, 4)),
    lon=st.floats(-73.56, -73.548).map(lambda lon: round(lon, 4)),
)
days = st.integers(-200, 0).map(lambda day: NOW + timedelta(days=day))
kinds = st.tuples(positions, st.sampled_from(SERVICES), st.sampled_from(sorted(STORED)), days, st.booleans())
filters = st.builds(
    Filters,
    st.none() | st.sampled_from(SERVICES),
    st.none() | st.sampled_from(Openness) | st.sampled_from(Status),
    st.none() | days,
    st.none() | days,
    st.booleans(),
).filter(lambda asked: (asked.submitted_after or LONG_AGO) <= (asked.submitted_before or NOW))
areas = st.builds(Near, positions, st.integers(1, 500)) | st.just(MAP)


def state(number, kind):
    position, service, status, at, held = kind
    changed = {
        "id": ids.from_number(number),
        "service_code": service,
        "status": status,
        "submitted_at": at,
        "closed_at": at if status in CLOSED else None,
        "public_position": position,
        "cell": index_cell(position),
        "delivery": {"VM": number % 2},
        "held": held,
    }
    return BASE.model_copy(update=changed)


def states(found):
    return [state(number, kind) for number, kind in enumerate(found)]


class Cells:
    """What is stored, cell by cell, newest first, cut where the limit says."""

    def __init__(self, stored):
        self.stored = stored
        self.asked = []
        self.lock = Lock()

    def of_cell(self, cell, *, is_open, after=None, before=None, limit):
        with self.lock:
            self.asked.append(cell)
        assert after is None or before is None or after <= before, "DynamoDB refuses such a range"
        fitting = [
            s
            for s in self.stored
            if s.cell == cell
            and s.status.is_open is is_open
            and s.submitted_at >= (after or LONG_AGO)
            and s.submitted_at <= (before or NOW)
        ]
        newest_first = sorted(fitting, key=lambda s: (s.submitted_at, s.id), reverse=True)
        return Page(newest_first[:limit], {"id": "x"} if len(fitting) >= limit else None)


def ids_of(answer):
    return [one.summary.id for one in answer.found]


def wanted(state, area, asked):
    seen = state.seen_status
    status = asked.status or Openness.OPEN
    is_open = status is Openness.OPEN or (status is not Openness.CLOSED and status.is_open)
    since = asked.submitted_after or (LONG_AGO if is_open else (asked.submitted_before or NOW) - nearby.LOOK_BACK)
    return (
        (asked.held_too or not state.held)
        and area.away(state.public_position) <= 0
        and asked.service_code in (None, state.service_code)
        and (seen is status or (isinstance(status, Openness) and seen.is_open is is_open))
        and since <= state.submitted_at <= (asked.submitted_before or NOW)
    )


@given(st.lists(kinds, max_size=30), areas, filters, st.integers(1, 40))
def test_an_area_gives_each_that_fits_once_the_nearest_or_on_a_map_the_newest_first(found, area, asked, limit):
    stored = states(found)
    answer = nearby.in_area(Cells(stored), area, asked, NOW, limit)
    fitting = [s for s in stored if wanted(s, area, asked)]
    fitting.sort(key=lambda s: (s.submitted_at, s.id), reverse=True)
    if isinstance(area, Near):
        fitting.sort(key=lambda s: metres_between(area.centre, s.public_position))
    assert ids_of(answer) == [s.id for s in fitting][:limit]
    assert answer.truncated is (len(fitting) > limit)
    for one in answer.found:
        assert one.away == metres_between(area.centre, one.summary.public_position)


@given(areas, st.integers(1, 40))
def test_each_cell_of_the_area_is_asked_once_and_no_other(area, limit):
    cells = Cells([])
    nearby.in_area(cells, area, Filters(), NOW, limit)
    assert sorted(cells.asked) == sorted(cells_of(area))


@pytest.mark.parametrize(("area", "most"), [(NEAR, nearby.MOST_NEAR), (MAP, nearby.MOST_ON_A_MAP)])
def test_where_a_cell_holds_more_than_is_read_it_is_said(area, most):
    kind = (HERE, "graffiti", Status.SUBMITTED, LATELY, False)
    other = Filters(service_code="nid-de-poule")
    few, many = states([kind] * (most - 1)), states([kind] * most)
    assert nearby.in_area(Cells(few), area, other, NOW, 20) == nearby.Nearby([], truncated=False)
    assert nearby.in_area(Cells(many), area, other, NOW, 20) == nearby.Nearby([], truncated=True)


@pytest.mark.parametrize("limit", [1, 50, 100])
def test_a_full_map_still_shows_the_newest(limit):
    times = [NOW - timedelta(minutes=minute) for minute in range(400)]
    stored = states([(HERE, "graffiti", Status.SUBMITTED, at, False) for at in times])
    answer = nearby.in_area(Cells(stored), MAP, Filters(), NOW, limit)
    assert [one.summary.submitted_at for one in answer.found] == times[:limit]
    assert answer.truncated


def test_what_is_closed_is_looked_for_in_the_last_ninety_days_unless_asked_for_longer():
    old, recent = states([(HERE, "graffiti", Status.RESOLVED, at, False) for at in (LONG_AGO, LATELY)])
    closed = Filters(status=Openness.CLOSED)
    for asked, given_ids in (
        (closed, [recent.id]),
        (closed._replace(status=Status.RESOLVED), [recent.id]),
        (closed._replace(submitted_after=LONG_AGO), [recent.id, old.id]),
        (closed._replace(submitted_before=LONG_AGO), [old.id]),
    ):
        assert ids_of(nearby.in_area(Cells([old, recent]), NEAR, asked, NOW, 20)) == given_ids


def test_what_is_open_is_found_whatever_its_age():
    (old,) = states([(HERE, "graffiti", Status.SUBMITTED, LONG_AGO, False)])
    assert ids_of(nearby.in_area(Cells([old]), NEAR, Filters(), NOW, 20)) == [old.id]


def test_a_period_at_the_beginning_of_the_calendar_is_no_trouble():
    at_first = datetime.min.replace(tzinfo=UTC)
    closed = Filters(status=Openness.CLOSED, submitted_before=at_first)
    assert nearby.in_area(Cells([]), NEAR, closed, NOW, 20).found == []


def test_what_fails_for_one_cell_fails_the_list():
    class Broken(Cells):
        def of_cell(self, cell, **_):
            raise TimeoutError

    with pytest.raises(TimeoutError):
        nearby.in_area(Broken([]), NEAR, Filters(), NOW, 20)
