"""Photos that were announced and never came: their unit is told, a day later; the citizen may still send them."""

from datetime import timedelta

import pytest

from chalicelib.foundation import times
from chalicelib.routing.events import reconcile_due
from chalicelib.service_requests.store import ServiceRequestStore, store
from tests.support.environment import UNIT_ROLE_PREFIX
from tests.support.gateway import Context
from tests.support.photos import JPEG, seen_photo
from tests.support.submissions import pothole


@pytest.fixture
def at(monkeypatch):
    """Set the clock so far from now."""
    began = times.now()
    return lambda **later: monkeypatch.setattr(times, "now", lambda: began + timedelta(**later))


@pytest.fixture
def submit(functions):
    """A service request with so many photos announced; its id."""

    def asked(number):
        body = pothole(photos=[JPEG] * number)
        return functions.gateway.post("/v1/service-requests", body).json["service_request_id"]

    return asked


def reconcile():
    reconcile_due({}, Context())


def states(functions, id):
    path = f"/v1/units/VM/service-requests/{id}"
    return [photo["state"] for photo in functions.gateway.get(path, role=f"{UNIT_ROLE_PREFIX}VM").json["photos"]]


def test_what_never_came_is_told_to_its_unit_once_after_a_day(functions, submit, at):
    id = submit(3)
    seen_photo(id)
    functions.relay()
    at(hours=23)
    reconcile()
    assert states(functions, id) == ["accepted", "expected", "expected"]
    at(hours=25)
    for _ in range(2):
        reconcile()
    assert states(functions, id) == ["accepted", "missing", "missing"]
    functions.relay()
    told = [message["type"] for message in functions.messages("VM") if message["subject"] == id]
    assert [type_.split(".")[-2] for type_ in told] == ["submitted", "photo_accepted", "photo_missing", "photo_missing"]


def test_what_never_came_to_a_closed_service_request_is_missed_too(functions, submit, at):
    id = submit(1)
    functions.report("VM", id, "resolve", resolution="fixed")
    at(hours=25)
    reconcile()
    assert states(functions, id) == ["missing"]
    assert store().get(id).status == "resolved"


def test_what_is_written_at_the_same_moment_makes_it_wait_a_minute(functions, submit, at, monkeypatch):
    id = submit(1)
    at(hours=25)
    append = ServiceRequestStore.append

    def slower(self, before, after):
        monkeypatch.setattr(ServiceRequestStore, "append", append)
        functions.report("VM", id, "start")
        append(self, before, after)

    monkeypatch.setattr(ServiceRequestStore, "append", slower)
    reconcile()
    assert states(functions, id) == ["expected"]
    reconcile()
    assert states(functions, id) == ["missing"]
