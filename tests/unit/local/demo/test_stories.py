"""What does not happen every day, as it is played: each says what must come of what it sent, or why it broke off."""

from concurrent.futures import Future
from types import SimpleNamespace

import pytest

from chalicelib.catalogue import load
from local.demo import lives
from local.demo.citizens import Sent
from local.demo.day import make_up
from local.demo.figures import Figures
from local.demo.line import Answer
from local.demo.screen import WIDTH, what_else
from local.demo.stories import ENOUGH_HELD, Stories

SCRIPT = make_up(1, 7, load("pilot"), Figures.read()).script
LIMIT = 20
OK = Answer(200, {})


class Line:
    """Where nobody ever waits."""

    def wait(self, seconds):
        return True


class Counter:
    """Citizens, an agent and the counter in one. What is asked about waits; all else is at the end of its life."""

    def __init__(self, limit=LIMIT, refuses=()):
        self.limit, self.refuses = limit, refuses
        self.begun, self.done = [], []
        self.ids = []
        self.photos = [self.photo("refused")]

    def send(self, planned):
        self.begun.append(planned)
        in_burst = planned in (*SCRIPT.burst, SCRIPT.real)
        is_held = in_burst and sum(each in SCRIPT.burst for each in self.begun) > self.limit
        sent = self._stored(planned, "311" if is_held else planned.unit)
        sending = Future()
        sending.set_result(sent)
        return sending

    def take_call(self, planned, at):
        return self._stored(planned, planned.unit)

    def act(self, sent, what, **body):
        self.done.append((sent.id, what))
        if what in self.refuses:
            return Answer(409, "not now")
        return OK

    def set_aside(self, ids, note, message):
        self.done += [(id, "set aside") for id in ids]
        return Answer(200, {"items": [{"set_aside": "set aside" not in self.refuses} for _ in ids]})

    def private(self, sent):
        waits = "ask" in sent.life.steps and not {(sent.id, what) for what in ("reply", "withdrawal")} & {*self.done}
        return Answer(
            200,
            {
                "status": "info_requested" if waits else sent.life.status,
                "question": "Où?",
                "duplicate_of": "1",
                "requesters": {"web": 1, "mobile": 1},
                "channel": sent.planned.body["channel"],
                "unit": {"code": list(sent.life.told)[-1]},
                "photos": self.photos,
            },
        )

    def send_photo_again(self, sent, photo):
        assert (sent.planned, photo) == (SCRIPT.photographed, SCRIPT.whole_photo)
        self.photos.append(self.photo("accepted"))
        return Answer(204 if "photo" not in self.refuses else 403, None)

    def photo(self, state):
        return {"photo_id": state, "state": state, "refusal_text": {"fr": "Coupée.", "en": "Cut."}, "blurred": False}

    def blur(self, sent, photo_id, rectangle):
        self.done.append((sent.id, f"blur {photo_id}"))
        self.photos[-1] |= {"blurred": True, "width": 20, "height": 10}
        return Answer(202, {})

    def read(self, id):
        return Answer(200, {"service_request_id": id, "status": "resolved", "photos": self.photos})

    def _stored(self, planned, unit):
        id = str(len(self.ids) + 1)
        self.ids.append(id)
        body = {"service_request_id": id, "tracking_token": "t", "unit": {"code": unit}}
        return Sent(planned, 0.0, 1, Answer(201, body), planned.life)


def played(hour, counter):
    with Stories(SCRIPT, Line(), counter, counter) as stories:
        stories.begin(hour)
        while stories.going_on:
            pass
    return stories


def test_of_a_burst_what_went_through_is_refused_what_is_held_is_set_aside_and_the_true_one_is_sent_on():
    counter = Counter()
    stories = played(3, counter)
    assert stories.not_as_planned == []
    unit = SCRIPT.real.unit
    through = [sent for sent in stories.sent if sent.life == lives.unanswered(unit)]
    aside = [sent for sent in stories.sent if sent.life == lives.set_aside()]
    (real,) = (sent for sent in stories.sent if sent.life == lives.sent_on(unit))
    assert (len(through), len(aside) >= ENOUGH_HELD, len(stories.sent)) == (LIMIT, True, len(counter.ids))
    assert counter.done == [
        *((sent.id, "set aside") for sent in aside),
        (real.id, "triage"),
        *((sent.id, "refuse") for sent in through),
    ]


@pytest.mark.parametrize(
    ("counter", "told"),
    [
        (Counter(limit=1000), " and 0 are held"),
        (Counter(limit=0), "of a burst 0 went through"),
        (Counter(refuses=["set aside"]), "setting aside"),
        (Counter(refuses=["triage"]), "triage of"),
    ],
    ids=["nothing is held", "all is held", "setting aside is refused", "triage is refused"],
)
def test_a_burst_that_goes_otherwise_is_told_of(counter, told):
    stories = played(3, counter)
    assert told in stories.not_as_planned[0]
    assert stories.happened == []


def test_who_is_asked_replies_once_another_has_asked_for_the_same():
    counter = Counter()
    stories = played(4, counter)
    assert stories.not_as_planned == []
    assert [sent.life for sent in stories.sent] == [SCRIPT.asked.life, SCRIPT.repeated.life]
    assert counter.done == [("1", "reply")]
    assert [each.id for each in stories.happened] == ["1", "2"]


@pytest.mark.parametrize("too_late", [False, True])
def test_a_correction_moves_it_to_the_other_unit_unless_the_first_was_faster(too_late):
    stories = played(7, Counter(refuses=["correction"] if too_late else []))
    assert stories.not_as_planned == []
    moved = next(sent for sent in stories.sent if sent.planned is SCRIPT.moved)
    assert moved.life == (lives.done(SCRIPT.moved.unit) if too_late else SCRIPT.moved.life)


def test_a_photo_that_was_refused_is_followed_by_one_that_an_agent_blurs_and_publishes():
    counter = Counter()
    stories = played(9, counter)
    assert stories.not_as_planned == []
    assert counter.done == [("1", "blur accepted"), ("1", "publish_photo")]
    (told,) = stories.happened
    assert "Coupée." in told.told or "Cut." in told.told
    assert "photo of 1: 403" in played(9, Counter(refuses=["photo"])).not_as_planned[0]


@pytest.mark.parametrize("hour", [3, 4, 5, 6, 7, 8, 9, 18])
def test_every_story_tells_of_what_was_sent_in_lines_that_fit(hour):
    stories = played(hour, Counter())
    assert stories.not_as_planned == []
    assert {each.id for each in stories.happened} <= {sent.id for sent in stories.sent}
    assert max(len(line) for line in what_else(stories.happened, "look up: http://127.0.0.1:4566/local")) <= WIDTH


def test_a_story_that_meets_a_fault_of_its_own_is_told_of_too():
    counter = SimpleNamespace(send=None)
    assert "TypeError" in played(5, counter).not_as_planned[0]
