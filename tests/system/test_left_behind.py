"""What the stream lost reaches its unit all the same, by the packaged reconciler."""

import json
import threading
import time
import uuid
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from local.running import free_port, running
from local.watch import messages
from local.welcome import SUBMISSION
from tests.support.submissions import somewhere
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


def reconcile_now(stack, ids):
    """The reconciler's run, as it would be two minutes from now."""
    dynamodb, lambda_ = administrator(stack, "dynamodb"), administrator(stack, "lambda")
    long_ago = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    for id in ids:
        with suppress(dynamodb.exceptions.ConditionalCheckFailedException):
            dynamodb.update_item(
                TableName=stack.tables["service-requests"],
                Key={"id": {"S": id}},
                UpdateExpression="SET due_at = :long_ago",
                ConditionExpression="attribute_exists(due_at)",
                ExpressionAttributeValues={":long_ago": {"S": long_ago}},
            )
    answer = lambda_.invoke(FunctionName="guichet-local-reconcile", Payload=json.dumps(TICK))
    assert "FunctionError" not in answer, answer["Payload"].read()


@pytest.fixture
def own_stack(tmp_path):
    with running(tmp_path, port=free_port()) as now:
        yield now.stack


def test_with_a_dead_stream_and_a_backlog_in_several_units_all_is_delivered_once(own_stack):
    lambda_ = administrator(own_stack, "lambda")
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

    reconcile_now(own_stack, accepted)

    told = [
        json.loads(message["Body"])["subject"] for unit in own_stack.queues for message in messages(own_stack, unit)
    ]
    assert sorted(told) == sorted(accepted)
    for id in accepted:
        _, _, view = call("GET", f"{own_stack.api_url}/v1/service-requests/{id}")
        assert json.loads(view)["status"] == "queued"


def test_stopped_and_started_in_the_middle_of_traffic_every_accepted_one_reaches_its_unit(tmp_path):
    port, accepted, enough = free_port(), [], threading.Event()

    def citizen():
        while not enough.is_set():
            key, body = str(uuid.uuid4()), SUBMISSION | {"location": somewhere("VM")}
            while True:
                with suppress(OSError):
                    status, _, answer = call("POST", url, body=body, Idempotency_Key=key)
                    if status == 201:
                        accepted.append(json.loads(answer)["service_request_id"])
                        break
                time.sleep(0.1)

    citizens = [threading.Thread(target=citizen) for _ in range(3)]
    with running(tmp_path, port=port) as now:
        url = f"{now.stack.api_url}/v1/service-requests"
        for one in citizens:
            one.start()
        while len(accepted) < 30:
            time.sleep(0.05)
        packages = [path.resolve() for path in (tmp_path / "tmp").glob("ministack-lambda-*/code/chalicelib")]
        assert len(set(packages)) < len(packages), "processes share what is unpacked, or a stop would last minutes"
    before = len(accepted)
    with running(tmp_path, port=port) as now:
        while len(accepted) < before + 20:
            time.sleep(0.05)
        enough.set()
        for one in citizens:
            one.join()
        reconcile_now(now.stack, accepted)
        queued = [message for unit in now.stack.queues for message in messages(now.stack, unit)]
        told = {json.loads(message["Body"])["subject"] for message in queued}
        assert told >= set(accepted)
        assert len(set(accepted)) == len(accepted)
