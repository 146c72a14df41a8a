from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalogue import load
from chalicelib.foundation.problems import InvalidInput
from chalicelib.service_requests.intake import assignable, relocated, routed
from chalicelib.service_requests.problems import Stopped
from chalicelib.service_requests.submission import Location, Submission
from tests.support.submissions import PLACES, WESTMOUNT, further_faults, position, pothole, submissions

NOW = datetime(2026, 1, 5, 14, tzinfo=UTC)
CATALOGUES = {name: load(name) for name in ("pilot", "city")}
PILOT, CITY = CATALOGUES["pilot"], CATALOGUES["city"]
KNOWN_ONLY = "bac-brun"
WITHOUT_PLACE = "ecocentre"


def taken(submission, catalogue=PILOT, *, anonymous=True):
    return routed(Submission.model_validate(submission), catalogue, anonymous=anonymous, at=NOW)


def refused(submission, catalogue=PILOT, *, anonymous=True):
    with pytest.raises(InvalidInput) as invalid:
        taken(submission, catalogue, anonymous=anonymous)
    return invalid.value


def places(problem):
    return sorted("/".join(map(str, fault.where)) for fault in problem.faults)


def details(problem):
    return " ".join(fault.detail.en for fault in problem.faults)


def offers():
    return [
        (catalogue, code, borough)
        for catalogue in CATALOGUES.values()
        for code in catalogue.services
        for borough in catalogue.boroughs_offering(code)
    ]


@given(st.data())
def test_any_right_submission_is_routed_as_the_catalogue_assigns(data):
    catalogue, code, borough = data.draw(st.sampled_from(offers()))
    submission = data.draw(submissions(catalogue, code, borough))
    found = taken(submission, catalogue, anonymous=catalogue.services[code].anonymous)
    unit, target = catalogue.assign(code, borough)
    assert (found.service, found.borough, found.unit) == (catalogue.services[code], borough, unit)
    assert found.expected_at == catalogue.expected_at(NOW, target) > NOW
    assert set(found.attributes) == set(submission["attributes"])


@pytest.mark.parametrize("name", CATALOGUES)
def test_every_service_can_be_asked_for_in_every_borough_that_offers_it(name):
    catalogue = CATALOGUES[name]
    for code, service in catalogue.services.items():
        required = {a.code: FIRST[a.datatype](a) for a in service.attributes if a.required}
        for borough in catalogue.boroughs_offering(code):
            place = {"borough": borough} if service.place == "borough" else position(borough)
            submission = {"service_code": code, "location": place, "attributes": required}
            found = taken(submission, catalogue, anonymous=service.anonymous)
            assert found.unit in catalogue.units
            assert found.borough == borough


FIRST = {
    "string": lambda _: "a",
    "text": lambda _: "a",
    "number": lambda _: 1,
    "datetime": lambda _: "2026-11-24",
    "singlevaluelist": lambda attribute: attribute.values[0].key,
    "multivaluelist": lambda attribute: [attribute.values[0].key],
}


@pytest.mark.parametrize("borough", PILOT.boroughs)
@pytest.mark.parametrize("place", [{"address": "1, rue X"}, {"intersection": ["rue X", "rue Y"]}])
def test_a_place_can_be_given_without_a_map(borough, place):
    assert taken(pothole(location={"borough": borough} | place)).borough == borough


def test_a_position_may_come_with_its_address():
    assert taken(pothole(location=position("VM") | {"address": "1, rue X"})).borough == "VM"


def test_a_place_outside_the_city_is_told_the_nearest_borough_and_how_far_it_is():
    problem = refused(pothole(location=WESTMOUNT))
    assert places(problem) == ["location"]
    assert problem.extensions["nearest_borough"] in PILOT.all_borough_names
    assert set(problem.extensions) == {"nearest_borough", "distance_m", "phone"}
    assert 0 < problem.extensions["distance_m"] < 3000
    assert f"{problem.extensions['distance_m']} m" in details(problem)
    assert "311" in details(problem)


def test_the_far_side_of_the_world_is_outside_too():
    problem = refused(pothole(location={"lat": -45.0, "lon": 107.0}))
    assert problem.extensions["distance_m"] > 10_000_000
    assert " km " in details(problem)


@pytest.mark.parametrize(
    ("sent", "told"),
    [({"lat": -73.55826, "lon": 45.5131}, "swapped"), ({"lat": 45.5131, "lon": 73.55826}, "minus sign")],
)
def test_a_position_that_is_right_but_for_a_slip_is_told_the_slip(sent, told):
    problem = refused(pothole(location=sent))
    assert places(problem) == ["location"]
    assert told in problem.faults[0].detail.en
    assert problem.extensions == {}


@pytest.mark.parametrize("borough", sorted(set(PLACES) - set(PILOT.boroughs)))
@pytest.mark.parametrize("by_map", [True, False])
def test_a_borough_that_does_not_take_part_is_named_with_the_telephone(borough, by_map):
    place = position(borough) if by_map else {"borough": borough, "address": "1, rue X"}
    problem = refused(pothole(location=place))
    assert places(problem) == (["location"] if by_map else ["location/borough"])
    assert problem.extensions == {"borough": borough, "phone": "311"}
    assert PILOT.all_borough_names[borough].en in details(problem)
    assert "311" in details(problem)


def test_a_borough_that_offers_other_services_only_is_named_too():
    not_offered = [(c, b) for c in CITY.services for b in CITY.boroughs if b not in CITY.boroughs_offering(c)]
    for code, borough in not_offered:
        service = CITY.services[code]
        submission = {
            "service_code": code,
            "location": position(borough),
            "attributes": {a.code: FIRST[a.datatype](a) for a in service.attributes if a.required},
        }
        assert refused(submission, CITY, anonymous=False).extensions == {"borough": borough, "phone": "311"}


@pytest.mark.parametrize("borough", ["ZZ", "vm", "Ville-Marie"])
def test_a_borough_that_does_not_exist_is_refused(borough):
    assert places(refused(pothole(location={"borough": borough, "address": "1, rue X"}))) == ["location/borough"]


@pytest.mark.parametrize("code", ["zzz", "Nid-de-poule", "permis-animal"])
def test_a_service_that_the_catalogue_has_not_is_refused(code):
    assert places(refused(pothole(service_code=code))) == ["service_code"]


def test_a_service_that_needs_a_known_person_refuses_the_anonymous_and_says_so():
    attributes = {a.code: FIRST[a.datatype](a) for a in CITY.services[KNOWN_ONLY].attributes if a.required}
    submission = {"service_code": KNOWN_ONLY, "location": position("VM"), "attributes": attributes}
    problem = refused(submission, CITY)
    assert places(problem) == ["service_code"]
    assert "known person" in details(problem)
    assert "311" in details(problem)
    assert taken(submission, CITY, anonymous=False).borough == "VM"


def test_every_service_of_the_city_refuses_the_anonymous_exactly_if_it_needs_a_known_person():
    for code, service in CITY.services.items():
        body = {"service_code": code, "location": position("VM"), "attributes": {}}
        told = [fault for fault in further_faults(body, CITY) if fault.where == ("service_code",)]
        assert bool(told) is not service.anonymous


def test_a_service_on_a_point_needs_more_than_a_borough():
    assert places(refused(pothole(location={"borough": "VM"}))) == ["location"]


@pytest.mark.parametrize(
    "place",
    [
        {"borough": "VM"},
        position("VM"),
        {"borough": "VM", "address": "x"},
        {"borough": "VM", "intersection": ["x", "y"]},
    ],
)
def test_a_service_without_a_place_takes_a_borough_alone_or_more(place):
    attributes = {a.code: FIRST[a.datatype](a) for a in CITY.services[WITHOUT_PLACE].attributes if a.required}
    assert taken({"service_code": WITHOUT_PLACE, "location": place, "attributes": attributes}, CITY).borough == "VM"


def test_all_faults_are_told_at_once():
    problem = refused(
        {
            "service_code": "nid-de-poule",
            "location": WESTMOUNT,
            "attributes": {"taille": "immense", "emplacement": ["voie"], "couleur": "bleu"},
        }
    )
    assert places(problem) == ["attributes/couleur", "attributes/emplacement", "attributes/taille", "location"]
    known = refused({"service_code": KNOWN_ONLY, "location": {"borough": "ZZ"}, "attributes": {"z": 1}}, CITY)
    assert {"service_code", "location/borough", "attributes/z"} <= set(places(known))


def test_of_a_service_that_does_not_exist_the_place_is_still_judged():
    assert places(refused(pothole(service_code="zzz", location=WESTMOUNT))) == ["location", "service_code"]


@given(st.data())
def test_a_right_body_has_no_further_faults(data):
    catalogue, code, borough = data.draw(st.sampled_from([o for o in offers() if o[0].services[o[1]].anonymous]))
    assert further_faults(data.draw(submissions(catalogue, code, borough)), catalogue) == []


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "service_code": st.sampled_from(["nid-de-poule", "zzz"]) | json_values,
            "location": json_values
            | st.fixed_dictionaries({}, optional={"lat": json_values, "lon": json_values, "borough": json_values}),
            "catalogue_version": json_values,
            "attributes": json_values | st.dictionaries(st.sampled_from(["taille", "z"]), json_values),
        },
    )
)
def test_further_faults_are_found_in_any_object_without_failing(body):
    known = ("service_code", "location", "attributes", "catalogue_version")
    assert all(fault.where[0] in known for fault in further_faults(body, PILOT))


def test_what_can_be_read_of_a_broken_body_is_judged():
    body = {
        "service_code": "nid-de-poule",
        "location": WESTMOUNT,
        "attributes": {"taille": "immense"},
        "description": 5,
    }
    assert sorted(fault.where for fault in further_faults(body, PILOT)) == [("attributes", "taille"), ("location",)]


def stopped(submission, catalogue=PILOT):
    problem = refused(submission, catalogue)
    assert isinstance(problem, Stopped)
    return problem


def test_an_answer_that_means_danger_is_refused_with_what_to_do_and_whom_to_call():
    light = {"service_code": "eclairage", "location": position("VM"), "attributes": {"probleme": "fils"}}
    problem = stopped(light)
    (stopper, _) = PILOT.services["eclairage"].stoppers
    assert problem.detail == stopper.say
    assert problem.extensions == {"kind": "danger", "phone": "911"}
    assert [(fault.where, fault.detail) for fault in problem.faults] == [(("attributes", "probleme"), stopper.say)]


def test_an_answer_that_means_it_is_not_the_citys_is_refused_with_who_is():
    problem = stopped(pothole(attributes={"taille": "petit", "emplacement": "autoroute"}))
    assert problem.extensions == {"kind": "not_ours", "phone": "511"}
    assert "ministère" in problem.detail.fr


def test_a_danger_is_told_before_what_is_somebody_elses_and_both_are_named():
    answers = {"probleme": "fils", "etendue": "panne"}
    problem = stopped({"service_code": "eclairage", "location": position("VM"), "attributes": answers})
    assert problem.extensions == {"kind": "danger", "phone": "911"}
    assert places(problem) == ["attributes/etendue", "attributes/probleme"]


def test_what_stops_is_told_with_all_else_that_is_wrong():
    problem = stopped(pothole(location=WESTMOUNT, attributes={"taille": "dangereux", "couleur": "bleu"}))
    assert places(problem) == ["attributes/couleur", "attributes/taille", "location"]
    assert problem.extensions["phone"] == "311"
    assert problem.extensions["nearest_borough"]
    body = pothole(description=5, attributes={"taille": "dangereux"})
    assert [fault.where for fault in further_faults(body, PILOT)] == [("attributes", "taille")]


def test_every_answer_that_stops_somewhere_in_the_city_is_refused():
    tied = [(s, stopper) for s in CITY.services.values() for stopper in s.stoppers if stopper.attribute]
    assert len(tied) > 8
    for service, stopper in tied:
        answers = {a.code: FIRST[a.datatype](a) for a in service.attributes if a.required}
        answers[stopper.attribute] = stopper.value
        submission = {"service_code": service.service_code, "location": position("RO"), "attributes": answers}
        assert stopped(submission, CITY).extensions["phone"] == stopper.phone


@pytest.mark.parametrize("borough", PILOT.boroughs)
def test_a_corrected_place_is_in_the_borough_and_for_the_unit_that_it_says(borough):
    location = Location(**position(borough), address="1, rue X")
    found = relocated(location, "nid-de-poule", PILOT)
    assert (found.borough, found.unit, found.place) == (borough, borough, location.place)
    central = relocated(Location(borough=borough, address="1, rue X"), "eclairage", PILOT)
    assert central.unit == PILOT.assign("eclairage", borough).unit


@pytest.mark.parametrize(
    ("location", "where", "told"),
    [
        (WESTMOUNT, "location", {"nearest_borough", "distance_m", "phone"}),
        (position("AC"), "location", {"borough", "phone"}),
        ({"borough": "AC", "address": "1"}, "location/borough", {"borough", "phone"}),
        ({"borough": "ZZ", "address": "1"}, "location/borough", set()),
        ({"borough": "VM"}, "location", set()),
    ],
)
def test_a_corrected_place_is_refused_as_a_submitted_one(location, where, told):
    with pytest.raises(InvalidInput) as invalid:
        relocated(Location(**location), "nid-de-poule", PILOT)
    assert places(invalid.value) == [where]
    assert set(invalid.value.extensions) == told


def test_a_corrected_place_of_what_is_no_longer_offered_is_for_triage():
    assert relocated(Location(**position("AC")), "cabine", PILOT)[:2] == ("AC", "311")
    with pytest.raises(InvalidInput):
        relocated(Location(**WESTMOUNT), "cabine", PILOT)


def test_triage_can_give_it_to_every_unit_first_to_those_that_do_the_service():
    units = assignable("eclairage", PILOT)
    assert set(units) == set(PILOT.units)
    assert set(units[:3]) == {"eclairage", "LR", "VD"}
    assert len(units) == len(set(units))
    assert assignable("cabine", PILOT) == tuple(PILOT.units)
