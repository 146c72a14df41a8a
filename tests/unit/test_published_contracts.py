import json
import re

import pytest
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from chalicelib.foundation.document import EXAMPLES, GATEWAYS_OWN
from chalicelib.foundation.problems import Problem
from local.publish import contracts, text
from local.stages import ROOT
from tests.support.environment import VARIABLES

DOCUMENT = next(contract for file, contract in contracts().items() if file.name == "openapi.json")
OPERATIONS = {
    operation["operationId"]: operation for methods in DOCUMENT["paths"].values() for operation in methods.values()
}
PROBLEM = "application/problem+json"


@pytest.fixture(params=OPERATIONS.values(), ids=OPERATIONS)
def operation(request):
    return request.param


def content(part):
    """The only content of a body or an answer."""
    return next(iter(part["content"].values()))


def bodies():
    """Every body and answer that has content, with where it is."""
    for name, operation in OPERATIONS.items():
        if "requestBody" in operation:
            yield pytest.param(content(operation["requestBody"]), id=f"{name} body")
        for status, answer in operation["responses"].items():
            if "content" in answer:
                yield pytest.param(content(answer), id=f"{name} {status}")


def values(part):
    return {name: referred(example)["value"] for name, example in part["examples"].items()}


def referred(found):
    return DOCUMENT["components"]["examples"][found["$ref"].rpartition("/")[2]] if "$ref" in found else found


@pytest.mark.parametrize("file", contracts(), ids=lambda file: file.name)
def test_what_is_published_is_what_the_program_says(file):
    assert file.read_text() == text(contracts()[file]), "run `make docs` and commit what it writes"


def test_the_api_document_is_valid_openapi_3_1():
    assert DOCUMENT["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_the_document_tells_nothing_of_this_machine():
    for contract in contracts().values():
        for value in ("test-", VARIABLES["KEYS_SECRET"], "guichet-test"):
            assert value not in json.dumps(contract)


def test_the_messages_schema_is_valid():
    schema = next(contract for file, contract in contracts().items() if "schemas" in file.parts)
    Draft202012Validator.check_schema(schema)


def test_an_operation_says_what_it_does_and_under_which_heading(operation):
    assert " · " in operation["summary"] or operation["summary"].isalpha()
    assert operation["description"]
    [tag] = operation["tags"]
    assert re.fullmatch(r"[A-Z][a-z ]+", tag)
    assert tag in [each["name"] for each in DOCUMENT["tags"]]


def test_every_operation_has_a_name_of_its_own():
    assert len(OPERATIONS) == sum(len(methods) for methods in DOCUMENT["paths"].values())


def test_an_operation_says_who_may_call_it(operation):
    schemes = DOCUMENT["components"]["securitySchemes"]
    for way in operation.get("security", []):
        assert way.keys() <= schemes.keys()


def test_no_parameter_is_ever_null(operation):
    for parameter in operation["parameters"]:
        assert "null" not in json.dumps(parameter["schema"])


def test_an_operation_tells_its_headers_and_every_refusal(operation):
    answers = operation["responses"]
    assert {"429", "500"} <= answers.keys()
    assert any(status < "300" for status in answers)
    for status, answer in answers.items():
        expected = {"Content-Language", "Vary", "Cache-Control"}
        expected |= {"201": {"Location"}, "401": {"WWW-Authenticate"}, "503": {"Retry-After"}}.get(status, set())
        names = content(answer)["examples"] if "content" in answer else []
        by_the_gateway = names and all(name.startswith("gateway-") for name in names)
        assert by_the_gateway or expected <= answer["headers"].keys(), status
        if status >= "400":
            assert set(answer["content"]) == {PROBLEM}


def test_a_body_is_shown_in_french_and_in_english(operation):
    if "requestBody" in operation:
        assert set(content(operation["requestBody"])["examples"]) == {"fr", "en"}, _wanting(operation)


def test_an_answer_is_shown(operation):
    for status, answer in operation["responses"].items():
        if status < "300" and "content" in answer:
            assert content(answer).get("examples"), _wanting(operation)


def _wanting(operation):
    return f"write {EXAMPLES / operation['operationId']}.json, as chalicelib/foundation/document.py says"


def test_every_problem_is_shown_in_french_and_in_english(operation):
    for status, answer in operation["responses"].items():
        if status >= "400" and status != "429":
            titles = {value["title"] for value in values(content(answer)).values()}
            for told in answer["description"].splitlines():
                both = told.partition(": ")[2]
                assert both in titles or set(both.split(" · ")) <= titles, "tell it in examples/problems.json"


@pytest.mark.parametrize("part", list(bodies()))
def test_every_example_fits_what_it_is_an_example_of(part):
    schema = DOCUMENT | part["schema"]
    for value in values(part).values():
        Draft202012Validator(schema).validate(value)


def test_a_problems_example_has_the_status_under_which_it_is_shown(operation):
    for status, answer in operation["responses"].items():
        if status >= "400":
            assert {value["status"] for value in values(content(answer)).values()} == {int(status)}


def test_every_file_of_examples_belongs_to_an_operation():
    assert {file.stem for file in EXAMPLES.glob("*.json")} - {"problems", "shared"} <= OPERATIONS.keys()


def test_every_shared_example_is_shown_somewhere():
    for name in json.loads((EXAMPLES / "shared.json").read_text()):
        assert f'"#/components/examples/{name}"' in json.dumps(DOCUMENT["paths"])


def test_every_problem_told_by_hand_is_one_of_ours():
    told = json.loads((EXAMPLES / "problems.json").read_text())
    assert {re.sub("-(query|agent)$", "", name) for name in told} <= {kind.slug for kind in _kinds(Problem)}


def _kinds(kind):
    return {each for below in kind.__subclasses__() for each in (below, *_kinds(below))}


def test_a_link_leads_to_an_operation_and_gives_what_it_takes():
    linked = [
        link
        for operation in OPERATIONS.values()
        for answer in operation["responses"].values()
        for link in answer.get("links", {}).values()
    ]
    assert linked
    for link in linked:
        parameters = OPERATIONS[link["operationId"]]["parameters"]
        assert link["parameters"].keys() <= {parameter["name"] for parameter in parameters}


def test_the_gateways_own_refusals_are_shown_as_the_gateway_words_them():
    class Loader(yaml.SafeLoader):
        pass

    Loader.add_multi_constructor("!", lambda loader, suffix, node: None)
    template = yaml.load((ROOT / "infra" / "app.yaml").read_text(), Loader=Loader)  # noqa: S506 - a safe loader
    answers = template["Resources"]["RestAPI"]["Properties"]["GatewayResponses"]
    for name, told in GATEWAYS_OWN.items():
        assert json.loads(answers[name]["ResponseTemplates"]["application/json"]) == told
