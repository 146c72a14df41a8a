"""What an app that was not updated sends is stored under the version of the catalogue that it knows."""

import pytest

from chalicelib.catalogue import load, loading
from tests.support.earlier import asked_otherwise, taken_over
from tests.support.submissions import position, pothole
from tests.support.told import check_problem, pointers

PATH = "/v1/service-requests"
THEN = "pilot-0123456789"
STALE = pothole(catalogue_version=THEN, attributes={"taille": "enorme"})


@pytest.fixture(scope="module", autouse=True)
def catalogue(tmp_path_factory, gateway):
    """The pilot, with an earlier version that is kept."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("compiled")
        taken_over(folder, "pilot", THEN, asked_otherwise)
        patch.setattr(loading, "COMPILED", folder)
        load.cache_clear()
        yield load("pilot")
    load.cache_clear()


def key(name):
    return {"Idempotency-Key": f"earlier-versions-{name}"}


def followed(gateway, receipt):
    headers = {"Tracking-Token": receipt["tracking_token"]}
    return gateway.call("GET", f"{PATH}/{receipt['service_request_id']}", headers=headers).json


def test_a_report_written_with_a_form_of_then_is_stored_under_the_version_of_then(gateway):
    receipt = gateway.post(PATH, STALE).json
    seen = followed(gateway, receipt)
    assert seen["catalogue_version"] == THEN
    assert seen["service"]["name"]["fr"] == "Trou dans la rue"
    assert seen["attributes"] == {"taille": "enorme"}


def test_what_is_right_now_is_stored_under_the_present_version(gateway, catalogue):
    graffiti = {"service_code": "graffiti", "location": position("VM"), "attributes": {"support": "mur"}}
    receipt = gateway.post(PATH, graffiti | {"catalogue_version": THEN}).json
    assert followed(gateway, receipt)["catalogue_version"] == catalogue.version


@pytest.mark.parametrize(
    "body",
    [
        {"service_code": "cabine", "location": position("VM"), "catalogue_version": THEN},
        pothole("AJ", catalogue_version=THEN, attributes={"taille": "enorme"}),
    ],
    ids=["service retired", "borough gone"],
)
def test_what_the_present_catalogue_no_longer_knows_goes_to_triage(gateway, body):
    receipt = gateway.post(PATH, body).json
    assert receipt["unit"]["code"] == "311"
    assert followed(gateway, receipt)["catalogue_version"] == THEN


def test_a_retry_of_it_is_answered_as_the_first_time(gateway):
    first = gateway.post(PATH, STALE, headers=key("retry"))
    again = gateway.post(PATH, STALE, headers=key("retry"))
    assert (first.status, again.status) == (201, 201)
    assert again.json == first.json


def test_a_retry_of_it_is_answered_though_the_version_is_kept_no_longer(gateway, catalogue, monkeypatch):
    first = gateway.post(PATH, STALE, headers=key("dropped"))
    monkeypatch.setattr(catalogue, "_earlier", [])
    assert gateway.post(PATH, STALE, headers=key("dropped")).json == first.json
    problem = check_problem(gateway.post(PATH, STALE, headers=key("too-late")), 422, "invalid-input")
    assert pointers(problem) == ["#/attributes/taille", "#/catalogue_version"]


def test_a_retry_under_another_version_is_another_submission(gateway):
    gateway.post(PATH, STALE, headers=key("other"))
    check_problem(gateway.post(PATH, pothole(), headers=key("other")), 422, "idempotency-key-reused")
