import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.service_requests import lifecycle
from chalicelib.service_requests.lifecycle import (
    CLOSED,
    MOVES,
    OPEN,
    STATUS_NAMES,
    STORED,
    Action,
    Kind,
    MoveNotAllowed,
    Status,
)


def test_every_status_is_either_open_or_closed_and_queued_is_never_stored():
    assert OPEN | CLOSED == STORED == set(Status) - {Status.QUEUED}
    assert not OPEN & CLOSED
    assert Status.QUEUED.is_open


def test_every_status_has_a_name_in_both_languages():
    assert STATUS_NAMES.keys() == set(Status)


def test_every_action_but_the_submission_is_in_the_table():
    assert MOVES.keys() == set(Action) - {Action.SUBMIT}


@pytest.mark.parametrize("action", MOVES)
def test_the_table_names_only_stored_statuses(action):
    move = MOVES[action]
    assert move.from_ <= STORED
    assert move.to is None or move.to in STORED


@given(st.sampled_from(Kind), st.sampled_from(sorted(STORED)), st.sampled_from(Action))
def test_a_move_is_allowed_exactly_when_the_table_has_it_and_a_refusal_names_those_it_has(kind, status, action):
    possible = lifecycle.allowed(kind, status)
    if action in possible:
        lifecycle.check(kind, status, action)
        assert lifecycle.after(status, action, Status.ACKNOWLEDGED) in STORED
    else:
        with pytest.raises(MoveNotAllowed) as refused:
            lifecycle.check(kind, status, action)
        assert refused.value.extensions == {"current_status": status, "allowed": possible}


@pytest.mark.parametrize("status", sorted(OPEN))
def test_a_unit_can_close_whatever_is_open(status):
    assert {Action.RESOLVE, Action.REFUSE, Action.DUPLICATE} <= set(lifecycle.allowed(Kind.UNIT, status))


@pytest.mark.parametrize("status", sorted(CLOSED))
def test_only_reopening_leads_out_of_a_closed_status(status):
    for kind in Kind:
        for action in lifecycle.allowed(kind, status):
            assert action is Action.REOPEN or lifecycle.after(status, action, Status.ACKNOWLEDGED) is status


@pytest.mark.parametrize("action", [Action.ACKNOWLEDGE, Action.START, Action.ASK, Action.RESOLVE, Action.REFUSE])
def test_only_units_do_the_work_and_citizens_never_close_as_done(action):
    assert action not in lifecycle.allowed(Kind.CITIZEN, Status.SUBMITTED)
    assert action in lifecycle.allowed(Kind.UNIT, Status.SUBMITTED), "a unit can be faster than the mark"


def test_correction_ends_with_the_acknowledgement():
    assert [s for s in sorted(STORED) if Action.CORRECT in lifecycle.allowed(Kind.CITIZEN, s)] == [Status.SUBMITTED]
