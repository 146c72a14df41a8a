from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import app  # noqa: F401 - so that every problem there is has been declared
from chalicelib.foundation.languages import Language, Text
from chalicelib.foundation.problems import TYPE_PREFIX, Busy, Fault, InvalidInput, Problem, pointer


def declared(problem=Problem):
    return [kind for direct in problem.__subclasses__() for kind in (direct, *declared(direct))]


class Example(Problem):
    status = 409
    slug = "example"
    title = Text(fr="Exemple", en="Example")


def test_a_problem_document_is_in_the_callers_language():
    problem = Example(Text(fr="Voilà.", en="There."), allowed=["start"])
    assert problem.document(Language.FR) == {
        "type": "urn:guichet:problem:example",
        "title": "Exemple",
        "status": 409,
        "detail": "Voilà.",
        "allowed": ["start"],
    }
    assert problem.document(Language.EN)["title"] == "Example"
    assert problem.document(Language.EN)["detail"] == "There."


def test_every_fault_is_named_with_its_part_and_its_place():
    faults = [
        Fault(("location", "lat"), Text(fr="Trop.", en="Too much.")),
        Fault(("cursor",), Text(fr="Autre.", en="Other."), "query"),
    ]
    assert InvalidInput(faults).document(Language.EN)["errors"] == [
        {"in": "body", "pointer": "#/location/lat", "detail": "Too much."},
        {"in": "query", "pointer": "#/cursor", "detail": "Other."},
    ]


def test_a_fault_found_inside_something_is_told_from_outside():
    inner = Fault(("lat",), Text(fr="a", en="b"), "body")
    assert inner.inside("location") == Fault(("location", "lat"), inner.detail, "body")
    assert inner.inside("list", 2).where == ("list", 2, "lat")


def test_the_whole_is_pointed_at_by_an_empty_pointer():
    assert pointer(()) == "#"
    assert pointer(("a/b", "m~n", 0)) == "#/a~1b/m~0n/0"


@example(["a b", "100%41"])
@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1)))
def test_a_pointer_leads_back_to_its_place(keys):
    fragment = pointer(tuple(keys)).removeprefix("#")
    assert " " not in fragment
    steps = unquote(fragment).split("/")[1:]
    assert [step.replace("~1", "/").replace("~0", "~") for step in steps] == keys


def test_no_two_problems_share_a_type():
    slugs = [problem.slug for problem in declared()]
    assert len(slugs) > 10
    assert sorted(slugs) == sorted(set(slugs))
    assert all(slug.replace("-", "").isalpha() and slug.islower() for slug in slugs)
    assert TYPE_PREFIX == "urn:guichet:problem:"


@pytest.mark.parametrize("problem", declared(), ids=lambda problem: problem.slug)
def test_every_problem_is_an_error_status_titled_in_both_languages(problem):
    assert 400 <= problem.status < 600
    assert problem.title.fr != problem.title.en


def test_who_is_told_to_try_again_is_told_when():
    assert Busy.status == 503
    assert int(Busy().headers["Retry-After"]) >= 1
