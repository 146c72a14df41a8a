"""What agents of the city and of its units do with a service request, and who is told of it."""

from datetime import timedelta

import pytest

from chalicelib.foundation import times
from chalicelib.service_requests.actions import common
from chalicelib.service_requests.store import store
from tests.support.environment import UNIT_ROLE_PREFIX
from tests.support.submissions import position, pothole
from tests.support.told import check_problem, pointers

PUBLIC = "/v1/service-requests"
AGENT = "/v1/agent/service-requests"
NOTE = "Demandé au téléphone."
numbers = iter(range(10**6))

# What each action needs, and what it does from `submitted`: status, unit, and the units told.
ACTIONS = [
    ({"action": "triage", "service_code": "graffiti"}, "submitted", "VM", ["VM"]),
    ({"action": "triage", "service_code": "eclairage"}, "submitted", "eclairage", ["VM", "eclairage"]),
    ({"action": "triage", "to_unit": "RO"}, "submitted", "RO", ["VM", "RO"]),
    ({"action": "transfer", "to_unit": "RO"}, "submitted", "RO", ["VM", "RO"]),
    ({"action": "prioritize", "priority": "urgent"}, "submitted", "VM", ["VM"]),
    ({"action": "note", "note": NOTE}, "submitted", "VM", ["VM"]),
    ({"action": "publish", "about": 1}, "submitted", "VM", []),
    ({"action": "publish", "about": 1, "text": "Un trou."}, "submitted", "VM", []),
    ({"action": "unpublish", "about": 1}, "submitted", "VM", []),
    ({"action": "comment", "message": "Il s'agrandit."}, "submitted", "VM", ["VM"]),
    ({"action": "correct", "description": "Deux trous."}, "submitted", "VM", ["VM"]),
    ({"action": "correct", "location": position("VM") | {"address": "Ici"}}, "submitted", "VM", ["VM"]),
    ({"action": "correct", "location": position("RO")}, "submitted", "RO", ["VM", "RO"]),
    ({"action": "withdraw", "message": "C'est réparé."}, "withdrawn", "VM", ["VM"]),
    ({"action": "acknowledge", "note": NOTE, "reference": "BT-1"}, "acknowledged", "VM", ["VM"]),
    ({"action": "start", "note": NOTE}, "in_progress", "VM", ["VM"]),
    ({"action": "ask", "note": NOTE, "message": "Où ?"}, "info_requested", "VM", ["VM"]),
    ({"action": "resolve", "note": NOTE, "resolution": "fixed"}, "resolved", "VM", ["VM"]),
    ({"action": "refuse", "note": NOTE, "reason": "policy"}, "refused", "VM", ["VM"]),
]
IDS = ["-".join(map(str, body.values()))[:40] for body, *_ in ACTIONS]
BY_NAME = {body["action"]: body for body, *_ in reversed(ACTIONS)}
BY_NAME |= {"reply": {"action": "reply", "message": "Ici."}, "reopen": {"action": "reopen", "note": NOTE}}
WHILE_CLOSED = {"note", "publish", "unpublish", "comment", "reopen"}
OF_PHOTOS = {"publish_photo", "unpublish_photo", "blur_photo"}
"""At any time: of one that is accepted."""


@pytest.fixture
def receipt(gateway):
    return gateway.post(PUBLIC, pothole(description="Un trou chez Tremblay")).json


@pytest.fixture
def id(receipt):
    return receipt["service_request_id"]


@pytest.fixture
def key():
    return {"Idempotency-Key": f"a-key-of-an-agent-{next(numbers):06}"}


def act(gateway, id, body, *, agent="agents", headers=None, query=""):
    return gateway.post(f"{AGENT}/{id}/actions{query}", body, agent=agent, headers=headers or {})


def done(gateway, id, body, **options):
    answer = act(gateway, id, body, **options)
    assert answer.status == 200, answer
    return answer.json


def read(gateway, id, agent="agents"):
    return gateway.get(f"{AGENT}/{id}", agent=agent)


@pytest.mark.parametrize(("body", "status", "unit", "told"), ACTIONS, ids=IDS)
def test_an_action_does_this_and_tells_these(gateway, id, calls, body, status, unit, told):
    with calls() as counted:
        view = done(gateway, id, body)
    assert counted == {"GetItem": 1, "UpdateItem": 1}
    assert (view["status"], view["unit"]["code"], view["sequence"]) == (status, unit, 2)
    entry = view["timeline"][-1]
    assert (entry["action"], entry["recipients"], entry["status"]) == (body["action"], told, status)
    assert (entry["by"]["kind"], entry["agent_name"]) == ("agent", "agent of agents")
    assert entry["note"] == body.get("note")
    assert read(gateway, id).json == view


@pytest.mark.parametrize(("body", "status", "unit", "told"), ACTIONS, ids=IDS)
@pytest.mark.parametrize("agent", ["agents", "unit-VM"])
def test_the_same_with_its_key_again_changes_nothing(gateway, id, stored, key, agent, body, status, unit, told):
    if agent != "agents" and body["action"] == "triage":
        return
    first = act(gateway, id, body, agent=agent, headers=key)
    before = stored()
    again = act(gateway, id, body, agent=agent, headers=key)
    assert (again.status, again.body) == (200, first.body)
    assert stored() == before


@pytest.mark.parametrize(
    ("body", "other"),
    [
        ({"action": "note", "note": NOTE}, {"note": "Autre."}),
        ({"action": "comment", "message": "Un mot."}, {"message": "Autre."}),
        ({"action": "comment", "message": "Un mot."}, {"note": "Autre."}),
        ({"action": "transfer", "to_unit": "RO"}, {"to_unit": "SO"}),
        ({"action": "triage", "to_unit": "RO"}, {"to_unit": "SO"}),
        ({"action": "triage", "service_code": "graffiti"}, {"service_code": "eclairage"}),
        ({"action": "triage", "service_code": "graffiti"}, {"to_unit": "RO"}),
        ({"action": "prioritize", "priority": "urgent"}, {"priority": "normal"}),
        ({"action": "publish", "about": 1}, {"text": "Autre."}),
        ({"action": "correct", "description": "Deux."}, {"description": "Trois."}),
        ({"action": "correct", "location": position("VM")}, {"location": position("RO")}),
        ({"action": "resolve", "note": NOTE, "resolution": "fixed"}, {"resolution": "nothing_found"}),
        ({"action": "refuse", "note": NOTE, "reason": "policy"}, {"reason": "not_ours"}),
    ],
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_key_reused_for_something_else_is_refused(gateway, id, stored, key, body, other, language):
    done(gateway, id, body, headers=key)
    before = stored()
    answer = act(gateway, id, body | other, headers=key, query=f"?lang={language}")
    check_problem(answer, 422, "idempotency-key-reused", language)
    assert stored() == before


def test_the_same_key_of_two_agents_is_two(gateway, id, key):
    body = {"action": "note", "note": NOTE}
    done(gateway, id, body, headers=key)
    assert done(gateway, id, body, headers=key, agent="agents,unit-VM")["sequence"] == 3


def brought_to(gateway, id, status):
    steps = {
        "submitted": [],
        "acknowledged": ["acknowledge"],
        "in_progress": ["start"],
        "info_requested": ["ask"],
        "resolved": ["resolve"],
        "refused": ["refuse"],
        "withdrawn": ["withdraw"],
        "reopened": ["resolve", "reopen"],
    }
    for name in steps[status]:
        done(gateway, id, BY_NAME[name])


@pytest.mark.parametrize("status", ["submitted", "acknowledged", "in_progress", "info_requested", "reopened"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_is_not_possible_while_it_is_open_is_told_what_is(gateway, id, stored, status, language):
    brought_to(gateway, id, status)
    before = stored()
    forbidden = {
        "submitted": ["reply", "reopen"],
        "acknowledged": ["reply", "reopen", "acknowledge"],
        "in_progress": ["reply", "reopen", "acknowledge", "start"],
        "info_requested": ["ask", "reopen", "acknowledge"],
        "reopened": ["reply", "reopen"],
    }
    possible = set(read(gateway, id).json["agent_actions"])
    assert possible == BY_NAME.keys() - set(forbidden[status]) | {"duplicate", "announce_photos"}
    for name in forbidden[status]:
        answer = act(gateway, id, BY_NAME[name], query=f"?lang={language}")
        document = check_problem(answer, 409, "move-not-allowed", language)
        assert (document["current_status"], set(document["allowed"])) == (status, possible | OF_PHOTOS)
    assert stored() == before


@pytest.mark.parametrize("status", ["resolved", "refused", "withdrawn"])
def test_what_is_closed_takes_words_and_is_reopened_and_nothing_else(gateway, id, stored, status):
    brought_to(gateway, id, status)
    before = stored()
    for name in BY_NAME.keys() - WHILE_CLOSED:
        document = check_problem(act(gateway, id, BY_NAME[name]), 409, "move-not-allowed")
        assert set(document["allowed"]) == WHILE_CLOSED | {"announce_photos"} | OF_PHOTOS
    assert stored() == before
    assert done(gateway, id, BY_NAME["reopen"])["status"] == "reopened"


def test_an_agent_reopens_though_it_is_long_ago(gateway, id, monkeypatch):
    brought_to(gateway, id, "resolved")
    later = times.now() + timedelta(days=400)
    monkeypatch.setattr(times, "now", lambda: later)
    assert done(gateway, id, BY_NAME["reopen"])["status"] == "reopened"


@pytest.mark.parametrize("agent", ["unit-RO", "unit-eclairage", "unit-311"])
def test_an_agent_of_a_unit_that_never_had_it_does_not_find_it(gateway, id, stored, agent):
    before = stored()
    check_problem(read(gateway, id, agent), 404, "service-request-not-found")
    for body in BY_NAME.values():
        check_problem(act(gateway, id, body, agent=agent), 404, "service-request-not-found")
    assert stored() == before


def test_an_agent_of_the_unit_that_had_it_reads_it_and_is_told_who_has_it_now(gateway, id, stored):
    done(gateway, id, BY_NAME["transfer"], agent="unit-VM")
    before = stored()
    assert read(gateway, id, "unit-VM").status == 200
    for name in BY_NAME.keys() - {"transfer"}:
        document = check_problem(act(gateway, id, BY_NAME[name], agent="unit-VM"), 409, "transferred")
        assert document["unit"] == "RO"
    assert stored() == before
    assert done(gateway, id, BY_NAME["start"], agent="unit-RO")["status"] == "in_progress"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_triage_is_for_agents_of_all_units(gateway, id, stored, language):
    before = stored()
    answer = act(gateway, id, BY_NAME["triage"], agent="unit-VM", query=f"?lang={language}")
    check_problem(answer, 403, "forbidden", language)
    assert stored() == before


@pytest.mark.parametrize("unknown", ["7K3Q9XPTM3", "x", "%C3%A9", "UUUUUUUUUU"])
def test_what_does_not_exist_is_not_found(gateway, unknown):
    check_problem(read(gateway, unknown), 404, "service-request-not-found")
    check_problem(act(gateway, unknown, BY_NAME["note"]), 404, "service-request-not-found")


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, ["#/action"]),
        ({"action": "dance", "about": 0, "x": 1}, ["#/about", "#/action", "#/x"]),
        ({"action": "resolve", "reason": "policy"}, ["#/note", "#/reason", "#/resolution"]),
        ({"action": "correct"}, ["#"]),
        ({"action": "correct", "location": {"lat": 45.5}}, ["#/location/lon"]),
        ({"action": "transfer", "to_unit": "nowhere"}, ["#/to_unit"]),
        ({"action": "transfer", "to_unit": "VM"}, ["#/to_unit"]),
        ({"action": "triage", "to_unit": "nowhere", "service_code": "dance"}, ["#/service_code", "#/to_unit"]),
        ({"action": "publish", "about": 7}, ["#/about"]),
        ({"action": "duplicate", "duplicate_of": "x"}, ["#/duplicate_of"]),
        ({"action": "duplicate", "duplicate_of": "7K3Q9XPTM3"}, ["#/duplicate_of"]),
        ({"action": "correct", "location": {"lat": 45.48467, "lon": -73.59942}}, ["#/location"]),
        ({"action": "correct", "location": position("AJ")}, ["#/location"]),
    ],
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_is_wrong_is_told_all_at_once(gateway, id, stored, body, where, language):
    before = stored()
    answer = act(gateway, id, body, query=f"?lang={language}")
    assert pointers(check_problem(answer, 422, "invalid-input", language)) == where
    assert stored() == before


def test_an_action_overtaken_by_another_is_applied_to_what_the_other_left(gateway, id, before_call):
    faster = [{"action": "acknowledge", "note": NOTE}]

    def overtake(**_):
        if faster:
            done(gateway, id, faster.pop())

    with before_call("UpdateItem", overtake):
        view = done(gateway, id, BY_NAME["start"])
    assert [entry["action"] for entry in view["timeline"]] == ["submit", "acknowledge", "start"]


# Triage, transfer, a corrected place.


def public(gateway, id):
    return gateway.get(f"{PUBLIC}/{id}").json


def test_triage_to_another_service_renames_it_and_dates_it_anew(gateway, id):
    before = public(gateway, id)
    done(gateway, id, {"action": "triage", "service_code": "nettoyage-rues"})
    after = public(gateway, id)
    assert after["service"]["code"] == "nettoyage-rues"
    assert after["service"]["name"]["en"] != "Pothole"
    assert after["expected_at"] < before["expected_at"]
    first = store().get(id).as_of(1)
    assert (first.service_code, first.service_name.en) == ("nid-de-poule", "Pothole")


@pytest.mark.parametrize("body", [BY_NAME["transfer"], {"action": "correct", "location": position("RO")}])
def test_a_unit_sees_it_up_to_when_it_left(gateway, id, body):
    done(gateway, id, body)
    done(gateway, id, {"action": "note", "note": "Pour RO seulement."})
    done(gateway, id, {"action": "comment", "message": "Encore."})
    old, new = (
        gateway.get(f"/v1/units/{unit}/service-requests/{id}", role=UNIT_ROLE_PREFIX + unit).json
        for unit in ("VM", "RO")
    )
    assert (old["last_sequence"], len(old["timeline"])) == (2, 2)
    assert (new["last_sequence"], len(new["timeline"])) == (4, 4)


def test_a_corrected_place_moves_the_public_position_and_the_cell_it_is_found_by(gateway, id):
    before = store().get(id)
    done(gateway, id, {"action": "correct", "location": position("RO") | {"address": "Ici"}})
    after = store().get(id)
    assert (after.public_position, after.borough) == (after.place.position, "RO")
    assert after.cell != before.cell
    found = gateway.get(f"{PUBLIC}?near={after.place.position.lat},{after.place.position.lon}&radius=10").json["items"]
    assert id in [item["service_request_id"] for item in found]
    done(gateway, id, {"action": "correct", "location": {"borough": "RO", "address": "Ici"}})
    assert (store().get(id).public_position, store().get(id).cell) == (None, None)


def test_a_place_corrected_within_its_borough_leaves_it_with_the_unit_it_was_given_to(gateway, id):
    done(gateway, id, {"action": "transfer", "to_unit": "eclairage"})
    place = position("VM") | {"address": "275, rue Notre-Dame Est"}
    view = done(gateway, id, {"action": "correct", "location": place})
    assert (view["unit"]["code"], view["timeline"][-1]["recipients"]) == ("eclairage", ["eclairage"])


# Publishing.


def test_anyone_reads_what_was_published_as_it_was_published(gateway, id, receipt):
    path = f"{PUBLIC}/{id}"
    assert "Tremblay" not in gateway.get(path).body
    done(gateway, id, {"action": "publish", "about": 1, "text": "Un trou chez T."})
    assert public(gateway, id)["description"] == "Un trou chez T."
    own = gateway.get(path, headers={"Tracking-Token": receipt["tracking_token"]}).json
    assert own["description"] == "Un trou chez Tremblay"
    done(gateway, id, {"action": "unpublish", "about": 1})
    assert public(gateway, id)["description"] is None
    done(gateway, id, {"action": "publish", "about": 1})
    assert public(gateway, id)["description"] == "Un trou chez Tremblay"


def test_a_note_and_who_wrote_it_are_not_for_citizens(gateway, id, receipt):
    done(gateway, id, {"action": "refuse", "note": "SECRET note", "reason": "policy", "message": "Désolés."})
    path = f"{PUBLIC}/{id}"
    for headers in ({}, {"Tracking-Token": receipt["tracking_token"]}):
        body = gateway.get(path, headers=headers).body
        assert "SECRET" not in body
        assert "agent of agents" not in body
        assert "b1f4c2d0" not in body


# Duplicates.


def other(gateway, **changed):
    return gateway.post(PUBLIC, pothole(**changed)).json["service_request_id"]


def test_a_duplicate_costs_two_reads_and_one_transaction_and_so_does_its_reopening(gateway, id, calls):
    original = other(gateway, channel="mobile")
    body = {"action": "duplicate", "duplicate_of": original.lower()}
    with calls() as counted:
        view = done(gateway, id, body)
    assert counted == {"GetItem": 2, "TransactWriteItems": 1}
    assert (view["status"], view["duplicate_of"]) == ("duplicate", original)
    assert read(gateway, original).json["joined_by"] == [id]
    assert public(gateway, original)["requesters"] == {"mobile": 1, "web": 1}
    with calls() as counted:
        done(gateway, id, BY_NAME["reopen"])
    assert counted == {"GetItem": 2, "TransactWriteItems": 1}
    assert read(gateway, original).json["joined_by"] == []
    assert public(gateway, original)["requesters"] == {"mobile": 1}


def test_a_duplicate_again_with_its_key_costs_one_read(gateway, id, calls, key):
    body = {"action": "duplicate", "duplicate_of": other(gateway)}
    first = act(gateway, id, body, headers=key)
    with calls() as counted:
        again = act(gateway, id, body, headers=key)
    assert counted == {"GetItem": 1}
    assert (again.status, again.body) == (200, first.body)
    check_problem(act(gateway, id, body | {"duplicate_of": other(gateway)}, headers=key), 422, "idempotency-key-reused")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_of_a_duplicate_the_original_is_named(gateway, id, stored, language):
    first, original = other(gateway), other(gateway, borough="RO")
    done(gateway, first, {"action": "duplicate", "duplicate_of": original})
    before = stored()
    answer = act(gateway, id, {"action": "duplicate", "duplicate_of": first}, query=f"?lang={language}")
    assert check_problem(answer, 409, "duplicate-of-a-duplicate", language)["duplicate_of"] == original
    itself = act(gateway, id, {"action": "duplicate", "duplicate_of": id}, query=f"?lang={language}")
    assert pointers(check_problem(itself, 422, "invalid-input", language)) == ["#/duplicate_of"]
    assert stored() == before


@pytest.mark.parametrize("which", ["duplicate", "original"])
def test_a_duplicate_overtaken_on_either_side_is_made_on_what_the_other_left(gateway, id, before_call, which):
    original = other(gateway)
    faster = [original if which == "original" else id]

    def overtake(**_):
        if faster:
            done(gateway, faster.pop(), {"action": "note", "note": NOTE})

    with before_call("TransactWriteItems", overtake):
        done(gateway, id, {"action": "duplicate", "duplicate_of": original})
    assert public(gateway, original)["requesters"] == {"web": 2}
    assert read(gateway, id).json["status"] == "duplicate"
    lengths = (read(gateway, id).json["sequence"], read(gateway, original).json["sequence"])
    assert sorted(lengths) == [2, 3]


def test_a_duplicate_always_overtaken_is_asked_for_again_and_neither_is_written(gateway, id, before_call):
    original = other(gateway)
    overtaken = []

    def overtake(**_):
        overtaken.append(True)
        done(gateway, original, {"action": "note", "note": NOTE})

    with before_call("TransactWriteItems", overtake):
        answer = act(gateway, id, {"action": "duplicate", "duplicate_of": original})
    check_problem(answer, 503, "busy")
    assert len(overtaken) == common.ATTEMPTS
    assert read(gateway, id).json["sequence"] == 1
    assert public(gateway, original)["requesters"] == {"web": 1}


def test_a_duplicate_whose_answer_was_lost_is_one(gateway, id, cloud):
    original = other(gateway)

    def again(attempts, **_):
        return 0 if attempts == 1 else None

    events = cloud.dynamodb.meta.events
    events.register_first("needs-retry.dynamodb.TransactWriteItems", again)
    try:
        done(gateway, id, {"action": "duplicate", "duplicate_of": original})
    finally:
        events.unregister("needs-retry.dynamodb.TransactWriteItems", again)
    assert (read(gateway, id).json["sequence"], read(gateway, original).json["sequence"]) == (2, 2)


# By telephone.


def test_a_service_request_by_telephone_is_the_agents_and_the_citizen_can_follow_it(gateway, calls, key):
    body = pothole(description="Un trou")
    with calls() as counted:
        answer = gateway.post(AGENT, body, agent="unit-VM", headers=key)
    assert counted == {"PutItem": 1}
    assert answer.status == 201
    id = answer.json["service_request_id"]
    assert answer.headers["Location"] == f"/test{AGENT}/{id}"
    view = read(gateway, id).json
    assert (view["channel"], view["requesters"]) == ("phone", {"phone": 1})
    assert (view["timeline"][0]["by"]["kind"], view["timeline"][0]["agent_name"]) == ("agent", "agent of unit-VM")
    own = gateway.get(f"{PUBLIC}/{id}", headers={"Tracking-Token": answer.json["tracking_token"]})
    assert own.json["description"] == "Un trou"
    assert "agent of" not in own.body
    assert gateway.post(AGENT, body, agent="unit-VM", headers=key).body == answer.body
    assert gateway.post(AGENT, body, agent="agents", headers=key).json["service_request_id"] != id
    check_problem(
        gateway.post(AGENT, body | {"description": "x"}, agent="unit-VM", headers=key), 422, "idempotency-key-reused"
    )


@pytest.mark.parametrize("channel", ["web", "open311", "", None])
def test_by_telephone_is_by_telephone(gateway, channel):
    answer = gateway.post(AGENT, pothole(channel=channel), agent="agents")
    assert pointers(check_problem(answer, 422, "invalid-input")) == ["#/channel"]


@pytest.mark.parametrize("caller", [{}, {"role": UNIT_ROLE_PREFIX + "VM"}])
def test_nobody_else_opens_these_doors(gateway, id, stored, caller):
    before = stored()
    for method, path, body in [
        ("GET", f"{AGENT}/{id}", None),
        ("POST", f"{AGENT}/{id}/actions", BY_NAME["note"]),
        ("POST", AGENT, pothole()),
        ("POST", "/v1/agent/set-asides", {"service_request_ids": [id], "note": NOTE}),
    ]:
        answer = gateway.call(method, path, body=body, **caller)
        assert answer.status == 401
        assert answer.json["type"] == "urn:guichet:problem:unauthorized"
    assert stored() == before
