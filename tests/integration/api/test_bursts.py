"""A burst of anonymous submissions is taken, but held for triage: no crew goes after a prank, and nothing is lost."""

from datetime import timedelta

import pytest
from botocore.exceptions import ReadTimeoutError

from chalicelib.catalogue import load
from chalicelib.foundation import times
from chalicelib.service_requests.store import store
from tests.support.environment import UNIT_ROLE_PREFIX
from tests.support.submissions import PLACES
from tests.support.told import check_problem, pointers

PATH = "/v1/service-requests"
PILOT = load("pilot")
MOST = PILOT.burst_limit("nid-de-poule").most
HOLE = {"service_code": "nid-de-poule", "attributes": {"taille": "grand"}}
streets = iter(range(6, 36))
"""Each test has a place of its own, for what one stores stays for the next."""


@pytest.fixture(scope="module")
def bursts_are_held():
    return True


@pytest.fixture
def place():
    """A place some hundreds of metres from any other test's, in Rosemont."""
    number = next(streets)
    lat, lon = PLACES["RO"]
    return {"lat": lat - 0.012 + 0.004 * (number % 6), "lon": lon - 0.015 + 0.006 * (number // 6)}


def send(gateway, location, number=1, **changed):
    """So many of one place; the receipts."""
    answers = [gateway.post(PATH, HOLE | {"location": location} | changed) for _ in range(number)]
    assert {answer.status for answer in answers} == {201}
    return [answer.json for answer in answers]


def is_held(receipt):
    found = store().get(receipt["service_request_id"])
    assert found.held is (found.unit == "311")
    return found.held


def set_aside(gateway, ids, agent="agents", **body):
    body = {"service_request_ids": ids, "note": "Rafale inventée."} | body
    return gateway.post("/v1/agent/set-asides", body, agent=agent)


def act(gateway, id, agent="agents", **body):
    return gateway.post(f"/v1/agent/service-requests/{id}/actions", body, agent=agent)


def test_the_limit_is_the_catalogues_and_what_passes_it_is_held(gateway, place):
    held = [is_held(receipt) for receipt in send(gateway, place, MOST + 3)]
    assert held == [False] * MOST + [True] * 3


def test_what_is_watched_costs_one_query_before_the_write(gateway, place, calls):
    with calls() as counted:
        send(gateway, place)
    assert counted == {"Query": 1, "PutItem": 1}


def test_a_held_one_is_taken_like_any_other_and_its_holder_follows_it(gateway, place):
    send(gateway, place, MOST)
    [receipt] = send(gateway, place)
    id = receipt["service_request_id"]
    assert (receipt["status"], receipt["unit"]["code"]) == ("submitted", "311")
    view = gateway.get(f"{PATH}/{id}", headers={"Tracking-Token": receipt["tracking_token"]}).json
    assert view["so_far"]["en"] == "We have received the request. Somebody looks at it before it is sent on."
    headers = {"Tracking-Token": receipt["tracking_token"]}
    assert gateway.post(f"{PATH}/{id}/comments", {"text": "Vraiment."}, headers=headers).status == 200
    corrected = gateway.post(
        f"{PATH}/{id}/correction", {"location": place | {"lat": 45.5131, "lon": -73.55826}}, headers=headers
    )
    assert corrected.json["borough"]["code"] == "VM"
    assert is_held(receipt), "wherever it is, it waits for triage"


def test_the_boroughs_unit_is_not_told_and_does_not_see_it_but_the_triage_unit_is(gateway, place):
    send(gateway, place, MOST)
    [receipt] = send(gateway, place)
    id = receipt["service_request_id"]
    assert store().get(id).delivery == {"311": 0}
    own = gateway.get(f"/v1/units/RO/service-requests/{id}", role=UNIT_ROLE_PREFIX + "RO")
    check_problem(own, 404, "service-request-not-found")
    assert gateway.get(f"/v1/units/311/service-requests/{id}", role=UNIT_ROLE_PREFIX + "311").status == 200


def test_it_is_in_no_public_list(gateway, place):
    fine = send(gateway, place, MOST)
    [receipt] = send(gateway, place)
    near = f"{PATH}?near={place['lat']:.6f},{place['lon']:.6f}&radius=50"
    ids = [item["service_request_id"] for item in gateway.get(near).json["items"]]
    assert receipt["service_request_id"] not in ids
    assert fine[0]["service_request_id"] in ids
    listed = gateway.get(f"{PATH}?borough=RO&limit=100").json["items"]
    assert receipt["service_request_id"] not in [item["service_request_id"] for item in listed]


def test_another_service_or_another_place_is_no_part_of_it(gateway, place):
    send(gateway, place, MOST)
    other = {"service_code": "mobilier-urbain", "attributes": {}}
    answer = gateway.post(PATH, other | {"location": place})
    if answer.status == 422:
        faults = answer.json["errors"]
        questions = [fault["pointer"].rsplit("/", 1)[1] for fault in faults]
        by_code = {attribute.code: attribute for attribute in PILOT.services["mobilier-urbain"].attributes}
        other["attributes"] = {code: by_code[code].values[0].key for code in questions}
        answer = gateway.post(PATH, other | {"location": place})
    assert answer.status == 201, answer
    assert not is_held(answer.json)
    [elsewhere] = send(gateway, {"lat": PLACES["LR"][0], "lon": PLACES["LR"][1]})
    assert not is_held(elsewhere)


@pytest.mark.parametrize("service", ["eclairage", "branches"])
def test_where_the_catalogue_watches_for_none_nothing_is_held(gateway, place, calls, service):
    """A storm breaks many branches at once."""
    assert PILOT.burst_limit(service) is None
    attributes = {
        attribute.code: attribute.values[0].key
        for attribute in PILOT.services[service].attributes
        if attribute.required and attribute.datatype == "singlevaluelist"
    }
    send(gateway, place, MOST, service_code=service, attributes=attributes)
    with calls() as counted:
        [receipt] = send(gateway, place, service_code=service, attributes=attributes)
    assert not is_held(receipt)
    assert counted == {"PutItem": 1}


def test_after_a_while_it_is_over(gateway, place, monkeypatch):
    send(gateway, place, MOST)
    later = times.now() + PILOT.burst_limit("nid-de-poule").within + timedelta(seconds=1)
    monkeypatch.setattr(times, "now", lambda: later)
    [receipt] = send(gateway, place)
    assert not is_held(receipt)


def test_without_a_position_they_are_counted_by_borough(gateway, place):
    address = {"borough": "SO", "address": "1, rue Inventée"}
    held = [is_held(receipt) for receipt in send(gateway, address, MOST + 1)]
    assert held == [False] * MOST + [True]
    [elsewhere] = send(gateway, address | {"borough": "LR"})
    assert not is_held(elsewhere)
    [with_a_position] = send(gateway, {"lat": PLACES["SO"][0], "lon": PLACES["SO"][1]})
    assert not is_held(with_a_position)


def test_what_a_known_person_sends_is_never_held(gateway, place):
    send(gateway, place, MOST + 1)
    answer = gateway.post("/v1/agent/service-requests", HOLE | {"location": place}, agent="unit-RO")
    assert answer.status == 201
    assert not is_held(answer.json)


def test_a_repeat_with_its_key_is_answered_as_the_first_time_though_a_burst_came_between(gateway, place):
    key = {"Idempotency-Key": "a-key-before-the-burst"}
    body = HOLE | {"location": place}
    first = gateway.post(PATH, body, headers=key)
    send(gateway, place, MOST)
    assert gateway.post(PATH, body, headers=key).body == first.body
    assert not is_held(first.json)


def test_where_the_index_cannot_be_asked_nothing_is_held_and_nothing_is_lost(gateway, place, before_call):
    send(gateway, place, MOST)

    def fail(**_):
        raise ReadTimeoutError(endpoint_url="https://x")

    with before_call("Query", fail):
        [receipt] = send(gateway, place)
    assert not is_held(receipt)


def test_triage_sends_it_on_to_the_unit_that_does_the_service_there(gateway, place):
    send(gateway, place, MOST)
    [receipt] = send(gateway, place)
    view = act(gateway, receipt["service_request_id"], action="triage").json
    assert (view["unit"]["code"], view["held"], view["status"]) == ("RO", False, "submitted")
    assert view["timeline"][-1]["recipients"] == ["311", "RO"]
    near = f"{PATH}?near={place['lat']:.6f},{place['lon']:.6f}&radius=50"
    ids = [item["service_request_id"] for item in gateway.get(near).json["items"]]
    assert receipt["service_request_id"] in ids


def test_a_burst_is_set_aside_at_once_and_each_says_what_became_of_it(gateway, place, stored):
    fine = send(gateway, place, MOST)[0]["service_request_id"]
    one, two, withdrawn, sent_on = send(gateway, place, 4)
    headers = {"Tracking-Token": withdrawn["tracking_token"]}
    assert gateway.post(f"{PATH}/{withdrawn['service_request_id']}/withdrawal", {}, headers=headers).status == 200
    assert act(gateway, sent_on["service_request_id"], action="triage").status == 200
    ids = [one["service_request_id"], two["service_request_id"].lower(), withdrawn["service_request_id"]]
    refused = [sent_on["service_request_id"], fine, "7K3Q9XPTM3"]
    before = stored()
    answer = set_aside(gateway, [*ids, *refused], message="Merci quand même.")
    assert answer.status == 200
    prefix = "urn:guichet:problem:"
    assert [(item["set_aside"], item["problem"]) for item in answer.json["items"]] == [
        *[(True, None)] * 3,
        *[(False, f"{prefix}not-held")] * 2,
        (False, f"{prefix}service-request-not-found"),
    ]
    assert set(stored()) == set(before), "nothing is deleted"
    for receipt in (one, two):
        view = gateway.get(
            f"{PATH}/{receipt['service_request_id']}", headers={"Tracking-Token": receipt["tracking_token"]}
        ).json
        assert (view["status"], view["steps"][-1]["text"]) == ("refused", "Merci quand même.")
        assert "inventée" not in str(view)
    assert gateway.get(f"{PATH}/{withdrawn['service_request_id']}").json["status"] == "withdrawn"
    assert gateway.get(f"{PATH}/{fine}").json["status"] == "submitted"


def test_a_set_aside_sent_again_changes_nothing(gateway, place, stored, calls):
    send(gateway, place, MOST)
    ids = [receipt["service_request_id"] for receipt in send(gateway, place, 2)]
    with calls() as counted:
        first = set_aside(gateway, ids)
    assert counted == {"GetItem": 2, "UpdateItem": 2}
    before = stored()
    assert set_aside(gateway, ids).json == first.json
    assert stored() == before


def test_one_set_aside_by_mistake_is_reopened_and_still_waits_for_triage(gateway, place):
    send(gateway, place, MOST)
    [receipt] = send(gateway, place)
    id = receipt["service_request_id"]
    set_aside(gateway, [id])
    headers = {"Tracking-Token": receipt["tracking_token"]}
    view = gateway.post(f"{PATH}/{id}/reopening", {"reason": "C'est vrai."}, headers=headers).json
    assert view["status"] == "reopened"
    assert is_held(receipt)
    assert act(gateway, id, action="triage").json["held"] is False


def test_an_agent_of_another_unit_sets_nothing_aside(gateway, place, stored):
    send(gateway, place, MOST)
    [receipt] = send(gateway, place)
    before = stored()
    answer = set_aside(gateway, [receipt["service_request_id"]], agent="unit-RO")
    assert [item["set_aside"] for item in answer.json["items"]] == [False]
    assert stored() == before


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"service_request_ids": []}, ["#/service_request_ids"]),
        ({"service_request_ids": ["7K3Q9XPTM3"] * 101}, ["#/service_request_ids"]),
        ({"service_request_ids": ["7K3Q9XPTM3", "x"], "note": ""}, ["#/note", "#/service_request_ids/1"]),
        ({"x": 1, "message": "a\0"}, ["#/message", "#/x"]),
    ],
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_is_wrong_is_told_all_at_once(gateway, body, where, language):
    right = {"service_request_ids": ["7K3Q9XPTM3"], "note": "Rafale."}
    answer = gateway.post(f"/v1/agent/set-asides?lang={language}", right | body, agent="agents")
    assert pointers(check_problem(answer, 422, "invalid-input", language)) == where
