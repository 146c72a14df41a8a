"""The rules of lists, over a table that answers with pages of any size, as DynamoDB may."""

from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.foundation import ids
from chalicelib.foundation.keys import Keys
from chalicelib.foundation.problems import InvalidInput
from chalicelib.foundation.times import written
from chalicelib.service_requests import listing
from chalicelib.service_requests.items import borough_key
from chalicelib.service_requests.lifecycle import CLOSED, STORED, Status
from chalicelib.service_requests.listing import Filters, OfUnit, Openness, Wanted
from chalicelib.service_requests.store import Page
from tests.support.examples import NOW, submitted

KEYS = Keys({1: b"first"})
BASE = submitted()
SERVICES = ["nid-de-poule", "graffiti"]
OPEN_GRAFFITI = ("graffiti", Status.SUBMITTED, NOW, False, False)

hours = st.integers(0, 6).map(lambda hour: NOW + timedelta(hours=hour))
statuses = st.none() | st.sampled_from(Openness) | st.sampled_from(Status)
kinds = st.lists(
    st.tuples(st.sampled_from(SERVICES), st.sampled_from(sorted(STORED)), hours, st.booleans(), st.booleans()),
    max_size=25,
)
filters = st.builds(
    Filters, st.none() | st.sampled_from(SERVICES), statuses, st.none() | hours, st.none() | hours, st.booleans()
).filter(lambda asked: (asked.submitted_after or NOW) <= (asked.submitted_before or asked.submitted_after or NOW))
wanted = st.builds(Wanted, st.just("VM"), filters, st.integers(1, 6))
of_unit = st.builds(OfUnit, st.just("VM"), statuses, st.none() | hours, st.integers(1, 6))


def states(found):
    return [
        BASE.model_copy(
            update={
                "id": ids.from_number(number),
                "service_code": service,
                "status": status,
                "submitted_at": at,
                "updated_at": at,
                "closed_at": at if status in CLOSED else None,
                "delivery": {"VM": int(delivered)},
                "held": held,
            }
        )
        for number, (service, status, at, delivered, held) in enumerate(found)
    ]


class Table:
    """Answers as the store does, in pages whose size `cut` chooses, up to the limit asked for."""

    def __init__(self, stored, cut):
        self.stored = stored
        self.cut = cut
        self.calls = 0

    def _page(self, ordered, key_of, start, limit):
        self.calls += 1
        first = next((i + 1 for i, state in enumerate(ordered) if key_of(state) == start), 0)
        size = self.cut(limit)
        page = ordered[first : first + size]
        # DynamoDB gives a key whenever it stopped, even where nothing follows.
        stopped = len(page) == size
        return page, (key_of(page[-1]) if page else start) if stopped else None

    def of_borough(self, borough, *, after, before, start, limit):
        fitting = [
            s for s in self.stored if s.submitted_at >= (after or NOW) and (not before or s.submitted_at <= before)
        ]
        newest_first = sorted(fitting, key=lambda s: (s.submitted_at, s.id), reverse=True)
        return Page(*self._page(newest_first, borough_key, start, limit))

    def of_unit(self, unit, status, *, after, start, limit):
        fitting = [s for s in self.stored if s.status is status and s.updated_at >= (after or NOW)]
        found, key = self._page(
            sorted(fitting, key=lambda s: (s.updated_at, s.id)), lambda s: {"id": s.id}, start, limit
        )
        return Page([state.id for state in found], key)

    def get_many(self, wanted_ids):
        return {state.id: state for state in self.stored if state.id in wanted_ids}


def table(data, found):
    return Table(states(found), lambda limit: data.draw(st.integers(1, limit)))


def walked(part_after):
    parts, cursor = [], None
    while True:
        part = part_after(cursor)
        parts.append(part)
        if part.next is None:
            return parts
        cursor = dict(parse_qsl(part.next.removeprefix("?")))["cursor"]
        assert len(parts) < 500


def fits(state, status):
    seen = state.seen_status
    return status in (None, seen) or (isinstance(status, Openness) and seen.is_open is (status is Openness.OPEN))


@given(kinds, wanted, st.data())
def test_a_boroughs_list_gives_each_that_fits_once_newest_first_and_what_is_held_to_agents_only(found, asked, data):
    stored = table(data, found)
    parts = walked(lambda cursor: listing.of_borough(stored, KEYS, asked, cursor))
    given_ids = [summary.id for part in parts for summary in part.found]
    expected = [
        state
        for state in stored.stored
        if (asked.filters.held_too or not state.held)
        and asked.filters.service_code in (None, state.service_code)
        and fits(state, asked.filters.status)
        and state.submitted_at >= (asked.filters.submitted_after or NOW)
        and (asked.filters.submitted_before is None or state.submitted_at <= asked.filters.submitted_before)
    ]
    assert given_ids == [s.id for s in sorted(expected, key=lambda s: (s.submitted_at, s.id), reverse=True)]
    assert all(len(part.found) <= asked.limit for part in parts)


@given(kinds, wanted, st.data())
def test_a_part_of_a_boroughs_list_costs_a_bounded_number_of_queries(found, asked, data):
    stored = table(data, found)
    listing.of_borough(stored, KEYS, asked, None)
    assert stored.calls <= listing.QUERIES


@given(kinds, of_unit, st.data())
def test_a_units_list_gives_each_that_fits_once_by_status_then_longest_unchanged_first(found, asked, data):
    stored = table(data, found)
    parts = walked(lambda cursor: listing.of_unit(stored, KEYS, asked, cursor))
    given_ids = [state.id for part in parts for state in part.found]
    expected = [s for s in stored.stored if fits(s, asked.status) and s.updated_at >= (asked.updated_after or NOW)]
    in_order = sorted(expected, key=lambda s: (list(Status).index(s.status), s.updated_at, s.id))
    assert given_ids == [state.id for state in in_order]
    assert all(len(part.found) <= asked.limit for part in parts)


def test_a_units_list_leaves_out_what_has_gone_to_another_unit_though_the_index_lags():
    gone = BASE.model_copy(update={"unit": "RO"})
    part = listing.of_unit(Table([gone], lambda limit: limit), KEYS, OfUnit("VM", None, None, 50), None)
    assert part == listing.Part([])


@given(wanted)
def test_the_next_link_says_the_same_list_again(asked):
    stored = Table(states([OPEN_GRAFFITI] * 9), lambda limit: limit)
    part = listing.of_borough(stored, KEYS, asked._replace(filters=Filters()), None)
    said = dict(parse_qsl(part.next.removeprefix("?")))
    assert said.keys() == {"borough", "limit", "cursor"}
    assert said["cursor"] == part.cursor
    narrowed = asked._replace(filters=Filters(submitted_after=NOW, submitted_before=NOW, status=Openness.OPEN))
    sent = dict(parse_qsl(listing.of_borough(stored, KEYS, narrowed, None).next.removeprefix("?")))
    assert (sent["submitted_after"], sent["submitted_before"], sent["status"]) == (written(NOW), written(NOW), "open")


@given(wanted, wanted, of_unit)
def test_no_cursor_is_taken_by_another_list(one, other, units):
    stored = Table(states([OPEN_GRAFFITI] * 9), lambda limit: limit)
    cursor = listing._part([], KEYS, one, {"id": "x", "borough": "VM", "submitted_at": written(NOW)}).cursor
    if one != other:
        with pytest.raises(InvalidInput):
            listing.of_borough(stored, KEYS, other, cursor)
    with pytest.raises(InvalidInput):
        listing.of_unit(stored, KEYS, units, cursor)


def test_every_stored_status_is_gone_through_and_queued_is_looked_for_among_the_submitted():
    assert OfUnit("VM", None, None, 1).stored_statuses == [status for status in Status if status in STORED]
    assert OfUnit("VM", Status.QUEUED, None, 1).stored_statuses == [Status.SUBMITTED]
    assert set(OfUnit("VM", Openness.CLOSED, None, 1).stored_statuses) == CLOSED
