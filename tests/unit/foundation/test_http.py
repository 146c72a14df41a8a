"""The seam, on routes of its own."""

from typing import Annotated

import pytest
from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import BaseModel

from chalicelib.foundation.callers import Caller
from chalicelib.foundation.documentation import openapi
from chalicelib.foundation.http import Guichet
from chalicelib.foundation.languages import Text
from chalicelib.foundation.problems import NoSuchPath
from chalicelib.foundation.routes import Auth, Router
from tests.support.gateway import Gateway

ORIGIN = "https://www.test"


class Thing(BaseModel):
    size: int


class World:
    """What the handlers see."""

    def __init__(self):
        self.made = 0
        self.version = "1"


@pytest.fixture
def world():
    return World()


@pytest.fixture
def app(world):
    router = Router("Things")

    @router.put("/v1/things/{id}", auth=Auth.AGENT, summary="Put")
    def put_thing(id: str, caller: Caller, thing: Annotated[Thing, Body()]) -> Thing:
        """Put it."""
        return Thing(size=thing.size + len(caller.units))

    @router.delete("/v1/things/{id}", auth=Auth.AGENT, summary="Remove", status_code=204)
    def delete_thing(id: str, caller: Caller) -> None:
        """Remove it."""

    @router.get("/v1/kept/{id}", auth=Auth.ANYONE, summary="Kept", cached_by=lambda: world.version)
    def get_kept(id: str) -> Thing:
        """Keep it."""
        world.made += 1
        if id == "none":
            raise NoSuchPath(Text(fr="Rien.", en="Nothing."))
        return Thing(size=len(world.version))

    return Guichet("things", [router])


@pytest.fixture
def gateway(app):
    return Gateway(app)


def test_what_is_put_is_read_as_what_is_posted(gateway):
    assert gateway.call("PUT", "/v1/things/1", body={"size": 2}, agent="unit-VM").json == {"size": 3}
    assert gateway.call("PUT", "/v1/things/1", body="{", agent="agents").status == 400
    assert gateway.call("PUT", "/v1/things/1", body={"size": "x"}, agent="agents").status == 422
    assert gateway.call("PUT", "/v1/things/1", body="1", headers={"Content-Type": "x/y"}, agent="agents").status == 415


def test_what_has_nothing_to_say_says_it_without_a_body(gateway):
    answer = gateway.call("DELETE", "/v1/things/1", agent="agents")
    assert (answer.status, answer.body) == (204, "")
    assert "Content-Type" not in answer.headers


def test_who_may_not_call_hears_nothing_of_what_they_sent(gateway):
    assert gateway.call("PUT", "/v1/things/1", body="{").status == 401
    assert gateway.call("PUT", "/v1/things/1?x=1", body={"size": "x"}, agent="nobody").status == 403


def test_a_page_may_send_what_agents_doors_need(gateway):
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "PUT"}
    headers = gateway.call("OPTIONS", "/v1/things/1", headers=asked).headers
    assert {"PUT", "DELETE"} <= set(headers["Access-Control-Allow-Methods"].split(","))
    assert {"Authorization", "If-None-Match"} <= set(headers["Access-Control-Allow-Headers"].split(","))
    assert "ETag" in headers["Access-Control-Expose-Headers"].split(",")


def test_an_answer_depends_on_who_has_signed_in(gateway):
    assert "Authorization" in gateway.call("DELETE", "/v1/things/1", agent="agents").headers["Vary"].split(", ")


def test_the_caller_is_no_parameter_of_the_document(app):
    put = openapi(app)["paths"]["/v1/things/{id}"]["put"]
    assert {parameter["name"] for parameter in put["parameters"]} == {"id", "lang", "Accept-Language"}
    assert put["security"] == [{"agent": []}]
    assert {"401", "403"} <= put["responses"].keys()


def test_the_document_promises_no_body_where_there_is_none(app):
    paths = openapi(app)["paths"]
    assert "content" not in paths["/v1/things/{id}"]["delete"]["responses"]["204"]
    assert "content" not in paths["/v1/kept/{id}"]["get"]["responses"]["304"]


def test_who_has_an_answer_gets_none_and_it_is_not_made_again(gateway, world):
    first = gateway.get("/v1/kept/x")
    assert first.headers["Cache-Control"] == "public, max-age=300"
    again = gateway.get("/v1/kept/x", headers={"If-None-Match": first.headers["ETag"], "Origin": ORIGIN})
    assert (again.status, again.body) == (304, "")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert again.headers["Vary"] == first.headers["Vary"]
    assert "Content-Type" not in again.headers
    assert world.made == 1


def test_also_a_new_process_knows_what_is_kept(gateway, app, world):
    """One that has not made the answer yet makes it once, to compare."""
    tag = gateway.get("/v1/kept/x").headers["ETag"]
    app._tags.clear()
    assert gateway.get("/v1/kept/x", headers={"If-None-Match": tag}).status == 304


def test_an_answer_that_has_changed_is_given_anew(gateway, world):
    tag = gateway.get("/v1/kept/x").headers["ETag"]
    world.version = "22"
    answer = gateway.get("/v1/kept/x", headers={"If-None-Match": tag})
    assert (answer.status, answer.json) == (200, {"size": 2})
    assert answer.headers["ETag"] != tag


def test_another_version_with_the_same_answer_is_nothing_new(gateway, world):
    tag = gateway.get("/v1/kept/x").headers["ETag"]
    world.version = "2"
    assert gateway.get("/v1/kept/x", headers={"If-None-Match": tag}).status == 304


def test_what_is_not_there_is_not_there_for_who_claims_to_have_it(gateway):
    for _ in range(2):
        answer = gateway.get("/v1/kept/none", headers={"If-None-Match": "*"})
        assert answer.status == 404
        assert answer.headers["Cache-Control"] == "no-store"
        assert "ETag" not in answer.headers


def test_an_unknown_parameter_is_refused_also_of_who_has_the_answer(gateway):
    tag = gateway.get("/v1/kept/x").headers["ETag"]
    assert gateway.get("/v1/kept/x?y=1", headers={"If-None-Match": tag}).status == 422


def test_only_a_route_without_parameters_in_its_query_is_kept():
    """The tag is remembered by the path."""
    from app import app

    assert [door.path for door in app.doors if door.cached_by and door.query_parameters] == []
    assert {door.path for door in app.doors if door.cached_by} >= {
        *("/v1/services", "/v1/services/{service_code}", "/v1/boroughs", "/v1/openapi.json"),
    }
