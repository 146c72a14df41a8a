"""What a unit is late with: told once by the reconciler, measured by unit, seen by agents."""

import json
from datetime import timedelta

import pytest

from chalicelib.foundation import aws, times
from chalicelib.routing import events
from chalicelib.routing.events import reconcile_due
from chalicelib.service_requests.store import store
from tests.support.gateway import Context
from tests.support.photos import JPEG

DELIVERY = "/v1/agent/delivery"


@pytest.fixture
def at(monkeypatch):
    """Set the clock so far from now."""
    began = times.now().replace(minute=1)

    def set_clock(**later):
        monkeypatch.setattr(times, "now", lambda: began + timedelta(**later))

    set_clock()
    return set_clock


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]


def of_unit(lines, metric, unit="VM"):
    return [line[metric][0] for line in lines if metric in line and line["unit"] == unit]


@pytest.fixture
def late(caplog):
    """What was told since it was last asked."""

    def told():
        found = [record for record in caplog.records if record.getMessage() == "late"]
        caplog.clear()
        return [(record.kind, record.unit, record.service_request_id) for record in found]

    return told


def delivery(functions, agent="agents", unit="VM"):
    items = functions.gateway.get(DELIVERY, agent=agent).json["items"]
    return next(item for item in items if item["unit"] == unit)


def test_each_date_that_passes_is_told_once_with_a_line_and_a_metric(functions, at, capsys, late):
    id = functions.submit()["service_request_id"]
    functions.relay()
    reconcile_due({}, Context())
    assert late() == []
    for clock, kind in (({"hours": 2}, "unacknowledged"), ({"days": 30}, "overdue")):
        at(**clock)
        reconcile_due({}, Context())
        said = lines(capsys)
        assert late() == [(kind, "VM", id)]
        assert of_unit(said, f"Became{kind.title()}") == [1]
        reconcile_due({}, Context())
        assert late() == []


def test_a_word_said_after_a_date_does_not_hide_that_it_passed(functions, at, capsys, late):
    receipt = functions.submit()
    at(hours=2)
    path = f"/v1/service-requests/{receipt['service_request_id']}/comments"
    token = {"Tracking-Token": receipt["tracking_token"]}
    assert functions.gateway.post(path, {"text": "Toujours là."}, headers=token).status == 200
    lines(capsys)
    reconcile_due({}, Context())
    assert ("unacknowledged", "VM", receipt["service_request_id"]) in late()


def test_a_mark_that_an_older_state_wrote_over_is_put_right_and_not_told_again(functions, at, late, cloud):
    id = functions.submit()["service_request_id"]
    at(hours=2)
    reconcile_due({}, Context())
    before = store().get(id)
    # As a writer does that had read before it was told.
    stale = before.model_copy(update={"told": {}})
    from chalicelib.service_requests.items import derived

    cloud.dynamodb.update_item(
        TableName="guichet-test-service-requests",
        Key={"id": {"S": id}},
        UpdateExpression="SET late_key = :key",
        ExpressionAttributeValues={":key": {"S": derived(stale)["late_key"]}},
    )
    late()
    for _ in range(2):
        reconcile_due({}, Context())
    assert late() == []


def test_every_five_minutes_what_waits_is_measured_by_unit(functions, at, capsys, late):
    functions.submit("RO")
    at(minutes=9)  # the clock stands at ten past
    lines(capsys)
    reconcile_due({}, Context())
    said = lines(capsys)
    assert of_unit(said, "Unacknowledged", "RO")[0] >= 1
    assert of_unit(said, "OldestUnacknowledged", "RO")[0] >= 9 * 60
    assert of_unit(said, "Overdue", "RO")
    at(minutes=10)
    reconcile_due({}, Context())
    assert of_unit(lines(capsys), "Unacknowledged", "RO") == []


class LittleTime(Context):
    """No more deliveries, but a look."""

    def get_remaining_time_in_millis(self) -> int:
        return 20_000


def test_deliveries_that_take_all_their_time_hide_nothing_that_is_late_or_waits(functions, at, capsys, late):
    id = functions.submit("LR")["service_request_id"]
    at(hours=2, minutes=4)
    lines(capsys)
    reconcile_due({}, LittleTime())
    assert ("unacknowledged", "LR", id) in late()
    assert of_unit(lines(capsys), "OldestWaiting", "LR") == [124 * 60]


def test_what_was_told_is_counted_though_the_run_then_fails(functions, at, capsys, late, monkeypatch):
    id = functions.submit("RP")["service_request_id"]
    at(hours=2, minutes=4)
    monkeypatch.setattr(events.Watch, "measured", lambda *_, **__: 1 / 0)
    lines(capsys)
    with pytest.raises(RuntimeError):
        reconcile_due({}, Context())
    assert ("unacknowledged", "RP", id) in late()
    assert of_unit(lines(capsys), "BecameUnacknowledged", "RP") == [1]


def test_agents_see_what_waits_in_the_units_they_act_for(functions, at):
    first = delivery(functions, unit="SO")
    assert first["unacknowledged"] == first["waiting"] == first["overdue"] == 0
    receipt = functions.submit("SO")
    assert delivery(functions, unit="SO")["waiting"] == 1
    functions.relay()
    at(minutes=5)
    seen = delivery(functions, unit="SO")
    assert (seen["waiting"], seen["unacknowledged"]) == (0, 1)
    assert seen["oldest_unacknowledged_seconds"] == 300
    at(days=30)
    reconcile_due({}, Context())
    late = delivery(functions, unit="SO")
    assert (late["overdue"], late["at_least"]) == (1, False)
    assert late["most_overdue_seconds"] > 20 * 86400
    functions.report("SO", receipt["service_request_id"], "resolve", resolution="fixed")
    assert delivery(functions, unit="SO")["overdue"] == 0
    mine = functions.gateway.get(DELIVERY, agent="unit-SO").json["items"]
    assert [item["unit"] for item in mine] == ["SO"]


def test_what_is_overdue_is_told_and_counted_on_time_also_while_a_photo_is_to_come(functions, at, late):
    receipt = functions.submit("CN")
    id, token = receipt["service_request_id"], {"Tracking-Token": receipt["tracking_token"]}
    at(days=30)
    path = f"/v1/service-requests/{id}/photos"
    assert functions.gateway.post(path, {"photos": [JPEG]}, headers=token).status == 201
    reconcile_due({}, Context())
    assert ("overdue", "CN", id) in late()
    seen = delivery(functions, unit="CN")
    assert seen["overdue"] == 1
    assert seen["most_overdue_seconds"] > 20 * 86400
    at(days=31, minutes=1)
    reconcile_due({}, Context())
    assert store().get(id).photo_standings.popitem()[1].state == "missing"
    assert delivery(functions, unit="CN")["overdue"] == 1
    assert late() == []


def test_one_unit_that_cannot_be_looked_at_keeps_no_other_waiting(functions, at, capsys, late):
    id = functions.submit("VD")["service_request_id"]
    at(hours=2)

    def fail(params, **_):
        if params["ExpressionAttributeValues"][":unit"] == {"S": "311"}:
            raise aws.FAILURES[1]({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "Query")

    events = aws.dynamodb().meta.events
    events.register("provide-client-params.dynamodb.Query", fail)
    try:
        lines(capsys)
        reconcile_due({}, Context())
    finally:
        events.unregister("provide-client-params.dynamodb.Query", fail)
    assert ("unacknowledged", "VD", id) in late()
