"""The rules of lists by borough, over a table that answers with pages of any size, as DynamoDB may."""

from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.foundation.problems import InvalidInput
from chalicelib.foundation.times import written
from chalicelib.service_requests.borough_list import QUERIES, OfBorough, of_borough
from chalicelib.service_requests.lifecycle import Status
from chalicelib.service_requests.listing import Filters, OfUnit, Openness
from chalicelib.service_requests.listing import of_unit as list_of_unit
from tests.support import lists
from tests.support.examples import NOW
from tests.support.lists import KEYS, OPEN_GRAFFITI, Table, fits, kinds, states, table, walked

NINE = states([OPEN_GRAFFITI] * 9)


def whole(limit):
    return limit


def is_asked_for(state, filters):
    return (
        (filters.held_too or not state.held)
        and filters.service_code in (None, state.service_code)
        and fits(state, filters.status)
        and state.submitted_at >= (filters.submitted_after or NOW)
        and (filters.submitted_before is None or state.submitted_at <= filters.submitted_before)
    )


def ids_of(parts):
    return [summary.id for part in parts for summary in part.found]


@given(kinds, lists.of_borough, st.data())
def test_it_gives_each_that_fits_once_newest_first_and_what_is_held_to_agents_only(found, asked, data):
    """Up to four of the same millisecond at an hour, and more."""
    stored = table(data, found)
    parts = walked(lambda cursor: of_borough(stored, KEYS, asked, cursor))
    assert sorted(ids_of(parts)) == sorted(s.id for s in stored.stored if is_asked_for(s, asked.filters))
    times = [summary.submitted_at for part in parts for summary in part.found]
    assert times == sorted(times, reverse=True)
    assert all(len(part.found) <= asked.limit for part in parts)


@given(kinds, lists.of_borough, st.data())
def test_a_part_costs_a_bounded_number_of_queries(found, asked, data):
    stored = table(data, found)
    of_borough(stored, KEYS, asked, None)
    assert stored.calls <= QUERIES


@pytest.mark.parametrize(
    ("status", "queries"),
    [(None, 2), (Openness.OPEN, 1), (Openness.CLOSED, 1), (Status.QUEUED, 1), (Status.RESOLVED, 1)],
)
def test_a_part_asks_once_for_what_is_open_and_once_for_what_is_closed(status, queries):
    stored = Table(states([("graffiti", s, NOW, True, False) for s in Status if s is not Status.QUEUED]), whole)
    of_borough(stored, KEYS, OfBorough("VM", Filters(status=status), 5), None)
    assert stored.calls == queries


def moved(state):
    """Closed, if it was open; opened again, if it was closed."""
    return state.model_copy(update={"status": Status.REOPENED if not state.status.is_open else Status.RESOLVED})


@given(kinds, st.integers(1, 6), st.data())
def test_what_is_closed_or_opened_again_between_two_parts_is_neither_shown_twice_nor_missed(found, limit, data):
    """But for those of one millisecond: here each has its own."""
    apart = [(*kind[:2], NOW + timedelta(milliseconds=number), *kind[3:]) for number, kind in enumerate(found)]
    stored = table(data, data.draw(st.permutations(apart)))
    asked = OfBorough("VM", Filters(held_too=True), limit)

    def between():
        which = data.draw(st.sets(st.integers(0, len(found) - 1), max_size=4))
        stored.stored = [moved(state) if place in which else state for place, state in enumerate(stored.stored)]

    given_ids = ids_of(walked(lambda cursor: of_borough(stored, KEYS, asked, cursor), between))
    assert sorted(given_ids) == sorted(state.id for state in stored.stored)


def test_what_is_closed_while_a_part_is_read_is_in_it_once():
    stored = Table(list(NINE), whole)
    read = stored.of_borough

    def read_and_close(*args, **options):
        page = read(*args, **options)
        stored.stored = [state if not state.status.is_open else moved(state) for state in stored.stored]
        return page

    stored.of_borough = read_and_close
    part = of_borough(stored, KEYS, OfBorough("VM", Filters(), 50), None)
    assert sorted(ids_of([part])) == sorted(state.id for state in NINE)


@given(lists.of_borough)
def test_the_next_link_says_the_same_list_again(asked):
    stored = Table(NINE, whole)
    part = of_borough(stored, KEYS, asked._replace(filters=Filters()), None)
    said = dict(parse_qsl(part.next.removeprefix("?")))
    assert said.keys() == {"borough", "limit", "cursor"}
    assert said["cursor"] == part.cursor
    narrowed = asked._replace(filters=Filters(submitted_after=NOW, submitted_before=NOW, status=Openness.OPEN))
    sent = dict(parse_qsl(of_borough(stored, KEYS, narrowed, None).next.removeprefix("?")))
    assert (sent["submitted_after"], sent["submitted_before"], sent["status"]) == (written(NOW), written(NOW), "open")


@given(lists.of_borough)
def test_no_cursor_is_taken_by_another_list(other):
    stored = Table(NINE, whole)
    mine = OfBorough("VM", Filters(), 4)
    cursor = of_borough(stored, KEYS, mine, None).cursor
    if other != mine:
        with pytest.raises(InvalidInput):
            of_borough(stored, KEYS, other, cursor)
    with pytest.raises(InvalidInput):
        list_of_unit(stored, KEYS, OfUnit("VM", None, None, 4), cursor)
