"""Dead letters on their way out: killed at any moment, none is lost; and in which order they go."""

import itertools
import json
import stat
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.dead_letters import DeadLetter, DeadLetters, move, to_file, to_queue
from local.redrive import duration, table

BEGAN = datetime(2026, 11, 24, 12, tzinfo=UTC)
DEAD, QUEUE = "dead", "queue"


class Killed(BaseException):
    """kill -9: nobody catches it."""


class Sqs:
    """Two FIFO queues: what is taken hides what follows it in its group, until it is deleted or its taker is dead.

    `calls`: how many calls until the caller is killed, before or after the call has worked.
    """

    def __init__(self, dead=()):
        self.queues = {DEAD: list(dead), QUEUE: []}
        self._taken, self._numbers, self._deduplicated = {}, itertools.count(), set()
        self._calls, self._works = None, True

    def kill_after(self, calls, *, works):
        self._calls, self._works, self._taken = calls, works, {}

    def _call(self, done):
        if self._calls is None:
            return done()
        self._calls -= 1
        if self._calls >= 0:
            return done()
        if self._works:
            done()
        raise Killed

    def receive_message(self, *, QueueUrl, MaxNumberOfMessages, **_):  # noqa: N803
        def receive():
            locked = {message["Attributes"]["MessageGroupId"] for message in self._taken.values()}
            given = [each for each in self.queues[QueueUrl] if each["Attributes"]["MessageGroupId"] not in locked][
                :MaxNumberOfMessages
            ]
            for message in given:
                message["ReceiptHandle"] = str(next(self._numbers))
                self._taken[message["ReceiptHandle"]] = message
            return {"Messages": [dict(message) for message in given]} if given else {}

        return self._call(receive)

    def change_message_visibility(self, *, ReceiptHandle, **_):  # noqa: N803
        self._call(lambda: self._taken.pop(ReceiptHandle))

    def delete_message(self, *, QueueUrl, ReceiptHandle):  # noqa: N803
        self._call(lambda: self.queues[QueueUrl].remove(self._taken.pop(ReceiptHandle)))

    def send_message(self, *, QueueUrl, MessageBody, MessageGroupId, MessageDeduplicationId):  # noqa: N803
        def send():
            if MessageDeduplicationId not in self._deduplicated:
                self._deduplicated.add(MessageDeduplicationId)
                self.queues[QueueUrl].append(message(MessageGroupId, json.loads(MessageBody)["data"]["sequence"]))

        self._call(send)

    def bodies(self, queue):
        return [each["Body"] for each in self.queues[queue]]


numbers = itertools.count()


def message(group, sequence, since=BEGAN - timedelta(hours=1)):
    sent = str(int(since.timestamp() * 1000))
    return {
        "MessageId": f"m{next(numbers)}",
        "ReceiptHandle": "",
        "Body": json.dumps({"subject": group, "data": {"sequence": sequence}}),
        "Attributes": {"MessageGroupId": group, "ApproximateReceiveCount": "10", "SentTimestamp": sent},
    }


def places(sqs, queue):
    return [(json.loads(body)["subject"], json.loads(body)["data"]["sequence"]) for body in sqs.bodies(queue)]


lying = st.lists(st.tuples(st.sampled_from("ABC"), st.integers(1, 9)), max_size=30)


@given(lying, st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=6), st.booleans())
def test_killed_at_any_moment_and_run_again_no_message_is_lost(tmp_path_factory, dead, kills, back):
    sqs = Sqs(message(*each) for each in dead)
    everything = set(sqs.bodies(DEAD))
    file = tmp_path_factory.mktemp("aside") / "VM.jsonl"
    keep = to_queue(sqs, QUEUE) if back else to_file(file)

    for calls, works in kills:
        sqs.kill_after(calls, works=works)
        try:
            DeadLetters(sqs, DEAD).look()
            move(DeadLetters(sqs, DEAD), keep, BEGAN)
        except Killed:
            pass
        written = file.read_text().splitlines() if file.exists() else []
        assert {*sqs.bodies(DEAD), *sqs.bodies(QUEUE), *(json.loads(line)["body"] for line in written)} == everything
    sqs.kill_after(1_000_000, works=True)
    move(DeadLetters(sqs, DEAD), keep, BEGAN)

    assert sqs.bodies(DEAD) == []
    kept = (
        sqs.bodies(QUEUE)
        if back
        else [json.loads(line)["body"] for line in file.read_text().splitlines()]
        if dead
        else []
    )
    assert set(kept) == everything
    if not kills:
        assert len(kept) == len(dead)


def test_of_each_service_request_the_lowest_sequence_goes_first():
    dead = [("B", 7), ("A", 3), ("B", 2), ("A", 1), ("A", 2)]
    sqs = Sqs(message(*each) for each in dead)
    assert move(DeadLetters(sqs, DEAD), to_queue(sqs, QUEUE), BEGAN) == 5
    assert places(sqs, QUEUE) == [("A", 1), ("A", 2), ("A", 3), ("B", 2), ("B", 7)]


def test_more_of_one_service_request_than_is_taken_at_once_go_in_the_order_they_died_in():
    sqs = Sqs(message("A", sequence) for sequence in range(1, 36))
    move(DeadLetters(sqs, DEAD), to_queue(sqs, QUEUE), BEGAN)
    assert places(sqs, QUEUE) == [("A", sequence) for sequence in range(1, 36)]


def test_what_a_unit_refuses_at_once_again_does_not_go_round_for_ever():
    sqs = Sqs([message("A", 1), message("B", 1)])

    def refused(letter):
        sqs.queues[DEAD].append(message(letter.group, letter.sequence, BEGAN + timedelta(seconds=1)))

    assert move(DeadLetters(sqs, DEAD), refused, BEGAN) == 2
    assert places(sqs, DEAD) == [("A", 1), ("B", 1)]
    assert len(DeadLetters(sqs, DEAD).look()) == 2, "they are not hidden"


def test_to_look_changes_nothing_and_hides_nothing():
    sqs = Sqs(message("ABCDEFGH"[n * 5 % 8], n) for n in range(40))
    before = places(sqs, DEAD)
    first, second = DeadLetters(sqs, DEAD).look(), DeadLetters(sqs, DEAD).look()
    assert [letter.place for letter in first] == [letter.place for letter in second]
    assert places(sqs, DEAD) == before


def test_of_very_many_only_the_first_are_shown():
    sqs = Sqs(message(f"{n:04}", 1) for n in range(1000))
    assert len(DeadLetters(sqs, DEAD).look()) == 100


def test_what_is_no_message_of_ours_is_shown_and_set_aside_whole(tmp_path):
    strange = message("A", 1) | {"Body": "Ceci n'est pas du JSON."}
    sqs = Sqs([strange])
    (letter,) = DeadLetters(sqs, DEAD).look()
    assert list(table([letter], BEGAN))[1].split() == ["A", "?", "10", "1", "h", "0", "min"]
    assert move(DeadLetters(sqs, DEAD), to_file(tmp_path / "VM.jsonl"), BEGAN) == 1
    assert json.loads((tmp_path / "VM.jsonl").read_text())["body"] == strange["Body"]


def of_photos(body):
    """As a queue without groups gives it."""
    return DeadLetter("m", "", None, 6, BEGAN - timedelta(hours=1), body if isinstance(body, str) else json.dumps(body))


PART = {"x": 0, "y": 0, "width": 1, "height": 1}
BLUR = {
    "blur": {
        "service_request_id": "7K3Q9XPTM3",
        "photo_id": "aa11",
        "rectangles": [PART],
        "entry_id": "e",
        "agent_id": "a7",
        "agent_name": "Jeanne Tremblay",
    }
}


def event(key):
    return {"Records": [{"s3": {"object": {"key": key}}}]}


def test_of_photos_is_shown_what_was_to_be_done_with_which_and_nobodys_name():
    bodies = [BLUR, event("uploads/7K3Q9XPTM3/bb22"), event("elsewhere/Jeanne"), {}, [], {"Records": []}, "Jeanne"]
    head, *lines = table([of_photos(body) for body in bodies], BEGAN)
    assert head.split() == ["service", "request", "what", "received", "dead", "for"]
    assert [" ".join(line.split()) for line in lines] == [
        "7K3Q9XPTM3 blur aa11 6 1 h 0 min",
        "7K3Q9XPTM3 look at bb22 6 1 h 0 min",
        *["? ? 6 1 h 0 min"] * 5,
    ]


def test_what_is_set_aside_only_its_owner_may_read(tmp_path):
    sqs = Sqs([message("A", 1)])
    move(DeadLetters(sqs, DEAD), to_file(tmp_path / "VM.jsonl"), BEGAN)
    assert stat.S_IMODE((tmp_path / "VM.jsonl").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("time", "said"),
    [
        (timedelta(seconds=-2), "0 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=3, minutes=12), "3 h 12 min"),
        (timedelta(days=13, hours=1, minutes=5), "13 d 1 h"),
    ],
)
def test_ages_are_told_as_people_tell_them(time, said):
    assert duration(time) == said
