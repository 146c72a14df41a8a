"""The reference unit worker, killed at every step: between two calls, before and after each statement to its file."""

from collections import Counter
from contextlib import suppress
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.unit_ways import Ways
from local.unit_worker import NO_ANSWER, Message, Worker
from tests.support.unit_worker import (
    LIVES,
    Case,
    Chance,
    City,
    Fate,
    Killed,
    Queue,
    Unreachable,
    applied,
    is_open,
    ledger,
    memory,
    photos,
    planned,
    work_orders,
)


@settings(max_examples=150, deadline=None)
@given(
    said=st.lists(st.sampled_from(list(LIVES)), min_size=3, max_size=3),
    addressed=st.lists(st.lists(st.booleans(), max_size=5), min_size=1, max_size=3),
    lost=st.sets(st.integers(0, 20), max_size=4),
    lives=st.lists(st.integers(0, 60), max_size=8),
    seed=st.integers(0, 2**32),
)
def test_whatever_comes_twice_or_is_lost_and_whenever_it_is_killed_all_is_applied_once_and_in_order(
    said, addressed, lost, lives, seed
):
    cases = [Case(f"case-{number}", told, said[number]) for number, told in enumerate(addressed)]
    on_queue = [
        message
        for number, message in enumerate(message for case in cases for message in case.messages())
        if number not in lost or message.receipt in {f"{case.id}.{case.addressed[-1]}" for case in cases}
    ]
    fate, chance = Fate(lives), Random(seed)  # noqa: S311
    queue, city = Queue(on_queue, fate, chance), City(cases, fate, chance)
    city.queue = queue
    with memory() as file:
        for _ in range(len(lives) + 1):
            with suppress(Killed), ledger(file, fate) as opened:
                worker = Worker(queue, city, opened)
                for _ in range(4):
                    worker.turn()
        city.troubled, fate._left = False, None
        with ledger(file) as opened:
            worker = Worker(queue, city, opened)
            for _ in range(1000):
                worker.turn()
                if not queue.messages and opened.seconds_until_due() == float("inf"):
                    break
            else:
                pytest.fail("it never comes to an end")
            for case in cases:
                sequences = applied(opened, case.id)
                assert sequences == case.addressed
                assert city.steps(case.id) == LIVES[case.description]
                assert not is_open(opened, case.id)
            assert Counter(id for id, _ in work_orders(opened)) == Counter(case.id for case in cases)


@settings(max_examples=80, deadline=None)
@given(
    told=st.lists(st.tuples(st.sampled_from(["p", "q"]), st.sampled_from(["accept_photo", "blur_photo"])), max_size=6),
    lives=st.lists(st.integers(0, 40), max_size=6),
    seed=st.integers(0, 2**32),
)
def test_whenever_it_is_killed_the_unit_has_each_photo_as_it_was_last_made(told, lives, seed):
    case, fate, chance = Case("case", []), Fate(lives), Random(seed)  # noqa: S311
    for photo_id, action in told:
        case.happens(action, photo_id=photo_id)
    queue, city = Queue(case.messages(), fate, chance), City([case], fate, chance)
    with memory() as file:
        for _ in range(len(lives) + 1):
            with suppress(Killed), ledger(file, fate) as opened:
                worker = Worker(queue, city, opened)
                for _ in range(4):
                    worker.turn()
        city.troubled, fate._left = False, None
        with ledger(file) as opened:
            worker = Worker(queue, city, opened)
            while queue.messages or opened.seconds_until_due() != float("inf"):
                worker.turn()
            made = Counter(photo_id for photo_id, _ in told)
            assert photos(opened) == {id: f"{id}.{number}".encode() for id, number in made.items()}


def test_a_photo_that_was_blurred_while_it_was_fetched_is_fetched_again():
    case = Case("case", [])
    messages = [case.happens("accept_photo", photo_id="p")]
    with memory() as file, ledger(file) as opened:
        Worker(Queue([*case.messages()], Fate(), Chance()), Unreachable(), opened).turn()
        (wanted,) = opened.album.due(10)
        messages.append(case.happens("blur_photo", photo_id="p"))
        Worker(Queue(messages[1:], Fate(), Chance()), Unreachable(), opened).turn()
        opened.album.fetched(wanted, b"with a face")
        assert photos(opened) == {"p": None}
        assert [again.told for again in opened.album.due(10)] == [3]


def test_a_photo_that_is_gone_is_asked_for_once_and_one_that_could_not_be_had_again():
    case, city = Case("case", []), Unreachable()
    case.happens("accept_photo", photo_id="p")
    with memory() as file, ledger(file) as opened:
        worker = Worker(Queue(case.messages(), Fate(), Chance()), city, opened)
        for answer in (NO_ANSWER, 503, 429, 404, 200):
            city.photo_answer = answer
            worker.turn()
        assert city.fetched == ["p"] * 4
        assert photos(opened) == {"p": None}


def test_a_message_stays_on_the_queue_while_what_is_missing_before_it_cannot_be_had():
    case, chance = Case("case", [True]), Chance()
    first, second = case.messages()
    queue, city = Queue([second], Fate(), chance), Unreachable()
    with memory() as file, ledger(file) as opened:
        Worker(queue, city, opened).turn()
        assert (queue.messages, applied(opened, "case")) == ([second], [])
        queue.messages.insert(0, first)
        Worker(queue, city, opened).turn()
        assert (queue.messages, applied(opened, "case")) == ([], [1, 2])


def test_a_repeat_is_deleted_without_asking_the_counter():
    case, chance = Case("case", [True]), Chance()
    with memory() as file, ledger(file) as opened:
        for messages in (case.messages(), reversed(list(case.messages()))):
            queue = Queue(messages, Fate(), chance)
            Worker(queue, Unreachable(), opened).turn()
            assert (queue.messages, applied(opened, "case")) == ([], [1, 2])


def test_a_message_that_nobody_understands_stays_on_the_queue_and_holds_up_no_other():
    case, chance = Case("case", []), Chance()
    unreadable = [Message("no JSON", "a", 0.0), Message('{"subject": "x"}', "b", 0.0), Message("[]", "c", 0.0)]
    queue = Queue([*unreadable, *case.messages()], Fate(), chance)
    with memory() as file, ledger(file) as opened:
        Worker(queue, Unreachable(), opened).turn()
        assert (queue.messages, applied(opened, "case")) == (unreadable, [1])


def test_a_report_that_the_counter_refuses_is_not_sent_again_but_one_it_did_not_answer_is():
    case, city = Case("case", []), Unreachable()
    with memory() as file, ledger(file, ways=Ways()) as opened:
        worker = Worker(Queue(case.messages(), Fate(), Chance()), city, opened)
        for answer in (NO_ANSWER, 503, 429, 404, 409, 422, 200):
            city.answer = answer
            worker.turn()
        assert city.asked == ["acknowledge"] * 5 + ["start", "resolve"]


def test_two_processes_of_one_unit_that_get_the_same_answer_go_on_once():
    case, city = Case("case", []), Unreachable()
    with memory() as file, ledger(file, ways=Ways()) as opened:
        Worker(Queue(case.messages(), Fate(), Chance()), city, opened).turn()
        (report,) = opened.due(10)
        opened.settled(report, 200)
        opened.settled(report, 200)
        assert planned(opened) == ["start"]
