"""What stands before the code: the gateway, its signatures, its own answers, and the roles' policies."""

import json
import urllib.error
import urllib.request
from email.message import Message

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError

from local.stack import Stack
from local.stages import stages


def _session(stack: Stack, unit: str) -> boto3.Session:
    """A session in a unit's role."""
    ours = boto3.Session(stack.aws_access_key_id, stack.aws_secret_access_key, region_name=stack.region)
    sts = ours.client("sts", endpoint_url=stack.aws_endpoint_url)
    assumed = sts.assume_role(RoleArn=stack.unit_roles[unit], RoleSessionName="test")["Credentials"]
    return boto3.Session(
        assumed["AccessKeyId"], assumed["SecretAccessKey"], assumed["SessionToken"], region_name=stack.region
    )


def _call(method: str, url: str, *, session: boto3.Session | None = None, **headers: str) -> tuple[int, Message, bytes]:
    request = AWSRequest(method, url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    if session:
        SigV4Auth(session.get_credentials(), "execute-api", session.region_name).add_auth(request)
    try:
        with urllib.request.urlopen(  # noqa: S310
            urllib.request.Request(url, method=method, headers=dict(request.headers))  # noqa: S310
        ) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers, refused.read()


def test_a_units_role_opens_its_own_path_only(stack):
    session = _session(stack, "VM")
    own = f"{stack.api_url}/v1/units/VM/service-requests"
    assert _call("GET", own, session=session)[0] == 200
    assert _call("GET", own.replace("VM", "RO"), session=session)[0] == 403
    assert _call("GET", own)[0] == 404  # unsigned: as if there were nothing
    forged = boto3.Session(
        session.get_credentials().access_key, "wrong", session.get_credentials().token, region_name=stack.region
    )
    assert _call("GET", own, session=forged)[0] == 403


def test_a_units_role_takes_from_its_own_queue_only(stack):
    sqs = _session(stack, "VM").client("sqs", endpoint_url=stack.aws_endpoint_url)
    sqs.receive_message(QueueUrl=stack.queues["VM"])
    with pytest.raises(ClientError, match="AccessDenied"):
        sqs.receive_message(QueueUrl=stack.queues["RO"])
    with pytest.raises(ClientError, match="AccessDenied"):
        sqs.send_message(QueueUrl=stack.queues["VM"], MessageBody="x", MessageGroupId="x", MessageDeduplicationId="x")


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/d%C3%A9chets", "/"])
def test_an_unknown_path_is_a_problem_that_any_page_can_read(stack, path):
    status, headers, body = _call("GET", stack.api_url + path)
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
        status, headers, _ = _call("OPTIONS", url, **asked)
        assert (status, headers["Access-Control-Allow-Origin"]) == (204, origin)
    _, headers, _ = _call("OPTIONS", url, Origin="https://elsewhere.test", Access_Control_Request_Method="POST")
    assert headers["Access-Control-Allow-Origin"] is None
