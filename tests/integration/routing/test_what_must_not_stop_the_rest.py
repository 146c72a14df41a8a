"""One bad item, one unit that is gone: nobody else waits, and nothing anyone wrote comes into a log."""

from datetime import timedelta

import pytest

from chalicelib.catalogue import load
from chalicelib.foundation import times
from chalicelib.foundation.settings import settings
from chalicelib.routing.events import reconcile_due, relay_stream
from chalicelib.service_requests.store import store
from tests.support.environment import UNIT_ROLE_PREFIX
from tests.support.examples import submitted
from tests.support.gateway import Context

SECRET = "jean@exemple.ca 514 555-0199"


@pytest.fixture
def logged(caplog):
    """All that the functions log, with every field."""
    return lambda: "\n".join(str(vars(record)) for record in caplog.records)


@pytest.fixture
def wait(monkeypatch):
    """Until what was just written is due."""

    def until_due():
        at = times.now() + timedelta(minutes=3)
        monkeypatch.setattr(times, "now", lambda: at)

    return until_due


def spoil(cloud, id):
    """The item as no release of ours would write it."""
    cloud.dynamodb.update_item(
        TableName=settings().service_requests_table,
        Key={"id": {"S": id}},
        UpdateExpression="SET channel = :odd",
        ExpressionAttributeValues={":odd": {"S": SECRET}},
    )


def test_an_item_that_cannot_be_read_keeps_no_other_waiting(functions, cloud, wait, logged):
    bad, *good = (functions.submit()["service_request_id"] for _ in range(4))
    spoil(cloud, bad)
    wait()
    reconcile_due({}, Context())
    assert sorted(message["subject"] for message in functions.messages("VM")) == sorted(good)

    batch = functions.stream.batch()
    for record in batch["Records"]:
        record["dynamodb"]["ApproximateCreationDateTime"] -= 600
    relay_stream(batch, Context())

    answer = functions.gateway.get("/v1/units/VM/service-requests", role=UNIT_ROLE_PREFIX + "VM")
    assert sorted(item["service_request_id"] for item in answer.json["items"]) == sorted(good)
    assert bad in logged()
    assert SECRET not in logged()


def test_what_a_newer_release_added_is_passed_over_and_kept(functions, cloud):
    receipt = functions.submit()
    key = {"id": {"S": receipt["service_request_id"]}}
    cloud.dynamodb.update_item(
        TableName=settings().service_requests_table,
        Key=key,
        UpdateExpression="SET novelty = :new",
        ExpressionAttributeValues={":new": {"S": "x"}},
    )
    functions.relay()
    functions.report("VM", receipt["service_request_id"], "acknowledge")
    assert functions.seen(receipt)["status"] == "acknowledged"
    item = cloud.dynamodb.get_item(TableName=settings().service_requests_table, Key=key)["Item"]
    assert item["novelty"] == {"S": "x"}


def test_what_waits_for_a_unit_that_no_longer_takes_part_is_not_forgotten(functions, cloud):
    gone = next(unit for unit in load("city").units if unit not in load("pilot").units)
    cloud.sqs.create_queue(QueueName=f"guichet-test-{gone}.fifo", Attributes={"FifoQueue": "true"})
    store().add(submitted("7K3Q9XPTM3", gone))
    reconcile_due({}, Context())
    assert [message["subject"] for message in functions.messages(gone)] == ["7K3Q9XPTM3"]


def test_an_error_that_stops_a_function_tells_nothing_that_was_written(functions, monkeypatch, logged):
    monkeypatch.setattr("chalicelib.routing.events.Reconciler.run", lambda *_, **__: int(SECRET))
    with pytest.raises(RuntimeError) as told:
        reconcile_due({}, Context())
    assert SECRET not in str(told.value)
    assert told.value.__cause__ is None
    assert "ValueError" in logged()
    assert SECRET not in logged()


def test_a_message_that_a_queue_refuses_is_told_of_by_unit_and_counted(functions, wait, monkeypatch, logged, capsys):
    id = functions.submit()["service_request_id"]
    wait()
    monkeypatch.setattr("chalicelib.routing.queues.Queues.send", lambda *_: set())
    reconcile_due({}, Context())
    assert f"'message_id': '{id}.1'" in logged()
    assert "'unit': 'VM'" in logged()
    printed = capsys.readouterr().out
    assert '"RefusedMessages":[1.0]' in printed
    assert '"LeftBehind":[1.0]' in printed


@pytest.mark.parametrize("char", ["\ufffe", "\uffff"])
def test_a_text_that_a_queue_would_refuse_is_refused_at_the_door(functions, char):
    body = {"service_code": "nid-de-poule", "location": {"borough": "VM", "address": "1" + char}, "description": char}
    answer = functions.gateway.post("/v1/service-requests", body | {"attributes": {"taille": "grand"}})
    assert answer.status == 422
    assert [error["pointer"] for error in answer.json["errors"]] == ["#/location/address", "#/description"]


def test_a_period_that_ends_before_it_begins_is_refused(functions):
    period = "submitted_after=2026-02-01T00:00:00Z&submitted_before=2026-01-01T00:00:00Z"
    answer = functions.gateway.get(f"/v1/service-requests?borough=VM&{period}")
    assert answer.status == 422
    assert [error["pointer"] for error in answer.json["errors"]] == ["#/submitted_before"]
