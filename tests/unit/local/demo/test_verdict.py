"""The demo's verdict: it must not say that all is well when it is not."""

import pytest

from local.demo.citizens import Answer, Looked, Sent
from local.demo.day import Planned
from local.demo.memories import Applied, Memory
from local.demo.screen import last_line
from local.demo.verdict import judge

RESOLVED = ("submit", "acknowledge", "start", "resolve")


def sent(id, unit="VM", status=201):
    body = {"service_request_id": id, "tracking_token": "t"}
    planned = Planned(9.5, unit, "fr", "k" * 32, {"service_code": "graffiti", "description": "d"})
    return Sent(planned, 0.0, 1, Answer(status, body))


def looked(actions=RESOLVED, status="resolved", description="d"):
    public = {"status": status, "service": {"code": "graffiti"}}
    steps = [{"action": action} for action in actions]
    return Looked(Answer(200, public), Answer(200, {**public, "description": description, "steps": steps}))


def memory(*ids, sequences=(1,)):
    return Memory([Applied(id, sequence, 0.0) for id in ids for sequence in sequences], list(ids), [])


def test_all_is_well_when_each_is_once_at_its_unit_and_its_citizen_sees_the_end():
    refused = looked(("submit", "acknowledge", "refuse"), "refused")
    verdict = judge(
        [sent("a"), sent("b", "RO")], [], {"VM": memory("a"), "RO": memory("b")}, {"a": looked(), "b": refused}
    )
    assert verdict.kept
    assert last_line(verdict) == "2 service requests went through; 0 lost, 0 doubled, 0 out of order."


def test_what_its_unit_does_not_know_is_lost_even_if_another_knows_it():
    verdict = judge([sent("a"), sent("b")], [], {"VM": memory(), "RO": memory("a")}, {"a": looked(), "b": looked()})
    assert (verdict.lost, verdict.doubled, verdict.through) == ({"a", "b"}, {"a"}, 0)


@pytest.mark.parametrize(("sequences", "lost", "out_of_order"), [((1, 2, 3), 0, 0), ((1, 2), 1, 0), ((1, 3, 2), 0, 1)])
def test_every_comment_that_was_taken_must_be_at_the_unit_in_order(sequences, lost, out_of_order):
    taken = Answer(200, {})
    one = sent("a")._replace(words=(taken, taken))
    verdict = judge(
        [one], [], {"VM": memory("a", sequences=sequences)}, {"a": looked(("submit", "comment", *RESOLVED[1:]))}
    )
    assert (len(verdict.lost), len(verdict.out_of_order)) == (lost, out_of_order)


def test_a_comment_that_was_not_taken_is_told_of():
    refused = Answer(409, {})
    verdict = judge([sent("a")._replace(words=(refused,))], [], {"VM": memory("a")}, {"a": looked()})
    assert (verdict.not_accepted, verdict.kept) == ([refused], False)


def test_two_citizens_who_got_the_same_id_have_lost_one():
    assert judge([sent("a"), sent("a")], [], {"VM": memory("a")}, {"a": looked()}).lost == {"a"}


@pytest.mark.parametrize(
    ("memories", "seen"),
    [
        ({"VM": memory("a", sequences=(1, 1))}, looked()),
        ({"VM": memory("a")._replace(work_orders=["a", "a"])}, looked()),
        ({"VM": memory("a"), "RO": memory("a")}, looked()),
        ({"VM": memory("a")}, looked(("submit", "acknowledge", "acknowledge", "start", "resolve"))),
    ],
)
def test_what_was_applied_or_reported_twice_is_doubled(memories, seen):
    verdict = judge([sent("a")], [], memories, {"a": seen})
    assert (verdict.doubled, verdict.kept) == ({"a"}, False)


@pytest.mark.parametrize(
    ("sequences", "actions"), [((2, 1), RESOLVED), ((1,), ("submit", "start", "acknowledge", "resolve"))]
)
def test_what_came_or_went_back_in_another_order_is_out_of_order(sequences, actions):
    verdict = judge([sent("a")], [], {"VM": memory("a", sequences=sequences)}, {"a": looked(actions)})
    assert (verdict.out_of_order, verdict.kept) == ({"a"}, False)


@pytest.mark.parametrize(
    "seen",
    [
        None,
        looked(RESOLVED[:3], "in_progress"),
        looked(status="refused"),
        looked(description="something else"),
        Looked(Answer(200, {}), Answer(403, "")),
        Looked(Answer(502, ""), looked().private),
        Looked(looked().private, looked().private),
    ],
)
def test_a_citizen_who_does_not_see_the_end_is_told_of(seen):
    verdict = judge([sent("a")], [], {"VM": memory("a")}, {"a": seen} if seen else {})
    assert (verdict.unseen, verdict.kept) == ({"a"}, False)
    assert "1 whose citizen does not see the end" in last_line(verdict)


def test_what_was_never_accepted_is_told_of_but_is_not_lost():
    refused = sent("a", status=503)
    verdict = judge([refused], [refused.planned], {"VM": memory()}, {})
    assert (len(verdict.not_accepted), verdict.lost, verdict.kept) == (2, set(), False)
    assert last_line(verdict) == (
        "0 service requests went through; 0 lost, 0 doubled, 0 out of order, 2 never accepted."
    )
