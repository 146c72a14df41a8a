import io
import json
import logging

import pytest
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from chalicelib.foundation import http, keys, log, wording
from chalicelib.service_requests import api, unit_api, views
from tests.support.submissions import pothole
from tests.support.told import ORIGIN, check_problem

PATH = "/v1/service-requests"
SECRET = "SECRET-of-someone"
ROLE = "guichet-test-unit-VM"


@pytest.fixture
def logged(monkeypatch):
    """All that the functions log, as CloudWatch would keep it."""
    buffer = io.StringIO()
    monkeypatch.setattr(log._logger().handlers[0], "stream", buffer)
    everything = logging.StreamHandler(buffer)
    logging.getLogger().addHandler(everything)
    yield lambda: buffer.getvalue()
    logging.getLogger().removeHandler(everything)


def failing(error):
    def fail(*_, **__):
        raise error

    return fail


def answering(status, code):
    """A hook by which DynamoDB answers with an error, without our waiting for botocore's own tries."""

    class Http:
        status_code = status

    answer = {"Error": {"Code": code, "Message": SECRET}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return lambda **_: (Http, answer)


@pytest.fixture(scope="module")
def receipt(gateway):
    return gateway.post(PATH, pothole()).json


@pytest.fixture(scope="module")
def original(gateway):
    return gateway.post(PATH, pothole()).json["service_request_id"]


@pytest.fixture
def use(gateway, receipt, original):
    """Use a door of that name, rightly."""
    at = {"headers": {"Origin": ORIGIN}}
    one = f"service-requests/{receipt['service_request_id']}"
    report = {"update_id": "1", "occurred_at": receipt["submitted_at"], "action": "start"}
    duplicate = report | {"update_id": "2", "action": "duplicate", "duplicate_of": original}
    note = {"action": "note", "note": SECRET}
    aside = {"service_request_ids": [original], "note": SECRET}
    token = {"Tracking-Token": receipt["tracking_token"]}
    doors = {
        "submit": lambda: gateway.post(PATH, pothole(description=SECRET), **at),
        "read": lambda: gateway.get(f"/v1/{one}", **at),
        "list": lambda: gateway.get(f"{PATH}?borough=VM", **at),
        "unit list": lambda: gateway.get("/v1/units/VM/service-requests", role=ROLE, **at),
        "unit read": lambda: gateway.get(f"/v1/units/VM/{one}", role=ROLE, **at),
        "report": lambda: gateway.post(f"/v1/units/VM/{one}/updates", report, role=ROLE, **at),
        "duplicate": lambda: gateway.post(f"/v1/units/VM/{one}/updates", duplicate, role=ROLE, **at),
        "comment": lambda: gateway.post(f"/v1/{one}/comments", {"text": SECRET}, headers=at["headers"] | token),
        "correct": lambda: gateway.post(
            f"/v1/{one}/correction", {"description": SECRET}, headers=at["headers"] | token
        ),
        "resend": lambda: gateway.post(f"/v1/units/VM/{one}/resend", {"from_sequence": 1}, role=ROLE, **at),
        "resend all": lambda: gateway.post("/v1/units/VM/resend", {"since": receipt["submitted_at"]}, role=ROLE, **at),
        "agent read": lambda: gateway.get(f"/v1/agent/{one}", agent="agents", **at),
        "agent": lambda: gateway.post(f"/v1/agent/{one}/actions", note, agent="agents", **at),
        "by telephone": lambda: gateway.post("/v1/agent/service-requests", pothole(), agent="agents", **at),
        "set aside": lambda: gateway.post("/v1/agent/set-asides", aside, agent="agents", **at),
    }
    return lambda name: doors[name]()


OPERATIONS = {
    "submit": "PutItem",
    "read": "GetItem",
    "list": "Query",
    "unit list": "Query",
    "unit read": "GetItem",
    "report": "UpdateItem",
    "duplicate": "TransactWriteItems",
    "comment": "UpdateItem",
    "correct": "UpdateItem",
    "resend": "GetItem",
    "resend all": "BatchGetItem",
    "agent read": "GetItem",
    "agent": "UpdateItem",
    "by telephone": "PutItem",
    "set aside": "GetItem",
}


@pytest.mark.parametrize("door", OPERATIONS)
@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "ProvisionedThroughputExceededException"),
        (400, "ThrottlingException"),
        (400, "RequestLimitExceeded"),
        (400, "TransactionInProgressException"),
        (500, "InternalServerError"),
        (503, "ServiceUnavailable"),
    ],
)
def test_where_dynamodb_is_throttled_or_ill_the_caller_is_asked_to_try_again(
    before_call, stored, logged, use, door, status, code
):
    before = stored()
    with before_call(OPERATIONS[door], answering(status, code)):
        answer = use(door)
    check_problem(answer, 503, "busy")
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert stored() == before
    assert "AWS was slow or throttled" in logged()
    assert SECRET not in logged() + answer.body


@pytest.mark.parametrize(
    "error", [ConnectTimeoutError(endpoint_url="https://x"), ReadTimeoutError(endpoint_url="https://x")]
)
@pytest.mark.parametrize("door", OPERATIONS)
def test_where_the_network_fails_the_caller_is_asked_to_try_again(before_call, use, door, error):
    with before_call(OPERATIONS[door], failing(error)):
        check_problem(use(door), 503, "busy")


def test_where_the_secret_cannot_be_read_the_caller_is_asked_to_try_again(gateway, cloud, stored):
    before = stored()
    keys._provider.cache_clear()
    event = "before-call.secretsmanager.GetSecretValue"
    hook = answering(400, "ThrottlingException")
    cloud.secretsmanager.meta.events.register(event, hook)
    try:
        answer = gateway.post(PATH, pothole())
    finally:
        cloud.secretsmanager.meta.events.unregister(event, hook)
    check_problem(answer, 503, "busy")
    assert stored() == before
    assert gateway.post(PATH, pothole()).status == 201


@pytest.mark.parametrize("door", OPERATIONS)
def test_what_dynamodb_refuses_for_good_is_our_error(before_call, logged, use, door):
    with before_call(OPERATIONS[door], answering(400, "AccessDeniedException")):
        answer = use(door)
    check_problem(answer, 500, "unexpected")
    assert SECRET not in logged() + answer.body


@pytest.mark.parametrize(
    "error", [ValueError(SECRET), KeyError(SECRET), RecursionError(SECRET), AssertionError(SECRET), TypeError(SECRET)]
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_nobody_expected_is_told_without_its_inside_and_logged_without_its_message(
    gateway, monkeypatch, logged, error, language
):
    monkeypatch.setattr(api, "submit", failing(error))
    answer = gateway.post(f"{PATH}?lang={language}", pothole(description=SECRET), headers={"Origin": ORIGIN})
    document = check_problem(answer, 500, "unexpected", language)
    assert set(document) == {"type", "title", "status", "detail"}
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    for inside in (SECRET, type(error).__name__, "Traceback", "chalicelib", ".py"):
        assert inside not in answer.body
    assert SECRET not in logged()
    lines = [json.loads(line) for line in logged().splitlines() if line.startswith("{")]
    [failure] = [line for line in lines if line["level"] == "ERROR"]
    assert failure["error"] == type(error).__name__
    assert any("service_requests/api.py" in place for place in failure["places"])


def test_a_failure_while_answering_is_our_error_too(gateway, monkeypatch, logged):
    monkeypatch.setattr(views, "receipt", lambda *_: object())
    check_problem(gateway.post(PATH, pothole()), 500, "unexpected")


@pytest.mark.parametrize("step", ["_check_door", "with_json_body", "_unknown_parameters"])
def test_what_fails_before_any_handler_is_our_error_too(gateway, monkeypatch, logged, step):
    monkeypatch.setattr(http, step, failing(ValueError(SECRET)))
    answer = gateway.post(PATH, pothole(), headers={"Origin": ORIGIN})
    check_problem(answer, 500, "unexpected")
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "ValueError" in logged()
    assert SECRET not in answer.body + logged()


def test_what_fails_while_a_problem_is_told_is_our_error_too(gateway, monkeypatch, logged):
    monkeypatch.setattr(wording, "faults", failing(ValueError(SECRET)))
    answer = gateway.post(PATH, {}, headers={"Origin": ORIGIN})
    check_problem(answer, 500, "unexpected")
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert SECRET not in answer.body + logged()


@pytest.mark.parametrize(
    "damaged",
    [
        {"catalogue_version": {"N": "1"}},
        {"status": {"S": "unheard-of"}},
        {"timeline": {"S": SECRET}},
    ],
)
def test_an_item_that_is_not_as_ours_is_our_error_and_not_quoted(gateway, cloud, stored, logged, damaged):
    id = gateway.post(PATH, pothole()).json["service_request_id"]
    table = api.store()._table
    cloud.dynamodb.put_item(TableName=table, Item=stored()[id] | damaged)
    answer = gateway.get(f"{PATH}/{id}")
    check_problem(answer, 500, "unexpected")
    assert SECRET not in logged() + answer.body
    cloud.dynamodb.delete_item(TableName=table, Key={"id": {"S": id}})


def test_nothing_personal_is_logged_of_what_goes_well_or_wrong(gateway, logged):
    key = f"{SECRET}-key-of-the-client"
    body = pothole(description=f"{SECRET} text")
    body["location"] = body["location"] | {"address": f"{SECRET} street"}
    receipt = gateway.post(PATH, body, headers={"Idempotency-Key": key, "User-Agent": SECRET}).json
    gateway.post(PATH, body | {SECRET: 1, "description": f"{SECRET}\0"}, headers={"Idempotency-Key": key})
    gateway.post(PATH, f'{{"{SECRET}": ')
    gateway.post(PATH, pothole("RO"), headers={"Idempotency-Key": key})
    gateway.get(f"{PATH}/{receipt['service_request_id']}", headers={"Tracking-Token": receipt["tracking_token"]})
    gateway.get(f"{PATH}/{SECRET}?x={SECRET}", headers={"Tracking-Token": SECRET})
    gateway.get(f"{PATH}?borough={SECRET}&cursor={SECRET}")
    gateway.get("/v1/locate?lat=45.51312345&lon=-73.55826123")
    text = logged()
    assert text.count('"message":"http"') == 8
    for personal in (SECRET, receipt["tracking_token"], "45.513", "73.558", "203.0.113.9", "arn:aws"):
        assert personal not in text


def test_each_http_request_leaves_one_line_with_its_route_and_status(use, logged):
    use("read")
    [line] = [json.loads(line) for line in logged().splitlines() if line.startswith("{")]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/v1/service-requests/{id}", 200)


def test_a_unit_too_is_told_without_the_inside(use, monkeypatch, logged):
    monkeypatch.setattr(unit_api, "report", failing(RuntimeError(SECRET)))
    answer = use("report")
    check_problem(answer, 500, "unexpected")
    assert SECRET not in answer.body + logged()
