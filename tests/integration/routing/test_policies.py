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
_ACTION = {"SendMessageBatch": "SendMessage"}
_LAMBDA_ITSELF = {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"}


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
    functions.gateway.get("/v1/units/VM/service-requests", role=UNIT_ROLE_PREFIX + "VM")
    assert calls == allowed("api")


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
    reconcile_due(Context())
    assert calls == allowed("reconcile")
