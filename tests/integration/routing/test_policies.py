"""Each function's policy allows what the function calls, and nothing else of DynamoDB, SQS and Secrets Manager."""

import json
import re
from datetime import timedelta

import pytest

from chalicelib.foundation import aws, times
from chalicelib.routing.events import reconcile_due, relay_stream
from local.stages import ROOT
from tests.support.environment import UNIT_ROLE_PREFIX
from tests.support.gateway import Context

# SendMessageBatch has no action of its own: SQS checks SendMessage.
# A transaction has none either: DynamoDB checks what it is made of.
_ACTION = {"SendMessageBatch": "SendMessage", "TransactWriteItems": "UpdateItem"}
_LAMBDA_ITSELF = {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"}

# What somebody does by a form or a link that the API has signed: S3 asks whether the API's own role might.
_SIGNED = {"s3:PutObject", "s3:GetObject"}


def allowed(function: str) -> set[str]:
    statements = json.loads((ROOT / ".chalice" / f"policy-{function}.json").read_text())["Statement"]
    actions = [
        action for s in statements for action in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])
    ]
    return {re.sub(r"\*$", "", action) for action in actions if not action.startswith("logs:")} - _LAMBDA_ITSELF


@pytest.fixture
def calls(cloud):
    made: set[str] = set()

    def note(model, **_):
        service = model.service_model.service_name
        made.add(f"{service}:{_ACTION.get(model.name, model.name)}")

    for client in (aws.dynamodb(), aws.sqs(), aws.secretsmanager()):
        client.meta.events.register("before-call.*.*", note)
    return made


def test_api(functions, calls):
    id = functions.submit()["service_request_id"]
    functions.report("VM", id, "acknowledge")
    functions.gateway.get("/v1/service-requests?borough=VM")
    role = UNIT_ROLE_PREFIX + "VM"
    functions.gateway.get("/v1/units/VM/service-requests", role=role)
    functions.relay()
    functions.gateway.post(f"/v1/units/VM/service-requests/{id}/resend", {"from_sequence": 1}, role=role)
    functions.report("VM", id, "duplicate", duplicate_of=functions.submit()["service_request_id"])
    assert calls | _SIGNED == allowed("api")


def test_relay(functions, calls):
    functions.submit()
    fresh = functions.stream.batch()
    functions.submit()
    old = functions.stream.batch()
    for record in old["Records"]:
        record["dynamodb"]["ApproximateCreationDateTime"] -= 300
    calls.clear()
    relay_stream(fresh, Context())
    relay_stream(old, Context())
    assert calls == allowed("relay")


def test_reconcile(functions, calls, monkeypatch):
    functions.submit()
    calls.clear()
    later = times.now() + timedelta(minutes=3)
    monkeypatch.setattr(times, "now", lambda: later)
    reconcile_due({}, Context())
    assert calls == allowed("reconcile")


def test_the_api_asks_the_indexes_that_its_policy_names_and_no_others(functions, cloud):
    asked: set[str] = set()
    cloud.dynamodb.meta.events.register(
        "provide-client-params.dynamodb.Query", lambda params, **_: asked.add(params["IndexName"])
    )
    for area in ("borough=VM", "near=45.5088,-73.554"):
        functions.gateway.get(f"/v1/service-requests?{area}")
    functions.gateway.get("/v1/units/VM/service-requests", role=UNIT_ROLE_PREFIX + "VM")
    functions.gateway.get("/v1/agent/delivery", agent="unit-VM")
    assert asked == set(re.findall("/index/([a-z-]+)", (ROOT / ".chalice" / "policy-api.json").read_text()))
