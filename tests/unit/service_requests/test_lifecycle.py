import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.service_requests import lifecycle
from chalicelib.service_requests.lifecycle import (
    CLOSED,
    CONSEQUENCES,
    MOVES,
    OPEN,
    PEOPLE,
    STATUS_NAMES,
    STORED,
    Action,
    Kind,
    MoveNotAllowed,
    Status,
)

CITIZENS = {
    Status.SUBMITTED: "comment correct withdraw announce_photos",
    Status.ACKNOWLEDGED: "comment withdraw announce_photos",
    Status.IN_PROGRESS: "comment withdraw announce_photos",
    Status.INFO_REQUESTED: "comment reply withdraw announce_photos",
    Status.REOPENED: "comment withdraw announce_photos",
    Status.RESOLVED: "comment reopen announce_photos",
    Status.REFUSED: "comment reopen announce_photos",
    Status.DUPLICATE: "comment reopen announce_photos",
    Status.WITHDRAWN: "comment reopen announce_photos",
}
UNITS = {
    Status.SUBMITTED: "acknowledge start ask resolve refuse duplicate transfer announce_photos",
    Status.ACKNOWLEDGED: "start ask resolve refuse duplicate transfer announce_photos",
    Status.IN_PROGRESS: "ask resolve refuse duplicate transfer announce_photos",
    Status.INFO_REQUESTED: "start resolve refuse duplicate transfer announce_photos",
    Status.REOPENED: "acknowledge start ask resolve refuse duplicate transfer announce_photos",
    Status.RESOLVED: "announce_photos",
    Status.REFUSED: "announce_photos",
    Status.DUPLICATE: "announce_photos",
    Status.WITHDRAWN: "announce_photos",
}
AT_ANY_TIME = {
    *(Action.COMMENT, Action.NOTE, Action.PUBLISH, Action.UNPUBLISH),
    *(Action.PUBLISH_PHOTO, Action.UNPUBLISH_PHOTO, Action.BLUR_PHOTO),
}
WHILE_OPEN = {Action.CORRECT, Action.WITHDRAW, Action.TRIAGE, Action.PRIORITIZE}


def test_every_status_is_either_open_or_closed_and_queued_is_never_stored():
    assert OPEN | CLOSED == STORED == set(Status) - {Status.QUEUED}
    assert not OPEN & CLOSED
    assert Status.QUEUED.is_open


def test_every_status_has_a_name_in_both_languages():
    assert STATUS_NAMES.keys() == set(Status)
    assert all(name.fr and name.en for name in STATUS_NAMES.values())


def test_every_action_but_the_submission_is_in_the_table():
    assert MOVES.keys() == set(Action) - {Action.SUBMIT}


@pytest.mark.parametrize("action", MOVES)
def test_the_table_names_only_stored_statuses(action):
    move = MOVES[action]
    assert move.from_, "somebody may do it"
    for from_ in move.from_.values():
        assert from_
        assert from_ <= STORED
    assert move.to is None or move.to in STORED


@pytest.mark.parametrize("status", CITIZENS)
def test_a_citizen_can_do_this_and_nothing_else(status):
    assert lifecycle.allowed(Kind.CITIZEN, status) == [Action(name) for name in CITIZENS[status].split()]


@pytest.mark.parametrize("status", UNITS)
def test_a_unit_can_do_this_and_nothing_else(status):
    assert lifecycle.allowed(Kind.UNIT, status) == [Action(name) for name in UNITS[status].split()]


@pytest.mark.parametrize("status", sorted(STORED))
def test_an_agent_can_do_what_the_citizen_and_the_unit_can_and_what_agents_alone_do(status):
    others = {*lifecycle.allowed(Kind.CITIZEN, status), *lifecycle.allowed(Kind.UNIT, status)}
    own = AT_ANY_TIME | (WHILE_OPEN if status.is_open else set())
    assert set(lifecycle.allowed(Kind.AGENT, status)) == others | own


@given(st.sampled_from(Kind), st.sampled_from(sorted(STORED)), st.sampled_from(Action))
def test_a_move_is_allowed_exactly_when_the_table_has_it_and_a_refusal_names_those_it_has(kind, status, action):
    possible = lifecycle.allowed(kind, status)
    if action in possible:
        lifecycle.check(kind, status, action)
        assert lifecycle.after(status, action, Status.ACKNOWLEDGED) in STORED
    elif action not in CONSEQUENCES:
        with pytest.raises(MoveNotAllowed) as refused:
            lifecycle.check(kind, status, action)
        assert refused.value.extensions == {"current_status": status, "allowed": possible}


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("status", sorted(STORED))
def test_nobody_asks_by_name_for_what_only_follows_from_something_else(kind, status):
    assert not CONSEQUENCES & set(lifecycle.allowed(kind, status))


@pytest.mark.parametrize("kind", PEOPLE)
def test_whoever_may_make_a_duplicate_does_so_to_any_original_but_one_that_is_a_duplicate_itself(kind):
    for status in STORED - {Status.DUPLICATE}:
        lifecycle.check(kind, status, Action.JOIN)
    with pytest.raises(MoveNotAllowed):
        lifecycle.check(kind, Status.DUPLICATE, Action.JOIN)
    for status in STORED:
        lifecycle.check(kind, status, Action.LEAVE)


@pytest.mark.parametrize("status", sorted(STORED))
def test_what_became_of_a_photo_is_told_by_the_counter_alone_whatever_the_status(status):
    looked_at = {Action.ACCEPT_PHOTO, Action.REFUSE_PHOTO, Action.MISS_PHOTO}
    assert set(lifecycle.allowed(Kind.SYSTEM, status)) == looked_at
    assert not any(looked_at & set(lifecycle.allowed(kind, status)) for kind in PEOPLE)


@pytest.mark.parametrize("status", sorted(OPEN))
@pytest.mark.parametrize("kind", [Kind.UNIT, Kind.AGENT])
def test_a_unit_and_an_agent_can_close_whatever_is_open(kind, status):
    assert {Action.RESOLVE, Action.REFUSE, Action.DUPLICATE} <= set(lifecycle.allowed(kind, status))


@pytest.mark.parametrize("status", sorted(CLOSED))
def test_only_reopening_leads_out_of_a_closed_status(status):
    for kind in Kind:
        for action in [*lifecycle.allowed(kind, status), *CONSEQUENCES]:
            assert action is Action.REOPEN or lifecycle.after(status, action, Status.ACKNOWLEDGED) is status


@pytest.mark.parametrize("action", [Action.ACKNOWLEDGE, Action.START, Action.ASK, Action.RESOLVE, Action.REFUSE])
def test_only_units_do_the_work_and_citizens_never_close_as_done(action):
    assert all(action not in lifecycle.allowed(Kind.CITIZEN, status) for status in STORED)
    assert action in lifecycle.allowed(Kind.UNIT, Status.SUBMITTED), "a unit can be faster than the mark"


def test_correction_by_the_citizen_ends_with_the_acknowledgement():
    assert [s for s in sorted(STORED) if Action.CORRECT in lifecycle.allowed(Kind.CITIZEN, s)] == [Status.SUBMITTED]


@pytest.mark.parametrize("resumed", [Status.ACKNOWLEDGED, Status.IN_PROGRESS])
def test_a_reply_returns_to_where_the_question_was_asked_and_nothing_else_does(resumed):
    assert lifecycle.after(Status.INFO_REQUESTED, Action.REPLY, resumed) is resumed
    for action in MOVES.keys() - {Action.REPLY}:
        expected = MOVES[action].to or Status.INFO_REQUESTED
        assert lifecycle.after(Status.INFO_REQUESTED, action, resumed) is expected


@pytest.mark.parametrize("status", sorted(STORED))
def test_to_ask_is_to_have_acknowledged(status):
    resumed = lifecycle.resumed_after_question(status)
    assert resumed is (Status.IN_PROGRESS if status is Status.IN_PROGRESS else Status.ACKNOWLEDGED)
