"""What an agent does: every action with every detail, told all at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from chalicelib.foundation.wording import faults_of
from chalicelib.service_requests import lifecycle
from chalicelib.service_requests.agent_updates import AgentUpdate
from chalicelib.service_requests.lifecycle import CONSEQUENCES, STORED, Action, Kind

DETAILS = {
    "to_unit": "RO",
    "service_code": "graffiti",
    "priority": "urgent",
    "duplicate_of": "7K3Q9XPTM3",
    "about": 1,
    "text": "Un trou devant chez X.",
    "location": {"borough": "VM", "address": "275, rue Notre-Dame Est"},
    "description": "Un trou.",
    "resolution": "fixed",
    "reason": "policy",
    "reference": "BT-1",
    "message": "Bonjour.",
    "note": "Au téléphone.",
    "photo_id": "0123456789abcdef",
}
# Of each action, the details that it needs, and those that it may carry.
TAKES = {
    "triage": ("", "service_code to_unit message note"),
    "transfer": ("to_unit", "message note"),
    "prioritize": ("priority", "note"),
    "duplicate": ("duplicate_of", "message note"),
    "note": ("note", ""),
    "publish": ("about", "text note"),
    "unpublish": ("about", "note"),
    "publish_photo": ("photo_id", "text note"),
    "unpublish_photo": ("photo_id", "note"),
    "comment": ("message", "note"),
    "reply": ("message", "note"),
    "correct": ("", "location description note"),
    "withdraw": ("", "message note"),
    "reopen": ("note", "message"),
    "acknowledge": ("note", "message reference"),
    "start": ("note", "message reference"),
    "ask": ("message note", ""),
    "resolve": ("resolution note", "message reference"),
    "refuse": ("reason note", "message reference"),
}
IN_THE_UNITS_PLACE = ["acknowledge", "start", "ask", "resolve", "refuse", "reopen"]


def faulty(body):
    with pytest.raises(ValidationError) as invalid:
        AgentUpdate.model_validate(body)
    faults = faults_of(invalid.value)
    assert all(fault.detail.fr and fault.detail.en and fault.detail.fr != fault.detail.en for fault in faults)
    return sorted("/".join(map(str, fault.where)) for fault in faults)


def test_an_agent_can_ask_for_all_that_the_lifecycle_lets_agents_do():
    possible = {action for status in STORED for action in lifecycle.allowed(Kind.AGENT, status)}
    # These have doors of their own.
    assert set(map(Action, TAKES)) == possible - {Action.ANNOUNCE_PHOTOS, Action.BLUR_PHOTO}


@given(st.sampled_from(sorted(TAKES)), st.sets(st.sampled_from(sorted(DETAILS))))
def test_an_action_takes_and_requires_only_what_belongs_to_it(action, chosen):
    required, optional = (set(names.split()) for names in TAKES[action])
    expected = (required - chosen) | (chosen - required - optional)
    if action == "correct" and not chosen & {"location", "description"}:
        expected.add("")
    body = {"action": action} | {name: DETAILS[name] for name in chosen}
    if expected:
        assert faulty(body) == sorted(expected)
    else:
        assert AgentUpdate.model_validate(body).action == action


@pytest.mark.parametrize("action", IN_THE_UNITS_PLACE)
def test_a_hand_put_on_it_in_the_units_place_says_why(action):
    required, _ = TAKES[action]
    body = {"action": action} | {name: DETAILS[name] for name in required.split() if name != "note"}
    assert faulty(body) == ["note"]


def test_a_correction_says_what_changes():
    assert faulty({"action": "correct", "note": "Au téléphone."}) == [""]


@pytest.mark.parametrize("action", [*sorted(CONSEQUENCES), "submit", "set_aside", "", None, 1, [], {}])
def test_no_other_action_is_taken(action):
    assert faulty({"action": action}) == ["action"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("about", 0),
        ("about", -1),
        ("about", "x"),
        ("text", ""),
        ("text", "x" * 4001),
        ("note", "a\0"),
    ],
)
def test_a_detail_that_is_none_is_refused(name, value):
    assert faulty({"action": "publish", "about": 1} | {name: value}) == [name]


def test_everything_wrong_is_told_at_once():
    body = {"action": "resolve", "resolution": "perhaps", "to_unit": "RO", "reference": "", "x": 1}
    assert faulty(body) == ["note", "reference", "resolution", "to_unit", "x"]
