"""The packaged application against the document it publishes: schemathesis sends what that allows, and what not.

Every answer must be one that the document announces, with its media type, shape and headers; what is wrong must be
refused, what is right taken.
"""

import json
import os

import hypothesis
import pytest
import requests
import schemathesis
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from local.stages import ROOT
from local.token import id_token
from tests.support.submissions import pothole, somewhere
from tests.support.unit import session

FILE = ROOT / "docs" / "openapi.json"
DOCUMENT = json.loads(FILE.read_bytes())
EXAMPLE = "7K3Q9XPTM3"
CONFIG = {
    # What lets a caller in is put in by `ByWhoMay`, not generated.
    "generation": {"max-examples": 10, "deterministic": "CI" in os.environ, "with-security-parameters": False},
    "checks": {
        # A schema cannot say all: which codes the catalogue has, what belongs to which action, that a text has letters
        # one can see. What is generated may be refused for it (422); what the document shows may not (a test below).
        "positive_data_acceptance": {"expected-statuses": ["2xx", "3xx", "401", "403", "404", "409", "422", "429"]},
    },
    # API Gateway knows no method beside those declared: they are unknown addresses, 404 and never 405.
    "phases": {"coverage": {"unexpected-methods": []}},
    # What is not signed is an unknown address too, since the gateway cannot tell them apart; test_gateway.py proves it.
    "operations": [
        {
            "include-tag": "Units",
            "checks": {"ignored_auth": {"enabled": False}, "missing_required_header": {"enabled": False}},
        }
    ],
}
SCHEMA = schemathesis.openapi.from_path(FILE, config=schemathesis.Config.from_dict(CONFIG))
SETTINGS = hypothesis.settings(
    deadline=None, suppress_health_check=list(hypothesis.HealthCheck), stateful_step_count=8, max_examples=6
)


class ByWhoMay(requests.auth.AuthBase):
    """Signs as the unit VM what goes to its doors, and as an agent who may do everything what goes to the agents'."""

    def __init__(self, stack):
        self._api_url = stack.api_url
        self._role = session(stack, "VM")
        self._token = id_token(stack, "agent.311")

    def __call__(self, request):
        if request.url.startswith(f"{self._api_url}/v1/units/"):
            signed = AWSRequest(request.method, request.url, data=request.body)
            SigV4Auth(self._role.get_credentials(), "execute-api", self._role.region_name).add_auth(signed)
            request.headers.update(dict(signed.headers))
        if request.url.startswith(f"{self._api_url}/v1/agent/"):
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


@pytest.fixture(scope="module")
def call(stack):
    return {"base_url": stack.api_url, "auth": ByWhoMay(stack)}


def bring_within_reach(case, stack):
    """Ask of what there is: of a unit by its own role; where the example's number stands, of one that exists."""
    given = case.path_parameters
    if "unit" in given:
        given["unit"] = "VM"
        if "%0A" in case.formatted_path:  # the emulator finds no address with a line's end in a role's policy
            given.update({name: "x" for name in ("id", "photo_id") if name in given})
    if given.get("id") == EXAMPLE and case.meta.generation.mode is schemathesis.GenerationMode.POSITIVE:
        receipt = requests.post(
            f"{stack.api_url}/v1/service-requests", json=pothole(location=somewhere("VM")), timeout=10
        ).json()
        given["id"] = receipt["service_request_id"]
        case.headers["Tracking-Token"] = receipt["tracking_token"]


@SCHEMA.parametrize()
@SETTINGS
def test_every_door_keeps_to_the_document(case, call, stack):
    bring_within_reach(case, stack)
    case.call_and_validate(**call)


def test_what_follows_a_submission_keeps_to_the_document(call, stack):
    class Following(SCHEMA.as_state_machine()):
        def get_call_kwargs(self, case):
            bring_within_reach(case, stack)
            return call

    Following.run(settings=SETTINGS)


def test_the_document_served_is_the_one_published(stack):
    served = requests.get(f"{stack.api_url}/v1/openapi.json", timeout=10).json()
    assert served | {"servers": DOCUMENT["servers"]} == DOCUMENT


def test_what_the_document_shows_is_taken(stack):
    def shown(path):
        examples = DOCUMENT["paths"][path]["post"]["requestBody"]["content"]["application/json"]["examples"]
        return [example["value"] for example in examples.values()]

    path = "/v1/service-requests"
    for submission in shown(path):
        answer = requests.post(stack.api_url + path, json=submission, timeout=10)
        assert answer.status_code == 201
        one = f"{path}/{answer.json()['service_request_id']}"
        holder = {"Tracking-Token": answer.json()["tracking_token"]}
        for said in shown(f"{path}/{{id}}/comments"):
            comments = f"{stack.api_url}{one}/comments"
            assert requests.post(comments, json=said, headers=holder, timeout=10).status_code == 200
