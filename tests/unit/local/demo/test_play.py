"""The day of the demo as it is played."""

from types import SimpleNamespace

from chalicelib.catalogue import load
from local.demo import lives
from local.demo.citizens import Sent
from local.demo.day import make_up
from local.demo.figures import Figures
from local.demo.line import Answer
from local.demo.play import Play

DAY = make_up(1, 1, load("pilot"), Figures.read())
(PLANNED,) = DAY.planned


def at(unit, status=201):
    return Sent(PLANNED, 0.0, 1, Answer(status, {"service_request_id": "a", "unit": {"code": unit}}), PLANNED.life)


def test_of_a_big_day_what_is_held_is_sent_on_by_an_agent_and_nothing_else_is():
    done = []
    agent = SimpleNamespace(act=lambda sent, action: done.append((sent.id, action)))
    play = Play(DAY, None, agent, None, None, None)
    for untouched in (at(PLANNED.unit), at("311", status=503)):
        assert play._sent_on(untouched) == untouched
    assert play._sent_on(at("311")).life == lives.sent_on(PLANNED.unit)
    assert done == [("a", "triage")]
