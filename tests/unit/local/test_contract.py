"""What breaks those who use the API, and what does not."""

import copy
import json

import pytest

from local import contract
from local.contract import breaks, is_new_major, without_texts

ONE = "/v1/things/{id}"


def document():
    """A small API: a thing is sent, read and listed."""
    thing = {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "status": {"type": "string", "enum": ["open", "closed"]},
            "size": {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 9}, {"type": "null"}]},
            "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
            "description": {"type": "string", "maxLength": 10},
        },
        "required": ["id", "status"],
    }
    sent = copy.deepcopy(thing) | {"required": ["status"], "additionalProperties": False}
    sent["properties"]["parts"]["items"]["$ref"] = "#/components/schemas/Sent"
    answer = {
        "description": "Réponse",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
        "headers": {"Location": {"schema": {"type": "string"}}},
    }
    parameters = [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100, "default": 50}},
        {"name": "Key", "in": "header", "schema": {"type": "string", "pattern": "^x"}},
    ]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1.4.0"},
        "paths": {
            ONE: {
                "get": {
                    "operationId": "read",
                    "parameters": parameters,
                    "responses": {"200": answer, "404": {"description": "Rien"}},
                    "security": [{"token": []}],
                },
                "post": {
                    "operationId": "send",
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Sent"}}},
                    },
                    "responses": {"200": answer},
                },
            }
        },
        "components": {
            "schemas": {"Thing": thing, "Sent": sent},
            "securitySchemes": {"token": {"type": "apiKey", "in": "header", "name": "Token"}},
        },
    }


def read(found):
    return found["paths"][ONE]["get"]


def send(found):
    return found["paths"][ONE]["post"]


def sent(found):
    return found["components"]["schemas"]["Sent"]


def thing(found):
    return found["components"]["schemas"]["Thing"]


def parameter(found, name):
    return next(each for each in read(found)["parameters"] if each["name"] == name)


def only_get(found):
    del found["paths"][ONE]["post"]


BREAKING = {
    "a path is removed": lambda d: d["paths"].clear(),
    "a method is removed": only_get,
    "an operation is renamed": lambda d: read(d).update(operationId="fetch"),
    "a parameter is removed": lambda d: read(d)["parameters"].pop(1),
    "a parameter is required": lambda d: parameter(d, "limit").update(required=True),
    "a new parameter is required": lambda d: read(d)["parameters"].append(
        {"name": "x", "in": "query", "required": True, "schema": {}}
    ),
    "a parameter's limit is lowered": lambda d: parameter(d, "limit")["schema"].update(maximum=99),
    "a parameter gets a limit": lambda d: parameter(d, "id")["schema"].update(minLength=2),
    "a parameter's pattern is another": lambda d: parameter(d, "Key")["schema"].update(pattern="^y"),
    "a parameter's default is another": lambda d: parameter(d, "limit")["schema"].update(default=10),
    "a parameter's type is another": lambda d: parameter(d, "id")["schema"].update(type="integer"),
    "an answer's property is removed": lambda d: thing(d)["properties"].pop("description"),
    "an answer's property may be absent": lambda d: thing(d)["required"].remove("id"),
    "an answer's type is another": lambda d: thing(d)["properties"].update(id={"type": "integer"}),
    "an answer's property may be null": lambda d: thing(d)["properties"].update(id={"type": ["string", "null"]}),
    "an answer's limit is raised": lambda d: thing(d)["properties"]["description"].update(maxLength=11),
    "an answer's limit inside an alternative is raised": lambda d: thing(d)["properties"]["size"]["anyOf"][0].update(
        maximum=10
    ),
    "an answer is no list of words any more": lambda d: thing(d)["properties"]["status"].pop("enum"),
    "an answer's status is removed": lambda d: read(d)["responses"].pop("404"),
    "another kind of success is added": lambda d: read(d)["responses"].update({"202": {}}),
    "an answer's media type is removed": lambda d: read(d)["responses"]["200"]["content"].clear(),
    "an answer's header is removed": lambda d: read(d)["responses"]["200"]["headers"].clear(),
    "a new property must be sent": lambda d: (
        sent(d)["properties"].update(x={}),
        sent(d)["required"].append("x"),
    ),
    "a property must be sent": lambda d: sent(d)["required"].append("id"),
    "a property cannot be sent any more": lambda d: sent(d)["properties"].pop("size"),
    "a word cannot be sent any more": lambda d: sent(d)["properties"]["status"].update(enum=["open"]),
    "null cannot be sent any more": lambda d: sent(d)["properties"]["size"]["anyOf"].pop(),
    "what can be sent is narrower": lambda d: sent(d)["properties"]["size"]["anyOf"][0].update(minimum=2),
    "only some words can be sent": lambda d: sent(d)["properties"]["id"].update(enum=["a"]),
    "other items must be sent": lambda d: sent(d)["properties"]["parts"].update(items={"type": "string"}),
    "a rule is added that the check does not know": lambda d: sent(d).update(dependentRequired={"id": ["size"]}),
    "a body must be sent": lambda d: read(d).update(requestBody={"required": True, "content": {}}),
    "a body's media type is removed": lambda d: send(d)["requestBody"]["content"].clear(),
    "no one may enter without a token": lambda d: send(d).update(security=[{"token": []}]),
    "a token is not enough": lambda d: read(d).update(security=[{"token": [], "other": []}]),
    "a token is sent elsewhere": lambda d: d["components"]["securitySchemes"]["token"].update(name="Other"),
}
HARMLESS = {
    "nothing": lambda d: None,
    "texts": lambda d: (
        d["info"].update(title="x", description="x"),
        read(d).update(summary="x", description="x", tags=["x"]),
        thing(d).update(title="x", examples=[1]),
        parameter(d, "id").update(description="x", example="x"),
    ),
    "a path is added": lambda d: d["paths"].update({"/v1/more": {}}),
    "a method is added": lambda d: d["paths"][ONE].update(put={"responses": {}}),
    "a parameter is added": lambda d: read(d)["parameters"].append({"name": "x", "in": "query", "schema": {}}),
    "a parameter's limit is raised": lambda d: parameter(d, "limit")["schema"].update(maximum=101),
    "a parameter's pattern is removed": lambda d: parameter(d, "Key")["schema"].pop("pattern"),
    "a header is written otherwise": lambda d: parameter(d, "Key").update(name="KEY"),
    "an answer has one more property": lambda d: (
        thing(d)["properties"].update(x={"type": "string"}),
        thing(d)["required"].append("x"),
    ),
    "an answer has one more word": lambda d: thing(d)["properties"]["status"]["enum"].append("reopened"),
    "an answer's property is never null": lambda d: thing(d)["properties"]["size"]["anyOf"].pop(),
    "an answer's limit is lowered": lambda d: thing(d)["properties"]["description"].update(maxLength=9),
    "a refusal is added": lambda d: read(d)["responses"].update({"429": {}, "304": {}}),
    "a property may be sent too": lambda d: sent(d)["properties"].update(x={"type": "string"}),
    "a property may be left out": lambda d: sent(d)["required"].remove("status"),
    "one more word can be sent": lambda d: sent(d)["properties"]["status"]["enum"].append("reopened"),
    "null can be sent too": lambda d: sent(d)["properties"].update(id={"type": ["string", "null"]}),
    "anyone may enter": lambda d: read(d).update(security=[{}, {"token": []}]),
    "there is another way in": lambda d: read(d)["security"].append({"other": []}),
    "a schema has another name": lambda d: (
        d["components"]["schemas"].update(Other=thing(d)),
        [each["responses"]["200"]["content"]["application/json"].update(
            schema={"$ref": "#/components/schemas/Other"}) for each in (read(d), send(d))],
    ),
}  # fmt: skip


def changed(change):
    after = document()
    change(after)
    return after


@pytest.mark.parametrize("change", BREAKING.values(), ids=BREAKING)
def test_what_breaks_is_told_once_with_its_place(change):
    found = breaks(document(), changed(change))
    assert found
    assert len(found) == len(set(found))
    assert all(each.startswith(("GET /v1", "POST /v1", "securitySchemes")) for each in found), found


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_what_does_not_break_is_not_told(change):
    assert breaks(document(), changed(change)) == []


@pytest.mark.parametrize("change", [*BREAKING.values(), *HARMLESS.values()], ids=[*BREAKING, *HARMLESS])
def test_what_is_kept_of_a_release_is_judged_as_the_whole(change):
    after = changed(change)
    assert breaks(without_texts(document()), after) == breaks(document(), after)


def test_a_property_named_as_a_text_is_kept():
    assert "description" in without_texts(document())["components"]["schemas"]["Thing"]["properties"]


@pytest.mark.parametrize(("version", "new"), [("1.4.0", False), ("1.9.0", False), ("2.0.0", True), ("10.0.0", True)])
def test_only_a_major_version_may_break(version, new):
    after = document()
    after["info"]["version"] = version
    assert is_new_major(document(), after) is new


@pytest.fixture
def checking(tmp_path, monkeypatch):
    """Run the check, `checking(present, *options)`, on files of the test's own."""
    monkeypatch.setattr(contract, "PRESENT", tmp_path / "present.json")
    monkeypatch.setattr(contract, "RELEASED", tmp_path / "released.json")

    def run(present, *options):
        contract.PRESENT.write_text(json.dumps(present))
        monkeypatch.setattr("sys.argv", ["contract", *options])
        contract.main()

    return run


def test_a_release_is_what_is_kept_to_from_then_on(checking):
    checking(document(), "--release")
    checking(changed(HARMLESS["a path is added"]))
    with pytest.raises(SystemExit, match=r"GET /v1/things/\{id\}: removed\n(.*\n)*2 change"):
        checking(changed(BREAKING["a path is removed"]))


def test_what_breaks_is_not_released_but_as_a_new_major_version(checking):
    checking(document(), "--release")
    broken = changed(BREAKING["a path is removed"])
    with pytest.raises(SystemExit):
        checking(broken, "--release")
    checking(broken | {"info": {"version": "2.0.0"}}, "--release")
    checking(broken)


def test_without_a_release_nothing_passes_for_checked(checking):
    with pytest.raises(SystemExit, match="nothing to compare with"):
        checking(document())
