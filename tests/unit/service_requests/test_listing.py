"""The rules of lists by unit, over a table that answers with pages of any size, as DynamoDB may."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.service_requests import listing
from chalicelib.service_requests.lifecycle import CLOSED, STORED, Status
from chalicelib.service_requests.listing import OfUnit, Openness
from tests.support.examples import NOW
from tests.support.lists import BASE, KEYS, Table, fits, hours, kinds, statuses, table, walked

of_unit = st.builds(OfUnit, st.just("VM"), statuses, st.none() | hours, st.integers(1, 6))


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


def test_every_stored_status_is_gone_through_and_queued_is_looked_for_among_the_submitted():
    assert OfUnit("VM", None, None, 1).stored_statuses == [status for status in Status if status in STORED]
    assert OfUnit("VM", Status.QUEUED, None, 1).stored_statuses == [Status.SUBMITTED]
    assert set(OfUnit("VM", Openness.CLOSED, None, 1).stored_statuses) == CLOSED
