from itertools import product

import pytest
from pydantic import ValidationError

from chalicelib.foundation.wording import faults_of
from chalicelib.service_requests.lifecycle import Action, Kind
from chalicelib.service_requests.timeline import Actor, Change
from chalicelib.service_requests.updates import Update

BASE = {"update_id": "VM-1", "occurred_at": "2026-11-24T08:15:00-05:00"}
OTHER = "7K3Q9XPTM3"
REQUIRED = {
    "acknowledge": None,
    "start": None,
    "ask": "message",
    "resolve": "resolution",
    "refuse": "reason",
    "duplicate": "duplicate_of",
    "transfer": "to_unit",
}
DETAILS = {
    "reference": "BT-1",
    "message": "Fait.",
    "resolution": "fixed",
    "reason": "policy",
    "duplicate_of": OTHER,
    "to_unit": "RO",
}
FREE = {"reference", "message"}
COMBINATIONS = [
    (action, dict(zip(DETAILS, chosen, strict=True)))
    for action in REQUIRED
    for chosen in product([False, True], repeat=len(DETAILS))
]


def faulty(**changed):
    with pytest.raises(ValidationError) as invalid:
        Update.model_validate(BASE | changed)
    return sorted("/".join(map(str, fault.where)) for fault in faults_of(invalid.value))


@pytest.mark.parametrize(("action", "chosen"), COMBINATIONS)
def test_an_action_takes_and_requires_only_what_belongs_to_it(action, chosen):
    details = {name: value for name, value in DETAILS.items() if chosen[name]}
    own = REQUIRED[action]
    missing = {own} - {None} - details.keys()
    expected = sorted(missing | (details.keys() - FREE - {own}))
    if expected:
        assert faulty(action=action, **details) == expected
    else:
        update = Update.model_validate(BASE | {"action": action} | details)
        assert update.model_dump(mode="json", include=set(DETAILS), exclude_none=True) == details


@pytest.mark.parametrize(
    "action",
    [
        *("submit", "comment", "reply", "correct", "withdraw", "reopen", "triage", "prioritize", "note", "publish"),
        *("unpublish", "join", "leave", "Start", "", None, 1, [], {}),
    ],
)
def test_no_other_action_is_taken_here(action):
    assert faulty(action=action) == ["action"]


@pytest.mark.parametrize("name", ["update_id", "occurred_at", "action"])
def test_each_report_says_what_when_and_its_own_id(name):
    with pytest.raises(ValidationError) as invalid:
        Update.model_validate({key: value for key, value in (BASE | {"action": "start"}).items() if key != name})
    assert [fault.where for fault in faults_of(invalid.value)] == [(name,)]


@pytest.mark.parametrize("update_id", ["a", "VM-2026-11-24-000123", "!" * 64, "~{}/\\\"'"])
def test_an_update_id_is_any_short_visible_text(update_id):
    assert Update.model_validate(BASE | {"action": "start", "update_id": update_id}).update_id == update_id


@pytest.mark.parametrize("update_id", ["", " ", "a b", "é", "a\n", "\0", "!" * 65, 1, None])
def test_an_update_id_is_nothing_else(update_id):
    assert faulty(action="start", update_id=update_id) == ["update_id"]


@pytest.mark.parametrize("occurred_at", ["2026-11-24", "2026-11-24T08:15:00", "hier", 1700000000, "1700000000", None])
def test_when_it_happened_is_a_time_with_its_zone(occurred_at):
    assert faulty(action="start", occurred_at=occurred_at) == ["occurred_at"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("reference", ""),
        ("reference", "a\nb"),
        ("reference", "x" * 100),
        ("message", "  "),
        ("message", "a\0"),
        ("message", "x" * 2001),
    ],
)
def test_texts_are_texts_of_their_length(name, value):
    assert faulty(action="start", **{name: value}) == [name]


@pytest.mark.parametrize("unknown", ["x", "about", "note", "priority", "status", "unit", "requesters"])
def test_an_unknown_field_is_refused(unknown):
    assert faulty(action="start", **{unknown: 1}) == [unknown]


def test_everything_wrong_in_the_shape_is_told_at_once():
    assert faulty(action="dance", update_id="", occurred_at=1, reference="", reason="mood", x=1) == [
        "action",
        "occurred_at",
        "reason",
        "reference",
        "update_id",
        "x",
    ]


def test_what_is_missing_is_told_though_something_else_is_wrong_too():
    assert faulty(action="resolve", occurred_at="hier", reason="policy") == ["occurred_at", "reason", "resolution"]


@pytest.mark.parametrize("written", ["7k3q9-xptm3", " 7K3Q9 XPTM3 ", "7K3Q9XPTM3"])
def test_the_number_of_the_original_is_taken_as_people_write_it(written):
    update = Update.model_validate(BASE | {"action": "duplicate", "duplicate_of": written})
    assert update.change("VM").duplicate_of == OTHER


@pytest.mark.parametrize("wrong", ["", "x", "7K3Q9XPTM4", "UUUUUUUUUU", "1" * 41, 7, [], None])
def test_what_is_no_number_of_a_service_request_is_refused(wrong):
    assert faulty(action="duplicate", duplicate_of=wrong) == ["duplicate_of"]


def test_a_transfer_names_the_unit_to_have_it():
    update = Update.model_validate(BASE | {"action": "transfer", "to_unit": "RO", "message": "Pas chez nous."})
    change = update.change("VM")
    assert (change.unit, change.by, change.text) == ("RO", Actor(kind=Kind.UNIT, code="VM"), "Pas chez nous.")


def test_a_report_becomes_a_change_by_its_unit():
    update = Update.model_validate(
        BASE | {"action": "resolve", "resolution": "fixed", "message": "Fait.", "reference": "B"}
    )
    assert update.change("VM") == Change(
        action=Action.RESOLVE,
        by=Actor(kind=Kind.UNIT, code="VM"),
        text="Fait.",
        update_id="VM-1",
        occurred_at=update.occurred_at,
        reference="B",
        resolution="fixed",
    )


@pytest.mark.parametrize("example", Update.model_config["json_schema_extra"]["examples"])
def test_the_documents_examples_are_right(example):
    assert Update.model_validate(example)
