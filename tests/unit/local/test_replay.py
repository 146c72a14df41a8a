"""Sending again: part after part until the end, through what passes, and what is refused is told."""

import sys
from types import SimpleNamespace

import pytest

from local import replay as module
from local.replay import NO_ANSWER, TRIES, Part, Refused, replay

SINCE = "2026-11-24T00:00:00-05:00"


class Counter:
    """Gives its answers in turn; the last for ever."""

    def __init__(self, *answers):
        self._answers, self.asked, self.slept = list(answers), [], []

    def post(self, body):
        self.asked.append(body)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    def replay(self):
        return list(replay(self.post, SINCE, sleep=self.slept.append))


def part(messages, cursor):
    return 200, {"service_requests": 1, "messages": messages, "cursor": cursor}


def test_each_part_is_asked_for_with_the_cursor_of_the_one_before_until_there_is_none():
    counter = Counter(part(3, "one"), part(0, "two"), part(2, None))
    assert counter.replay() == [Part(1, 3), Part(1, 0), Part(1, 2)]
    assert [body["cursor"] for body in counter.asked] == [None, "one", "two"]
    assert {body["since"] for body in counter.asked} == {SINCE}


@pytest.mark.parametrize("passing", [NO_ANSWER, 429, 502, 503])
def test_what_passes_is_waited_for_and_the_same_part_asked_for_again(passing):
    counter = Counter(part(3, "one"), (passing, {}), (passing, {}), part(2, None))
    assert counter.replay() == [Part(1, 3), Part(1, 2)]
    assert [body["cursor"] for body in counter.asked] == [None, "one", "one", "one"]
    assert counter.slept == [1, 2]


def test_a_counter_out_of_reach_is_given_up_after_a_while_with_a_word():
    counter = Counter((NO_ANSWER, {}))
    with pytest.raises(Refused, match="does not answer"):
        counter.replay()
    assert len(counter.asked) == TRIES
    assert 60 <= sum(counter.slept) <= 120


def test_a_refusal_is_told_with_its_faults_and_not_repeated():
    counter = Counter((422, {"detail": "Correct it.", "errors": [{"pointer": "#/since", "detail": "Give the zone."}]}))
    with pytest.raises(Refused, match=r"^since: Give the zone\.$"):
        counter.replay()
    assert len(counter.asked) == 1


def test_stopped_half_way_it_says_that_it_may_be_done_again(monkeypatch, capsys):
    def parts(*_):
        yield Part(1, 3)
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "chosen", lambda _: None)
    monkeypatch.setattr(module, "Door", lambda *_: SimpleNamespace(post=None))
    monkeypatch.setattr(module, "replay", parts)
    monkeypatch.setattr(sys, "argv", ["replay", "VM", SINCE])
    with pytest.raises(SystemExit, match=r"Stopped\.\nWhat was sent before is no harm"):
        module.main()
    assert capsys.readouterr().out == "3 messages of 1 service requests\n"


def test_a_refusal_by_whatever_stands_before_the_counter_is_told_too():
    with pytest.raises(Refused, match="403: no reason was given"):
        Counter((403, {})).replay()
