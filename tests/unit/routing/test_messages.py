"""What a message says of what happened."""

import json

import pytest

from chalicelib.foundation.settings import settings
from chalicelib.routing.messages import Message, body, message
from chalicelib.service_requests.lifecycle import Action
from chalicelib.service_requests.timeline import Change, Place, Position
from tests.support.examples import AGENT, CITIZEN, NOW, entry_id, submitted, unit_actor

RO = Place(position=Position(lat=45.55, lon=-73.57), address="Ici")


def after(state, action, by=AGENT, **details):
    return state.after(Change(action=action, by=by, **details), at=NOW, entry_id=entry_id())


def told(state, recipient="VM"):
    return message(state, state.timeline[-1], recipient, settings())


def what(sent):
    return sent.type.removeprefix("ca.montreal.guichet.service_request.").removesuffix(".v1")


@pytest.mark.parametrize(
    ("action", "by", "details", "expected"),
    [
        (Action.COMMENT, CITIZEN, {"text": "Un mot"}, "commented"),
        (Action.CORRECT, CITIZEN, {"text": "Deux trous"}, "corrected"),
        (Action.CORRECT, CITIZEN, {"place": RO}, "corrected"),
        (Action.CORRECT, CITIZEN, {"place": RO, "unit": "RO", "borough": "RO"}, "transferred"),
        (Action.WITHDRAW, CITIZEN, {}, "withdrawn"),
        (Action.TRANSFER, AGENT, {"unit": "RO"}, "transferred"),
        (Action.TRIAGE, AGENT, {"unit": "RO"}, "transferred"),
        (Action.TRIAGE, AGENT, {"unit": "VM", "service_code": "graffiti"}, "triaged"),
        (Action.PRIORITIZE, AGENT, {"priority": "urgent"}, "prioritized"),
        (Action.NOTE, AGENT, {"note": "Entre nous"}, "noted"),
        (Action.START, AGENT, {"note": "Au téléphone"}, "started"),
        (Action.ASK, AGENT, {"text": "Où ?"}, "info_requested"),
        (Action.RESOLVE, AGENT, {"resolution": "fixed"}, "resolved"),
        (Action.REFUSE, AGENT, {"reason": "policy"}, "refused"),
        (Action.DUPLICATE, AGENT, {"duplicate_of": "0000000000"}, "marked_duplicate"),
        (Action.JOIN, AGENT, {"duplicate": "0000000000", "requesters": {"web": 1}}, "duplicate_joined"),
    ],
)
def test_its_type_says_what_happened_and_whatever_gives_it_to_another_unit_is_a_transfer(action, by, details, expected):
    state = after(submitted(), action, by, **details)
    assert "VM" in state.timeline[-1].recipients
    assert what(told(state)) == expected


def test_at_a_transfer_both_units_are_told_the_same_and_each_of_what_came_before_for_it():
    state = after(submitted(), Action.COMMENT, CITIZEN, text="Un mot")
    state = after(state, Action.CORRECT, CITIZEN, place=RO, unit="RO", borough="RO")
    old, new = told(state, "VM"), told(state, "RO")
    assert (old.data.previous_sequence, new.data.previous_sequence) == (2, 0)
    assert old.data.service_request == new.data.service_request
    snapshot = new.data.service_request
    assert (snapshot.unit, snapshot.borough, snapshot.place, snapshot.status) == ("RO", "RO", RO, "submitted")


def test_a_message_shows_the_place_the_words_and_the_service_as_of_its_entry():
    first = submitted(text="Un trou")
    before = body(first, first.timeline[0], "VM", settings())
    state = after(first, Action.CORRECT, CITIZEN, text="Deux trous", place=RO)
    state = after(state, Action.TRIAGE, unit="VM", service_code="graffiti", service_name=first.service_name)
    state = after(state, Action.PRIORITIZE, priority="urgent")
    state = after(state, Action.RESOLVE, unit_actor("VM"), resolution="fixed")
    assert body(state, state.timeline[0], "VM", settings()) == before
    corrected = message(state, state.timeline[1], "VM", settings()).data.service_request
    assert (corrected.description, corrected.place, corrected.service.code) == ("Deux trous", RO, "nid-de-poule")
    urgent = message(state, state.timeline[3], "VM", settings()).data.service_request
    assert (urgent.priority, urgent.service.code, urgent.status) == ("urgent", "graffiti", "submitted")


def test_a_unit_reads_notes_but_not_who_the_agent_is_or_where_it_is_published():
    state = after(submitted(), Action.NOTE, note="Entre nous", agent_name="agent.vm")
    sent = body(state, state.timeline[-1], "VM", settings())
    assert json.loads(sent)["data"]["entry"]["note"] == "Entre nous"
    assert "agent.vm" not in sent
    assert Message.model_validate_json(sent) == told(state)
