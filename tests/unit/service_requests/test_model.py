from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.service_requests import lifecycle
from chalicelib.service_requests.lifecycle import Action, Kind, MoveNotAllowed, RefusalReason, Resolution, Status
from chalicelib.service_requests.model import DELIVERY_GRACE, Full, ServiceRequest
from chalicelib.service_requests.timeline import Actor, Change
from tests.support.examples import AGENT, CITIZEN, NOW, entry_id, submitted, unit_actor

UNITS = ["VM", "RO", "eclairage"]


def change(action: Action, by: Actor, **details: object) -> Change:
    if action is Action.RESOLVE:
        details.setdefault("resolution", Resolution.FIXED)
    if action is Action.REFUSE:
        details.setdefault("reason", RefusalReason.POLICY)
    if action is Action.TRANSFER:
        details.setdefault("unit", "RO")
    return Change(action=action, by=by, **details)


actors = st.one_of(st.just(CITIZEN), st.just(AGENT), st.sampled_from(UNITS).map(unit_actor))
changes = st.builds(
    lambda action, by, minutes, text, unit: change(
        action,
        by,
        text=text,
        occurred_at=NOW + timedelta(minutes=minutes) if by.kind is Kind.UNIT else None,
        unit=unit if action is Action.TRANSFER else None,
    ),
    st.sampled_from(sorted(lifecycle.MOVES)),
    actors,
    st.integers(-5, 60),
    st.none() | st.text(min_size=1, max_size=20),
    st.sampled_from(UNITS),
)


def lived(steps: list[Change]) -> ServiceRequest:
    """A service request after all those steps that were allowed, one a minute."""
    state = submitted()
    for minute, step in enumerate(steps, 1):
        with suppress(MoveNotAllowed):
            state = state.after(step, at=NOW + timedelta(minutes=minute), entry_id=entry_id())
    return state


@given(st.lists(changes, max_size=15))
def test_whatever_is_tried_the_state_equals_the_replay_of_its_timeline(steps):
    state = lived(steps)
    replayed = state.as_of(state.sequence)
    assert replayed == state
    assert [entry.sequence for entry in state.timeline] == list(range(1, state.sequence + 1))


@given(st.lists(changes, max_size=15))
def test_the_state_at_an_entry_never_changes_by_what_comes_after(steps):
    state = submitted()
    history = [state]
    for minute, step in enumerate(steps, 1):
        with suppress(MoveNotAllowed):
            state = state.after(step, at=NOW + timedelta(minutes=minute), entry_id=entry_id())
            history.append(state)
    later = {"delivery": {}, "due_at": None, "texts": {}}
    assert [s.model_copy(update=later) for s in state.replay()] == [s.model_copy(update=later) for s in history]


@given(st.lists(changes, max_size=15))
def test_anything_undelivered_has_a_near_look(steps):
    state = lived(steps)
    oldest = min(entries[0].at for entries in state.undelivered().values())
    assert state.due_at is not None
    assert state.due_at <= oldest + DELIVERY_GRACE


@given(st.lists(changes, max_size=15))
def test_a_closed_one_has_a_closing_time_and_an_open_one_has_none(steps):
    for state in lived(steps).replay():
        assert (state.closed_at is None) is state.status.is_open


@given(st.lists(changes, max_size=15))
def test_nobody_is_told_what_it_said_itself_but_at_a_transfer_both_units_are_told(steps):
    state = lived(steps)
    before = None
    for after, entry in zip(state.replay(), state.timeline, strict=True):
        if entry.action is Action.TRANSFER and entry.applied:
            assert set(entry.recipients) == {before.unit, after.unit}
        elif entry.by == unit_actor(after.unit) or not entry.applied:
            assert entry.recipients == ()
        else:
            assert entry.recipients == (after.unit,)
        before = after


def test_it_is_seen_as_queued_once_its_present_units_queue_has_it():
    state = submitted()
    assert state.seen_status is Status.SUBMITTED
    delivered = state.model_copy(update={"delivery": {"VM": 1}})
    assert delivered.seen_status is Status.QUEUED
    moved = delivered.after(change(Action.TRANSFER, unit_actor("VM"), unit="RO"), at=NOW, entry_id="x")
    assert moved.seen_status is Status.SUBMITTED


def test_away_and_back_it_waits_for_the_queue_again():
    state = submitted().model_copy(update={"delivery": {"VM": 1}})
    away = state.after(change(Action.TRANSFER, unit_actor("VM"), unit="RO"), at=NOW, entry_id="x")
    back = away.after(change(Action.TRANSFER, unit_actor("RO"), unit="VM"), at=NOW, entry_id="y")
    assert back.seen_status is Status.SUBMITTED
    assert back.unit == "VM"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Action.ACKNOWLEDGE, Status.ACKNOWLEDGED),
        (Action.START, Status.IN_PROGRESS),
        (None, Status.ACKNOWLEDGED),
    ],
)
def test_the_answer_to_a_question_returns_it_to_what_it_was(before, after):
    state = submitted()
    if before:
        state = state.after(change(before, unit_actor("VM")), at=NOW, entry_id="a")
    state = state.after(change(Action.ASK, unit_actor("VM"), text="Où ?"), at=NOW, entry_id="b")
    assert state.status is Status.INFO_REQUESTED
    state = state.after(change(Action.REPLY, CITIZEN, text="Ici"), at=NOW, entry_id="c")
    assert state.status is after


def test_a_report_older_than_the_units_last_is_kept_but_moves_nothing():
    state = submitted()
    resolve = change(Action.RESOLVE, unit_actor("VM"), occurred_at=NOW + timedelta(hours=2))
    state = state.after(resolve, at=NOW, entry_id="a")
    late = change(Action.START, unit_actor("VM"), occurred_at=NOW + timedelta(hours=1), reference="late")
    after = state.after(late, at=NOW + timedelta(hours=3), entry_id="b")
    assert after.status is Status.RESOLVED
    assert after.reference is None
    assert not after.timeline[-1].applied
    assert after.timeline[-1].recipients == ()


def test_anothers_clock_does_not_make_a_report_late():
    state = submitted()
    transfer = change(Action.TRANSFER, unit_actor("VM"), unit="RO", occurred_at=NOW + timedelta(days=1))
    state = state.after(transfer, at=NOW, entry_id="a")
    state = state.after(change(Action.START, unit_actor("RO"), occurred_at=NOW), at=NOW, entry_id="b")
    assert state.status is Status.IN_PROGRESS


@pytest.mark.parametrize(("days", "by", "reopened"), [(30, CITIZEN, True), (31, CITIZEN, False), (31, AGENT, True)])
def test_a_citizen_reopens_within_thirty_days_of_closing_and_an_agent_at_any_time(days, by, reopened):
    closed = submitted().after(change(Action.RESOLVE, unit_actor("VM")), at=NOW, entry_id="a")
    at = closed.closed_at + timedelta(days=days)
    if reopened:
        again = closed.after(change(Action.REOPEN, by, text="Pas réglé"), at=at, entry_id="b")
        assert again.status is Status.REOPENED
        assert again.closed_at is None
    else:
        with pytest.raises(MoveNotAllowed):
            closed.after(change(Action.REOPEN, by, text="Pas réglé"), at=at, entry_id="b")


def test_a_full_one_says_so_and_its_unit_can_still_close_it():
    state = submitted()
    comment = change(Action.COMMENT, CITIZEN, text="é" * 4000)
    with suppress(Full):
        for minute in range(200):
            state = state.after(comment, at=NOW + timedelta(minutes=minute), entry_id=entry_id())
    with pytest.raises(Full):
        state.after(comment, at=NOW, entry_id=entry_id())
    assert len(state.model_dump_json(exclude_none=True).encode()) < 300_000
    closed = state.after(change(Action.RESOLVE, unit_actor("VM"), text="é" * 2000), at=NOW, entry_id="z")
    assert closed.status is Status.RESOLVED


def test_an_edit_while_something_is_undelivered_does_not_postpone_the_reconciler():
    state = submitted()
    first_look = state.due_at
    for minute in range(1, 30):
        state = state.after(change(Action.COMMENT, CITIZEN, text="?"), at=NOW + timedelta(minutes=minute), entry_id="e")
        assert state.due_at == first_look
