from datetime import timedelta

import pytest

from chalicelib.foundation import times
from chalicelib.service_requests import actions
from chalicelib.service_requests.lifecycle import Action, Kind
from chalicelib.service_requests.store import store
from chalicelib.service_requests.timeline import Actor, Change
from chalicelib.service_requests.updates import Update
from tests.support.submissions import pothole
from tests.support.told import check_problem, pointers

MANY = "/v1/units/VM/service-requests"
ROLE = "guichet-test-unit-VM"
numbers = iter(range(10**6))


def clock(minutes=0.0):
    return times.written(times.now() + timedelta(minutes=minutes))


@pytest.fixture
def receipt(gateway):
    return gateway.post("/v1/service-requests", pothole(description="Un trou")).json


@pytest.fixture
def id(receipt):
    return receipt["service_request_id"]


def report(gateway, id, action, *, unit="VM", role=None, **details):
    body = {"update_id": f"u-{next(numbers)}", "occurred_at": clock(), "action": action} | details
    path = f"/v1/units/{unit}/service-requests/{id}/updates"
    return gateway.post(path, body, role=f"guichet-test-unit-{unit}" if role is None else role)


def taken(gateway, id, action, **details):
    answer = report(gateway, id, action, **details)
    assert answer.status == 200, answer
    return answer.json


def view(gateway, id):
    return gateway.get(f"{MANY}/{id}", role=ROLE).json


def doors(id):
    return [
        ("GET", MANY, None),
        ("GET", f"{MANY}/{id}", None),
        ("POST", f"{MANY}/{id}/updates", {"update_id": "x", "occurred_at": clock(), "action": "start"}),
    ]


@pytest.mark.parametrize(
    "role", ["", "guichet-test-unit-RO", "guichet-test-unit-", "guichet-test-unit-VMX", "guichet-prod-unit-VM", "admin"]
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_only_a_units_own_role_opens_its_doors(gateway, id, stored, calls, role, language):
    before = stored()
    for method, path, body in doors(id):
        with calls() as counted:
            answer = gateway.call(method, f"{path}?lang={language}", body=body, role=role)
        check_problem(answer, 403, "forbidden", language)
        assert not counted
    assert stored() == before


@pytest.mark.parametrize("unit", ["VM%2F", "VM%2Fservice-requests", "vm", "%7Bid%7D", "VM%20", "%00"])
def test_a_unit_written_otherwise_is_another(gateway, id, unit):
    for path in (f"/v1/units/{unit}/service-requests", f"/v1/units/{unit}/service-requests/{id}"):
        check_problem(gateway.get(path, role=ROLE), 403, "forbidden")


def test_a_unit_sees_its_own_with_all_it_needs_to_work(gateway, id):
    shown = view(gateway, id)
    assert shown["service_request_id"] == id
    assert shown["description"] == "Un trou"
    assert shown["place"]["position"]
    assert (shown["last_sequence"], shown["status"], shown["reference"]) == (1, "submitted", None)
    assert [entry["action"] for entry in shown["timeline"]] == ["submit"]
    assert id in [item["service_request_id"] for item in gateway.get(f"{MANY}?limit=100", role=ROLE).json["items"]]


def test_another_units_is_not_found(gateway, id, stored):
    before = stored()
    role = "guichet-test-unit-RO"
    path = f"/v1/units/RO/service-requests/{id}"
    check_problem(gateway.get(path, role=role), 404, "service-request-not-found")
    check_problem(report(gateway, id, "start", unit="RO"), 404, "service-request-not-found")
    listed = gateway.get("/v1/units/RO/service-requests", role=role).json["items"]
    assert id not in [item["service_request_id"] for item in listed]
    assert stored() == before


@pytest.mark.parametrize("unknown", ["7K3Q9XPTM3", "x", "%C3%A9", "UUUUUUUUUU"])
def test_what_does_not_exist_is_not_found(gateway, unknown):
    check_problem(gateway.get(f"{MANY}/{unknown}", role=ROLE), 404, "service-request-not-found")
    check_problem(report(gateway, unknown, "start"), 404, "service-request-not-found")


def test_a_unit_outside_the_catalogue_has_nothing(gateway, id):
    role = "guichet-test-unit-ZZ"
    assert gateway.get("/v1/units/ZZ/service-requests", role=role).json == {"items": [], "next": None}
    check_problem(report(gateway, id, "start", unit="ZZ"), 404, "service-request-not-found")


def test_a_unit_acknowledges_starts_and_resolves(gateway, id):
    assert taken(gateway, id, "acknowledge", reference="BT-1") | {"update_id": ""} == {
        "service_request_id": id,
        "update_id": "",
        "sequence": 2,
        "applied": True,
        "status": "acknowledged",
    }
    assert taken(gateway, id, "start", message="En route.")["status"] == "in_progress"
    assert taken(gateway, id, "resolve", resolution="fixed")["status"] == "resolved"
    shown = view(gateway, id)
    assert (shown["status"], shown["reference"], shown["last_sequence"]) == ("resolved", "BT-1", 1)
    assert shown["closed_at"] == shown["updated_at"]
    assert [entry["sequence"] for entry in shown["timeline"]] == [1, 2, 3, 4]
    assert [entry["text"] for entry in shown["timeline"]] == ["Un trou", None, "En route.", None]


@pytest.mark.parametrize("reason", ["not_ours", "policy", "incomplete"])
def test_a_unit_refuses_for_a_reason(gateway, id, reason):
    assert taken(gateway, id, "refuse", reason=reason)["status"] == "refused"
    assert view(gateway, id)["timeline"][-1]["reason"] == reason


def test_a_report_costs_one_read_and_one_write_and_a_repeat_one_read(gateway, id, calls):
    at = clock()
    with calls() as counted:
        first = taken(gateway, id, "acknowledge", update_id="once", occurred_at=at)
    assert counted == {"GetItem": 1, "UpdateItem": 1}
    with calls() as counted:
        assert taken(gateway, id, "acknowledge", update_id="once", occurred_at=at) == first
    assert counted == {"GetItem": 1}


def test_reading_one_costs_one_read(gateway, id, calls):
    with calls() as counted:
        view(gateway, id)
    assert counted == {"GetItem": 1}


def test_a_repeat_is_answered_as_the_first_time_whatever_came_since(gateway, id, stored):
    at = clock()
    first = taken(gateway, id, "acknowledge", update_id="a", occurred_at=at, message="Reçu.")
    taken(gateway, id, "start")
    taken(gateway, id, "resolve", resolution="nothing_found")
    before = stored()
    assert taken(gateway, id, "acknowledge", update_id="a", occurred_at=at, message="Reçu.") == first
    assert first["status"] == "acknowledged"
    assert stored() == before


@pytest.mark.parametrize(
    "other",
    [
        {"action": "start"},
        {"message": "Autre."},
        {"message": None},
        {"reference": "BT-2"},
        {"occurred_at": clock(-1)},
    ],
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_same_update_id_with_something_else_is_refused(gateway, id, stored, other, language):
    body = {"update_id": "a", "occurred_at": clock(), "action": "acknowledge", "message": "Reçu.", "reference": "BT-1"}
    path = f"{MANY}/{id}/updates?lang={language}"
    assert gateway.post(path, body, role=ROLE).status == 200
    before = stored()
    check_problem(gateway.post(path, body | other, role=ROLE), 409, "update-id-reused", language)
    assert stored() == before


def test_two_service_requests_may_have_reports_of_the_same_id(gateway, id):
    other = gateway.post("/v1/service-requests", pothole()).json["service_request_id"]
    taken(gateway, id, "start", update_id="same")
    taken(gateway, other, "acknowledge", update_id="same")
    assert (view(gateway, id)["status"], view(gateway, other)["status"]) == ("in_progress", "acknowledged")


def test_what_is_older_than_the_last_report_is_kept_and_moves_nothing(gateway, id):
    taken(gateway, id, "start", occurred_at=clock(2))
    stale = taken(gateway, id, "resolve", resolution="fixed", occurred_at=clock(1), update_id="late", message="Fait.")
    assert (stale["applied"], stale["status"], stale["sequence"]) == (False, "in_progress", 3)
    shown = view(gateway, id)
    assert shown["status"] == "in_progress"
    assert (shown["timeline"][-1]["update_id"], shown["timeline"][-1]["applied"]) == ("late", False)
    public = gateway.get(f"/v1/service-requests/{id}").json
    assert [step["action"] for step in public["steps"]] == ["submit", "start"]


def test_a_stale_report_is_kept_even_where_its_move_would_be_forbidden(gateway, id):
    taken(gateway, id, "resolve", resolution="fixed", occurred_at=clock(2))
    assert taken(gateway, id, "acknowledge", occurred_at=clock(1))["applied"] is False
    assert view(gateway, id)["status"] == "resolved"


@pytest.mark.parametrize(
    ("before", "action", "details", "allowed"),
    [
        (["start"], "start", {}, ["ask", "resolve", "refuse", "duplicate", "transfer"]),
        (["start"], "acknowledge", {}, ["ask", "resolve", "refuse", "duplicate", "transfer"]),
        (["acknowledge"], "acknowledge", {}, ["start", "ask", "resolve", "refuse", "duplicate", "transfer"]),
        (["resolve"], "start", {}, []),
        (["refuse"], "resolve", {"resolution": "fixed"}, []),
    ],
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_move_that_is_not_allowed_is_told_those_that_are(
    gateway, id, stored, before, action, details, allowed, language
):
    for earlier in before:
        extra = {"resolve": {"resolution": "fixed"}, "refuse": {"reason": "policy"}}.get(earlier, {})
        taken(gateway, id, earlier, **extra)
    unchanged = stored()
    body = {"update_id": "next", "occurred_at": clock(1), "action": action} | details
    answer = gateway.post(f"{MANY}/{id}/updates?lang={language}", body, role=ROLE)
    document = check_problem(answer, 409, "move-not-allowed", language)
    assert document["allowed"] == allowed
    assert document["current_status"] == view(gateway, id)["status"]
    assert stored() == unchanged


@pytest.mark.parametrize("minutes", [6, 60, 10**8])
def test_what_has_not_happened_yet_is_refused(gateway, id, stored, minutes):
    before = stored()
    document = check_problem(report(gateway, id, "start", occurred_at=clock(minutes)), 422, "invalid-input")
    assert pointers(document) == ["#/occurred_at"]
    assert stored() == before


def test_what_happened_before_the_service_request_is_refused(gateway, id, stored):
    before = stored()
    for early in (clock(-60), "0001-01-01T00:00:00Z"):
        document = check_problem(report(gateway, id, "start", occurred_at=early), 422, "invalid-input")
        assert pointers(document) == ["#/occurred_at"]
    assert stored() == before


def test_clocks_a_little_apart_are_forgiven(gateway, id):
    taken(gateway, id, "acknowledge", occurred_at=clock(-4))
    taken(gateway, id, "start", occurred_at=clock(4))


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, ["#/action", "#/occurred_at", "#/update_id"]),
        (
            {"update_id": "", "occurred_at": "hier", "action": "dance", "x": 1},
            ["#/action", "#/occurred_at", "#/update_id", "#/x"],
        ),
        (
            {"update_id": "1", "occurred_at": clock(), "action": "resolve", "reason": "policy"},
            ["#/reason", "#/resolution"],
        ),
        ({"update_id": "1", "occurred_at": clock(), "action": "refuse"}, ["#/reason"]),
        ({"update_id": "1", "occurred_at": clock(), "action": "start", "message": "a\0"}, ["#/message"]),
        ({"update_id": "1", "occurred_at": "1700000000", "action": "start"}, ["#/occurred_at"]),
    ],
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_wrong_report_is_told_what_is_wrong(gateway, id, stored, body, where, language):
    before = stored()
    answer = gateway.post(f"{MANY}/{id}/updates", body, role=ROLE, headers={"Accept-Language": language})
    assert pointers(check_problem(answer, 422, "invalid-input", language)) == where
    assert stored() == before


@pytest.mark.parametrize(("body", "slug"), [("{", "not-json"), ("x" * 70_000, "body-too-large"), ("", "not-json")])
def test_a_report_that_cannot_be_read_is_refused(gateway, id, body, slug):
    answer = gateway.post(f"{MANY}/{id}/updates", body, role=ROLE)
    check_problem(answer, answer.status, slug)
    assert 400 <= answer.status < 500


def test_a_report_overtaken_by_another_is_applied_to_what_the_other_left(gateway, id, before_call):
    faster = [Update(update_id="faster", occurred_at=times.now(), action="acknowledge")]

    def overtake(**_):
        if faster:
            actions.report(store(), "VM", id, faster.pop())

    with before_call("UpdateItem", overtake):
        mine = taken(gateway, id, "start", update_id="mine", occurred_at=clock(1))
    assert (mine["sequence"], mine["status"]) == (3, "in_progress")
    assert [entry["update_id"] for entry in view(gateway, id)["timeline"]] == [None, "faster", "mine"]


def test_a_report_overtaken_by_its_own_repeat_is_in_the_timeline_once(gateway, id, before_call):
    at = clock()
    twin = [Update(update_id="twin", occurred_at=at, action="start")]

    def overtake(**_):
        if twin:
            actions.report(store(), "VM", id, twin.pop())

    with before_call("UpdateItem", overtake):
        assert taken(gateway, id, "start", update_id="twin", occurred_at=at)["sequence"] == 2
    assert len(view(gateway, id)["timeline"]) == 2


def test_a_report_always_overtaken_is_asked_for_again(gateway, id, before_call):
    comment = Change(action=Action.COMMENT, by=Actor(kind=Kind.CITIZEN), text="Encore.")
    writing = []

    def overtake(**_):
        if not writing:
            writing.append(True)
            before = store().get(id)
            store().append(before, before.after(comment, at=times.now(), entry_id=f"e{before.sequence}"))
            writing.clear()

    with before_call("UpdateItem", overtake):
        answer = report(gateway, id, "start")
    check_problem(answer, 503, "busy")
    assert int(answer.headers["Retry-After"]) >= 1
    assert len(view(gateway, id)["timeline"]) == 1 + actions.ATTEMPTS


def test_a_report_whose_answer_was_lost_is_in_the_timeline_once(gateway, id, cloud, calls):
    def again(attempts, **_):
        return 0 if attempts == 1 else None

    events = cloud.dynamodb.meta.events
    events.register_first("needs-retry.dynamodb.UpdateItem", again)
    try:
        with calls() as counted:
            taken(gateway, id, "start")
    finally:
        events.unregister("needs-retry.dynamodb.UpdateItem", again)
    assert counted == {"GetItem": 1, "UpdateItem": 1}
    assert [entry["action"] for entry in view(gateway, id)["timeline"]] == ["submit", "start"]
