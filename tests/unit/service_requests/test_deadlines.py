"""By when: the target in working days, the clock that stands still for a question, and what is late."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalogue import load
from chalicelib.catalogue.opening_days import is_working_day
from chalicelib.service_requests.deadlines import dated, is_late
from chalicelib.service_requests.lifecycle import OPEN, STORED, Action, Resolution, Status
from chalicelib.service_requests.timeline import Change
from tests.support.examples import AGENT, CITIZEN, entry_id, submitted, unit_actor

PILOT = load("pilot")
MONTREAL = ZoneInfo("America/Toronto")
VM = unit_actor("VM")


def local(day: str, hour: int = 9) -> datetime:
    """An hour of a day at Montréal, `2026-06-01`."""
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), MONTREAL).replace(hour=hour)


def closing(day: str) -> datetime:
    return local(day, 17)


def asked(at: datetime, service: str = "nid-de-poule", borough: str = "VM"):
    """A service request submitted then, with the date that its submission gives it."""
    expected_at = PILOT.expected_at(at, PILOT.assign(service, borough).target_working_days)
    named = {"service_code": service, "service_name": PILOT.services[service].name, "borough": borough}
    new = submitted(at=at)
    first = new.timeline[0].model_copy(update=named | {"expected_at": expected_at})
    return new.model_copy(update=named | {"expected_at": expected_at, "timeline": (first,)})


def lived(state, *steps):
    """After steps, each a moment, an action, who acts, and details."""
    for at, action, by, *details in steps:
        change = Change(action=action, by=by, **(details[0] if details else {}))
        state = state.after(dated(state, change, PILOT, at), at=at, entry_id=entry_id())
    return state


@pytest.mark.parametrize(
    ("asked_on", "replied_on", "expected"),
    [
        pytest.param("2026-06-02", "2026-06-02", "2026-06-08", id="answered the same day"),
        pytest.param("2026-06-02", "2026-06-03", "2026-06-09", id="a day"),
        pytest.param("2026-06-02", "2026-06-05", "2026-06-11", id="three days"),
        pytest.param("2026-06-05", "2026-06-08", "2026-06-09", id="over a weekend, one"),
        pytest.param("2026-06-05", "2026-06-07", "2026-06-08", id="answered on Sunday, none"),
        pytest.param("2026-06-06", "2026-06-08", "2026-06-09", id="asked on Saturday, from Monday"),
        pytest.param("2026-06-02", "2026-06-23", "2026-06-30", id="fifteen, and Saint-Jean on the way"),
        pytest.param("2026-06-23", "2026-06-25", "2026-06-09", id="over Saint-Jean, one, though it was late"),
    ],
)
def test_the_date_moves_by_the_working_days_that_the_question_waited(asked_on, replied_on, expected):
    state = asked(local("2026-06-01"))
    assert state.expected_at == closing("2026-06-08")
    state = lived(state, (local(asked_on), Action.ASK, VM), (local(replied_on, 16), Action.REPLY, CITIZEN))
    assert state.expected_at == closing(expected)


def test_the_day_of_a_question_is_the_citys():
    """Asked on Monday at ten in the evening, when it is Tuesday in UTC; answered on Tuesday evening."""
    steps = [(local("2026-06-01", 22), Action.ASK, VM), (local("2026-06-02", 22), Action.REPLY, CITIZEN)]
    assert lived(asked(local("2026-06-01")), *steps).expected_at == closing("2026-06-09")


def test_asked_twice_it_stands_still_twice():
    state = lived(
        asked(local("2026-06-01")),
        (local("2026-06-02"), Action.ASK, VM),
        (local("2026-06-03"), Action.REPLY, CITIZEN),
        (local("2026-06-04"), Action.ASK, VM),
        (local("2026-06-05"), Action.COMMENT, CITIZEN),
        (local("2026-06-08"), Action.NOTE, AGENT),
        (local("2026-06-09"), Action.REPLY, CITIZEN),
    )
    assert state.expected_at == closing("2026-06-12")


@pytest.mark.parametrize("action", [Action.COMMENT, Action.NOTE, Action.PRIORITIZE, Action.PUBLISH, Action.JOIN])
def test_what_leaves_the_question_waiting_leaves_the_date(action):
    state = lived(asked(local("2026-06-01")), (local("2026-06-02"), Action.ASK, VM))
    assert lived(state, (local("2026-06-10"), action, AGENT)).expected_at == closing("2026-06-08")


@pytest.mark.parametrize(
    ("action", "by", "details"),
    [
        (Action.REPLY, CITIZEN, {}),
        (Action.START, VM, {}),
        (Action.TRANSFER, VM, {"unit": "RO"}),
        (Action.TRIAGE, AGENT, {"unit": "RO"}),
        (Action.CORRECT, AGENT, {"unit": "RO"}),
        (Action.RESOLVE, VM, {"resolution": Resolution.FIXED}),
        (Action.WITHDRAW, CITIZEN, {}),
    ],
)
def test_whatever_ends_the_wait_for_the_citizen_moves_the_date_and_it_is_not_late_for_it(action, by, details):
    state = lived(asked(local("2026-06-01")), (local("2026-06-05"), Action.ASK, VM))
    at = local("2026-06-19")
    state = lived(state, (at, action, by, details))
    assert state.expected_at == closing("2026-06-22")
    assert not is_late(state.expected_at, state.closed_at, state.status, at)


def test_a_question_that_came_too_late_to_count_stops_no_clock():
    start = Change(action=Action.START, by=VM, occurred_at=local("2026-06-02", 12))
    state = asked(local("2026-06-01")).after(start, at=local("2026-06-02", 12), entry_id="a")
    stale = Change(action=Action.ASK, by=VM, occurred_at=local("2026-06-02", 10))
    state = state.after(dated(state, stale, PILOT, local("2026-06-03")), at=local("2026-06-03"), entry_id="b")
    assert (state.timeline[-1].applied, state.asked_at) == (False, None)
    state = lived(state, (local("2026-06-05"), Action.COMMENT, CITIZEN))
    assert state.expected_at == closing("2026-06-08")


def test_a_late_report_while_a_question_waits_does_not_move_the_date():
    ask = Change(action=Action.ASK, by=VM, occurred_at=local("2026-06-02", 12))
    state = asked(local("2026-06-01")).after(ask, at=local("2026-06-02", 12), entry_id="a")
    stale = Change(action=Action.START, by=VM, occurred_at=local("2026-06-02", 10))
    state = state.after(dated(state, stale, PILOT, local("2026-06-05")), at=local("2026-06-05"), entry_id="b")
    assert (state.status, state.expected_at) == (Status.INFO_REQUESTED, closing("2026-06-08"))
    assert lived(state, (local("2026-06-05"), Action.REPLY, CITIZEN)).expected_at == closing("2026-06-11")


def test_reopened_the_unit_has_its_whole_target_again():
    state = lived(
        asked(local("2026-06-01")),
        (local("2026-06-05"), Action.RESOLVE, VM, {"resolution": Resolution.FIXED}),
        (local("2026-06-15"), Action.REOPEN, CITIZEN),
    )
    assert state.expected_at == closing("2026-06-22")


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ({"service_code": "graffiti"}, "2026-06-08"),
        ({"service_code": "graffiti", "borough": "RO"}, "2026-06-15"),
        ({"service_code": "nettoyage-rues"}, "2026-06-02"),
        ({"borough": "RO"}, "2026-06-08"),
        ({}, "2026-06-08"),
    ],
)
def test_sent_on_for_another_service_or_borough_the_target_is_the_new_one_counted_from_the_submission(
    details, expected
):
    state = lived(asked(local("2026-06-01")), (local("2026-06-03"), Action.TRIAGE, AGENT, {"unit": "RO"} | details))
    assert state.expected_at == closing(expected)


def test_sent_on_for_another_service_it_does_not_count_the_days_that_questions_waited():
    new = asked(local("2026-06-01"))
    to_graffiti = {"unit": "VM", "service_code": "graffiti"}
    waited = lived(
        new,
        (local("2026-06-02"), Action.ASK, VM),
        (local("2026-06-05"), Action.REPLY, CITIZEN),
        (local("2026-06-05", 10), Action.TRIAGE, AGENT, to_graffiti),
    )
    at_once = lived(new, (local("2026-06-05", 10), Action.TRIAGE, AGENT, to_graffiti))
    assert waited.expected_at == PILOT.later(at_once.expected_at, local("2026-06-02"), local("2026-06-05"))


def test_sent_on_after_a_reopening_the_target_counts_from_the_reopening():
    state = lived(
        asked(local("2026-06-01")),
        (local("2026-06-02"), Action.RESOLVE, VM, {"resolution": Resolution.FIXED}),
        (local("2026-06-20"), Action.REOPEN, CITIZEN),
        (local("2026-06-22"), Action.TRIAGE, AGENT, {"unit": "VM", "service_code": "graffiti"}),
    )
    days = PILOT.assign("graffiti", "VM").target_working_days
    assert state.expected_at == PILOT.expected_at(local("2026-06-20"), days)


def test_a_service_that_the_catalogue_no_longer_has_keeps_its_date_and_the_clock_still_stops():
    gone = asked(local("2026-06-01")).model_copy(update={"service_code": "cabine"})
    steps = [(local("2026-06-02"), Action.ASK, VM), (local("2026-06-03"), Action.REPLY, CITIZEN)]
    assert lived(gone, *steps).expected_at == closing("2026-06-09")


def test_a_change_that_moves_no_date_says_none():
    state = asked(local("2026-06-01"))
    change = Change(action=Action.START, by=VM)
    assert dated(state, change, PILOT, local("2026-06-02")) is change


@given(st.integers(0, 60), st.integers(0, 60))
def test_it_never_has_less_time_after_the_answer_than_before_the_question(before, waited):
    submitted_at = local("2026-06-01")
    at, until = submitted_at + timedelta(days=before), submitted_at + timedelta(days=before + waited)
    state = lived(asked(submitted_at), (at, Action.ASK, VM), (until, Action.REPLY, CITIZEN))
    days = [submitted_at.date() + timedelta(days=n) for n in range(200)]
    working = [day for day in days if is_working_day(day, PILOT.holidays)]
    promised = closing("2026-06-08").date()
    between = sum(at.date() < day <= until.date() for day in working)
    assert sum(promised < day <= state.expected_at.astimezone(MONTREAL).date() for day in working) == between


@pytest.mark.parametrize("status", sorted(STORED))
@pytest.mark.parametrize("days", [-1, 1])
def test_what_is_open_is_late_after_its_date_unless_it_waits_for_the_citizen(status, days):
    at = local("2026-06-08", 17) + timedelta(days=days)
    expected = days > 0 and status is not Status.INFO_REQUESTED
    closed_at = None if status in OPEN else at
    assert is_late(closing("2026-06-08"), closed_at, status, at + timedelta(seconds=1)) is expected


def test_what_was_closed_in_time_is_not_late_later():
    assert not is_late(closing("2026-06-08"), closing("2026-06-08"), Status.RESOLVED, local("2026-12-01"))
    assert is_late(closing("2026-06-08"), closing("2026-06-09"), Status.RESOLVED, local("2026-12-01"))


def test_what_has_no_date_is_never_late():
    assert not is_late(None, None, Status.IN_PROGRESS, local("2026-12-01"))
