from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.foundation.languages import Text
from chalicelib.service_requests import lifecycle
from chalicelib.service_requests.lifecycle import (
    Action,
    Kind,
    MoveNotAllowed,
    Priority,
    RefusalReason,
    Resolution,
    Status,
)
from chalicelib.service_requests.model import DELIVERY_GRACE, Full, ServiceRequest
from chalicelib.service_requests.timeline import SYSTEM, Actor, Change, Place, Position
from tests.support.examples import AGENT, CITIZEN, NOW, entry_id, submitted, unit_actor
from tests.support.photos import LOOKED_AT, photo_details

UNITS = ["VM", "RO", "eclairage"]
PHOTOS = ("a-photo", "another")
PLACE = Place(position=Position(lat=45.51, lon=-73.56), address="Ailleurs")
HERE = Position(lat=45.51, lon=-73.56)


def change(action: Action, by: Actor, **details: object) -> Change:
    """A change with the details that its action needs."""
    needed: dict[Action, dict[str, object]] = {
        Action.RESOLVE: {"resolution": Resolution.FIXED},
        Action.REFUSE: {"reason": RefusalReason.POLICY},
        Action.TRANSFER: {"unit": "RO"},
        Action.TRIAGE: {"unit": "RO"},
        Action.PRIORITIZE: {"priority": Priority.URGENT},
        Action.DUPLICATE: {"duplicate_of": "0000000000"},
        Action.JOIN: {"duplicate": "ZZZZZZZZZZ", "requesters": {"web": 1}},
        Action.LEAVE: {"duplicate": "ZZZZZZZZZZ", "requesters": {"web": 1}},
        Action.PUBLISH: {"about": 1},
        Action.UNPUBLISH: {"about": 1},
        Action.NOTE: {"note": "Entre nous"},
    }
    return Change(**{"action": action, "by": by} | needed.get(action, {}) | details)


@st.composite
def any_change(draw: st.DrawFn) -> Change:
    action = draw(st.sampled_from(sorted(lifecycle.MOVES)))
    people = st.one_of(st.just(CITIZEN), st.just(AGENT), st.sampled_from(UNITS).map(unit_actor))
    by = SYSTEM if action in LOOKED_AT else draw(people)
    details: dict[str, object] = {"text": draw(st.none() | st.text(min_size=1, max_size=20))}
    if by.kind is Kind.UNIT and action not in lifecycle.CONSEQUENCES:
        details["occurred_at"] = NOW + timedelta(minutes=draw(st.integers(-5, 60)))
    if action in (Action.TRANSFER, Action.TRIAGE):
        details["unit"] = draw(st.sampled_from(UNITS))
    if action is Action.TRIAGE and draw(st.booleans()):
        details |= {"service_code": "graffiti", "service_name": Text(fr="Graffiti", en="Graffiti")}
    if action is Action.CORRECT and draw(st.booleans()):
        moved = {"borough": "RO", "unit": "RO"} if draw(st.booleans()) else {}
        details |= {"place": PLACE, "public_position": HERE, "cell": "892baa0b6b7ffff"} | moved
    if action in (Action.PUBLISH, Action.UNPUBLISH):
        details["about"] = draw(st.integers(1, 5))
    if action in lifecycle.OF_PHOTOS:
        details |= draw(photo_details(action, PHOTOS))
    if draw(st.booleans()):
        details["expected_at"] = NOW + timedelta(days=draw(st.integers(1, 90)))
    if by.kind is Kind.AGENT:
        details |= {"agent_name": "agent.vm", "note": draw(st.none() | st.just("Entre nous"))}
    return change(action, by, **details)


changes = any_change()
TOLD_TO_NOBODY = {
    *(Action.PUBLISH, Action.UNPUBLISH),
    *(Action.ANNOUNCE_PHOTOS, Action.PUBLISH_PHOTO, Action.UNPUBLISH_PHOTO),
}
SENT_ON = {Action.TRANSFER, Action.TRIAGE}
BESIDE = {"delivery": {}, "due_at": None, "texts": {}, "notes": {}, "places": {}, "agents": {}, "photos": {}}


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
    # What stands beside the timeline is told by its sequence; of where it is found, only the last is kept.
    later = BESIDE | {"public_position": None, "cell": None}
    assert [s.model_copy(update=later) for s in state.replay()] == [s.model_copy(update=later) for s in history]
    for then, replayed in zip(history, state.replay(), strict=True):
        assert (replayed.place, replayed.description) == (then.place, then.description)
        assert replayed.published == then.published
        assert replayed.photo_standings == then.photo_standings
        assert (replayed.duplicate_of, replayed.requesters, replayed.asked_at) == (
            then.duplicate_of,
            then.requesters,
            then.asked_at,
        )


@given(st.lists(changes, max_size=15))
def test_anything_undelivered_has_a_near_look(steps):
    state = lived(steps)
    oldest = min(entries[0].at for entries in state.undelivered().values())
    assert state.needed_look() == oldest + DELIVERY_GRACE
    assert state.due_at is not None
    assert state.due_at <= oldest + DELIVERY_GRACE


@given(st.lists(changes, max_size=15))
def test_a_closed_one_has_a_closing_time_and_an_open_one_has_none(steps):
    for state in lived(steps).replay():
        assert (state.closed_at is None) is state.status.is_open


@given(st.lists(changes, max_size=15))
def test_nobody_is_told_what_it_said_itself_but_where_it_is_sent_on_both_units_are_told(steps):
    state = lived(steps)
    before = None
    for after, entry in zip(state.replay(), state.timeline, strict=True):
        if not entry.applied or entry.action in TOLD_TO_NOBODY:
            assert entry.recipients == ()
        elif entry.unit and before:
            assert set(entry.recipients) == {before.unit, after.unit}
        elif entry.by == unit_actor(after.unit):
            assert entry.recipients == ()
        else:
            assert entry.recipients == (after.unit,)
        before = after


@given(st.lists(changes, max_size=15))
def test_to_whom_it_was_addressed_is_never_forgotten_and_every_recipient_has_a_mark(steps):
    state = lived(steps)
    assert set(state.delivery) == {unit for entry in state.timeline for unit in entry.recipients}


@given(st.lists(changes, max_size=15))
def test_a_unit_that_gets_it_has_it_afresh(steps):
    """Whatever sent it on: not acknowledged by that unit, without the other's file number, waiting for its queue."""
    state = lived(steps)
    for after in state.replay():
        entry = after.timeline[-1]
        if entry.unit and entry.applied:
            assert (after.status, after.unit, after.reference) == (Status.SUBMITTED, entry.unit, None)
            assert after.assigned_sequence == entry.sequence
            assert after.model_copy(update={"delivery": {entry.unit: entry.sequence - 1}}).seen_status is (
                Status.SUBMITTED
            )


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


# A correction.


def moved_to_rosemont(by: Actor) -> Change:
    return change(
        Action.CORRECT, by, place=PLACE, public_position=HERE, cell="892baa0b6b7ffff", borough="RO", unit="RO"
    )


@pytest.mark.parametrize("before", [None, Action.ACKNOWLEDGE, Action.START, Action.ASK])
def test_a_place_of_another_unit_is_a_transfer_at_whatever_stage_it_is_corrected(before):
    state = submitted()
    if before:
        state = state.after(change(before, unit_actor("VM"), reference="BT-1"), at=NOW, entry_id="a")
    moved = state.after(moved_to_rosemont(AGENT), at=NOW, entry_id="b")
    assert (moved.status, moved.unit, moved.borough, moved.reference) == (Status.SUBMITTED, "RO", "RO", None)
    assert moved.timeline[-1].recipients == ("VM", "RO")


def test_the_place_and_the_description_are_the_last_ones_corrected_and_the_first_ones_are_kept():
    state = submitted(text="Un trou")
    state = state.after(change(Action.CORRECT, CITIZEN, text="Deux trous"), at=NOW, entry_id="a")
    state = state.after(change(Action.CORRECT, CITIZEN, place=PLACE, public_position=HERE), at=NOW, entry_id="b")
    assert (state.description, state.described_by, state.place) == ("Deux trous", 2, PLACE)
    first = state.as_of(1)
    assert (first.description, first.place.address) == ("Un trou", "275, rue Notre-Dame Est")
    assert (state.as_of(2).description, state.as_of(2).place) == ("Deux trous", first.place)


def test_a_place_without_a_position_takes_the_public_one_away():
    state = submitted().after(change(Action.CORRECT, CITIZEN, place=Place(address="Ici")), at=NOW, entry_id="a")
    assert (state.public_position, state.cell) == (None, None)


def test_a_described_one_that_never_was_has_no_description():
    state = submitted(text=None)
    assert state.description is None
    corrected = state.after(change(Action.CORRECT, CITIZEN, text="Un trou"), at=NOW, entry_id="a")
    assert corrected.description == "Un trou"


# Duplicates.


def test_what_it_is_a_duplicate_of_is_not_changed_by_a_late_report_that_moved_nothing():
    hour = timedelta(hours=1)
    duplicate = change(Action.DUPLICATE, unit_actor("VM"), duplicate_of="AAAAAAAAAA", occurred_at=NOW + hour)
    state = submitted().after(duplicate, at=NOW + hour, entry_id="a")
    late = change(Action.DUPLICATE, unit_actor("VM"), duplicate_of="BBBBBBBBBB", occurred_at=NOW)
    state = state.after(late, at=NOW + 2 * hour, entry_id="b")
    assert not state.timeline[-1].applied
    assert state.duplicate_of == "AAAAAAAAAA"


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(["web", "mobile", "phone"]), st.integers(1, 3)), max_size=12))
def test_the_requesters_are_those_who_joined_less_those_who_left_and_never_negative(moves):
    state = submitted()
    for joins, channel, number in moves:
        action = Action.JOIN if joins else Action.LEAVE
        state = state.after(change(action, AGENT, requesters={channel: number}), at=NOW, entry_id=entry_id())
    assert all(number > 0 for number in state.requesters.values())
    assert state.requesters["web"] >= 1, "who sent it counts"
    assert set(state.requesters) <= {"web", "mobile", "phone"}


def test_the_requesters_are_counted_by_channel_with_duplicates_and_support():
    state = submitted().model_copy(update={"supporters": {"mobile": 2, "web": 0}})
    assert state.requesters == {"mobile": 2, "web": 1}
    joined = state.after(change(Action.JOIN, AGENT, requesters={"phone": 1, "web": 3}), at=NOW, entry_id="a")
    assert joined.requesters == {"mobile": 2, "phone": 1, "web": 4}
    left = joined.after(change(Action.LEAVE, AGENT, requesters={"phone": 1, "web": 3}), at=NOW, entry_id="b")
    assert left.requesters == state.requesters


# Publishing.


def published(*steps: tuple[Action, int, str | None]) -> dict[int, str]:
    state = submitted(text="Chez Tremblay").after(change(Action.COMMENT, CITIZEN, text="Encore"), at=NOW, entry_id="c")
    for action, about, text in steps:
        state = state.after(change(action, AGENT, about=about, text=text), at=NOW, entry_id=entry_id())
    assert state.texts["1"] == "Chez Tremblay", "the original stays"
    return state.published


@pytest.mark.parametrize(
    ("steps", "shown"),
    [
        ([], {}),
        ([(Action.PUBLISH, 1, None)], {1: "Chez Tremblay"}),
        ([(Action.PUBLISH, 1, "Chez X")], {1: "Chez X"}),
        ([(Action.PUBLISH, 1, "Chez X"), (Action.PUBLISH, 1, "Chez Y")], {1: "Chez Y"}),
        ([(Action.PUBLISH, 1, "Chez X"), (Action.PUBLISH, 1, None)], {1: "Chez Tremblay"}),
        ([(Action.PUBLISH, 1, "Chez X"), (Action.UNPUBLISH, 1, None)], {}),
        ([(Action.UNPUBLISH, 1, None)], {}),
        ([(Action.PUBLISH, 2, None), (Action.PUBLISH, 1, None)], {1: "Chez Tremblay", 2: "Encore"}),
        ([(Action.PUBLISH, 2, None), (Action.UNPUBLISH, 1, None)], {2: "Encore"}),
    ],
)
def test_what_anyone_may_read_is_what_was_published_last_as_it_is_to_be_shown(steps, shown):
    assert published(*steps) == shown


def test_a_redacted_text_stays_published_though_the_original_is_erased():
    state = submitted().after(change(Action.PUBLISH, AGENT, about=1, text="Chez X"), at=NOW, entry_id="a")
    erased = state.model_copy(update={"texts": {"2": "Chez X"}})
    assert erased.published == {1: "Chez X"}
    plain = submitted().after(change(Action.PUBLISH, AGENT, about=1), at=NOW, entry_id="a")
    assert plain.model_copy(update={"texts": {}}).published == {}


@pytest.mark.parametrize("action", [Action.UNPUBLISH, Action.JOIN, Action.LEAVE])
def test_a_full_one_still_takes_what_must_always_be_possible(action):
    state = submitted()
    with suppress(Full):
        for _ in range(200):
            state = state.after(change(Action.COMMENT, CITIZEN, text="é" * 4000), at=NOW, entry_id=entry_id())
    with suppress(Full):
        for _ in range(200):
            state = state.after(change(Action.COMMENT, CITIZEN, text="x"), at=NOW, entry_id=entry_id())
    assert state.after(change(action, AGENT), at=NOW, entry_id="z").timeline[-1].action is action


# Held.


@pytest.mark.parametrize(
    ("action", "still"), [(Action.TRIAGE, False), (Action.TRANSFER, False), (Action.REFUSE, True), (Action.NOTE, True)]
)
def test_what_is_sent_on_is_no_longer_held_and_what_is_set_aside_is(action, still):
    held = submitted(unit="311").model_copy(update={"held": True})
    first = held.timeline[0].model_copy(update={"held": True})
    held = held.model_copy(update={"timeline": (first,)})
    assert held.as_of(1).held
    assert held.after(change(action, AGENT), at=NOW, entry_id="a").held is still


# A question.


def test_the_clock_stopped_when_the_question_was_asked_that_now_waits():
    state = submitted()
    assert state.asked_at is None
    for hour in (1, 3):
        at = NOW + timedelta(hours=hour)
        state = state.after(change(Action.ASK, unit_actor("VM"), text="Où ?"), at=at, entry_id=entry_id())
        assert state.asked_at == at
        state = state.after(change(Action.NOTE, AGENT), at=at + timedelta(minutes=9), entry_id=entry_id())
        assert state.asked_at == at
        state = state.after(change(Action.REPLY, CITIZEN, text="Ici"), at=at + timedelta(hours=1), entry_id=entry_id())
        assert state.asked_at is None
