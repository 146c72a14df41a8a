"""The demo's verdict: it must not say that all is well when it is not."""

import pytest

from local.demo import lives
from local.demo.citizens import Looked, Sent
from local.demo.line import Answer
from local.demo.memories import Applied, Memory
from local.demo.planning import Planned
from local.demo.screen import last_line
from local.demo.verdict import Outcome, judge, lacking, lacking_photos

DONE = lives.done("VM").steps
TAKEN = Answer(200, {})


def sent(id, unit="VM", status=201, life=None):
    body = {"service_request_id": id, "tracking_token": "t", "unit": {"code": unit}}
    life = life or lives.done(unit)
    planned = Planned(9.5, unit, "fr", "k" * 32, {"service_code": "graffiti", "description": "d"}, life)
    return Sent(planned, 0.0, 1, Answer(status, body), life)


def looked(actions=DONE, status="resolved", description="d", published=None):
    public = {"status": status, "service": {"code": "graffiti"}, "description": published}
    steps = [{"action": action} for action in actions]
    return Looked(Answer(200, public), Answer(200, {**public, "description": description, "steps": steps}))


def memory(*ids, sequences=(1,), work_orders=1):
    return Memory([Applied(id, sequence, 0.0) for id in ids for sequence in sequences], list(ids) * work_orders, [])


def judged(outcome, memories, seen=None, unanswered=(), broken=()):
    return judge(Outcome(outcome, list(unanswered), list(broken), memories, seen or {}))


def seen(life):
    return looked(life.steps, life.status)


def test_all_is_well_when_each_is_once_at_its_unit_and_its_citizen_sees_the_end():
    refused = lives.refused("RO")
    both = [sent("a"), sent("b", "RO", life=refused)]
    verdict = judged(both, {"VM": memory("a"), "RO": memory("b")}, {"a": looked(), "b": seen(refused)})
    assert verdict.kept
    assert last_line(verdict) == "2 service requests went through; 0 lost, 0 doubled, 0 out of order."


RIGHT = {
    "asked": (lives.asked("VM"), {"VM": memory("a", sequences=(1, 4))}),
    "withdrawn": (lives.withdrawn("VM"), {"VM": memory("a", sequences=(1, 4))}),
    "a duplicate": (lives.repeated("VM"), {"VM": memory("a")}),
    "reopened": (lives.reopened("VM"), {"VM": memory("a", sequences=(1, 5), work_orders=2)}),
    "transferred": (
        lives.transferred("VM", "RO"),
        {"VM": memory("a", sequences=(1, 3)), "RO": memory("a", sequences=(3,))},
    ),
    "moved": (lives.moved("VM", "RO"), {"VM": memory("a", sequences=(1, 2)), "RO": memory("a", sequences=(2,))}),
    "set aside": (lives.set_aside(), {"311": memory("a", sequences=(1, 2)), "VM": memory()}),
    "sent on": (lives.sent_on("VM"), {"311": memory("a", sequences=(1, 2)), "VM": memory("a", sequences=(2,))}),
}


@pytest.mark.parametrize(("life", "memories"), RIGHT.values(), ids=RIGHT.keys())
def test_a_life_that_is_not_every_days_is_right_too(life, memories):
    assert judged([sent("a", life=life)], memories, {"a": seen(life)}).kept


@pytest.mark.parametrize(("life", "memories"), RIGHT.values(), ids=RIGHT.keys())
def test_in_any_life_what_one_unit_lacks_is_lost(life, memories):
    one = sent("a", life=life)
    for unit, known in memories.items():
        if known.applied:
            fewer = memories | {unit: known._replace(applied=known.applied[:-1])}
            assert judged([one], fewer, {"a": seen(life)}).lost == {"a"}
            assert lacking([one], fewer) == {"a"}
    assert lacking([one], memories) == set()


@pytest.mark.parametrize(("life", "memories"), RIGHT.values(), ids=RIGHT.keys())
def test_in_any_life_what_a_unit_has_too_often_or_not_to_know_of_is_doubled(life, memories):
    one = sent("a", life=life)
    for unit, known in ({"SO": memory()} | memories).items():
        one_more = known._replace(applied=[*known.applied, Applied("a", 99, 0.0)])
        twice = known._replace(work_orders=[*known.work_orders, "a"])
        for wrong in (one_more, twice):
            assert judged([one], memories | {unit: wrong}, {"a": seen(life)}).doubled == {"a"}


@pytest.mark.parametrize(("life", "memories"), RIGHT.values(), ids=RIGHT.keys())
def test_in_any_life_a_citizen_must_see_every_step_of_it_in_its_order(life, memories):
    one, (first, *others) = sent("a", life=life), life.steps
    assert judged([one], memories, {"a": looked(life.steps[:-1], life.status)}).unseen == {"a"}
    assert judged([one], memories, {"a": looked((*others, first), life.status)}).out_of_order == {"a"}
    assert judged([one], memories, {"a": looked((*life.steps, life.steps[-1]), life.status)}).doubled == {"a"}


def test_what_its_unit_does_not_know_is_lost_even_if_another_knows_it():
    verdict = judged([sent("a"), sent("b")], {"VM": memory(), "RO": memory("a")}, {"a": looked(), "b": looked()})
    assert (verdict.lost, verdict.doubled, verdict.through) == ({"a", "b"}, {"a"}, 0)


def test_what_is_held_and_yet_known_to_a_crew_is_told_of():
    life = lives.set_aside()
    at_both = {"311": memory("a", sequences=(1, 2)), "VM": memory("a")}
    verdict = judged([sent("a", "311", life=life)], at_both, {"a": seen(life)})
    assert (verdict.doubled, verdict.kept) == ({"a"}, False)


@pytest.mark.parametrize(("sequences", "lost", "out_of_order"), [((1, 2, 3), 0, 0), ((1, 2), 1, 0), ((1, 3, 2), 0, 1)])
def test_every_comment_that_was_taken_must_be_at_the_unit_in_order(sequences, lost, out_of_order):
    one = sent("a")._replace(words=(TAKEN, TAKEN))
    actions = ("submit", "comment", *DONE[1:])
    verdict = judged([one], {"VM": memory("a", sequences=sequences)}, {"a": looked(actions)})
    assert (len(verdict.lost), len(verdict.out_of_order)) == (lost, out_of_order)


def test_what_was_added_while_it_was_held_is_for_triage_to_know():
    one = sent("a", "311", life=lives.sent_on("VM"))._replace(words=(TAKEN,))
    right = {"311": memory("a", sequences=(1, 2, 3)), "VM": memory("a", sequences=(3,))}
    assert judged([one], right, {"a": seen(one.life)}).kept
    assert lacking([one], right | {"311": memory("a", sequences=(1, 3))}) == {"a"}


def test_a_comment_that_was_not_taken_is_told_of():
    refused = Answer(409, {})
    verdict = judged([sent("a")._replace(words=(refused,))], {"VM": memory("a")}, {"a": looked()})
    assert (verdict.not_accepted, verdict.kept) == ([refused], False)


def with_photos(one, *ids):
    """One that was sent with photos, which S3 took."""
    body = one.answer.body | {"photo_uploads": [{"photo_id": id} for id in ids]}
    planned = one.planned.with_photos(*(b"jpeg" for _ in ids))
    return one._replace(planned=planned, answer=Answer(201, body), photos=(Answer(204, None),) * len(ids))


def seen_photos(*states, published=()):
    public, private = looked()
    photos = [{"state": state} for state in states]
    return Looked(
        Answer(200, public.body | {"photos": list(published)}), Answer(200, private.body | {"photos": photos})
    )


def fetched(*ids):
    return memory("a")._replace(photos=frozenset(ids))


def test_photos_that_were_accepted_and_fetched_are_well():
    one = with_photos(sent("a"), "p", "q")
    verdict = judged([one], {"VM": fetched("p", "q"), "RO": memory()}, {"a": seen_photos("accepted", "accepted")})
    assert verdict.kept
    assert (verdict.through, lacking_photos([one], {"VM": fetched("p", "q")})) == (1, set())


@pytest.mark.parametrize(
    ("memories", "seen"),
    [
        ({"VM": fetched("p")}, seen_photos("accepted", "accepted")),
        ({"VM": fetched("p", "q")}, seen_photos("accepted", "expected")),
        ({"VM": fetched("p", "q")}, seen_photos("accepted")),
        ({"VM": fetched("p", "q")}, seen_photos("accepted", "accepted", published=[{"photo_id": "p"}])),
    ],
    ids=["not fetched", "not accepted", "not announced", "seen by anyone"],
)
def test_a_photo_that_does_not_reach_its_unit_or_its_citizen_is_told_of(memories, seen):
    verdict = judged([with_photos(sent("a"), "p", "q")], memories, {"a": seen})
    assert (verdict.without_photo, verdict.kept, verdict.through) == ({"a"}, False, 0)
    assert "1 without a photo of theirs" in last_line(verdict)


def test_a_photo_that_was_not_taken_is_told_of():
    one = with_photos(sent("a"), "p")._replace(photos=(Answer(403, "expired"),))
    assert judged([one], {"VM": fetched("p")}, {"a": seen_photos("accepted")}).not_accepted == [Answer(403, "expired")]


def test_two_citizens_who_got_the_same_id_have_lost_one():
    assert judged([sent("a"), sent("a")], {"VM": memory("a")}, {"a": looked()}).lost == {"a"}


@pytest.mark.parametrize(
    ("memories", "seen"),
    [
        ({"VM": memory("a", sequences=(1, 1))}, looked()),
        ({"VM": memory("a", work_orders=2)}, looked()),
        ({"VM": memory("a"), "RO": memory("a")}, looked()),
        ({"VM": memory("a")}, looked(("submit", "acknowledge", "acknowledge", "start", "resolve"))),
    ],
)
def test_what_was_applied_or_reported_twice_is_doubled(memories, seen):
    verdict = judged([sent("a")], memories, {"a": seen})
    assert (verdict.doubled, verdict.kept) == ({"a"}, False)


@pytest.mark.parametrize(
    ("sequences", "actions"), [((2, 1), DONE), ((1,), ("submit", "start", "acknowledge", "resolve"))]
)
def test_what_came_or_went_back_in_another_order_is_out_of_order(sequences, actions):
    one = sent("a")._replace(words=(TAKEN,) if len(sequences) > 1 else ())
    verdict = judged([one], {"VM": memory("a", sequences=sequences)}, {"a": looked(actions)})
    assert (verdict.out_of_order, verdict.kept) == ({"a"}, False)


@pytest.mark.parametrize(
    "seen",
    [
        None,
        looked(DONE[:3], "in_progress"),
        looked(status="refused"),
        looked(("submit", "acknowledge", "refuse"), "refused"),
        looked(description="something else"),
        looked(published="d"),
        Looked(Answer(200, {}), Answer(403, "")),
        Looked(Answer(502, ""), looked().private),
    ],
)
def test_a_citizen_who_does_not_see_the_end_or_whose_words_anyone_sees_is_told_of(seen):
    verdict = judged([sent("a")], {"VM": memory("a")}, {"a": seen} if seen else {})
    assert (verdict.unseen, verdict.kept) == ({"a"}, False)
    assert "1 whose citizen does not see the end" in last_line(verdict)


def test_what_was_never_accepted_is_told_of_but_is_not_lost():
    refused = sent("a", status=503)
    verdict = judged([refused], {"VM": memory()}, unanswered=[refused.planned])
    assert (len(verdict.not_accepted), verdict.lost, verdict.kept) == (2, set(), False)
    assert last_line(verdict) == (
        "0 service requests went through; 0 lost, 0 doubled, 0 out of order, 2 never accepted."
    )


def test_a_story_that_broke_off_is_told_of():
    verdict = judged([], {}, broken=["triage of a: 403"])
    assert not verdict.kept
    assert last_line(verdict).endswith("0 out of order, 1 not as planned.")
