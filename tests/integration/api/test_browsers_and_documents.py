import json
import re
from html.parser import HTMLParser

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.support.photos import JPEG, seen_photo
from tests.support.submissions import WESTMOUNT, pothole
from tests.support.told import ORIGIN

SUBMISSIONS = "/v1/service-requests"
ROLE = "guichet-test-unit-VM"
DOCUMENTS = {"/v1/openapi.json", "/v1/docs"}


@pytest.fixture(scope="module")
def document(gateway):
    return gateway.get("/v1/openapi.json").json


@pytest.fixture(scope="module")
def doors(gateway):
    from app import app

    return [door for door in app.doors if door.path not in DOCUMENTS]


def by_anyone(doors):
    return [door for door in doors if door.auth.value == "anyone"]


def operation(document, method, path):
    return document["paths"][path][method.lower()]


# --- browsers


@pytest.mark.parametrize("origin", ["https://www.test", "https://app.test"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_page_of_an_allowed_site_may_call(gateway, doors, origin, method):
    for door in by_anyone(doors):
        path = re.sub(r"\{\w+\}", "x", door.path)
        asked = {
            "Origin": origin,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "content-type,idempotency-key,tracking-token",
        }
        answer = gateway.call("OPTIONS", path, headers=asked)
        assert answer.status == 204
        assert answer.body == ""
        assert answer.headers["Access-Control-Allow-Origin"] == origin
        assert door.method in answer.headers["Access-Control-Allow-Methods"]
        allowed = answer.headers["Access-Control-Allow-Headers"].lower().split(",")
        assert {"content-type", "idempotency-key", "tracking-token", "accept-language"} <= set(allowed)
        assert {"Location", "Content-Language"} <= set(answer.headers["Access-Control-Expose-Headers"].split(","))


@pytest.mark.parametrize(
    "origin", ["https://elsewhere.test", "http://app.test", "https://app.test.evil", "null", "*", ""]
)
def test_a_page_of_another_site_may_not(gateway, origin):
    for method in ("OPTIONS", "GET"):
        answer = gateway.call(method, "/v1/boroughs", headers={"Origin": origin})
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_no_page_may_call_a_units_doors(doors):
    from app import app

    assert all("OPTIONS" not in app.routes[door.path] for door in doors if door.auth.value == "unit")


def test_an_address_that_is_not_there_is_a_problem_a_page_can_read(gateway):
    answer = gateway.call("PUT", SUBMISSIONS, headers={"Origin": ORIGIN}, body={})
    assert answer.status == 404
    assert answer.json["type"] == "urn:guichet:problem:no-such-path"
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN


# --- documents


def test_the_document_is_valid_openapi_3_1(document):
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def test_the_document_names_every_route_and_no_other(document, doors):
    documented = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert documented == {(door.method, door.path) for door in doors}


def test_chalice_packages_every_route_with_its_authorizer(doors):
    from app import app

    for door in doors:
        packaged = app.routes[door.path][door.method]
        name = packaged.authorizer.name if packaged.authorizer else None
        assert name == {"anyone": None, "unit": "sigv4", "agent": "staff"}[door.auth.value]


def test_the_document_says_who_may_call_what(document, doors):
    for door in doors:
        security = operation(document, door.method, door.path).get("security")
        if door.auth.value != "anyone":
            assert security == [{door.auth.value: []}]
        elif "{id}/" in door.path and door.method == "POST":
            assert security == [{"trackingToken": []}]
        else:
            assert security in (None, [{}, {"trackingToken": []}])
    used = {
        name
        for methods in document["paths"].values()
        for o in methods.values()
        for s in o.get("security", [])
        for name in s
    }
    assert used <= set(document["components"]["securitySchemes"])


def test_every_operation_is_described_in_both_languages_where_words_are_ours(document):
    for methods in document["paths"].values():
        for described in methods.values():
            assert described["summary"]
            assert described["description"]
            assert described["operationId"]
            assert {"lang", "Accept-Language"} <= {parameter["name"] for parameter in described["parameters"]}
    ids = [described["operationId"] for methods in document["paths"].values() for described in methods.values()]
    assert len(ids) == len(set(ids))


def test_the_document_says_under_which_address_the_api_is(document):
    assert document["servers"] == [{"url": "/test"}]


def test_every_problem_of_the_document_is_of_its_media_type(document):
    for methods in document["paths"].values():
        for described in methods.values():
            for status, response in described["responses"].items():
                kinds = set(response.get("content", {}))
                if status in ("204", "304"):
                    assert not kinds
                    continue
                # A list can be had as GeoJSON too.
                kinds -= {"application/geo+json"}
                assert kinds == ({"application/json"} if status < "400" else {"application/problem+json"}), described


def check_fits(document, method, path, answer):
    """The answer is one that the document announces, of the shape that it announces."""
    announced = operation(document, method, path)["responses"]
    assert str(answer.status) in announced, (method, path, answer)
    if answer.status == 304:
        assert answer.body == ""
        return
    kind = answer.headers["Content-Type"]
    pointer = ["paths", path, method.lower(), "responses", str(answer.status), "content", kind, "schema"]
    escaped = "/".join(step.replace("~", "~0").replace("/", "~1") for step in pointer)
    Draft202012Validator(document | {"$ref": f"#/{escaped}"}).validate(answer.json)


AGENT_S = "/v1/agent/service-requests"
PHOTO = "/photos/{photo_id}/{rendition}"
BLUR = AGENT_S + "/{id}/photos/{photo_id}/blur"
SET_ASIDES = "/v1/agent/set-asides"
NOTE = {"action": "note", "note": "À voir."}
SINCE = "2026-01-01T00:00:00Z"


def test_every_answer_is_as_the_document_says(gateway, document):
    one, units, unit = f"{SUBMISSIONS}/{{id}}", "/v1/units/{unit}/service-requests", "/v1/units/VM/service-requests"
    submission = gateway.post(SUBMISSIONS, pothole(description="x", photos=[JPEG, JPEG]))
    id, token = submission.json["service_request_id"], submission.json["tracking_token"]
    photo = seen_photo(id)
    agents, body, parts = f"{AGENT_S}/{id}/photos", {"photos": [JPEG]}, [{"x": 0, "y": 0, "width": 1, "height": 1}]
    holder = {"Tracking-Token": token}
    report = {
        "update_id": "1",
        "occurred_at": submission.json["submitted_at"],
        "action": "resolve",
        "resolution": "fixed",
    }
    seen = [
        ("POST", SUBMISSIONS, submission),
        ("POST", SUBMISSIONS, gateway.post(SUBMISSIONS, pothole(location={"borough": "VM", "address": "1"}))),
        ("POST", SUBMISSIONS, gateway.post(SUBMISSIONS, pothole(location=WESTMOUNT))),
        ("POST", SUBMISSIONS, gateway.post(SUBMISSIONS, "{")),
        ("POST", SUBMISSIONS, gateway.post(SUBMISSIONS, " " * 70_000)),
        ("POST", SUBMISSIONS, gateway.post(SUBMISSIONS, "{}", headers={"Content-Type": "text/plain"})),
        ("GET", SUBMISSIONS, gateway.get(f"{SUBMISSIONS}?borough=VM")),
        ("GET", SUBMISSIONS, gateway.get(f"{SUBMISSIONS}?borough=VM&limit=1")),
        ("GET", SUBMISSIONS, gateway.get(SUBMISSIONS)),
        ("POST", units + "/{id}/updates", gateway.post(f"{unit}/{id}/updates", report, role=ROLE)),
        (
            "POST",
            units + "/{id}/updates",
            gateway.post(f"{unit}/{id}/updates", report | {"reason": "policy"}, role=ROLE),
        ),
        ("POST", units + "/{id}/updates", gateway.post(f"{unit}/{id}/updates", report | {"message": "x"}, role=ROLE)),
        ("POST", units + "/{id}/updates", gateway.post(f"{unit}/{id}/updates", report | {"update_id": "2"}, role=ROLE)),
        ("GET", units, gateway.get(unit, role=ROLE)),
        ("GET", units, gateway.get(unit)),
        ("GET", units + "/{id}", gateway.get(f"{unit}/{id}", role=ROLE)),
        ("GET", units + "/{id}", gateway.get(f"{unit}/x", role=ROLE)),
        ("GET", one, gateway.get(f"{SUBMISSIONS}/{id}")),
        ("GET", one, gateway.get(f"{SUBMISSIONS}/{id}", headers={"Tracking-Token": token})),
        ("GET", one, gateway.get(f"{SUBMISSIONS}/{id}", headers={"Tracking-Token": "x"})),
        ("GET", one, gateway.get(f"{SUBMISSIONS}/x")),
        ("POST", one + "/comments", gateway.post(f"{SUBMISSIONS}/{id}/comments", {"text": "x"}, headers=holder)),
        ("POST", one + "/comments", gateway.post(f"{SUBMISSIONS}/{id}/comments", {"text": "x"})),
        ("POST", one + "/correction", gateway.post(f"{SUBMISSIONS}/{id}/correction", {}, headers=holder)),
        ("POST", one + "/reply", gateway.post(f"{SUBMISSIONS}/{id}/reply", {"text": "x"}, headers=holder)),
        ("POST", one + "/withdrawal", gateway.post(f"{SUBMISSIONS}/{id}/withdrawal", {}, headers=holder)),
        ("POST", one + "/reopening", gateway.post(f"{SUBMISSIONS}/{id}/reopening", {"reason": "x"}, headers=holder)),
        ("POST", one + "/reopening", gateway.post(f"{SUBMISSIONS}/{id}/reopening", {}, headers=holder)),
        ("POST", units + "/{id}/resend", gateway.post(f"{unit}/{id}/resend", {"from_sequence": 1}, role=ROLE)),
        ("POST", units + "/{id}/resend", gateway.post(f"{unit}/{id}/resend", {}, role=ROLE)),
        ("POST", "/v1/units/{unit}/resend", gateway.post("/v1/units/VM/resend", {"since": SINCE}, role=ROLE)),
        ("POST", AGENT_S, gateway.post(AGENT_S, pothole(channel="phone"), agent="agents")),
        ("POST", AGENT_S, gateway.post(AGENT_S, {}, agent="agents")),
        ("GET", AGENT_S, gateway.get(f"{AGENT_S}?unit=VM", agent="unit-VM")),
        ("GET", AGENT_S, gateway.get(f"{AGENT_S}?unit=RO", agent="unit-VM")),
        ("GET", AGENT_S + "/{id}", gateway.get(f"{AGENT_S}/{id}", agent="agents")),
        ("POST", AGENT_S + "/{id}/actions", gateway.post(f"{AGENT_S}/{id}/actions", NOTE, agent="agents")),
        ("POST", AGENT_S + "/{id}/actions", gateway.post(f"{AGENT_S}/{id}/actions", {}, agent="agents")),
        ("POST", SET_ASIDES, gateway.post(SET_ASIDES, {"service_request_ids": [id], "note": "x"}, agent="agents")),
        ("POST", one + "/photos", gateway.post(f"{SUBMISSIONS}/{id}/photos", body, headers=holder)),
        ("POST", one + "/photos", gateway.post(f"{SUBMISSIONS}/{id}/photos", {}, headers=holder)),
        ("GET", one + PHOTO, gateway.get(f"{SUBMISSIONS}/{id}/photos/{photo}/view", headers=holder)),
        ("GET", one + PHOTO, gateway.get(f"{SUBMISSIONS}/{id}/photos/{photo}/view")),
        ("GET", one + PHOTO, gateway.get(f"{SUBMISSIONS}/{id}/photos/{photo}/x")),
        ("POST", units + "/{id}/photos", gateway.post(f"{unit}/{id}/photos", body, role=ROLE)),
        ("GET", units + "/{id}" + PHOTO, gateway.get(f"{unit}/{id}/photos/{photo}/thumbnail", role=ROLE)),
        ("POST", AGENT_S + "/{id}/photos", gateway.post(agents, body, agent="agents")),
        ("GET", AGENT_S + "/{id}" + PHOTO, gateway.get(f"{agents}/{photo}/view", agent="agents")),
        ("POST", BLUR, gateway.post(f"{agents}/{photo}/blur", {"rectangles": parts}, agent="agents")),
        ("POST", BLUR, gateway.post(f"{agents}/{photo}/blur", {"rectangles": []}, agent="agents")),
        ("GET", "/v1/services", gateway.get("/v1/services")),
        ("GET", "/v1/services/{service_code}", gateway.get("/v1/services/graffiti")),
        ("GET", "/v1/services/{service_code}", gateway.get("/v1/services/zzz")),
        ("GET", "/v1/boroughs", gateway.get("/v1/boroughs")),
        ("GET", "/v1/boroughs", gateway.get("/v1/boroughs", headers={"If-None-Match": "*"})),
        ("GET", "/v1/agent/me", gateway.get("/v1/agent/me", agent="unit-VM")),
        ("GET", "/v1/agent/me", gateway.get("/v1/agent/me", agent="nobody")),
        ("GET", "/v1/agent/delivery", gateway.get("/v1/agent/delivery", agent="agents")),
        ("GET", "/v1/agent/me", gateway.get("/v1/agent/me")),
        ("GET", "/v1/locate", gateway.get("/v1/locate?lat=45.5131&lon=-73.55826")),
        ("GET", "/v1/locate", gateway.get("/v1/locate?lat=45.48467&lon=-73.59942")),
        ("GET", "/v1/locate", gateway.get("/v1/locate?lat=x")),
    ]
    for method, path, answer in seen:
        check_fits(document, method, path, answer)
    assert {(method, path) for method, path, _ in seen} == {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }


def test_the_examples_of_the_document_can_be_sent(gateway, document):
    for example in document["components"]["schemas"]["Submission"]["examples"]:
        assert gateway.post(SUBMISSIONS, example).status == 201


def test_an_id_in_an_example_is_an_id(document):
    from chalicelib.foundation.ids import normalized

    examples = set(re.findall(r'"(7K3Q9[^"]*)"', json.dumps(document)))
    assert examples
    assert all(normalized(id) for id in examples)


class _Assets(HTMLParser):
    def __init__(self):
        super().__init__()
        self.fetched, self.styles, self.scripts, self.within = [], "", "", None

    def handle_starttag(self, tag, attrs):
        self.within = tag
        self.fetched += [value for name, value in attrs if name in ("src", "href", "srcset", "data")]

    def handle_endtag(self, tag):
        self.within = None

    def handle_data(self, data):
        self.styles += data if self.within == "style" else ""
        self.scripts += data if self.within == "script" else ""


def test_the_page_holds_the_document_and_fetches_nothing(gateway, document):
    answer = gateway.get("/v1/docs")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    page = _Assets()
    page.feed(answer.body)
    assert page.fetched == []
    assert not re.search(r"@import|url\((?!\s*[\"']?data:)", page.styles)
    assert json.dumps(document, ensure_ascii=False).replace("</", "<\\/") in page.scripts
    assert "SwaggerUIBundle(" in page.scripts


def test_the_pages_own_link_leads_to_the_document(gateway, document):
    assert '"?format=json"' in gateway.get("/v1/docs").body
    assert gateway.get("/v1/docs?format=json").json == document
    assert gateway.get("/v1/docs?format=xml").status == 422


# --- the catalogue's doors


def test_the_services_are_those_of_the_pilot_with_all_they_ask(gateway, calls):
    with calls() as counted:
        listed = gateway.get("/v1/services").json
        assert len(listed["items"]) == 7
        for item in listed["items"]:
            one = gateway.get(f"/v1/services/{item['service_code']}").json
            assert {name: one[name] for name in item} == item
            assert len(one["boroughs"]) == 7
            assert one["attributes"]
            assert {group["code"] for group in listed["groups"]} >= {item["group"]}
    assert not counted


def test_the_boroughs_are_all_nineteen_and_say_which_take_part(gateway):
    items = gateway.get("/v1/boroughs").json["items"]
    assert len(items) == 19
    assert sum(item["participating"] for item in items) == 7


@pytest.mark.parametrize("code", ["zzz", "permis-animal", "%C3%A9", "%2541", "x" * 500])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_service_that_is_not_there_is_not_found(gateway, code, language):
    answer = gateway.get(f"/v1/services/{code}?lang={language}")
    assert answer.status == 404
    assert answer.json["type"] == "urn:guichet:problem:service-not-found"
    assert answer.headers["Content-Language"] == language


def test_a_point_is_located(gateway):
    inside = gateway.get("/v1/locate?lat=45.5131&lon=-73.55826").json
    assert (inside["inside"], inside["borough"]["code"], inside["borough"]["participating"]) == (True, "VM", True)
    outside = gateway.get("/v1/locate?lat=45.48467&lon=-73.59942").json
    assert (outside["inside"], outside["borough"]) == (False, None)
    assert outside["nearest_borough"]["code"]
    assert outside["distance_m"] > 0


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("", ["#/lat", "#/lon"]),
        ("?lat=45.5", ["#/lon"]),
        ("?lat=91&lon=-181", ["#/lat", "#/lon"]),
        ("?lat=nan&lon=inf", ["#/lat", "#/lon"]),
        ("?lat=1e999&lon=-1e999", ["#/lat", "#/lon"]),
        ("?lat=&lon=x", ["#/lat", "#/lon"]),
        ("?lat=45.5&lon=-73.5&x=1", ["#/x"]),
        ("?lat=45,5&lon=-73.5", ["#/lat"]),
    ],
)
def test_a_point_that_is_none_is_refused(gateway, query, where):
    answer = gateway.get(f"/v1/locate{query}")
    assert answer.status == 422
    assert sorted(fault["pointer"] for fault in answer.json["errors"]) == where
    assert all(fault["detail"] != "Valeur non valide." for fault in answer.json["errors"])
