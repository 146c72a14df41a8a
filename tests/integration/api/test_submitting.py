from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.catalogue import load
from chalicelib.foundation import ids, keys
from chalicelib.foundation.settings import settings as stage
from chalicelib.service_requests.actions import submitting
from chalicelib.service_requests.actions.submitting import Sender
from chalicelib.service_requests.lifecycle import Kind
from chalicelib.service_requests.record import Channel
from chalicelib.service_requests.store import store
from chalicelib.service_requests.submission import Submission
from chalicelib.service_requests.timeline import Actor
from tests.support.submissions import position, pothole, submissions
from tests.support.told import ORIGIN, check_problem

PATH = "/v1/service-requests"
PILOT = load("pilot")
CITIZEN = Sender(Actor(kind=Kind.CITIZEN), Channel.WEB)
KEY = "a-key-of-its-own"
numbers = iter(range(10**6))


@pytest.fixture
def key():
    return {"Idempotency-Key": f"{KEY}-{next(numbers):06}"}


@pytest.fixture
def lost_answer(cloud):
    """The first answer to each call of DynamoDB is lost: the call is made again."""

    def again(attempts, **_):
        return 0 if attempts == 1 else None

    events = cloud.dynamodb.meta.events
    events.register_first("needs-retry.dynamodb", again)
    yield
    events.unregister("needs-retry.dynamodb", again)


def submit(gateway, body=None, **options):
    answer = gateway.post(PATH, body or pothole(), **options)
    assert answer.status == 201, answer
    return answer


def followed(gateway, answer):
    location = answer.headers["Location"].removeprefix("/test")
    return gateway.get(location, headers={"Tracking-Token": answer.json["tracking_token"]})


def test_a_submission_is_answered_with_what_the_citizen_needs(gateway, stored):
    answer = submit(gateway, headers={"Origin": ORIGIN})
    receipt = answer.json
    assert ids.normalized(receipt["service_request_id"]) == receipt["service_request_id"]
    assert answer.headers["Location"] == f"/test/v1/service-requests/{receipt['service_request_id']}"
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert receipt["status"] == "submitted"
    assert receipt["service"] == {"code": "nid-de-poule", "name": {"fr": "Nid-de-poule", "en": "Pothole"}}
    assert (receipt["borough"]["code"], receipt["unit"]["code"]) == ("VM", "VM")
    assert datetime.fromisoformat(receipt["expected_at"]) - datetime.fromisoformat(receipt["submitted_at"]) > timedelta(
        4
    )
    assert receipt["service_request_id"] in stored()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.data())
def test_what_was_sent_is_what_the_holder_of_the_token_reads(gateway, data):
    code = data.draw(st.sampled_from(sorted(PILOT.services)))
    sent = data.draw(submissions(PILOT, code, data.draw(st.sampled_from(PILOT.boroughs_offering(code)))))
    view = followed(gateway, submit(gateway, sent)).json
    assert view["service"]["code"] == code
    assert view["description"] == sent.get("description")
    assert view["attributes"] == sent["attributes"]
    assert view["channel"] == sent.get("channel", "web")
    assert view["catalogue_version"] == PILOT.version
    place = sent["location"]
    assert view["place"]["address"] == place.get("address")
    assert view["place"]["intersection"] == place.get("intersection")
    position_ = {"lat": place["lat"], "lon": place["lon"]} if "lat" in place else None
    assert view["place"]["position"] == view["position"] == position_


def test_where_bursts_are_not_watched_a_submission_costs_one_write_and_nothing_else(gateway, calls, key):
    submit(gateway)
    with calls() as counted:
        submit(gateway)
    assert counted == {"PutItem": 1}
    with calls() as counted:
        submit(gateway, headers=key)
    assert counted == {"PutItem": 1}
    with calls() as counted:
        submit(gateway, headers=key)
    assert counted == {"PutItem": 1}


def test_the_secret_is_read_once_a_process(gateway, calls):
    keys._provider.cache_clear()
    with calls() as counted:
        submit(gateway)
        submit(gateway)
    assert counted == {"PutItem": 2, "GetSecretValue": 1}


def test_without_a_key_each_submission_is_its_own(gateway):
    assert submit(gateway).json["service_request_id"] != submit(gateway).json["service_request_id"]


def test_a_repeat_with_the_same_key_gets_the_same_answer_and_stores_nothing(gateway, stored, key):
    first = submit(gateway, headers=key)
    before = stored()
    for _ in range(3):
        again = submit(gateway, headers=key)
        assert (again.body, again.headers) == (first.body, first.headers)
    assert stored() == before


def test_a_repeat_written_otherwise_is_still_the_same(gateway, key):
    first = submit(gateway, pothole(), headers=key)
    reordered = {"channel": "web", **dict(reversed(pothole().items()))}
    assert submit(gateway, reordered, headers=key).body == first.body


def test_a_repeat_is_answered_as_the_first_time_though_the_work_has_begun(gateway, key):
    first = submit(gateway, headers=key)
    id = first.json["service_request_id"]
    report = {"update_id": "1", "occurred_at": first.json["submitted_at"], "action": "start"}
    began = gateway.post(f"/v1/units/VM/service-requests/{id}/updates", report, role="guichet-test-unit-VM")
    assert began.status == 200
    assert store().mark(id, "VM", 1)
    assert submit(gateway, headers=key).body == first.body


@pytest.mark.parametrize(
    "other",
    [
        pothole("RO"),
        pothole(description="autre"),
        pothole(attributes={"taille": "petit"}),
        pothole(channel="mobile"),
        pothole(service_code="zzz"),
    ],
)
def test_the_same_key_with_another_body_is_refused(gateway, stored, key, other):
    submit(gateway, headers=key)
    before = stored()
    for language in ("fr", "en"):
        answer = gateway.post(f"{PATH}?lang={language}", other, headers=key)
        check_problem(answer, 422, "idempotency-key-reused", language)
    assert stored() == before


def test_a_repeat_is_answered_though_the_catalogue_has_changed_since(gateway, key, monkeypatch):
    first = submit(gateway, headers=key)
    with monkeypatch.context() as changed:
        changed.setattr(load("pilot"), "boroughs_offering", lambda _: ("RO",))
        check_problem(gateway.post(PATH, pothole()), 422, "invalid-input")
        assert submit(gateway, headers=key).body == first.body


@pytest.mark.parametrize(
    "bad", ["", "short", "x" * 15, "x" * 129, "é" * 20, "with a space in it", "tab\there-and-there"]
)
def test_a_key_that_is_no_key_is_refused(gateway, stored, bad):
    before = stored()
    document = check_problem(gateway.post(PATH, pothole(), headers={"Idempotency-Key": bad}), 422, "invalid-input")
    assert [(fault["in"], fault["pointer"].lower()) for fault in document["errors"]] == [
        ("header", "#/idempotency-key")
    ]
    assert stored() == before


def test_two_keys_that_fall_on_one_id_are_told_apart(gateway, monkeypatch, key):
    start = next(numbers)
    monkeypatch.setattr(
        submitting, "_derived_id", lambda keys, idempotency, attempt: ids.from_number(start * 100 + attempt)
    )
    other = {"Idempotency-Key": f"{KEY}-another"}
    first, second = submit(gateway, headers=key), submit(gateway, pothole("RO"), headers=other)
    assert first.json["service_request_id"] == ids.from_number(start * 100)
    assert second.json["service_request_id"] == ids.from_number(start * 100 + 1)
    assert second.json["borough"]["code"] == "RO"
    assert submit(gateway, headers=key).body == first.body
    assert submit(gateway, pothole("RO"), headers=other).body == second.body
    check_problem(gateway.post(PATH, pothole("SO"), headers=other), 422, "idempotency-key-reused")


def test_an_id_taken_by_someone_without_a_key_is_passed_over(gateway, monkeypatch, key):
    taken = submit(gateway).json["service_request_id"]
    free = ids.from_number(next(numbers) * 100 + 50)
    monkeypatch.setattr(submitting, "_derived_id", lambda keys, idempotency, attempt: free if attempt else taken)
    assert submit(gateway, headers=key).json["service_request_id"] == free


def test_when_every_derived_id_is_taken_the_citizen_is_asked_to_try_again(gateway, monkeypatch, key):
    taken = submit(gateway).json["service_request_id"]
    monkeypatch.setattr(submitting, "_derived_id", lambda *_: taken)
    answer = gateway.post(PATH, pothole(), headers=key)
    check_problem(answer, 503, "busy")
    assert int(answer.headers["Retry-After"]) >= 1


def test_when_a_random_id_is_taken_another_is_drawn(gateway, monkeypatch):
    taken = submit(gateway).json["service_request_id"]
    draws = iter([taken, taken, ids.from_number(next(numbers) * 100 + 60)])
    monkeypatch.setattr(ids, "random_id", lambda: next(draws))
    assert submit(gateway).json["service_request_id"] not in ("", taken)


@pytest.mark.parametrize("with_key", [False, True])
def test_a_write_whose_answer_was_lost_is_not_a_second_service_request(gateway, stored, lost_answer, key, with_key):
    before = stored()
    answer = submit(gateway, headers=key if with_key else None)
    assert set(stored()) - set(before) == {answer.json["service_request_id"]}
    assert followed(gateway, answer).status == 200


def test_submissions_at_the_same_moment_with_one_key_are_one(gateway, stored, before_call, key):
    """Each is overtaken by the next just before it writes."""
    before = stored()
    faster = []

    def overtake(**_):
        if len(faster) < 3:
            faster.append(None)
            submission = Submission.model_validate(pothole())
            faster.append(submitting.submit(store(), keys.keys(), submission, CITIZEN, key["Idempotency-Key"]))

    with before_call("PutItem", overtake):
        answer = submit(gateway, headers=key)
    assert {found.id for found in faster if found} == {answer.json["service_request_id"]}
    assert set(stored()) - set(before) == {answer.json["service_request_id"]}


def test_keys_rotate_without_a_citizen_noticing(gateway, cloud, key):
    first = submit(gateway, headers=key)
    name = stage().keys_secret
    try:
        cloud.secretsmanager.put_secret_value(SecretId=name, SecretString='{"1": "first", "2": "second"}')
        keys._provider.cache_clear()  # as five minutes later
        again = submit(gateway, headers=key)
        assert again.json["service_request_id"] == first.json["service_request_id"]
        assert submit(gateway).json["tracking_token"].startswith("2-")
        assert followed(gateway, first).status == followed(gateway, again).status == 200
    finally:
        cloud.secretsmanager.put_secret_value(SecretId=name, SecretString='{"1": "first"}')
        keys._provider.cache_clear()


def test_nothing_of_the_caller_or_its_key_is_stored(gateway, stored, key):
    headers = key | {
        "User-Agent": "agent-of-the-user",
        "X-Forwarded-For": "203.0.113.9",
        "Referer": "https://from.test",
    }
    answer = submit(gateway, headers=headers)
    item = str(stored()[answer.json["service_request_id"]])
    for personal in (
        "203.0.113",
        "agent-of-the-user",
        "from.test",
        key["Idempotency-Key"],
        answer.json["tracking_token"],
    ):
        assert personal not in item


def test_the_borough_is_that_of_the_place_and_the_unit_that_of_the_service(gateway):
    light = {"service_code": "eclairage", "location": position("RO"), "attributes": {"probleme": "eteint"}}
    receipt = submit(gateway, light).json
    assert (receipt["borough"]["code"], receipt["unit"]["code"]) == ("RO", "eclairage")
