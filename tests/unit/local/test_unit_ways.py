"""What the reference unit worker makes of each kind of message, and of what citizens say."""

import pytest

from local.unit_ways import Ways
from tests.support.unit_worker import (
    ELSEWHERE,
    LITTLE,
    LONG,
    UNIT,
    Agreeable,
    Case,
    Chance,
    City,
    Fate,
    applied,
    entry,
    is_open,
    ledger,
    memory,
    planned,
    took,
    until_nothing_is_due,
    work_orders,
)


@pytest.mark.parametrize(
    "last",
    [
        entry(2, "withdraw"),
        entry(2, "transfer", unit="RO"),
        entry(2, "correct", unit="RO"),
        *(entry(2, action) for action in ("duplicate", "resolve", "refuse")),
    ],
    ids=lambda last: last["action"],
)
def test_what_is_no_longer_ours_or_was_ended_by_somebody_else_is_not_reported_on(last):
    case = Case("case", [True])
    case.timeline[1] = last
    with memory() as file, ledger(file) as opened:
        took(opened, *case.messages())
        assert (planned(opened), is_open(opened, "case")) == ([], False)
        assert work_orders(opened) == [("case", last["action"])]


@pytest.mark.parametrize("action", ["comment", "note", "prioritize", "join", "leave", "acknowledge", "start"])
def test_what_only_adds_to_a_service_request_leaves_the_work_as_it_was_planned(action):
    case = Case("case", [True])
    case.timeline[1] = entry(2, action)
    with memory() as file, ledger(file) as opened:
        took(opened, *case.messages())
        assert (planned(opened), applied(opened, "case")) == (["acknowledge"], [1, 2])


@pytest.mark.parametrize("action", ["transfer", "triage", "correct"])
def test_what_another_unit_had_and_is_ours_now_is_acknowledged_like_any_other(action):
    case = Case("case", [])
    case.timeline[0] = entry(1, action, unit=UNIT)
    with memory() as file, ledger(file) as opened:
        took(opened, *case.messages())
        assert until_nothing_is_due(opened, Agreeable())[0]["action"] == "acknowledge"


def test_what_triage_gives_us_once_more_is_one_piece_of_work_not_two():
    case = Case("case", [True])
    case.timeline[1] = entry(2, "triage", unit=UNIT)
    with memory() as file, ledger(file) as opened:
        took(opened, *case.messages())
        assert planned(opened) == ["acknowledge"]
        assert work_orders(opened) == [("case", "triage"), ("case", "open")]


def test_what_is_reopened_gets_another_work_order():
    case = Case("case", [True])
    case.timeline[1] = entry(2, "reopen")
    with memory() as file, ledger(file) as opened:
        took(opened, *case.messages(), city=City([case], Fate(), Chance()))
        assert [id for id, _ in work_orders(opened)] == ["case", "case"]


def test_who_says_little_is_asked_and_the_work_begins_after_the_reply_only():
    case, city = Case("case", [], LITTLE), Agreeable()
    with memory() as file, ledger(file) as opened:
        took(opened, *case.messages())
        asked = until_nothing_is_due(opened, city)
        assert [each["action"] for each in asked] == ["acknowledge", "ask"]
        assert asked[1]["message"]
        assert is_open(opened, "case")
        took(opened, case.happens("reply"))
        assert [each["action"] for each in until_nothing_is_due(opened, city)] == ["start", "resolve"]


def test_a_reply_that_comes_before_the_answer_to_our_question_is_not_asked_for_again():
    case = Case("case", [], LITTLE)
    with memory() as file, ledger(file) as opened:
        took(opened, *case.messages())
        opened.settled(opened.due(1)[0], 200)
        assert planned(opened) == ["ask"]
        took(opened, case.happens("reply"))
        assert planned(opened) == ["start"]


def test_a_question_that_an_agent_asks_holds_the_work_up_until_the_reply():
    case = Case("case", [])
    with memory() as file, ledger(file) as opened:
        took(opened, *case.messages(), case.happens("ask"))
        assert planned(opened) == []
        took(opened, case.happens("reply"))
        assert planned(opened) == ["acknowledge"]


def test_what_is_another_units_is_transferred_to_it_and_no_longer_ours():
    case, city = Case("case", [], ELSEWHERE), Agreeable()
    with memory() as file, ledger(file) as opened:
        took(opened, *case.messages())
        *_, last = until_nothing_is_due(opened, city)
        assert (last["action"], last["to_unit"]) == ("transfer", "RO")
        assert not is_open(opened, "case")


@pytest.mark.parametrize("answer", [409, 422])
def test_what_cannot_be_transferred_is_done_here(answer):
    case, city = Case("case", [], ELSEWHERE), Agreeable(transfer=answer)
    with memory() as file, ledger(file) as opened:
        took(opened, *case.messages())
        steps = [each["action"] for each in until_nothing_is_due(opened, city)]
        assert steps == ["acknowledge", "transfer", "start", "resolve"]


def test_the_second_for_the_same_service_at_the_same_point_is_a_duplicate_of_the_first_as_long_as_that_is_open():
    here = {"lat": 45.5, "lon": -73.5}
    first, second, third = (Case(id, [], text, here) for id, text in (("a", LITTLE), ("b", LONG), ("c", LONG)))
    city = Agreeable()
    with memory() as file, ledger(file) as opened:
        took(opened, *first.messages())
        until_nothing_is_due(opened, city)
        took(opened, *second.messages())
        *_, last = until_nothing_is_due(opened, city)
        assert (last["action"], last["duplicate_of"]) == ("duplicate", "a")
        took(opened, first.happens("withdraw"), *third.messages())
        assert until_nothing_is_due(opened, city)[-1]["action"] == "resolve"


def test_the_same_address_without_a_point_on_the_map_makes_no_duplicate():
    city = Agreeable()
    with memory() as file, ledger(file) as opened:
        took(opened, *Case("a", [], LITTLE).messages(), *Case("b", []).messages())
        assert "duplicate" not in [each["action"] for each in until_nothing_is_due(opened, city)]


def test_what_is_urgent_is_reported_on_first():
    usual, urgent = Case("usual", []), Case("urgent", [])
    with memory() as file, ledger(file) as opened:
        took(opened, *usual.messages(), *urgent.messages())
        urgent.priority = "urgent"
        took(opened, urgent.happens("prioritize"))
        assert [report.service_request_id for report in opened.due(10)] == ["urgent", "usual"]


def test_a_unit_that_only_listens_remembers_all_and_reports_nothing():
    case = Case("case", [True])
    with memory() as file, ledger(file, ways=Ways(listens=True)) as opened:
        took(opened, *case.messages())
        assert (planned(opened), applied(opened, "case"), is_open(opened, "case")) == ([], [1, 2], True)
        took(opened, case.happens("triage", unit="RO"))
        assert not is_open(opened, "case")
