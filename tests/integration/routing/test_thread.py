"""The main job, in process: from the citizen to the unit and back, by the functions' own handlers."""

import json
from datetime import timedelta

import pytest
from jsonschema import Draft202012Validator

from chalicelib.catalogue import load
from chalicelib.foundation import times
from chalicelib.routing.events import reconcile_due, relay_stream
from local.publish import DOCS
from tests.support.gateway import Context


@pytest.mark.parametrize(
    ("catalogue_name", "borough"),
    [("pilot", "VM"), ("pilot", "RO"), ("city", "VM"), ("city", "PM")],
    scope="module",
)
def test_a_service_request_goes_from_the_citizen_to_its_unit_and_back(functions, borough):
    receipt = functions.submit(borough)
    id, unit = receipt["service_request_id"], receipt["unit"]["code"]
    assert unit == borough
    assert functions.seen(receipt)["status"] == "submitted"

    functions.relay()
    (message,) = functions.messages(unit)
    assert functions.seen(receipt)["status"] == "queued"
    assert message["subject"] == id
    assert message["data"]["service_request"]["description"] == "Trou profond"

    statuses = []
    for action, details in [
        ("acknowledge", {"reference": "BT-1"}),
        ("start", {}),
        ("resolve", {"resolution": "fixed"}),
    ]:
        functions.report(unit, id, action, **details)
        statuses.append(functions.seen(receipt)["status"])
    assert statuses == ["acknowledged", "in_progress", "resolved"]
    assert [step["action"] for step in functions.seen(receipt)["steps"]] == [
        "submit",
        "acknowledge",
        "start",
        "resolve",
    ]

    functions.relay()
    assert functions.messages(unit) == [], "a unit is not told what it said itself"


def test_what_one_unit_does_everywhere_goes_to_that_unit(functions):
    receipt = functions.submit("VM", "eclairage", probleme="eteint")
    functions.relay()
    assert (receipt["borough"]["code"], receipt["unit"]["code"]) == ("VM", "eclairage")
    assert [message["subject"] for message in functions.messages("eclairage")] == [receipt["service_request_id"]]
    assert functions.messages("VM") == []


def test_every_message_fits_its_published_schema(functions):
    functions.submit()
    functions.relay()
    (message,) = functions.messages("VM")
    schema = json.loads((DOCS / "schemas" / "service-request-message.v1.json").read_text())
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(message)
    assert message["type"] == "ca.montreal.guichet.service_request.submitted.v1"
    assert message["id"] == f"{message['subject']}.1"


def test_what_the_stream_lost_is_delivered_by_the_reconciler_once_it_is_due(functions, monkeypatch):
    receipt = functions.submit()
    reconcile_due({}, Context())
    assert functions.messages("VM") == [], "not due yet: the relay has two minutes"

    later = times.now() + timedelta(days=365)
    monkeypatch.setattr(times, "now", lambda: later)
    reconcile_due({}, Context())
    assert [message["subject"] for message in functions.messages("VM")] == [receipt["service_request_id"]]
    assert functions.seen(receipt)["status"] == "queued"
    reconcile_due({}, Context())
    assert functions.messages("VM") == []


def test_the_relay_is_woken_by_what_is_owed_not_by_its_own_marks_nor_by_what_a_unit_reports(functions):
    receipt = functions.submit()
    first = functions.stream.batch()
    assert len(first["Records"]) == 1
    relay_stream(first, Context())
    functions.report("VM", receipt["service_request_id"], "acknowledge")
    assert functions.stream.batch()["Records"] == []


def test_a_repeated_batch_doubles_nothing_a_unit_would_apply(functions):
    functions.submit()
    batch = functions.stream.batch()
    for _ in range(3):
        relay_stream(batch, Context())
    assert len({message["id"] for message in functions.messages("VM")}) == 1


def test_images_older_than_four_minutes_are_read_afresh(functions, monkeypatch):
    receipt = functions.submit()
    batch = functions.stream.batch()
    relay_stream(batch, Context())
    assert len(functions.messages("VM")) == 1
    for record in batch["Records"]:
        record["dynamodb"]["ApproximateCreationDateTime"] -= 300
    sent = []
    monkeypatch.setattr("chalicelib.routing.queues.Queues.send", lambda *args: sent.append(args) or set())
    relay_stream(batch, Context())
    assert sent == [], "the fresh item shows that the queue has it"
    assert functions.seen(receipt)["status"] == "queued"


def test_one_image_that_cannot_be_read_does_not_keep_the_others_waiting(functions, caplog):
    functions.submit()
    batch = functions.stream.batch()
    broken = json.loads(json.dumps(batch["Records"][0]))
    broken["dynamodb"]["NewImage"]["status"] = {"S": "from-another-world"}
    relay_stream({"Records": [broken, *batch["Records"]]}, Context())
    assert len(functions.messages("VM")) == 1
    assert any(record.message == "unexpected error" for record in caplog.records)


def test_an_idle_minute_costs_two_queries_a_unit_and_one_more(functions, cloud, monkeypatch):
    calls, now = [], times.now().replace(minute=1)
    monkeypatch.setattr(times, "now", lambda: now)
    cloud.dynamodb.meta.events.register("before-call.dynamodb.*", lambda model, **_: calls.append(model.name))
    reconcile_due({}, Context())
    assert calls == ["Query"] * (2 * len(load("pilot").all_units) + 1)
