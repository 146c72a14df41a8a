"""A unit is told again what it asks for: only what its queue had, in order, and it arrives."""

import io
import json
from datetime import timedelta

import pytest
from botocore.exceptions import ReadTimeoutError

from chalicelib.foundation import log, times
from chalicelib.foundation.settings import settings
from chalicelib.routing import api
from chalicelib.routing.queues import Letter
from chalicelib.service_requests.store import store
from tests.support.consumer import Consumer
from tests.support.environment import UNIT_ROLE_PREFIX
from tests.support.functions import Functions
from tests.support.told import check_problem, pointers

UNIT = "/v1/units/VM"
numbers = iter(range(10**6))


@pytest.fixture(scope="module")
def city(gateway, cloud):
    return Functions(gateway, cloud.sqs)


@pytest.fixture
def told(city):
    """A service request of which the unit was told three times: submitted, and two words more."""
    receipt = city.submit()
    headers = {"Tracking-Token": receipt["tracking_token"]}
    for text in ("Un.", "Deux."):
        path = f"/v1/service-requests/{receipt['service_request_id']}/comments"
        assert city.gateway.post(path, {"text": text}, headers=headers).status == 200
    city.relay()
    city.messages("VM")
    return receipt


def again(gateway, receipt, body, *, unit="VM", role=None):
    path = f"/v1/units/{unit}/service-requests/{receipt['service_request_id']}/resend"
    return gateway.post(path, body, role=UNIT_ROLE_PREFIX + unit if role is None else role)


def sequences(messages):
    return [message["data"]["sequence"] for message in messages]


@pytest.mark.parametrize(("from_", "expected"), [(1, [1, 2, 3]), (2, [2, 3]), (3, [3]), (4, []), (10**9, [])])
def test_from_a_sequence_on_it_comes_again_in_order_within_sqs_five_minutes(
    gateway, city, told, calls, from_, expected
):
    with calls() as counted:
        answer = again(gateway, told, {"from_sequence": from_})
    assert answer.json == {"service_requests": 1 if expected else 0, "messages": len(expected)}
    assert counted["GetItem"] == 1
    assert counted["SendMessageBatch"] == len(expected)
    assert sequences(city.messages("VM")) == expected


def test_asked_for_twice_it_comes_twice(gateway, city, told):
    for _ in range(2):
        assert again(gateway, told, {"from_sequence": 1}).json["messages"] == 3
    assert sequences(city.messages("VM")) == [1, 2, 3, 1, 2, 3]


def test_every_copy_of_a_message_is_the_same(gateway, city):
    receipt = city.submit()
    city.relay()
    [first] = city.messages("VM")
    headers = {"Tracking-Token": receipt["tracking_token"]}
    path = f"/v1/service-requests/{receipt['service_request_id']}"
    gateway.post(f"{path}/correction", {"description": "Autre chose."}, headers=headers)
    gateway.post(f"{path}/withdrawal", {}, headers=headers)
    again(gateway, receipt, {"from_sequence": 1})
    [copy] = city.messages("VM")
    assert copy == first


def test_from_a_time_on(gateway, city, told):
    entries = store().get(told["service_request_id"]).timeline
    since = times.written(entries[1].at)
    expected = [entry.sequence for entry in entries if entry.at >= entries[1].at]
    assert again(gateway, told, {"since": since}).json["messages"] == len(expected)
    assert sequences(city.messages("VM")) == expected


def test_what_the_queue_has_not_had_yet_is_the_relays(gateway, city, told):
    headers = {"Tracking-Token": told["tracking_token"]}
    path = f"/v1/service-requests/{told['service_request_id']}/comments"
    gateway.post(path, {"text": "Trois."}, headers=headers)
    assert again(gateway, told, {"from_sequence": 1}).json["messages"] == 3
    assert sequences(city.messages("VM")) == [1, 2, 3]
    city.relay()
    assert sequences(city.messages("VM")) == [4]


def test_it_changes_nothing_that_is_stored(gateway, told, stored):
    before = stored()
    again(gateway, told, {"from_sequence": 1})
    assert stored() == before


def test_a_unit_that_applied_it_all_drops_it(gateway, city):
    receipt = city.submit()
    city.relay()
    consumer = Consumer("VM", store().get)
    for _ in range(2):
        for message in city.messages("VM"):
            if message["subject"] == receipt["service_request_id"]:
                letter = Letter(message["subject"], message["data"]["sequence"], json.dumps(message))
                consumer.receive(letter)
        assert again(gateway, receipt, {"from_sequence": 1}).status == 200
    assert consumer.applied == {receipt["service_request_id"]: [1]}
    assert consumer.gaps == 0


def test_a_unit_that_had_it_is_told_again_up_to_when_it_left(gateway, city):
    receipt = city.submit()
    city.report("VM", receipt["service_request_id"], "transfer", to_unit="RO")
    headers = {"Tracking-Token": receipt["tracking_token"]}
    gateway.post(f"/v1/service-requests/{receipt['service_request_id']}/comments", {"text": "Un."}, headers=headers)
    city.relay()
    city.messages("VM"), city.messages("RO")
    assert again(gateway, receipt, {"from_sequence": 1}).json["messages"] == 2
    assert sequences(city.messages("VM")) == [1, 2]
    assert again(gateway, receipt, {"from_sequence": 1}, unit="RO").json["messages"] == 2
    assert sequences(city.messages("RO")) == [2, 3]


def test_of_another_units_it_is_said_that_there_is_none(gateway, told):
    check_problem(again(gateway, told, {"from_sequence": 1}, unit="RO"), 404, "service-request-not-found")
    check_problem(again(gateway, told, {"from_sequence": 1}, role=UNIT_ROLE_PREFIX + "RO"), 403, "forbidden")
    check_problem(again(gateway, told, {"from_sequence": 1}, role=""), 403, "forbidden")
    nothing = {"service_request_id": "7K3Q9XPTM3"}
    check_problem(again(gateway, nothing, {"from_sequence": 1}), 404, "service-request-not-found")


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, ["#"]),
        ({"from_sequence": 1, "since": "2026-01-05T14:00:00Z"}, ["#"]),
        ({"from_sequence": 0}, ["#/from_sequence"]),
        ({"from_sequence": "x", "y": 1}, ["#/from_sequence", "#/y"]),
        ({"since": "hier"}, ["#/since"]),
    ],
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_from_where_is_said_in_one_way(gateway, told, body, where, language):
    path = f"{UNIT}/service-requests/{told['service_request_id']}/resend?lang={language}"
    answer = gateway.post(path, body, role=UNIT_ROLE_PREFIX + "VM")
    assert pointers(check_problem(answer, 422, "invalid-input", language)) == where


def since(gateway, when, cursor=None, role=UNIT_ROLE_PREFIX + "VM"):
    return gateway.post(f"{UNIT}/resend", {"since": when, "cursor": cursor}, role=role)


def test_all_that_a_unit_has_comes_again_part_by_part(gateway, city, monkeypatch):
    start = times.now() + timedelta(days=1)
    with monkeypatch.context() as later:
        later.setattr(times, "now", lambda: start)
        ids = {city.submit()["service_request_id"] for _ in range(23)}
        later.setattr(api, "AT_ONCE", 10)
        city.relay()
        city.messages("VM")
        got, cursor, parts = [], None, 0
        while parts == 0 or cursor:
            answer = since(gateway, times.written(start), cursor)
            assert answer.status == 200, answer
            assert answer.json["service_requests"] == answer.json["messages"] <= 10
            got += [message["subject"] for message in city.messages("VM")]
            cursor, parts = answer.json["cursor"], parts + 1
            assert parts < 20
    assert sorted(got) == sorted(ids)
    check_problem(since(gateway, times.written(start), role=UNIT_ROLE_PREFIX + "RO"), 403, "forbidden")
    assert since(gateway, times.written(start + timedelta(days=1))).json == {
        "service_requests": 0,
        "messages": 0,
        "cursor": None,
    }


@pytest.mark.parametrize("cursor", ["x", "AAAA", "é"])
def test_a_cursor_that_is_none_of_its_own_is_refused(gateway, cursor):
    document = check_problem(since(gateway, "2026-01-05T14:00:00Z", cursor), 422, "invalid-input")
    assert [fault["pointer"] for fault in document["errors"]] == ["#/cursor"]


def test_long_messages_fit_in_the_batches_that_a_queue_takes(gateway, city, cloud):
    start = times.now() + timedelta(days=3)
    with pytest.MonkeyPatch.context() as later:
        later.setattr(times, "now", lambda: start)
        path, long = "/v1/service-requests", "🚲" * 4000
        receipts = [city.submit() for _ in range(10)]
        for receipt in receipts:
            headers = {"Tracking-Token": receipt["tracking_token"]}
            done = gateway.post(
                f"{path}/{receipt['service_request_id']}/correction", {"description": long}, headers=headers
            )
            assert done.status == 200
        city.relay()
        city.messages("VM")
        sizes = []

        def measure(params, **_):
            body = json.loads(params["body"]) if isinstance(params["body"], str | bytes) else params["body"]
            sizes.append(sum(len(entry["MessageBody"].encode()) for entry in body["Entries"]))

        cloud.sqs.meta.events.register("before-call.sqs.SendMessageBatch", measure)
        try:
            answer = since(gateway, times.written(start))
        finally:
            cloud.sqs.meta.events.unregister("before-call.sqs.SendMessageBatch", measure)
    assert answer.status == 200, answer
    assert answer.json["messages"] == 20
    assert sizes
    assert max(sizes) <= 256 * 1024
    messages = city.messages("VM")
    assert len(messages) == 20
    for receipt in receipts:
        assert sequences(m for m in messages if m["subject"] == receipt["service_request_id"]) == [1, 2]


@pytest.fixture
def logged(monkeypatch):
    buffer = io.StringIO()
    monkeypatch.setattr(log._logger().handlers[0], "stream", buffer)
    return buffer.getvalue


@pytest.mark.parametrize("language", ["fr", "en"])
def test_where_the_queue_is_down_the_unit_is_asked_to_try_again(gateway, told, cloud, logged, language):
    def down(**_):
        raise ReadTimeoutError(endpoint_url="https://x")

    cloud.sqs.meta.events.register("before-call.sqs.SendMessageBatch", down)
    try:
        path = f"{UNIT}/service-requests/{told['service_request_id']}/resend?lang={language}"
        answer = gateway.post(path, {"from_sequence": 1}, role=UNIT_ROLE_PREFIX + "VM")
    finally:
        cloud.sqs.meta.events.unregister("before-call.sqs.SendMessageBatch", down)
    check_problem(answer, 503, "busy", language)
    assert int(answer.headers["Retry-After"]) >= 1
    assert "a queue did not take a batch" in logged()
    assert settings().queue_url_prefix not in answer.body
