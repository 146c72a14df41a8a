"""One contract, held by DynamoDB (moto, the real template) and by the table in memory that other tests use."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.foundation.languages import Text
from chalicelib.service_requests.lifecycle import Action, Priority, Status
from chalicelib.service_requests.store import Conflict, Taken, store
from chalicelib.service_requests.timeline import Change, Place, Position
from tests.support.examples import AGENT, CITIZEN, NOW, entry_id, submitted, unit_actor
from tests.support.memory import MemoryStore
from tests.support.photos import happened, with_photo

COMMENT = Change(action=Action.COMMENT, by=CITIZEN, text="Et alors ?\n« été » 🚲")
LATER = NOW + timedelta(minutes=1)


@pytest.fixture(params=["dynamodb", "memory"])
def table(request):
    if request.param == "memory":
        return MemoryStore()
    request.getfixturevalue("cloud")
    return store()


def commented(before, **details):
    return before.after(COMMENT, at=LATER, entry_id=entry_id(), **details)


def test_what_was_added_is_read_back_the_same(table):
    new = submitted()
    table.add(new)
    assert table.get(new.id) == new
    assert table.get("0000000000") is None


def test_adding_the_same_again_succeeds_for_its_answer_may_have_been_lost(table):
    new = submitted()
    table.add(new)
    table.add(new)
    grown = commented(new)
    table.append(new, grown)
    table.add(new)
    assert table.get(new.id) == grown


def test_an_id_that_is_anothers_is_refused_with_the_other(table):
    first, second = submitted(), submitted()
    table.add(first)
    with pytest.raises(Taken) as taken:
        table.add(second)
    assert taken.value.existing == first


def test_an_appended_entry_is_read_back_with_its_state_and_text(table):
    before = submitted()
    table.add(before)
    for action, by in [
        (Action.ACKNOWLEDGE, unit_actor("VM")),
        (Action.COMMENT, CITIZEN),
        (Action.RESOLVE, unit_actor("VM")),
    ]:
        after = before.after(Change(action=action, by=by, text="…", reference="R-1"), at=LATER, entry_id=entry_id())
        table.append(before, after)
        assert table.get(before.id) == after
        before = after
    assert before.status is Status.RESOLVED


def test_the_slower_of_two_writers_is_told(table):
    before = submitted()
    table.add(before)
    table.append(before, commented(before))
    with pytest.raises(Conflict):
        table.append(before, commented(before))


def test_appending_the_same_again_succeeds_even_after_others_wrote(table):
    before = submitted()
    table.add(before)
    after = commented(before)
    table.append(before, after)
    table.append(before, after)
    table.append(after, commented(after))
    table.append(before, after)
    assert table.get(before.id).sequence == 3


def test_a_photo_is_accepted_only_if_nothing_was_passed_over_since_it_was_read(table):
    before, id = with_photo(submitted())
    table.add(before)
    comment, acceptance = commented(before), happened(before, id, Action.ACCEPT_PHOTO, at=LATER, entry_id=entry_id())
    assert table.pass_over(before, id, "0A")
    assert not table.pass_over(before, id, "0B"), "somebody else did so meanwhile"
    with pytest.raises(Conflict):
        table.append(before, acceptance)
    table.append(before, comment)
    now = table.get(before.id)
    assert now.passed_over == {id: "0A"}
    assert not table.pass_over(now.model_copy(update={"sequence": before.sequence}), id, "0B")
    assert table.pass_over(now, "another", "01")
    table.append(table.get(now.id), happened(table.get(now.id), id, Action.ACCEPT_PHOTO, at=LATER, entry_id="last"))
    assert table.get(now.id).passed_over == {id: "0A", "another": "01"}


# Two service requests, one entry of each, both or neither.


def pair(table):
    """A duplicate and its original, as stored, and as they are to be."""
    duplicate, original = submitted("A"), submitted("B", "RO")
    table.add(duplicate)
    table.add(original)
    mark = entry_id()
    marked = Change(action=Action.DUPLICATE, by=unit_actor("VM"), duplicate_of="B")
    joined = Change(action=Action.JOIN, by=unit_actor("VM"), duplicate="A", requesters={"web": 1})
    return (
        (duplicate, duplicate.after(marked, at=LATER, entry_id=mark)),
        (original, original.after(joined, at=LATER, entry_id=mark)),
    )


def test_two_are_written_together_with_their_state_and_where_they_are_looked_for(table):
    changes = pair(table)
    table.append_together(*changes)
    for _, after in changes:
        assert table.get(after.id) == after
    assert table.due("VM", LATER + timedelta(hours=1), 10) == ["A"]
    assert table.due("RO", LATER + timedelta(hours=1), 10) == ["B"]


@pytest.mark.parametrize("which", [0, 1])
def test_when_either_was_written_meanwhile_neither_is(table, which):
    changes = pair(table)
    before, _ = changes[which]
    faster = commented(before)
    table.append(before, faster)
    with pytest.raises(Conflict):
        table.append_together(*changes)
    assert table.get(before.id) == faster
    other, _ = changes[1 - which]
    assert table.get(other.id) == other


def test_writing_the_same_two_again_succeeds_even_after_others_wrote_to_either(table):
    changes = pair(table)
    table.append_together(*changes)
    table.append_together(*changes)
    for _, after in changes:
        table.append(after, commented(after))
        table.append_together(*changes)
    assert [table.get(after.id).sequence for _, after in changes] == [3, 3]


@pytest.mark.parametrize("which", [0, 1])
def test_when_only_one_of_the_two_holds_it_neither_is_taken_for_written(table, which):
    """Another made the one a duplicate of a third, with the same entry; or what stands there is not ours."""
    changes = pair(table)
    table.append(*changes[which])
    with pytest.raises(Conflict):
        table.append_together(*changes)
    other, _ = changes[1 - which]
    assert table.get(other.id) == other


def test_whatever_a_change_can_change_is_read_back(table):
    before = submitted()
    table.add(before)
    place = Place(position=Position(lat=45.6, lon=-73.6), address="Ici")
    steps = [
        Change(action=Action.ASK, by=unit_actor("VM"), text="Où ?", reference="R-1"),
        Change(
            action=Action.CORRECT,
            by=AGENT,
            agent_name="agent.vm",
            note="Entre nous",
            text="Deux trous",
            place=place,
            public_position=place.position,
            cell="892baa0b6b7ffff",
            borough="RO",
            unit="RO",
            expected_at=LATER + timedelta(days=9),
        ),
        Change(action=Action.CORRECT, by=AGENT, agent_name="renamed", place=Place(address="Ailleurs")),
        Change(action=Action.PRIORITIZE, by=AGENT, priority=Priority.URGENT),
        Change(
            action=Action.TRIAGE,
            by=AGENT,
            service_code="graffiti",
            service_name=Text(fr="Graffiti", en="Graffiti"),
            unit="VM",
        ),
        Change(action=Action.JOIN, by=AGENT, duplicate="B", requesters={"web": 2}),
        Change(action=Action.PUBLISH, by=AGENT, about=1, text="Un trou"),
        Change(action=Action.RESOLVE, by=unit_actor("VM"), resolution="fixed"),
        Change(action=Action.REOPEN, by=CITIZEN, text="Non"),
        Change(action=Action.LEAVE, by=AGENT, duplicate="B", requesters={"web": 2}),
    ]
    for step in steps:
        after = before.after(step, at=LATER, entry_id=entry_id())
        table.append(before, after)
        assert table.get(before.id) == after
        before = after


def test_an_entry_does_not_undo_a_mark_made_since_it_was_read(table):
    before = submitted()
    table.add(before)
    assert table.mark(before.id, "VM", 1)
    table.append(before, commented(before))
    assert table.get(before.id).delivery == {"VM": 1}


def test_a_new_recipient_starts_at_zero(table):
    before = submitted()
    table.add(before)
    transfer = Change(action=Action.TRANSFER, by=unit_actor("VM"), unit="feux-circulation")
    table.append(before, before.after(transfer, at=LATER, entry_id=entry_id()))
    assert table.get(before.id).delivery == {"VM": 0, "feux-circulation": 0}


def test_a_mark_only_moves_forward(table):
    new = submitted()
    table.add(new)
    assert table.mark(new.id, "VM", 3)
    assert not table.mark(new.id, "VM", 3)
    assert not table.mark(new.id, "VM", 2)
    assert table.get(new.id).delivery == {"VM": 3}


def test_a_full_mark_clears_the_look_unless_something_was_written_meanwhile(table):
    new = submitted()
    table.add(new)
    grown = commented(new)
    table.append(new, grown)
    assert not table.mark_all(new, {"VM": 1}, None)
    assert table.get(new.id) == grown
    assert table.mark_all(grown, {"VM": 2}, None)
    assert table.get(new.id).due_at is None
    assert table.get(new.id).delivery == {"VM": 2}


def test_what_is_due_is_found_longest_due_first_and_only_in_its_unit(table):
    for minute, (id, unit) in enumerate([("A", "VM"), ("B", "VM"), ("C", "RO"), ("D", "VM")]):
        table.add(submitted(id, unit, at=NOW - timedelta(minutes=minute)))
    assert table.due("VM", NOW + timedelta(minutes=2), 100) == ["D", "B", "A"]
    assert table.due("VM", NOW + timedelta(minutes=2), 2) == ["D", "B"]
    assert table.due("VM", NOW, 100) == ["D"]
    assert table.due_beyond("VM", NOW + timedelta(minutes=1), 100) == ["A"]
    assert table.due("311", NOW + timedelta(days=1), 100) == []


def test_what_is_postponed_is_due_later_unless_it_changed(table):
    new = submitted()
    table.add(new)
    later = NOW + timedelta(hours=1)
    assert table.postpone(new, later)
    assert table.due("VM", NOW + timedelta(minutes=30), 100) == []
    assert table.due("VM", later, 100) == [new.id]
    table.append(new, commented(new))
    assert not table.postpone(new, later)


def test_many_are_read_at_once_and_those_that_do_not_exist_are_left_out(table):
    made = {id: submitted(id) for id in ("A", "B", "C")}
    for new in made.values():
        table.add(new)
    assert table.get_many(["A", "C", "Z"]) == {"A": made["A"], "C": made["C"]}
    assert table.get_many([]) == {}


# DynamoDB's numbers: what is not zero is at least 1e-130 from it. Coordinates and answers are kept well inside.
_floats = st.floats(-180, 180, allow_nan=False).filter(lambda number: number == 0 or abs(number) > 1e-9)


@given(text=st.text(max_size=200), number=_floats, words=st.lists(st.text(max_size=20), max_size=5))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_texts_and_numbers_come_back_exactly(cloud, text, number, words):
    new = submitted(text=text or None)
    position = new.place.position.model_copy(update={"lat": number})
    new = new.model_copy(
        update={
            "id": entry_id(),
            "place": new.place.model_copy(update={"position": position}),
            "attributes": {"nombre": number, "choix": words, "texte": text},
        }
    )
    store().add(new)
    assert store().get(new.id) == new
