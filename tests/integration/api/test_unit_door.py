from datetime import timedelta

import pytest

from chalicelib.foundation import times
from chalicelib.service_requests.actions import common, reporting
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
        ("POST", f"{MANY}/{id}/resend", {"from_sequence": 1}),
        ("POST", "/v1/units/VM/resend", {"since": clock()}),
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


ACTIONS = [
    ("acknowledge", {"reference": "BT-1"}, "acknowledged", []),
    ("start", {}, "in_progress", []),
    ("ask", {"message": "Où ?"}, "info_requested", []),
    ("resolve", {"resolution": "nothing_found"}, "resolved", []),
    ("refuse", {"reason": "policy"}, "refused", []),
    ("transfer", {"to_unit": "RO"}, "submitted", ["VM", "RO"]),
    ("transfer", {"to_unit": "eclairage", "message": "C'est un lampadaire."}, "submitted", ["VM", "eclairage"]),
]
EACH = [action for action, *_ in ACTIONS[:6]] + ["duplicate"]


@pytest.mark.parametrize(("action", "details", "status", "told"), ACTIONS)
def test_an_action_does_this_and_tells_these_and_its_repeat_is_answered_alike(
    gateway, id, calls, stored, action, details, status, told
):
    at = clock()
    with calls() as counted:
        first = taken(gateway, id, action, update_id="one", occurred_at=at, **details)
    assert counted == {"GetItem": 1, "UpdateItem": 1}
    assert (first["status"], first["applied"], first["sequence"]) == (status, True, 2)
    assert list(store().get(id).timeline[-1].recipients) == told
    before = stored()
    with calls() as counted:
        assert taken(gateway, id, action, update_id="one", occurred_at=at, **details) == first
    assert counted == {"GetItem": 1}
    changed = {"message": "Autre chose."}
    answer = report(gateway, id, action, update_id="one", occurred_at=at, **details | changed)
    check_problem(answer, 409, "update-id-reused")
    assert stored() == before


@pytest.mark.parametrize(
    ("first", "other"),
    [
        (("transfer", {"to_unit": "RO"}), {"to_unit": "SO"}),
        (("resolve", {"resolution": "fixed"}), {"resolution": "nothing_found"}),
        (("refuse", {"reason": "policy"}), {"reason": "not_ours"}),
        (("ask", {"message": "Où ?"}), {"message": "Quand ?"}),
    ],
)
def test_the_same_update_id_with_another_detail_is_refused(gateway, id, stored, first, other):
    at, (action, details) = clock(), first
    taken(gateway, id, action, update_id="one", occurred_at=at, **details)
    before = stored()
    answer = report(gateway, id, action, update_id="one", occurred_at=at, **details | other)
    check_problem(answer, 409, "update-id-reused")
    assert stored() == before


@pytest.mark.parametrize("action", EACH)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_after_a_transfer_the_unit_is_told_who_has_it_and_the_other_goes_on(gateway, id, stored, action, language):
    taken(gateway, id, "transfer", to_unit="RO", message="Chez vous.")
    before = stored()
    details = {
        "ask": {"message": "Où ?"},
        "resolve": {"resolution": "fixed"},
        "refuse": {"reason": "policy"},
        "duplicate": {"duplicate_of": "7K3Q9XPTM3"},
        "transfer": {"to_unit": "SO"},
    }.get(action, {})
    body = {"update_id": "late", "occurred_at": clock(), "action": action} | details
    answer = gateway.post(f"{MANY}/{id}/updates?lang={language}", body, role=ROLE)
    assert check_problem(answer, 409, "transferred", language)["unit"] == "RO"
    assert stored() == before
    role = "guichet-test-unit-RO"
    seen = gateway.get(f"/v1/units/RO/service-requests/{id}", role=role).json
    assert (seen["unit"], seen["status"], seen["last_sequence"], seen["reference"]) == ("RO", "submitted", 2, None)
    assert report(gateway, id, "start", unit="RO").status == 200


def test_transferred_away_and_back_it_is_told_as_new(gateway, id):
    taken(gateway, id, "transfer", to_unit="RO")
    assert report(gateway, id, "transfer", unit="RO", to_unit="VM").status == 200
    shown = view(gateway, id)
    assert (shown["status"], shown["last_sequence"], len(shown["timeline"])) == ("submitted", 3, 3)
    assert taken(gateway, id, "acknowledge")["applied"] is True


def test_a_duplicate_is_closed_and_the_original_of_another_unit_told(gateway, id, calls):
    original = gateway.post("/v1/service-requests", pothole("RO")).json["service_request_id"]
    with calls() as counted:
        done = taken(gateway, id, "duplicate", duplicate_of=f"{original[:5]}-{original[5:]}".lower())
    assert counted == {"GetItem": 2, "TransactWriteItems": 1}
    assert done["status"] == "duplicate"
    assert view(gateway, id)["duplicate_of"] == original
    seen = gateway.get(f"/v1/units/RO/service-requests/{original}", role="guichet-test-unit-RO").json
    assert (seen["timeline"][-1]["action"], seen["timeline"][-1]["duplicate"], seen["last_sequence"]) == ("join", id, 2)
    public = gateway.get(f"/v1/service-requests/{original}").json
    assert (public["requesters"], public["status"]) == ({"web": 2}, "submitted")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_wrong_original_is_told_and_neither_is_written(gateway, id, stored, language):
    first, original = (gateway.post("/v1/service-requests", pothole()).json["service_request_id"] for _ in range(2))
    taken(gateway, first, "duplicate", duplicate_of=original)
    before = stored()
    for wrong in ("7K3Q9XPTM3", id):
        body = {"update_id": "d", "occurred_at": clock(), "action": "duplicate", "duplicate_of": wrong}
        answer = gateway.post(f"{MANY}/{id}/updates?lang={language}", body, role=ROLE)
        assert pointers(check_problem(answer, 422, "invalid-input", language)) == ["#/duplicate_of"]
    body = {"update_id": "d", "occurred_at": clock(), "action": "duplicate", "duplicate_of": first}
    answer = gateway.post(f"{MANY}/{id}/updates?lang={language}", body, role=ROLE)
    assert check_problem(answer, 409, "duplicate-of-a-duplicate", language)["duplicate_of"] == original
    assert stored() == before


def test_a_late_report_of_a_duplicate_or_a_transfer_moves_neither(gateway, id):
    original = gateway.post("/v1/service-requests", pothole()).json["service_request_id"]
    taken(gateway, id, "start", occurred_at=clock(2))
    for action, details in (("duplicate", {"duplicate_of": original}), ("transfer", {"to_unit": "RO"})):
        late = taken(gateway, id, action, occurred_at=clock(1), **details)
        assert (late["applied"], late["status"]) == (False, "in_progress")
    assert len(store().get(original).timeline) == 1
    assert set(store().get(id).delivery) == {"VM"}
    check_problem(
        gateway.get(f"/v1/units/RO/service-requests/{id}", role="guichet-test-unit-RO"),
        404,
        "service-request-not-found",
    )


@pytest.mark.parametrize("wrong", ["nowhere", "VM", "vm"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_unit_that_cannot_have_it_is_told_with_those_that_can(gateway, id, stored, wrong, language):
    before = stored()
    body = {"update_id": "t", "occurred_at": clock(60), "action": "transfer", "to_unit": wrong}
    answer = gateway.post(f"{MANY}/{id}/updates?lang={language}", body, role=ROLE)
    document = check_problem(answer, 422, "invalid-input", language)
    assert pointers(document) == ["#/occurred_at", "#/to_unit"]
    assert stored() == before


def test_a_question_and_its_answer_reach_both_sides(gateway, id, receipt):
    taken(gateway, id, "ask", message="De quel côté ?")
    headers = {"Tracking-Token": receipt["tracking_token"]}
    path = f"/v1/service-requests/{id}"
    assert gateway.get(path, headers=headers).json["question"] == "De quel côté ?"
    assert "côté" not in gateway.get(path).body
    assert gateway.post(f"{path}/reply", {"text": "Nord."}, headers=headers).status == 200
    shown = view(gateway, id)
    assert (shown["status"], shown["last_sequence"], shown["timeline"][-1]["text"]) == ("acknowledged", 3, "Nord.")


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
    assert document["allowed"] == [*allowed, "announce_photos"]
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
        ({"update_id": "1", "occurred_at": clock(), "action": "ask", "to_unit": "RO"}, ["#/message", "#/to_unit"]),
        (
            {"update_id": "1", "occurred_at": clock(), "action": "duplicate", "duplicate_of": "x", "reason": "policy"},
            ["#/duplicate_of", "#/reason"],
        ),
        ({"update_id": "1", "occurred_at": clock(), "action": "transfer"}, ["#/to_unit"]),
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
            reporting.report(store(), "VM", id, faster.pop())

    with before_call("UpdateItem", overtake):
        mine = taken(gateway, id, "start", update_id="mine", occurred_at=clock(1))
    assert (mine["sequence"], mine["status"]) == (3, "in_progress")
    assert [entry["update_id"] for entry in view(gateway, id)["timeline"]] == [None, "faster", "mine"]


def test_a_report_overtaken_by_its_own_repeat_is_in_the_timeline_once(gateway, id, before_call):
    at = clock()
    twin = [Update(update_id="twin", occurred_at=at, action="start")]

    def overtake(**_):
        if twin:
            reporting.report(store(), "VM", id, twin.pop())

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
    assert len(view(gateway, id)["timeline"]) == 1 + common.ATTEMPTS


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
