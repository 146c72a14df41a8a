"""The reference unit worker, killed at every step: between two calls, before and after each statement to its file."""

import itertools
import json
import tempfile
from collections import Counter
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.unit_ledger import Ledger, Ways
from local.unit_worker import NO_ANSWER, Message, Worker

UNIT = "VM"


class Killed(BaseException):
    """kill -9: nobody catches it."""


class Fate:
    """When the worker is to be killed: after so many steps of its first life, of its second, …; then it lives."""

    def __init__(self, lives=()):
        self._lives = list(lives)
        self._left = self._lives.pop(0) if self._lives else None

    def step(self):
        if self._left is None:
            return
        if self._left == 0:
            self._left = self._lives.pop(0) if self._lives else None
            raise Killed
        self._left -= 1


class MortalConnection:
    """A connection whose process can be killed around each statement. What was not committed is gone, as on disk."""

    def __init__(self, db, fate):
        self._db, self._fate = db, fate

    def execute(self, *statement):
        self._fate.step()
        done = self._db.execute(*statement)
        self._fate.step()
        return done

    def __enter__(self):
        self._db.__enter__()

    def __exit__(self, *error):
        self._db.__exit__(*error)
        self._fate.step()

    def close(self):
        self._db.close()


class Case:
    """A service request at the counter: its entries, and which of them are addressed to the unit."""

    def __init__(self, id, addressed):
        self.id, self.addressed = id, [1, *(n for n, told in enumerate(addressed, 2) if told)]
        self.timeline = [entry(n, "submit" if n == 1 else "comment") for n in range(1, len(addressed) + 2)]

    def snapshot(self):
        return {"service_request_id": self.id, "service": {"code": "graffiti"}, "place": {"address": "1, rue A"}}

    def view(self):
        timeline = [each | {"addressed": each["sequence"] in self.addressed} for each in self.timeline]
        return {**self.snapshot(), "timeline": timeline, "last_sequence": self.addressed[-1]}

    def messages(self):
        for previous, n in itertools.pairwise([0, *self.addressed]):
            data = {
                "sequence": n,
                "previous_sequence": previous,
                "entry": self.timeline[n - 1],
                "service_request": self.snapshot(),
            }
            yield Message(json.dumps({"subject": self.id, "data": data}), f"{self.id}.{n}", 0.0)


def entry(sequence, action, unit=None):
    return {"sequence": sequence, "action": action, "unit": UNIT if action == "submit" else unit}


class Queue:
    """Gives what is on it in any order; what was deleted may come once more."""

    def __init__(self, messages, fate, chance):
        self.messages, self._deleted = list(messages), []
        self._fate, self._chance = fate, chance

    def receive(self, wait_s):
        self._fate.step()
        known = self.messages + self._deleted
        given = self._chance.sample(known, min(len(known), self._chance.randint(0, 4)))
        self._deleted = [message for message in self._deleted if message not in given]
        return given

    def delete(self, message):
        self._fate.step()
        if message in self.messages:
            self.messages.remove(message)
            self._deleted.append(message)
        self._fate.step()


class City:
    """The counter. While troubled it may not answer, even though it did what it was asked."""

    def __init__(self, cases, fate, chance):
        self._cases = {case.id: case for case in cases}
        self._fate, self._chance = fate, chance
        self.troubled = True
        self.reports = {}

    def service_request(self, id):
        self._fate.step()
        return None if self._fails() else self._cases[id].view()

    def report(self, report):
        self._fate.step()
        if self._fails():
            return NO_ANSWER
        assert self.reports.setdefault(report.update_id, report) == report, "a repeat says the same"
        self._fate.step()
        return NO_ANSWER if self._fails() else 200

    def _fails(self):
        return self.troubled and self._chance.random() < 0.3

    def steps(self, id):
        return [report.action for report in self.reports.values() if report.service_request_id == id]


@contextmanager
def memory():
    with tempfile.TemporaryDirectory() as directory:
        yield Path(directory) / "unit.sqlite"


@contextmanager
def ledger(file, fate=None, ways=Ways(refused=0.3)):  # noqa: B008 - immutable
    clock = itertools.count(step=10)  # so that whatever is planned is due the next time somebody looks
    opened = Ledger(file, UNIT, ways, lambda: float(next(clock)))
    opened._db.execute("PRAGMA synchronous = OFF")
    opened._db = MortalConnection(opened._db, fate or Fate())
    try:
        yield opened
    finally:
        opened.close()


def applied(opened, id):
    rows = opened._db.execute("SELECT sequence FROM journal WHERE service_request_id = ? ORDER BY position", (id,))
    return [sequence for (sequence,) in rows]


def work_orders(opened):
    return opened._db.execute("SELECT service_request_id, status FROM work_orders").fetchall()


@settings(max_examples=150, deadline=None)
@given(
    addressed=st.lists(st.lists(st.booleans(), max_size=5), min_size=1, max_size=3),
    lost=st.sets(st.integers(0, 20), max_size=4),
    lives=st.lists(st.integers(0, 60), max_size=8),
    seed=st.integers(0, 2**32),
)
def test_whatever_comes_twice_or_is_lost_and_whenever_it_is_killed_all_is_applied_once_and_in_order(
    addressed, lost, lives, seed
):
    cases = [Case(f"case-{number}", told) for number, told in enumerate(addressed)]
    on_queue = [
        message
        for number, message in enumerate(message for case in cases for message in case.messages())
        if number not in lost or message.receipt in {f"{case.id}.{case.addressed[-1]}" for case in cases}
    ]
    fate, chance = Fate(lives), Random(seed)  # noqa: S311
    queue, city = Queue(on_queue, fate, chance), City(cases, fate, chance)
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
                assert city.steps(case.id) in (["acknowledge", "start", "resolve"], ["acknowledge", "refuse"])
            assert Counter(id for id, _ in work_orders(opened)) == Counter(case.id for case in cases)


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


@pytest.mark.parametrize("last", [entry(2, "withdraw"), entry(2, "transfer", unit="RO"), entry(2, "duplicate")])
def test_what_is_no_longer_ours_is_not_reported_on(last):
    case = Case("case", [True])
    case.timeline[1] = last
    with memory() as file, ledger(file) as opened:
        queue = Queue(case.messages(), Fate(), Chance())
        Worker(queue, Unreachable(), opened).turn()
        assert opened.due(10) == []
        assert work_orders(opened) == [("case", last["action"])]


def test_what_is_reopened_gets_another_work_order():
    case = Case("case", [True])
    case.timeline[1] = entry(2, "reopen")
    with memory() as file, ledger(file) as opened:
        Worker(Queue(case.messages(), Fate(), Chance()), City([case], Fate(), Chance()), opened).turn()
        assert [id for id, _ in work_orders(opened)] == ["case", "case"]


def test_a_report_that_the_counter_refuses_is_not_sent_again_but_one_it_did_not_answer_is():
    case, city = Case("case", []), Unreachable()
    with memory() as file, ledger(file, ways=Ways(refused=0.0)) as opened:
        worker = Worker(Queue(case.messages(), Fate(), Chance()), city, opened)
        for answer in (NO_ANSWER, 503, 429, 404, 409, 422, 200):
            city.answer = answer
            worker.turn()
        assert city.asked == ["acknowledge"] * 5 + ["start", "resolve"]


def test_two_processes_of_one_unit_that_get_the_same_answer_go_on_once():
    case, city = Case("case", []), Unreachable()
    with memory() as file, ledger(file, ways=Ways(refused=0.0)) as opened:
        Worker(Queue(case.messages(), Fate(), Chance()), city, opened).turn()
        (report,) = opened.due(10)
        opened.settled(report, 200)
        opened.settled(report, 200)
        assert [planned.action for planned in opened.due(10)] == ["start"]


class Chance:
    """No chance: all there is, in order."""

    def sample(self, known, number):
        return list(known[:number])

    def randint(self, least, most):
        return most

    def random(self):
        return 1.0


class Unreachable:
    """A counter that gives no service request, and one answer to every report."""

    def __init__(self):
        self.answer, self.asked = NO_ANSWER, []

    def service_request(self, id):
        return None

    def report(self, report):
        self.asked.append(report.action)
        return self.answer
