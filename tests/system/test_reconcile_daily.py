"""The daily comparison that a unit runs: a lost last message, which shows nowhere else, is found and comes again."""

import json
import os
import subprocess

from local.stages import ROOT
from tests.support.pages import node
from tests.support.unit import Unit, call

OTHER = "0000000000"
SCRIPT = ROOT / "docs" / "examples" / "reconcile_daily.mjs"


def test_minutes_that_are_none_do_not_make_all_seem_well():
    needed = dict.fromkeys(["UNIT", "ROLE_ARN", "API_URL", "AWS_REGION", "MEMORY"], "x")
    done = subprocess.run(  # noqa: S603
        [node(), SCRIPT, "1h"], env=os.environ | needed, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "1h" in done.stderr


def test_what_a_unit_lost_without_a_trace_is_found_and_sent_again(stack, tmp_path):
    unit, memory = Unit(stack, "VD"), tmp_path / "memory.json"
    body = {
        "service_code": "nid-de-poule",
        "location": {"borough": "VD", "address": "4555, rue de Verdun"},
        "attributes": {"taille": "petit"},
    }
    receipt = json.loads(call("POST", f"{stack.api_url}/v1/service-requests", body=body)[2])
    id, token = receipt["service_request_id"], receipt["tracking_token"]
    mine = f"{stack.api_url}/v1/service-requests/{id}"

    def remembers(last, *, is_open):
        orders = [{"service_request_id": id, "open": is_open}, {"service_request_id": OTHER, "open": True}]
        memory.write_text(json.dumps({"last": {id: last}, "work_orders": orders, "reports": []}))

    def compare(minutes=0):
        identity = {"AWS_ACCESS_KEY_ID": stack.aws_access_key_id, "AWS_SECRET_ACCESS_KEY": stack.aws_secret_access_key}
        where = {
            "UNIT": "VD",
            "ROLE_ARN": stack.unit_roles["VD"],
            "API_URL": stack.api_url,
            "AWS_REGION": stack.region,
            "AWS_ENDPOINT_URL": stack.aws_endpoint_url,
            "MEMORY": str(memory),
        }
        done = subprocess.run(  # noqa: S603
            [node(), SCRIPT, str(minutes)],
            env=os.environ | identity | where,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert OTHER in found["unknown"]
        return id in found["lacking"]

    # It was taken, and its effect lost with a disk.
    remembers(0, is_open=False)
    assert unit.take(id)["data"]["sequence"] == 1
    assert compare()
    assert unit.take(id)["data"]["sequence"] == 1
    remembers(1, is_open=True)
    assert not compare()

    # Closed by its citizen: it stands in no list of what is open.
    assert call("POST", f"{mine}/withdrawal", body={}, Tracking_Token=token)[0] == 200
    assert unit.take(id)["data"]["sequence"] == 2
    assert not compare(minutes=60), "it may still be on its way"
    assert compare()
    assert unit.take(id)["data"]["sequence"] == 2
    remembers(2, is_open=False)
    assert not compare()
