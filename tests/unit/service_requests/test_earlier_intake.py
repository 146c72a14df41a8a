"""What an app that was not updated sends, by the version of the catalogue that it knows."""

from datetime import UTC, datetime

import pytest

from chalicelib.foundation.problems import InvalidInput
from chalicelib.service_requests.intake import routed
from chalicelib.service_requests.problems import Stopped
from chalicelib.service_requests.submission import Submission
from tests.support.earlier import asked_otherwise, taken_over
from tests.support.submissions import WESTMOUNT, further_faults, position, pothole

NOW = datetime(2026, 1, 5, 14, tzinfo=UTC)
THEN = "pilot-0123456789"


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    return taken_over(tmp_path_factory.mktemp("compiled"), "pilot", THEN, asked_otherwise)


def taken(catalogue, submission):
    return routed(Submission.model_validate(submission), catalogue, anonymous=True, at=NOW)


def refused(catalogue, submission):
    with pytest.raises(InvalidInput) as invalid:
        taken(catalogue, submission)
    return invalid.value


def stale(borough="VM", **changed):
    return pothole(borough, catalogue_version=THEN, **changed)


def places(problem):
    return sorted("/".join(map(str, fault.where)) for fault in problem.faults)


def test_an_answer_that_was_right_then_is_taken_under_the_version_of_then(catalogue):
    found = taken(catalogue, stale(attributes={"taille": "enorme", "emplacement": "pont"}))
    assert found.catalogue_version == THEN
    assert found.service.name.fr == "Trou dans la rue"
    assert found.attributes == {"taille": "enorme", "emplacement": "pont"}
    assert (found.borough, found.unit) == ("VM", "VM")
    assert found.expected_at == catalogue.expected_at(NOW, 5)


def test_the_same_answer_without_its_version_is_refused(catalogue):
    assert places(refused(catalogue, pothole(attributes={"taille": "enorme"}))) == ["attributes/taille"]


@pytest.mark.parametrize("changed", [{}, {"service_code": "graffiti", "attributes": {"support": "mur"}}])
def test_what_is_right_now_is_taken_as_of_now_whatever_kept_version_it_names(catalogue, changed):
    found = taken(catalogue, stale(**changed))
    assert found.catalogue_version == catalogue.version
    assert found.service == catalogue.services[found.service.service_code]


@pytest.mark.parametrize("version", [None, "the present one"])
def test_the_present_version_is_as_none(catalogue, version):
    named = catalogue.version if version else None
    assert taken(catalogue, pothole(catalogue_version=named)).catalogue_version == catalogue.version
    wrong = pothole(catalogue_version=named, attributes={"taille": "enorme"})
    assert places(refused(catalogue, wrong)) == ["attributes/taille"]


def test_a_service_that_was_retired_since_goes_to_triage_with_its_own_target(catalogue):
    found = taken(catalogue, stale(service_code="cabine", attributes={}))
    assert (found.service.service_code, found.unit, found.catalogue_version) == ("cabine", "311", THEN)
    assert found.expected_at == catalogue.expected_at(NOW, 30)


def test_where_it_was_offered_then_but_no_longer_it_goes_to_triage(catalogue):
    found = taken(catalogue, stale("AJ", attributes={"taille": "enorme"}))
    assert (found.borough, found.unit, found.catalogue_version) == ("AJ", "311", THEN)


def test_where_it_was_not_offered_then_nor_now_is_refused(catalogue):
    assert places(refused(catalogue, stale("AC", attributes={"taille": "enorme"}))) == ["location"]


def test_what_is_right_today_is_taken_though_its_version_is_not_known(catalogue):
    assert taken(catalogue, pothole(catalogue_version="pilot-unknown")).catalogue_version == catalogue.version


def test_where_a_version_is_not_known_it_is_told_where_to_get_the_present_one(catalogue):
    problem = refused(catalogue, pothole(catalogue_version="pilot-unknown", attributes={"taille": "enorme"}))
    told = next(fault.detail for fault in problem.faults if fault.where == ("catalogue_version",))
    assert "/v1/services" in told.fr
    assert "/v1/services" in told.en


def test_a_version_that_is_not_known_is_told_with_all_else(catalogue):
    wrong = pothole(catalogue_version="pilot-unknown", location=WESTMOUNT, attributes={"taille": "enorme"})
    assert places(refused(catalogue, wrong)) == ["attributes/taille", "catalogue_version", "location"]


def test_what_neither_version_takes_is_told_as_the_form_of_then_would(catalogue):
    wrong = stale(location=WESTMOUNT, attributes={"taille": "enorme", "couleur": "bleu"})
    problem = refused(catalogue, wrong)
    assert places(problem) == ["attributes/couleur", "location"]
    assert problem.extensions["nearest_borough"]


def test_a_service_that_the_named_version_did_not_have_is_judged_as_of_now(catalogue):
    wrong = stale(service_code="graffiti", attributes={"support": "ciel"})
    assert places(refused(catalogue, wrong)) == ["attributes/support"]
    assert places(refused(catalogue, stale(service_code="zzz"))) == ["service_code"]


def test_a_danger_known_since_stops_though_the_form_of_then_did_not(catalogue):
    answers = {"taille": "enorme", "emplacement": "autoroute"}
    problem = refused(catalogue, stale(attributes=answers))
    assert isinstance(problem, Stopped)
    assert problem.extensions["phone"] == "511"


def test_a_body_that_is_not_well_formed_is_judged_by_the_version_it_names_too(catalogue):
    body = stale(attributes={"taille": "enorme"}, description=5)
    assert further_faults(body, catalogue) == []
    assert [fault.where for fault in further_faults(body | {"catalogue_version": "z"}, catalogue)] == [
        ("attributes", "taille"),
        ("catalogue_version",),
    ]
    assert [fault.where for fault in further_faults(body | {"location": WESTMOUNT}, catalogue)] == [("location",)]
    unreadable = body | {"catalogue_version": 5, "location": position("VM")}
    assert [fault.where for fault in further_faults(unreadable, catalogue)] == [("attributes", "taille")]
