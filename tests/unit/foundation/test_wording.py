import re
import string
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from pydantic_core._pydantic_core import list_all_errors

from chalicelib.foundation import wording
from chalicelib.foundation.languages import Text
from chalicelib.foundation.problems import Fault, refusal
from chalicelib.foundation.wording import faults, faults_of
from chalicelib.service_requests.submission import Location, Submission
from chalicelib.service_requests.updates import Update

WRONG = [None, True, -1, 1.5, 1e300, 10**400, "", " ", "x", "x" * 5000, "\0", "a\nb", "2026-11-24T08:15:00", [], [None]]
WRONG += [
    ["a"],
    ["a", "b", "c"],
    ["", "\0"],
    ["x" * 500] * 60,
    {},
    {"a": None},
    {"a" * 99: {}},
    {str(n): n for n in range(60)},
]
SUBMISSION = {"service_code": "graffiti", "location": {"borough": "VM"}}
UPDATE = {"update_id": "1", "occurred_at": "2026-11-24T08:15:00Z", "action": "start"}
LEFT_OVER = re.compile(r"[{}<>]|Enum|None|\binf\b|Channel")
pydantics = {error["type"]: error for error in list_all_errors()}

words = st.text(max_size=9)
junk = st.sampled_from(WRONG) | words | st.lists(words, max_size=3) | st.dictionaries(words, st.integers(), max_size=2)
whole = st.dictionaries(st.sampled_from([*Submission.model_fields, *Update.model_fields]) | words, junk, max_size=9)


def with_each_field_wrong(model, right):
    return [(model, right | {name: wrong}) for name in (*model.model_fields, "another") for wrong in WRONG]


CASES = [
    *with_each_field_wrong(Submission, SUBMISSION),
    *with_each_field_wrong(Update, UPDATE),
    *[(Submission, SUBMISSION | {"location": place}) for _, place in with_each_field_wrong(Location, {})],
    *[
        (Submission, SUBMISSION | {"location": place})
        for _, place in with_each_field_wrong(Location, {"lat": 1, "lon": 2})
    ],
    *[(model, {}) for model in (Submission, Update)],
]


def said_of(model, value):
    try:
        TypeAdapter(model).validate_python(value)
    except ValidationError as invalid:
        found = faults_of(invalid)
        assert len(found) >= 1
        return found
    return []


def check_said(fault):
    assert fault.detail.fr != wording._OTHER[0], fault
    assert fault.detail.en != wording._OTHER[1], fault
    assert not LEFT_OVER.search(fault.detail.fr), fault
    assert not LEFT_OVER.search(fault.detail.en), fault
    assert " or " not in fault.detail.fr, fault
    assert fault.detail.fr != fault.detail.en
    assert all("[" not in str(step) for step in fault.where), fault


def test_each_wrong_value_of_each_field_is_told_in_both_languages():
    told = [fault for model, value in CASES for fault in said_of(model, value)]
    assert len(told) > 200
    for fault in told:
        check_said(fault)


@given(whole)
def test_whatever_object_is_sent_its_faults_are_told_in_both_languages(value):
    for model in (Submission, Update):
        for fault in said_of(model, value):
            if not any("[" in key for key in value):
                check_said(fault)


def test_a_text_is_measured_in_characters_not_in_items():
    long = {
        "service_code": "x" * 999,
        "description": "x" * 9999,
        "location": {"borough": "x" * 99, "address": "x" * 999},
    }
    told = said_of(Submission, long) + said_of(Update, UPDATE | {"reference": "x" * 999, "message": "x" * 9999})
    assert len(told) == 6
    assert all(re.fullmatch(r"Au plus \d+ caractères\.", fault.detail.fr) for fault in told)
    assert all(re.fullmatch(r"At most \d+ characters\.", fault.detail.en) for fault in told)


@pytest.mark.parametrize("kind", sorted(set(wording._WORDING) & set(pydantics)))
def test_no_placeholder_is_left_of_what_pydantic_says(kind):
    context = pydantics[kind].get("example_context") or {}
    [fault] = faults([{"type": kind, "loc": ("a",), "ctx": context}])
    for text in (fault.detail.fr, fault.detail.en):
        assert not any(name for _, name, _, _ in string.Formatter().parse(text))


def test_the_expected_values_are_joined_in_the_language():
    [fault] = said_of(Submission, SUBMISSION | {"channel": "phone"})
    assert fault.detail == Text(
        fr="Une de ces valeurs est attendue : web, mobile, social ou consultation.",
        en="One of these values is expected: web, mobile, social or consultation.",
    )


def test_an_empty_text_is_not_told_how_many_characters_it_lacks():
    [fault] = said_of(Submission, SUBMISSION | {"description": "   "})
    assert fault.detail.en == "This text is empty; write it, or leave this field out."


@pytest.mark.parametrize(("part", "tells_of_the_plus"), [("query", True), ("body", False)])
def test_a_time_in_an_address_is_told_how_its_plus_is_written(part, tells_of_the_plus):
    error = {"type": "datetime_from_date_parsing", "loc": (part, "since"), "ctx": {}}
    [fault] = faults([error], part=None)
    assert ("%2B" in fault.detail.fr, "%2B" in fault.detail.en) == (tells_of_the_plus,) * 2


def test_every_action_that_units_can_report_is_named_to_who_sends_another():
    [fault] = said_of(Update, UPDATE | {"action": "dance"})
    assert all(action in fault.detail.fr for action in get_args(Update.model_fields["action"].annotation))


def test_what_pydantic_learns_to_say_one_day_is_still_said():
    [fault] = faults([{"type": "brand_new", "loc": ("body", "a"), "ctx": {"x": 1}}], part=None)
    assert fault == Fault(("a",), Text(fr="Valeur non valide.", en="Invalid value."), "body")


@pytest.mark.parametrize("part", ["body", "query", "path", "header"])
def test_the_part_comes_before_the_place(part):
    [fault] = faults([{"type": "missing", "loc": (part, "a", 0)}], part=None)
    assert (fault.part, fault.where) == (part, ("a", 0))


def test_faults_that_a_validator_finds_itself_are_told_each_at_its_place():
    own = [Fault(("x",), Text(fr="a", en="b")), Fault((), Text(fr="c", en="d"))]
    error = {"type": "faults", "loc": ("body", "location"), "ctx": refusal(own).context}
    assert faults([error], part=None) == [own[0].inside("location"), own[1].inside("location")]
