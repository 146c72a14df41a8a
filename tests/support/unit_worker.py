"""Around the reference unit worker: a queue and a counter that fail, a file whose writer dies, and what is in it."""

import itertools
import json
import tempfile
from contextlib import contextmanager
from pathlib import Path

from local.unit_ledger import Ledger
from local.unit_ways import Ways
from local.unit_worker import NO_ANSWER, Message, Worker

UNIT = "VM"
WAYS = Ways(elsewhere={"Rosemont": "RO"})
# What citizens say, and the steps that it leads to.
LIVES = {
    "Un gros trou devant l'école.": ["acknowledge", "start", "resolve"],
    "Sur mon terrain privé.": ["acknowledge", "refuse"],
    "C'est du côté de Rosemont.": ["acknowledge", "transfer"],
    "C'est brisé.": ["acknowledge", "ask", "start", "resolve"],
}
LONG, _, ELSEWHERE, LITTLE = LIVES


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

    def __init__(self, id, addressed, description=LONG, place="1, rue A"):
        self.id, self.addressed = id, [1, *(n for n, told in enumerate(addressed, 2) if told)]
        self.timeline = [entry(n, "submit" if n == 1 else "comment") for n in range(1, len(addressed) + 2)]
        self.description, self.priority = description, "normal"
        self.place = {"position": place if isinstance(place, dict) else None, "address": place}

    def snapshot(self):
        return {
            "service_request_id": self.id,
            "service": {"code": "graffiti"},
            "place": self.place,
            "description": self.description,
            "priority": self.priority,
        }

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

    def happens(self, action, unit=None, **more):
        """Something that the unit is told of; its message."""
        self.timeline.append(entry(len(self.timeline) + 1, action, unit) | more)
        self.addressed.append(len(self.timeline))
        return list(self.messages())[-1]


def entry(sequence, action, unit=None):
    return {
        "sequence": sequence,
        "action": action,
        "unit": UNIT if action == "submit" else unit,
        "text": "mots",
        "note": None,
    }


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


# What the unit is told of once it has reported this: the citizen's reply, the transfer itself.
ANSWERED = {"ask": ("reply",), "transfer": ("transfer", "RO")}


class City:
    """The counter. While troubled it may not answer, even though it did what it was asked."""

    def __init__(self, cases, fate, chance):
        self._cases = {case.id: case for case in cases}
        self._fate, self._chance = fate, chance
        self.troubled = True
        self.reports = {}
        self.queue = None

    def service_request(self, id):
        self._fate.step()
        return None if self._fails() else self._cases[id].view()

    def report(self, report):
        self._fate.step()
        if self._fails():
            return NO_ANSWER
        is_new = report.update_id not in self.reports
        assert self.reports.setdefault(report.update_id, report) == report, "a repeat says the same"
        if is_new and self.queue and report.action in ANSWERED:
            self.queue.messages.append(self._cases[report.service_request_id].happens(*ANSWERED[report.action]))
        self._fate.step()
        return NO_ANSWER if self._fails() else 200

    def photo(self, wanted):
        """As it is now: its bytes say how often it was made."""
        self._fate.step()
        if self._fails():
            return NO_ANSWER, b""
        made = [e for e in self._cases[wanted.service_request_id].timeline if e.get("photo_id") == wanted.photo_id]
        self._fate.step()
        return 200, f"{wanted.photo_id}.{len(made)}".encode()

    def _fails(self):
        return self.troubled and self._chance.random() < 0.3

    def steps(self, id):
        return [report.action for report in self.reports.values() if report.service_request_id == id]


@contextmanager
def memory():
    with tempfile.TemporaryDirectory() as directory:
        yield Path(directory) / "unit.sqlite"


@contextmanager
def ledger(file, fate=None, ways=WAYS):
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


def is_open(opened, id):
    rows = opened._db.execute("SELECT 1 FROM work_orders WHERE service_request_id = ? AND open", (id,)).fetchall()
    return bool(rows)


def photos(opened):
    """What the unit has of each photo, by id."""
    return dict(opened._db.execute("SELECT photo_id, jpeg FROM photos").fetchall())


def planned(opened):
    return [report.action for report in opened.due(10)]


def took(opened, *messages, city=None):
    """The worker's turn with these messages; nothing stays on the queue."""
    queue = Queue(messages, Fate(), Chance())
    Worker(queue, city or Unreachable(), opened).turn()
    assert queue.messages == []


def until_nothing_is_due(opened, city):
    """What is reported, in order, from now on."""
    steps = []
    while reports := opened.due(10):
        for report in reports:
            steps.append(json.loads(report.body))
            opened.settled(report, city.report(report))
    return steps


class Chance:
    """No chance: all there is, in order."""

    def sample(self, known, number):
        return list(known[:number])

    def randint(self, least, most):
        return most

    def random(self):
        return 1.0


class Agreeable:
    """A counter that takes every report, but for those it has another answer to."""

    def __init__(self, **answers):
        self._answers = answers

    def report(self, report):
        return self._answers.get(report.action, 200)


class Unreachable:
    """A counter that gives no service request, and one answer to every report."""

    def __init__(self):
        self.answer, self.asked = NO_ANSWER, []
        self.photo_answer, self.fetched = NO_ANSWER, []

    def service_request(self, id):
        return None

    def report(self, report):
        self.asked.append(report.action)
        return self.answer

    def photo(self, wanted):
        self.fetched.append(wanted.photo_id)
        return self.photo_answer, b""
