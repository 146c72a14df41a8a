"""What a unit is late with is told once, whatever else is written meanwhile."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.foundation.times import written
from chalicelib.service_requests.lateness import (
    Lateness,
    crossed,
    late_key,
    limits,
    missing,
    overdue_since,
    untold,
)
from chalicelib.service_requests.lifecycle import Action, Resolution
from chalicelib.service_requests.timeline import Change
from tests.support.examples import CITIZEN, NOW, entry_id, submitted, unit_actor
from tests.support.photos import happened, with_photo

HOUR = timedelta(hours=1)
VM = unit_actor("VM")


def asked():
    """Submitted at NOW: to be acknowledged within an hour, done within five days."""
    new = submitted()
    (entry,) = new.timeline
    return new.model_copy(update={"timeline": (entry.model_copy(update={"acknowledge_by": NOW + HOUR}),)})


def done(state, action, by=VM, at=NOW, **details):
    return state.after(Change(action=action, by=by, **details), at=at, entry_id=entry_id())


def told(state, now):
    """What the reconciler tells at a moment, and the state with that noted."""
    late = crossed(state, now)
    return list(late), state.model_copy(update={"told": {**state.told, **late}})


def test_it_is_late_to_acknowledge_after_its_units_limit_and_to_be_done_after_its_date():
    state = asked()
    assert told(state, NOW + HOUR - timedelta(seconds=1))[0] == []
    late, state = told(state, NOW + HOUR)
    assert late == [Lateness.UNACKNOWLEDGED]
    late, state = told(state, NOW + timedelta(days=5))
    assert late == [Lateness.OVERDUE]
    assert told(state, NOW + timedelta(days=50))[0] == []


def test_what_was_acknowledged_in_time_is_late_only_for_its_date():
    state = done(asked(), Action.ACKNOWLEDGE)
    assert told(state, NOW + timedelta(days=1))[0] == []
    assert told(state, NOW + timedelta(days=5))[0] == [Lateness.OVERDUE]


def test_what_is_closed_or_waits_for_its_citizen_has_nothing_to_be_late_with():
    assert limits(done(asked(), Action.RESOLVE, resolution=Resolution.FIXED)) == {}
    assert limits(done(asked(), Action.WITHDRAW, CITIZEN)) == {}
    assert limits(done(asked(), Action.ASK)) == {}


def test_another_unit_and_another_date_are_told_of_anew():
    _, state = told(asked(), NOW + timedelta(days=6))
    moved = done(
        state,
        Action.TRANSFER,
        at=NOW + timedelta(days=6),
        unit="RO",
        acknowledge_by=NOW + timedelta(days=6) + HOUR,
        expected_at=NOW + timedelta(days=9),
    )
    assert set(untold(moved)) == {Lateness.UNACKNOWLEDGED, Lateness.OVERDUE}


def test_it_is_looked_at_on_its_next_date_then_stands_among_the_overdue_then_nowhere():
    state = asked()
    assert (late_key(state), overdue_since(state)) == ("2026-01-05T15:00:00.000Z", None)
    _, state = told(state, NOW + HOUR)
    assert (late_key(state), overdue_since(state)) == ("2026-01-10T14:00:00.000Z", None)
    _, state = told(state, NOW + timedelta(days=5))
    assert (late_key(state), overdue_since(state)) == (None, "2026-01-10T14:00:00.000Z")
    closed = done(state, Action.RESOLVE, resolution=Resolution.FIXED)
    assert late_key(closed) is overdue_since(closed) is None


def test_what_is_overdue_counts_as_such_also_while_a_photo_is_to_come():
    state, _ = with_photo(told(asked(), NOW + timedelta(days=6))[1])
    assert (late_key(state), overdue_since(state)) == (written(NOW + timedelta(days=1)), "2026-01-10T14:00:00.000Z")


def test_another_date_is_not_overdue_until_it_has_passed_too():
    _, state = told(asked(), NOW + timedelta(days=6))
    later = NOW + timedelta(days=9)
    moved = done(state, Action.TRANSFER, at=NOW + timedelta(days=6), unit="RO", expected_at=later)
    assert (late_key(moved), overdue_since(moved)) == (written(later), None)


def test_a_photo_that_is_to_come_is_looked_for_after_a_day_whether_it_is_open_or_closed():
    open_one, id = with_photo(asked())
    closed = done(open_one, Action.RESOLVE, resolution=Resolution.FIXED)
    day = timedelta(days=1)
    assert late_key(open_one) == written(NOW + HOUR), "what comes first"
    _, told_of = told(open_one, NOW + HOUR)
    for state in (told_of, closed):
        assert late_key(state) == written(NOW + day)
        assert missing(state, NOW + day - timedelta(seconds=1)) == []
        assert missing(state, NOW + day) == [id]
    for action in (Action.ACCEPT_PHOTO, Action.REFUSE_PHOTO, Action.MISS_PHOTO):
        after = happened(closed, id, action, at=NOW, entry_id="x")
        assert late_key(after) is None
        assert missing(after, NOW + day) == []


@given(st.lists(st.tuples(st.sampled_from(["look", "comment"]), st.integers(1, 200)), max_size=30))
def test_whatever_is_written_between_looks_each_date_is_told_exactly_once(steps):
    state, now, heard = asked(), NOW, []
    for step, hours in steps:
        now += timedelta(hours=hours)
        if step == "look":
            late, state = told(state, now)
            heard += late
        else:
            state = done(state, Action.COMMENT, CITIZEN, at=now, text="?")
        assert late_key(state) or overdue_since(state), "what is open is always looked at again, or listed"
    late, state = told(state, now + timedelta(days=365))
    assert sorted([*heard, *late]) == [Lateness.OVERDUE, Lateness.UNACKNOWLEDGED]
    assert (late_key(state), overdue_since(state)) == (None, "2026-01-10T14:00:00.000Z")
