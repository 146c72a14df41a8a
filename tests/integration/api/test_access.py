"""Who may do what: every door, for every kind of caller.

A door without a row fails, and a row without a door. What only the gateway refuses (a forged signature, a stale token)
is in tests/system/test_gateway.py.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import pytest

from chalicelib.foundation import times
from chalicelib.service_requests.store import store
from tests.support.environment import UNIT_ROLE_PREFIX
from tests.support.photos import JPEG, seen_photo
from tests.support.submissions import pothole

ALLOWED = "allowed"
UNSEEN = "unseen"
"""Answered, but without the service request."""


class Caller(Enum):
    """Seen from one service request, which unit VM has."""

    NOBODY = auto()
    WRONG_TOKEN = auto()
    HOLDER = auto()
    HOLDER_OF_ANOTHER = auto()
    UNIT = auto()
    OTHER_UNIT = auto()
    OTHER_UNIT_AT_ITS_OWN_ADDRESS = auto()
    AGENT = auto()
    AGENT_OF_THE_UNIT = auto()
    AGENT_OF_ANOTHER_UNIT = auto()
    SIGNED_IN_WITHOUT_A_GROUP = auto()


C = Caller
AGENTS = (C.AGENT, C.AGENT_OF_THE_UNIT, C.AGENT_OF_ANOTHER_UNIT)
Expected = Mapping[Caller, str]


def only(*allowed: Caller, others: str) -> Expected:
    return {caller: ALLOWED if caller in allowed else others for caller in Caller}


ANYONE = only(*Caller, others="")
HOLDER = only(C.HOLDER, others="wrong-tracking-token")
ANYONE_OR_HOLDER = ANYONE | dict.fromkeys((C.WRONG_TOKEN, C.HOLDER_OF_ANOTHER), "wrong-tracking-token")
TO_ANYONE_IF_PUBLISHED = HOLDER | {
    caller: "photo-not-found" for caller in Caller if caller not in (C.HOLDER, C.WRONG_TOKEN, C.HOLDER_OF_ANOTHER)
}
ANY_UNIT = only(C.UNIT, C.OTHER_UNIT_AT_ITS_OWN_ADDRESS, others="forbidden")
ITS_UNIT = ANY_UNIT | {C.OTHER_UNIT_AT_ITS_OWN_ADDRESS: "service-request-not-found"}
ANY_AGENT = only(*AGENTS, others="unauthorized") | {C.SIGNED_IN_WITHOUT_A_GROUP: "forbidden"}
ITS_AGENTS = ANY_AGENT | {C.AGENT_OF_ANOTHER_UNIT: "service-request-not-found"}
AGENTS_OF_ALL_UNITS = ITS_AGENTS | {C.AGENT_OF_THE_UNIT: "forbidden"}


@dataclass(frozen=True)
class Row:
    """What each caller gets, by what is sent. In the path and the body, `{id}` is the service request's."""

    expected: Expected
    body: Any = None
    query: str = ""


ALL = "/v1/service-requests"
ONE = f"{ALL}/{{id}}"
UNITS = "/v1/units/{unit}/service-requests"
AGENTS_ALL = "/v1/agent/service-requests"
AGENTS_ONE = f"{AGENTS_ALL}/{{id}}"
RENDITION = "photos/{photo_id}/{rendition}"
MORE = {"photos": [JPEG]}

TABLE = {
    ("GET", "/v1/openapi.json"): Row(ANYONE),
    ("GET", "/v1/docs"): Row(ANYONE),
    ("GET", "/v1/services"): Row(ANYONE),
    ("GET", "/v1/services/{service_code}"): Row(ANYONE),
    ("GET", "/v1/boroughs"): Row(ANYONE),
    ("GET", "/v1/locate"): Row(ANYONE, query="?lat=45.5131&lon=-73.55826"),
    ("POST", ALL): Row(ANYONE, pothole()),
    ("GET", ALL): Row(ANYONE, query="?borough=VM"),
    ("GET", ONE): Row(ANYONE_OR_HOLDER),
    ("POST", f"{ONE}/comments"): Row(HOLDER, {"text": "Un mot"}),
    ("POST", f"{ONE}/reply"): Row(HOLDER | {C.HOLDER: "move-not-allowed"}, {"text": "Au nord"}),
    ("POST", f"{ONE}/correction"): Row(HOLDER, {"description": "Trou profond"}),
    ("POST", f"{ONE}/withdrawal"): Row(HOLDER, {}),
    ("POST", f"{ONE}/reopening"): Row(HOLDER | {C.HOLDER: "move-not-allowed"}, {"reason": "Il revient"}),
    ("GET", UNITS): Row(ANY_UNIT),
    ("GET", f"{UNITS}/{{id}}"): Row(ITS_UNIT),
    ("POST", f"{UNITS}/{{id}}/updates"): Row(ITS_UNIT, {"update_id": "x", "occurred_at": "{now}", "action": "start"}),
    ("POST", f"{UNITS}/{{id}}/resend"): Row(ITS_UNIT, {"from_sequence": 1}),
    ("POST", "/v1/units/{unit}/resend"): Row(ANY_UNIT, {"since": "2026-01-01T00:00:00Z"}),
    ("GET", "/v1/agent/me"): Row(ANY_AGENT),
    ("GET", "/v1/agent/delivery"): Row(ANY_AGENT),
    ("GET", AGENTS_ALL): Row(ANY_AGENT | {C.AGENT_OF_ANOTHER_UNIT: "forbidden"}, query="?unit=VM"),
    ("POST", AGENTS_ALL): Row(ANY_AGENT, pothole(channel="phone")),
    ("GET", AGENTS_ONE): Row(ITS_AGENTS),
    ("POST", f"{AGENTS_ONE}/actions"): Row(ITS_AGENTS, {"action": "note", "note": "Vu"}),
    ("POST", f"{ONE}/photos"): Row(HOLDER, MORE),
    ("POST", f"{UNITS}/{{id}}/photos"): Row(ITS_UNIT, MORE),
    ("POST", f"{AGENTS_ONE}/photos"): Row(ITS_AGENTS, MORE),
    ("GET", f"{ONE}/{RENDITION}"): Row(TO_ANYONE_IF_PUBLISHED),
    ("GET", f"{UNITS}/{{id}}/{RENDITION}"): Row(ITS_UNIT),
    ("GET", f"{AGENTS_ONE}/{RENDITION}"): Row(ITS_AGENTS),
    ("POST", f"{AGENTS_ONE}/photos/{{photo_id}}/blur"): Row(
        ITS_AGENTS, {"rectangles": [{"x": 0, "y": 0, "width": 1, "height": 1}]}
    ),
    ("POST", "/v1/agent/set-asides"): Row(ANY_AGENT, {"service_request_ids": ["{id}"], "note": "Inventé"}),
}
# The same doors, where what is asked or sent opens them to fewer.
ALSO = [
    (("GET", AGENTS_ALL), Row(ANY_AGENT | {C.AGENT_OF_ANOTHER_UNIT: UNSEEN}, query="?id={id}")),
    (("GET", AGENTS_ALL), Row(ANY_AGENT | {C.AGENT_OF_ANOTHER_UNIT: UNSEEN}, query="?borough=VM")),
    (("POST", f"{AGENTS_ONE}/actions"), Row(AGENTS_OF_ALL_UNITS, {"action": "triage", "to_unit": "RO"})),
]


def test_every_door_has_a_row_and_every_row_a_door():
    from app import app

    assert TABLE.keys() == {(door.method, door.path) for door in app.doors}


@pytest.fixture(scope="module")
def another(gateway):
    return gateway.post(ALL, pothole("RO")).json


def sent(body, id):
    """The body, with what only the running test knows."""
    text = json.dumps(body).replace("{id}", id).replace("{now}", times.written(times.now()))
    return json.loads(text)


def identified(caller, held, another):
    """How a caller is known to the gateway, or to the application."""
    match caller:
        case C.WRONG_TOKEN:
            return {"headers": {"Tracking-Token": "1-AAAAAAAAAAAAAAAAAAAAAA"}}
        case C.HOLDER:
            return {"headers": {"Tracking-Token": held["tracking_token"]}}
        case C.HOLDER_OF_ANOTHER:
            return {"headers": {"Tracking-Token": another["tracking_token"]}}
        case C.UNIT:
            return {"role": f"{UNIT_ROLE_PREFIX}VM"}
        case C.OTHER_UNIT | C.OTHER_UNIT_AT_ITS_OWN_ADDRESS:
            return {"role": f"{UNIT_ROLE_PREFIX}RO"}
        case C.AGENT:
            return {"agent": "agents"}
        case C.AGENT_OF_THE_UNIT:
            return {"agent": "unit-VM"}
        case C.AGENT_OF_ANOTHER_UNIT:
            return {"agent": "unit-RO"}
        case C.SIGNED_IN_WITHOUT_A_GROUP:
            return {"agent": "others"}
    return {}


@pytest.mark.parametrize("caller", Caller, ids=lambda caller: caller.name.lower())
@pytest.mark.parametrize(
    ("door", "row"), [*TABLE.items(), *ALSO], ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_a_caller_gets_what_the_table_says_and_no_more(gateway, another, door, row, caller):
    held = gateway.post(ALL, pothole("VM", photos=[JPEG])).json
    id, (method, path) = held["service_request_id"], door
    photo_id = seen_photo(id)
    unit = "RO" if caller is C.OTHER_UNIT_AT_ITS_OWN_ADDRESS else "VM"
    path = path.replace("{id}", id).replace("{unit}", unit).replace("{service_code}", "nid-de-poule")
    path = path.replace("{photo_id}", photo_id).replace("{rendition}", "view")
    body = None if row.body is None else sent(row.body, id)
    before = store().get(id)

    query = row.query.replace("{id}", id)
    answer = gateway.call(method, path + query, body=body, **identified(caller, held, another))

    expected = row.expected[caller]
    if answer.status < 400:
        assert expected in (ALLOWED, UNSEEN), answer
    else:
        assert answer.json["type"].rpartition(":")[2] == expected, answer
    if expected != ALLOWED:
        assert store().get(id) == before
        assert f'"service_request_id":"{id}"' not in answer.body
