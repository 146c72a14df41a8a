"""What stands before the code: the gateway, its signatures, its own answers, and the roles' policies."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from local.stages import stages
from tests.support.unit import call, session


def test_a_units_role_opens_its_own_path_only(stack):
    role = session(stack, "VM")
    own = f"{stack.api_url}/v1/units/VM/service-requests"
    assert call("GET", own, role=role)[0] == 200
    assert call("GET", own.replace("VM", "RO"), role=role)[0] == 403
    assert call("GET", own)[0] == 404  # unsigned: as if there were nothing
    forged = boto3.Session(
        role.get_credentials().access_key, "wrong", role.get_credentials().token, region_name=stack.region
    )
    assert call("GET", own, role=forged)[0] == 403


def test_a_units_role_takes_from_its_own_queue_only(stack):
    sqs = session(stack, "VM").client("sqs", endpoint_url=stack.aws_endpoint_url)
    sqs.receive_message(QueueUrl=stack.queues["VM"])
    with pytest.raises(ClientError, match="AccessDenied"):
        sqs.receive_message(QueueUrl=stack.queues["RO"])
    with pytest.raises(ClientError, match="AccessDenied"):
        sqs.send_message(QueueUrl=stack.queues["VM"], MessageBody="x", MessageGroupId="x", MessageDeduplicationId="x")


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/d%C3%A9chets", "/"])
def test_an_unknown_path_is_a_problem_that_any_page_can_read(stack, path):
    status, headers, body = call("GET", stack.api_url + path)
    assert status == 404
    assert headers["Content-Type"] == "application/problem+json"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert json.loads(body)["type"] == "urn:guichet:problem:no-such-path"


def test_pages_of_every_allowed_origin_may_call_and_no_others(stack):
    origins = stages()["local"].allowed_origins.split(",")
    assert len(origins) > 1
    url = f"{stack.api_url}/v1/service-requests"
    for origin in origins:
        asked = {"Origin": origin, "Access_Control_Request_Method": "POST"}
        status, headers, _ = call("OPTIONS", url, **asked)
        assert (status, headers["Access-Control-Allow-Origin"]) == (204, origin)
    _, headers, _ = call("OPTIONS", url, Origin="https://elsewhere.test", Access_Control_Request_Method="POST")
    assert headers["Access-Control-Allow-Origin"] is None
