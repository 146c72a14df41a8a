"""Off the public way a position is a home: what anyone sees is the centre of its cell, whatever happens to it."""

import h3
import pytest

from chalicelib.catalogue import load
from chalicelib.service_requests.store import store
from tests.support.submissions import PLACES, position

CITY = load("city")
PUBLIC = "/v1/service-requests"
HIDDEN = "graffiti-haineux"
SHOWN = "nid-de-poule"

pytestmark = pytest.mark.parametrize("catalogue_name", ["city"], scope="module")


def submitted(gateway, service, **attributes):
    body = {"service_code": service, "location": position("VM"), "attributes": attributes}
    for attribute in CITY.services[service].attributes:
        if attribute.required and attribute.code not in attributes:
            first = attribute.values[0].key if attribute.values else "a"
            body["attributes"][attribute.code] = [first] if attribute.datatype == "multivaluelist" else first
    answer = gateway.post(PUBLIC, body)
    assert answer.status == 201, answer
    return answer.json


def shown(gateway, id):
    position_ = gateway.get(f"{PUBLIC}/{id}").json["position"]
    return position_ and (position_["lat"], position_["lon"])


def centre(lat, lon):
    return tuple(round(degrees, 6) for degrees in h3.cell_to_latlng(h3.latlng_to_cell(lat, lon, 10)))


def found_by(lat, lon):
    return h3.latlng_to_cell(lat, lon, 9)


def act(gateway, id, **body):
    answer = gateway.post(f"/v1/agent/service-requests/{id}/actions", body, agent="agents")
    assert answer.status == 200, answer
    return answer.json


def test_a_corrected_place_is_hidden_like_the_first(gateway):
    receipt = submitted(gateway, HIDDEN)
    id = receipt["service_request_id"]
    assert shown(gateway, id) == centre(*PLACES["VM"]) != PLACES["VM"]
    answer = gateway.post(
        f"{PUBLIC}/{id}/correction",
        {"location": position("RO")},
        headers={"Tracking-Token": receipt["tracking_token"]},
    )
    assert answer.json["position"] == position("RO"), "its holder sees it exactly"
    assert shown(gateway, id) == centre(*PLACES["RO"])
    assert store().get(id).cell == found_by(*centre(*PLACES["RO"]))


def test_what_turns_out_to_be_a_service_of_homes_is_hidden_from_then_on(gateway):
    id = submitted(gateway, SHOWN)["service_request_id"]
    assert shown(gateway, id) == PLACES["VM"]
    view = act(gateway, id, action="triage", service_code=HIDDEN)
    assert view["position"] == position("VM"), "an agent sees it exactly"
    assert shown(gateway, id) == centre(*PLACES["VM"])
    assert store().get(id).cell == found_by(*centre(*PLACES["VM"]))
    listed = gateway.get(f"{PUBLIC}?borough=VM").json["items"]
    assert all(tuple(item["position"].values()) != PLACES["VM"] for item in listed if item["service_request_id"] == id)
    act(gateway, id, action="triage", service_code=SHOWN)
    assert shown(gateway, id) == PLACES["VM"]


def test_triage_to_another_unit_leaves_the_position(gateway):
    id = submitted(gateway, HIDDEN)["service_request_id"]
    before = store().get(id)
    act(gateway, id, action="triage", to_unit="eau")
    after = store().get(id)
    assert (after.public_position, after.cell) == (before.public_position, before.cell)
