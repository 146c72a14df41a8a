"""What the stream lost reaches its unit all the same, by the packaged reconciler."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from local.running import free_port, running
from local.watch import messages
from local.welcome import SUBMISSION
from tests.support.unit import administrator, call

TICK = {
    "version": "0",
    "id": "1",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "000000000000",
    "time": "2026-01-01T00:00:00Z",
    "region": "ca-central-1",
    "resources": [],
    "detail": {},
}


@pytest.fixture
def own_stack(tmp_path):
    with running(tmp_path, port=free_port()) as now:
        yield now.stack


def test_with_a_dead_stream_and_a_backlog_in_several_units_all_is_delivered_once(own_stack):
    lambda_, dynamodb = administrator(own_stack, "lambda"), administrator(own_stack, "dynamodb")
    for mapping in lambda_.list_event_source_mappings()["EventSourceMappings"]:
        lambda_.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)

    accepted = []
    for borough in ("VM", "RO", "SO"):
        for _ in range(8):
            place = {"location": {"borough": borough, "address": "1, rue Principale"}}
            status, _, answer = call("POST", f"{own_stack.api_url}/v1/service-requests", body=SUBMISSION | place)
            assert status == 201
            accepted.append(json.loads(answer)["service_request_id"])
    assert all(messages(own_stack, unit) == [] for unit in own_stack.queues)

    long_ago = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    for id in accepted:
        dynamodb.update_item(
            TableName=own_stack.tables["service-requests"],
            Key={"id": {"S": id}},
            UpdateExpression="SET due_at = :long_ago",
            ExpressionAttributeValues={":long_ago": {"S": long_ago}},
        )
    for _ in range(2):
        answer = lambda_.invoke(FunctionName="guichet-local-reconcile", Payload=json.dumps(TICK))
        assert "FunctionError" not in answer, answer["Payload"].read()

    told = [
        json.loads(message["Body"])["subject"] for unit in own_stack.queues for message in messages(own_stack, unit)
    ]
    assert sorted(told) == sorted(accepted)
    for id in accepted:
        _, _, view = call("GET", f"{own_stack.api_url}/v1/service-requests/{id}")
        assert json.loads(view)["status"] == "queued"
