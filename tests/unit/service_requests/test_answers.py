import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from chalicelib.catalogue import load
from chalicelib.catalogue.model import Attribute, AttributeValue
from chalicelib.foundation.dynamo import deserialized, plain, serialized
from chalicelib.foundation.languages import Text
from chalicelib.service_requests.answers import MOST_VALUES, Answer, checked
from chalicelib.service_requests.submission import Submission
from tests.support.submissions import answers_to

NAME = Text(fr="Question", en="Question")
SHAPE = TypeAdapter(Answer)
LISTS = ("singlevaluelist", "multivaluelist")
RIGHT = {
    "string": ["Rue", "é" * 200, "  Rue  ", "漢字 🚲"],
    "text": ["Rue\nAvenue", "a" * 4000, "\tRue"],
    "number": [0, -3, 2.5, 1e-6, 999_999_999],
    "datetime": ["2026-11-24", "2024-02-29", "2026-11-24T08:15:00-05:00", "2026-11-24T08:15:00Z"],
    "singlevaluelist": ["petit", "grand"],
    "multivaluelist": [["petit"], ["grand", "petit"]],
}
WRONG = {
    "string": [1, 1.5, ["a"], "   ", "a\nb", "a\0b", "a" * 201],
    "text": [1, 1.5, ["a"], " \n ", "a\0b", "a\x85b", "a" * 4001],
    "number": ["1", ["1"], 1e300, 10**400, -(10**30), 5e-324, 1e-200],
    "datetime": [
        20261124,
        ["2026-11-24"],
        "24/11/2026",
        "2026-02-30",
        "20261124",
        "2026-W48-2",
        "2026-11-24T08:15:00",
        "2026-11-24\x0008:15:00Z",
        "2026-11-24💩08:15:00Z",
        "1700000000",
        "0001-01-01T00:00:00+01:00",
        " 2026-11-24 ",
        "２０２６-11-24",
    ],
    "singlevaluelist": ["Grand", "moyen", " grand", ["grand"], 1],
    "multivaluelist": ["grand", ["moyen"], ["grand", "moyen"], ["grand", "grand"], 1],
}
cases = [(datatype, value) for datatype, values in WRONG.items() for value in values]


def asking(*datatypes, required=False):
    """A service that asks one question of each of these datatypes, of that code."""
    values = tuple(AttributeValue(key=key, name=NAME) for key in ("petit", "grand"))
    attributes = tuple(
        Attribute(
            code=datatype, datatype=datatype, required=required, name=NAME, values=values if datatype in LISTS else ()
        )
        for datatype in datatypes
    )
    return load("pilot").services["nid-de-poule"].model_copy(update={"attributes": attributes})


@pytest.mark.parametrize(("datatype", "value"), [(datatype, value) for datatype in RIGHT for value in RIGHT[datatype]])
def test_a_right_answer_is_kept(datatype, value):
    kept, faults = checked({datatype: SHAPE.validate_python(value)}, asking(datatype))
    assert not faults
    assert kept[datatype] == (value.strip() if isinstance(value, str) else value) or datatype == "datetime"


@pytest.mark.parametrize(("datatype", "value"), cases)
def test_a_wrong_answer_is_a_fault_at_its_question(datatype, value):
    kept, faults = checked({datatype: SHAPE.validate_python(value)}, asking(datatype))
    assert kept == {}
    assert [fault.where for fault in faults] == [(datatype,)]
    assert faults[0].detail.fr != faults[0].detail.en
    assert "{" not in faults[0].detail.fr + faults[0].detail.en


def test_a_wrong_choice_is_told_the_right_ones():
    _, faults = checked({"singlevaluelist": "moyen", "multivaluelist": ["moyen"]}, asking(*LISTS))
    assert all(fault.detail.en.endswith("petit, grand.") for fault in faults)


@pytest.mark.parametrize("datatype", RIGHT)
@pytest.mark.parametrize("left_open", [[], [""], [[]]], ids=["absent", "empty text", "empty list"])
def test_a_question_left_open_is_a_fault_only_if_it_must_be_answered(datatype, left_open):
    answers = dict.fromkeys([datatype], *left_open) if left_open else {}
    assert checked(answers, asking(datatype)) == ({}, [])
    kept, faults = checked(answers, asking(datatype, required=True))
    assert kept == {}
    assert [fault.where for fault in faults] == [(datatype,)]


def test_zero_is_an_answer():
    assert checked({"number": 0}, asking("number", required=True)) == ({"number": 0}, [])


def test_an_answer_to_no_question_is_a_fault_that_names_the_questions():
    _, faults = checked({"couleur": "bleu", "taille": "1"}, asking("string", "number"))
    assert [fault.where for fault in faults] == [("couleur",), ("taille",)]
    assert all("string, number" in fault.detail.fr for fault in faults)
    _, faults = checked({"couleur": "bleu"}, asking())
    assert "rien" in faults[0].detail.fr


def test_all_that_is_wrong_is_told_at_once():
    given_ = {datatype: values[0] for datatype, values in WRONG.items()} | {"couleur": "bleu"}
    _, faults = checked(given_, asking(*WRONG, required=True))
    assert {fault.where[0] for fault in faults} == {*WRONG, "couleur"}


@given(st.data())
def test_any_right_answer_to_any_question_of_the_city_is_kept_and_can_be_stored(data):
    service = data.draw(st.sampled_from([service for service in load("city").services.values() if service.attributes]))
    given_ = {attribute.code: data.draw(answers_to(attribute)) for attribute in service.attributes}
    kept, faults = checked({code: SHAPE.validate_python(value) for code, value in given_.items()}, service)
    assert not faults
    assert set(kept) == set(given_)


@given(st.floats() | st.integers())
def test_a_number_that_is_kept_can_be_stored_and_read_back(number):
    kept, faults = checked({"number": number}, asking("number"))
    assert bool(kept) is not bool(faults)
    if kept:
        submission = Submission(service_code="x", location={"borough": "VM"}, attributes=kept)
        assert deserialized(serialized(plain(submission)["attributes"])) == kept


@given(st.text("0123456789-:TZ+ W\0", max_size=30) | st.datetimes().map(str) | st.dates().map(str))
def test_a_moment_that_is_kept_has_one_of_two_forms(text):
    kept, _ = checked({"datetime": text}, asking("datetime"))
    for value in kept.values():
        assert re.fullmatch(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d\.\d{3}Z)?", value)


@pytest.mark.parametrize(
    "value", [None, True, False, {}, {"a": 1}, [1], [None], [["a"]], ["a", 1], ["a"] * (MOST_VALUES + 1)]
)
def test_what_no_question_could_take_is_refused_before_the_catalogue_is_asked(value):
    with pytest.raises(ValidationError):
        SHAPE.validate_python(value)
