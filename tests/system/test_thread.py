"""The main job on the packaged application: a service request goes from a citizen to its unit and back."""

import json
from datetime import UTC, datetime

import pytest

from tests.support.submissions import somewhere
from tests.support.unit import Unit, call


@pytest.mark.parametrize(
    ("stack_name", "borough", "unit", "service", "attributes"),
    [
        ("stack", "VM", "VM", "nid-de-poule", {"taille": "grand"}),
        ("stack", "VM", "eclairage", "eclairage", {"probleme": "eteint"}),
        ("city_stack", "PM", "PM", "nid-de-poule", {"taille": "petit"}),
    ],
)
def test_a_service_request_goes_from_a_citizen_to_its_unit_and_back(
    request, stack_name, borough, unit, service, attributes
):
    stack = request.getfixturevalue(stack_name)
    asked = {"service_code": service, "location": somewhere(borough), "attributes": attributes}
    key = {"Idempotency_Key": f"{stack_name}-{unit}-{datetime.now(UTC).timestamp()}"}
    status, headers, answer = call("POST", f"{stack.api_url}/v1/service-requests", body=asked, **key)
    assert status == 201
    receipt = json.loads(answer)
    id = receipt["service_request_id"]
    assert (receipt["borough"]["code"], receipt["unit"]["code"]) == (borough, unit)
    assert stack.api_url.endswith(headers["Location"].removesuffix(f"/v1/service-requests/{id}"))

    status, _, again = call("POST", f"{stack.api_url}/v1/service-requests", body=asked, **key)
    assert (status, json.loads(again)) == (201, receipt), "a retry gets the same answer"

    def seen(**headers):
        status, _, view = call("GET", f"{stack.api_url}/v1/service-requests/{id}", **headers)
        assert status == 200
        return json.loads(view)

    doing = Unit(stack, unit)
    message = doing.take(id)
    assert message["data"]["service_request"]["attributes"] == attributes
    for action, details, leads_to in [
        ("acknowledge", {"reference": "BT-1"}, "acknowledged"),
        ("start", {}, "in_progress"),
        ("resolve", {"resolution": "fixed", "message": "C'est fait."}, "resolved"),
    ]:
        update = {"update_id": action, "occurred_at": datetime.now(UTC).isoformat(), "action": action} | details
        assert doing.report(id, update)[0] == 200
        assert doing.report(id, update)[0] == 200, "a repeat is answered as the first time"
        assert seen()["status"] == leads_to
    assert [step["action"] for step in seen()["steps"]] == ["submit", "acknowledge", "start", "resolve"]
    assert seen(Tracking_Token=receipt["tracking_token"])["steps"][-1]["text"] == "C'est fait."
    assert seen()["steps"][-1]["text"] is None
