"""What stands before the code: the gateway, its signatures, its own answers, and the roles' policies."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from local.stages import stages
from local.token import id_token
from tests.support.unit import administrator, call, session

PASSWORD = "A-good-password-1"


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


# --- agents


@pytest.fixture(scope="module")
def cognito(stack):
    return administrator(stack, "cognito-idp")


def me(stack, authorization):
    """What `/v1/agent/me` answers to that header: the status, and the document if it is as problems are."""
    status, headers, body = call("GET", f"{stack.api_url}/v1/agent/me", Authorization=authorization)
    document = json.loads(body)
    if status != 200:
        assert headers["Content-Type"] == "application/problem+json"
        assert document["status"] == status
    return status, document


def tokens(cognito, client, name, password):
    """All that signing in gives."""
    return cognito.initiate_auth(
        ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": name, "PASSWORD": password}
    )["AuthenticationResult"]


def sign_up(cognito, pool, name):
    cognito.admin_create_user(UserPoolId=pool, Username=name, TemporaryPassword=PASSWORD, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=PASSWORD, Permanent=True)


def client_of(cognito, pool):
    flows = ["ALLOW_USER_PASSWORD_AUTH"]
    made = cognito.create_user_pool_client(UserPoolId=pool, ClientName="another", ExplicitAuthFlows=flows)
    return made["UserPoolClient"]["ClientId"]


@pytest.mark.parametrize("form", ["Bearer {}", "{}"])
def test_an_agent_signs_in_and_learns_for_which_units(stack, form):
    status, one = me(stack, form.format(id_token(stack, "agent.vm")))
    assert (status, one["name"], one["everywhere"], one["units"]) == (200, "agent.vm", False, ["VM"])
    status, everywhere = me(stack, form.format(id_token(stack, "agent.311")))
    assert (status, everywhere["everywhere"], everywhere["units"]) == (200, True, [])


def test_what_is_no_token_of_the_staffs_pool_opens_nothing(stack, cognito):
    token = id_token(stack, "agent.311")
    header, claims, signature = token.split(".")
    another = cognito.create_user_pool(PoolName="another")["UserPool"]["Id"]
    sign_up(cognito, another, "agent.311")
    cognito.create_group(UserPoolId=another, GroupName="agents")
    cognito.admin_add_user_to_group(UserPoolId=another, Username="agent.311", GroupName="agents")
    others = tokens(cognito, client_of(cognito, another), "agent.311", PASSWORD)["IdToken"]
    for wrong in ("garbage", f"{header}.{claims}.", f"{header}.{claims}x.{signature}", "a.b.c", others):
        status, problem = me(stack, f"Bearer {wrong}")
        assert (status, problem["type"]) == (401, "urn:guichet:problem:unauthorized")
    assert me(stack, "")[0] == 401
    assert me(stack, "Basic YTpi")[0] == 401


def test_an_access_token_is_not_enough(stack, cognito):
    """AWS's gateway refuses it by itself (401)."""
    signed_in = tokens(cognito, stack.clients["staff"], "agent.311", stack.agents["agent.311"].password)
    assert me(stack, f"Bearer {signed_in['AccessToken']}")[0] in (401, 403)


def test_a_token_for_another_client_of_the_pool_opens_nothing(stack, cognito):
    another = client_of(cognito, stack.user_pool_ids["staff"])
    token = tokens(cognito, another, "agent.311", stack.agents["agent.311"].password)["IdToken"]
    status, problem = me(stack, f"Bearer {token}")
    assert (status, problem["type"]) == (403, "urn:guichet:problem:forbidden")


def test_an_account_without_a_group_opens_nothing(stack, cognito):
    sign_up(cognito, stack.user_pool_ids["staff"], "newcomer")
    token = tokens(cognito, stack.clients["staff"], "newcomer", PASSWORD)["IdToken"]
    status, problem = me(stack, f"Bearer {token}")
    assert (status, problem["type"]) == (403, "urn:guichet:problem:forbidden")
    assert "agents" in problem["detail"]


def test_a_units_role_opens_no_agents_door_and_an_agent_no_units(stack):
    status, headers, _ = call("GET", f"{stack.api_url}/v1/agent/me", role=session(stack, "VM"))
    assert status in (401, 403)
    assert headers["Content-Type"] == "application/problem+json"
    token = id_token(stack, "agent.vm")
    url = f"{stack.api_url}/v1/units/VM/service-requests"
    status, headers, body = call("GET", url, Authorization=f"Bearer {token}")
    assert headers["Content-Type"] == "application/problem+json"
    assert status == json.loads(body)["status"] == 403


def test_a_page_may_ask_before_it_calls_an_agents_door(stack):
    origin = stages()["local"].allowed_origins.split(",")[0]
    asked = {
        "Origin": origin,
        "Access_Control_Request_Method": "GET",
        "Access_Control_Request_Headers": "authorization",
    }
    status, headers, _ = call("OPTIONS", f"{stack.api_url}/v1/agent/me", **asked)
    assert (status, headers["Access-Control-Allow-Origin"]) == (204, origin)
    assert "Authorization" in headers["Access-Control-Allow-Headers"].split(",")


# --- what may be kept


@pytest.mark.parametrize("path", ["/v1/services", "/v1/services/nid-de-poule", "/v1/boroughs", "/v1/openapi.json"])
def test_who_has_an_answer_of_the_catalogue_is_told_so_without_a_body(stack, path):
    status, headers, body = call("GET", stack.api_url + path)
    assert status == 200
    assert body
    for told in (headers["ETag"], f'"x", W/{headers["ETag"]}', "*"):
        status, kept, nothing = call("GET", stack.api_url + path, If_None_Match=told)
        assert (status, nothing) == (304, b"")
        assert kept["ETag"] == headers["ETag"]
        assert kept["Cache-Control"] == "public, max-age=300"
    assert call("GET", stack.api_url + path, If_None_Match='"x"')[0] == 200
