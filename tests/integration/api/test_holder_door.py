"""What the holder of a tracking token may do with a service request, and what the unit is told of it."""

from datetime import timedelta

import pytest

from chalicelib.foundation import times
from chalicelib.service_requests.store import store
from tests.support.environment import UNIT_ROLE_PREFIX
from tests.support.submissions import WESTMOUNT, position, pothole
from tests.support.told import check_problem, pointers

PATH = "/v1/service-requests"
KEY = "a-key-of-the-holder-1"
numbers = iter(range(10**6))


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


ASK = {"action": "ask", "message": "Où ?"}
RESOLVE = {"action": "resolve", "resolution": "fixed"}

# Every door: what the unit does before, what is sent, the status after, and the units told.
DOORS = [
    ([], "comments", {"text": "Un mot"}, "submitted", ("VM",)),
    ([RESOLVE], "comments", {"text": "Un mot"}, "resolved", ("VM",)),
    ([ASK], "reply", {"text": "Ici"}, "acknowledged", ("VM",)),
    ([{"action": "start"}, ASK], "reply", {"text": "Ici"}, "in_progress", ("VM",)),
    ([], "correction", {"description": "Deux trous"}, "submitted", ("VM",)),
    ([], "correction", {"location": position("VM") | {"address": "Ici"}}, "submitted", ("VM",)),
    ([], "correction", {"location": position("RO"), "description": "Là"}, "submitted", ("VM", "RO")),
    ([], "withdrawal", {"reason": "Réglé"}, "withdrawn", ("VM",)),
    ([ASK], "withdrawal", {}, "withdrawn", ("VM",)),
    ([RESOLVE], "reopening", {"reason": "Pas réglé"}, "reopened", ("VM",)),
]
FORBIDDEN = [
    ([], "reply", {"text": "Ici"}),
    ([], "reopening", {"reason": "Non"}),
    ([{"action": "acknowledge"}], "correction", {"description": "Deux trous"}),
    ([{"action": "start"}], "reply", {"text": "Ici"}),
    ([ASK], "correction", {"description": "Deux trous"}),
    ([ASK], "reopening", {"reason": "Non"}),
    ([RESOLVE], "withdrawal", {}),
    ([RESOLVE], "correction", {"description": "Deux trous"}),
    ([RESOLVE], "reply", {"text": "Ici"}),
]
WRONG = [
    ("comments", {}, ["#/text"]),
    ("comments", {"text": "", "x": 1}, ["#/text", "#/x"]),
    ("comments", {"text": "x" * 4001}, ["#/text"]),
    ("comments", {"text": "a\0"}, ["#/text"]),
    ("reply", {"text": None}, ["#/text"]),
    ("correction", {}, ["#"]),
    ("correction", {"x": 1}, ["#", "#/x"]),
    ("correction", {"location": {"lat": 45.5}, "description": ""}, ["#/description", "#/location/lon"]),
    ("correction", {"location": WESTMOUNT}, ["#/location"]),
    ("correction", {"location": position("AJ")}, ["#/location"]),
    ("correction", {"location": {"borough": "ZZ", "address": "Ici"}}, ["#/location/borough"]),
    ("correction", {"location": {"borough": "VM"}}, ["#/location"]),
    ("withdrawal", {"reason": "x" * 2001}, ["#/reason"]),
    ("reopening", {}, ["#/reason"]),
    ("reopening", {"reason": "  "}, ["#/reason"]),
]


def reported(gateway, held, reports):
    for report in reports:
        update = {"update_id": f"u-{next(numbers)}", "occurred_at": times.written(times.now())} | report
        path = f"/v1/units/VM/service-requests/{held['service_request_id']}/updates"
        assert gateway.post(path, update, role=UNIT_ROLE_PREFIX + "VM").status == 200


@pytest.mark.parametrize(("before", "what", "body", "status", "told"), DOORS)
def test_a_door_does_this_tells_these_and_costs_a_read_and_a_write(
    gateway, held, calls, before, what, body, status, told
):
    reported(gateway, held, before)
    with calls() as counted:
        answer = do(gateway, held, what, body)
    assert (answer.status, answer.json["status"]) == (200, status), answer
    assert counted == {"GetItem": 1, "UpdateItem": 1}
    assert store().get(held["service_request_id"]).timeline[-1].recipients == told
    step = answer.json["steps"][-1]
    assert (step["by"], step["status"]) == ("citizen", status)


@pytest.mark.parametrize(("before", "what", "body", "status", "told"), DOORS)
def test_the_same_with_its_key_changes_nothing_and_with_something_else_is_refused(
    gateway, held, stored, before, what, body, status, told
):
    reported(gateway, held, before)
    first = do(gateway, held, what, body, Idempotency_Key=KEY)
    kept = stored()
    again = do(gateway, held, what, body, Idempotency_Key=KEY)
    assert (again.status, again.body) == (200, first.body)
    name = {"correction": "description", "comments": "text", "reply": "text"}.get(what, "reason")
    for language in ("fr", "en"):
        headers = {"Idempotency_Key": KEY, "Accept_Language": language}
        other = do(gateway, held, what, body | {name: "Autre chose"}, **headers)
        check_problem(other, 422, "idempotency-key-reused", language)
    assert stored() == kept


@pytest.mark.parametrize(("before", "what", "body"), FORBIDDEN)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_is_not_possible_now_is_told_what_is(gateway, held, stored, before, what, body, language):
    reported(gateway, held, before)
    kept = stored()
    document = check_problem(do(gateway, held, what, body, Accept_Language=language), 409, "move-not-allowed", language)
    headers = {"Tracking-Token": held["tracking_token"]}
    view = gateway.get(f"{PATH}/{held['service_request_id']}", headers=headers).json
    assert document["allowed"] == view["allowed_actions"]
    assert stored() == kept


@pytest.mark.parametrize(("what", "body", "where"), WRONG)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_is_wrong_is_told_all_at_once(gateway, held, stored, what, body, where, language):
    kept = stored()
    answer = do(gateway, held, what, body, Accept_Language=language)
    assert pointers(check_problem(answer, 422, "invalid-input", language)) == where
    assert stored() == kept


def test_a_question_stops_the_clock_until_it_is_answered(gateway, held, monkeypatch):
    reported(gateway, held, [ASK])
    later = times.now() + timedelta(days=60)
    monkeypatch.setattr(times, "now", lambda: later)
    headers = {"Tracking-Token": held["tracking_token"]}
    view = gateway.get(f"{PATH}/{held['service_request_id']}", headers=headers).json
    assert (view["status"], view["question"], view["late"]) == ("info_requested", "Où ?", False)
    answered = do(gateway, held, "reply", {"text": "Ici"}).json
    assert (answered["question"], answered["late"]) == (None, False)
    assert answered["expected_at"] > held["expected_at"]


def test_a_place_of_another_unit_is_a_transfer_and_the_old_unit_sees_it_no_further(gateway, held):
    do(gateway, held, "correction", {"location": position("RO") | {"address": "Ici"}})
    do(gateway, held, "comments", {"text": "Pour Rosemont"})
    id = held["service_request_id"]
    old, new = (
        gateway.get(f"/v1/units/{unit}/service-requests/{id}", role=UNIT_ROLE_PREFIX + unit).json
        for unit in ("VM", "RO")
    )
    assert (old["unit"], old["last_sequence"], len(old["timeline"])) == ("RO", 2, 2)
    assert (new["last_sequence"], new["place"]["address"], new["borough"]) == (3, "Ici", "RO")
    public = gateway.get(f"{PATH}/{id}").json
    assert (public["borough"]["code"], public["unit"]["code"], public["position"]) == ("RO", "RO", position("RO"))
    assert "Ici" not in str(public)


def test_a_duplicate_that_its_citizen_reopens_gives_the_original_its_requesters_back(gateway, held, calls):
    original = gateway.post(PATH, pothole()).json["service_request_id"]
    reported(gateway, held, [{"action": "duplicate", "duplicate_of": original}])
    assert gateway.get(f"{PATH}/{original}").json["requesters"] == {"web": 2}
    with calls() as counted:
        view = do(gateway, held, "reopening", {"reason": "C'est un autre trou."}).json
    assert counted == {"GetItem": 2, "TransactWriteItems": 1}
    assert (view["status"], view["duplicate_of"]) == ("reopened", None)
    assert gateway.get(f"{PATH}/{original}").json["requesters"] == {"web": 1}


def test_a_word_said_while_a_transaction_has_hold_of_it_is_said(gateway, held, before_call):
    busy = [None]

    class Http:
        status_code = 400

    def conflict(**_):
        if busy:
            busy.pop()
            code = "TransactionConflictException"
            return Http, {"Error": {"Code": code, "Message": "x"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
        return None

    with before_call("UpdateItem", conflict):
        answer = do(gateway, held, "comments", {"text": "Un mot"})
    assert (answer.status, len(answer.json["steps"])) == (200, 2)


def test_a_word_overtaken_by_the_units_acknowledgement_is_said_and_a_correction_is_not(gateway, held, before_call):
    faster = [[{"action": "acknowledge"}], [{"action": "start"}]]

    def overtake(**_):
        if faster:
            reported(gateway, held, faster.pop(0))

    with before_call("UpdateItem", overtake):
        check_problem(do(gateway, held, "correction", {"description": "Deux"}), 409, "move-not-allowed")
    assert do(gateway, held, "comments", {"text": "Deux"}).status == 200


@pytest.mark.parametrize(("what", "body"), [("comments", {"text": "Un mot"}), ("withdrawal", {"reason": "Réglé"})])
def test_the_same_key_again_changes_nothing_and_with_other_words_is_refused(gateway, held, what, body):
    first = do(gateway, held, what, body, Idempotency_Key=KEY)
    again = do(gateway, held, what, body, Idempotency_Key=KEY)
    assert first.status == again.status == 200
    assert first.json == again.json
    other = dict.fromkeys(body, "Autre chose")
    check_problem(do(gateway, held, what, other, Idempotency_Key=KEY), 422, "idempotency-key-reused")


@pytest.mark.parametrize("what", ["comments", "reply", "correction", "withdrawal", "reopening"])
@pytest.mark.parametrize("token", ["wrong", None])
def test_without_its_token_nothing_is_done(gateway, held, what, token):
    before = store().get(held["service_request_id"])
    body = {
        "comments": {"text": "x"},
        "reply": {"text": "x"},
        "correction": {"description": "x"},
        "withdrawal": {},
        "reopening": {"reason": "x"},
    }[what]
    headers = {"Tracking-Token": token} if token else {}
    refused = gateway.post(f"{PATH}/{held['service_request_id']}/{what}", body, headers=headers)
    check_problem(refused, 403, "wrong-tracking-token")
    assert store().get(held["service_request_id"]) == before


@pytest.mark.parametrize("id", ["7K3Q9XPTM3", "nothing"])
def test_of_one_that_does_not_exist_it_is_said_so(gateway, held, id):
    refused = gateway.post(f"{PATH}/{id}/comments", {"text": "x"}, headers={"Tracking-Token": held["tracking_token"]})
    check_problem(refused, 404, "service-request-not-found")
