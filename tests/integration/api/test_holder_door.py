"""What the holder of a tracking token may do with a service request, and what the unit is told of it."""

from datetime import timedelta

import pytest

from chalicelib.foundation import times
from chalicelib.service_requests.store import store
from tests.support.environment import UNIT_ROLE_PREFIX
from tests.support.submissions import pothole
from tests.support.told import check_problem

PATH = "/v1/service-requests"
KEY = "a-key-of-the-holder-1"


@pytest.fixture
def held(gateway):
    return gateway.post(PATH, pothole()).json


def do(gateway, held, what, body, **headers):
    given = {"Tracking-Token": held["tracking_token"]} | {name.replace("_", "-"): v for name, v in headers.items()}
    return gateway.post(f"{PATH}/{held['service_request_id']}/{what}", body, headers=given)


def resolved(gateway, held):
    update = {
        "update_id": "done",
        "occurred_at": times.written(times.now()),
        "action": "resolve",
        "resolution": "fixed",
    }
    path = f"/v1/units/VM/service-requests/{held['service_request_id']}/updates"
    assert gateway.post(path, update, role=UNIT_ROLE_PREFIX + "VM").status == 200


def test_a_comment_is_seen_by_the_holder_and_told_to_the_unit_but_not_in_public(gateway, held, calls):
    with calls() as counted:
        answer = do(gateway, held, "comments", {"text": "Il s'agrandit."})
    assert answer.status == 200
    assert (counted["GetItem"], counted["UpdateItem"]) == (1, 1)
    assert [step["text"] for step in answer.json["steps"]][1:] == ["Il s'agrandit."]
    assert store().get(held["service_request_id"]).timeline[-1].recipients == ("VM",)
    assert "Il s'agrandit" not in gateway.get(f"{PATH}/{held['service_request_id']}").body


def test_a_withdrawn_one_is_closed_and_its_unit_told(gateway, held):
    answer = do(gateway, held, "withdrawal", {})
    assert (answer.status, answer.json["status"]) == (200, "withdrawn")
    assert answer.json["closed_at"]
    assert store().get(held["service_request_id"]).timeline[-1].recipients == ("VM",)
    check_problem(do(gateway, held, "withdrawal", {}), 409, "move-not-allowed")


def test_what_was_closed_is_reopened_with_a_reason(gateway, held):
    check_problem(do(gateway, held, "reopening", {"reason": "Non"}), 409, "move-not-allowed")
    resolved(gateway, held)
    check_problem(do(gateway, held, "reopening", {}), 422, "invalid-input")
    answer = do(gateway, held, "reopening", {"reason": "Le trou est revenu."})
    assert (answer.status, answer.json["status"], answer.json["closed_at"]) == (200, "reopened", None)


def test_after_thirty_days_a_closed_one_stays_closed(gateway, held, monkeypatch):
    resolved(gateway, held)
    later = times.now() + timedelta(days=31)
    monkeypatch.setattr(times, "now", lambda: later)
    check_problem(do(gateway, held, "reopening", {"reason": "Le trou est revenu."}), 409, "move-not-allowed")


@pytest.mark.parametrize(("what", "body"), [("comments", {"text": "Un mot"}), ("withdrawal", {"reason": "Réglé"})])
def test_the_same_key_again_changes_nothing_and_with_other_words_is_refused(gateway, held, what, body):
    first = do(gateway, held, what, body, Idempotency_Key=KEY)
    again = do(gateway, held, what, body, Idempotency_Key=KEY)
    assert first.status == again.status == 200
    assert first.json == again.json
    other = dict.fromkeys(body, "Autre chose")
    check_problem(do(gateway, held, what, other, Idempotency_Key=KEY), 422, "idempotency-key-reused")


@pytest.mark.parametrize("what", ["comments", "withdrawal", "reopening"])
@pytest.mark.parametrize("token", ["wrong", None])
def test_without_its_token_nothing_is_done(gateway, held, what, token):
    before = store().get(held["service_request_id"])
    body = {"comments": {"text": "x"}, "withdrawal": {}, "reopening": {"reason": "x"}}[what]
    headers = {"Tracking-Token": token} if token else {}
    refused = gateway.post(f"{PATH}/{held['service_request_id']}/{what}", body, headers=headers)
    check_problem(refused, 403, "wrong-tracking-token")
    assert store().get(held["service_request_id"]) == before


@pytest.mark.parametrize("id", ["7K3Q9XPTM3", "nothing"])
def test_of_one_that_does_not_exist_it_is_said_so(gateway, held, id):
    refused = gateway.post(f"{PATH}/{id}/comments", {"text": "x"}, headers={"Tracking-Token": held["tracking_token"]})
    check_problem(refused, 404, "service-request-not-found")
