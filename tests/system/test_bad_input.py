"""Whatever is sent to the packaged application is answered by a problem that says what is wrong; nothing is a 5xx."""

import json

import pytest

from local.welcome import SUBMISSION
from tests.support.unit import call

GOOD = json.dumps(SUBMISSION)
BAD = {
    "too large": (json.dumps(SUBMISSION | {"description": "a" * 70_000}), 413),
    "not JSON": ("{", 400),
    "nothing": ("", 400),
    "not an object": ("[]", 422),
    "nested too deeply": ("[" * 30_000, 400),
    "NaN": (GOOD.replace("45.5088", "NaN"), 400),
    "a number too large": (GOOD.replace("45.5088", "1e999"), 400),
    "a lone surrogate": (GOOD.replace("Un trou", "\\ud800"), 400),
    "a repeated field": (GOOD[:-1] + ', "service_code": "graffiti"}', 422),
    "an unknown field": (GOOD[:-1] + ', "urgent": true}', 422),
    "a control character": (GOOD.replace("Un trou", "\\u0007"), 422),
    "outside the world": (GOOD.replace("45.5088", "95"), 422),
    "outside the city": (GOOD.replace("-73.554", "-75.0"), 422),
    "no such service": (json.dumps(SUBMISSION | {"service_code": "nothing"}), 422),
}


def check(answer, status):
    code, headers, body = answer
    assert (code, headers["Content-Type"]) == (status, "application/problem+json"), body[:300]
    assert json.loads(body)["type"].startswith("urn:guichet:problem:")


@pytest.mark.parametrize("name", BAD)
def test_a_wrong_submission_is_refused_with_a_problem(stack, name):
    body, status = BAD[name]
    check(call("POST", f"{stack.api_url}/v1/service-requests", body=body), status)


def test_a_wrong_content_type_is_refused_with_a_problem(stack):
    check(call("POST", f"{stack.api_url}/v1/service-requests", body=GOOD, Content_Type="text/plain"), 415)


@pytest.mark.parametrize("id", ["%C3%A9t%C3%A9", "%0A", "%00", "%F0%9F%9A%B2", "....", "7K3Q9-XPTM4"])
def test_an_id_that_is_none_is_not_found(stack, id):
    check(call("GET", f"{stack.api_url}/v1/service-requests/{id}"), 404)
