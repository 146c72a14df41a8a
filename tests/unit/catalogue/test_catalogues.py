import subprocess
import sys
from datetime import timedelta
from typing import get_args

import pytest

from chalicelib.catalogue import Assignment, BurstLimit, Stopper, load
from chalicelib.catalogue.build import public_holidays
from chalicelib.catalogue.build.files import DATA
from chalicelib.catalogue.model import Datatype
from chalicelib.foundation.languages import Language, Text

PILOT_BOROUGHS = {"VD", "CN", "RP", "LR", "VM", "SO", "RO"}
PILOT_SERVICES = {
    "nid-de-poule",
    "graffiti",
    "mobilier-urbain",
    "eclairage",
    "proprete-parcs",
    "nettoyage-rues",
    "branches",
}


@pytest.fixture(params=["pilot", "city"])
def catalogue(request):
    return load(request.param)


def test_the_pilot_is_seven_boroughs_and_seven_services(pilot):
    assert set(pilot.boroughs) == PILOT_BOROUGHS
    assert set(pilot.services) == PILOT_SERVICES
    assert set(pilot.units) == {*PILOT_BOROUGHS, "eclairage", "311"}


def test_the_city_is_nineteen_boroughs_and_180_services_in_16_groups(city):
    assert len(city.boroughs) == 19
    assert len(city.services) == 180
    assert len(city.groups) == 16
    assert len(city.units) == 19 + 12 + 1
    assert list(dict.fromkeys(service.group for service in city.services.values())) == list(city.groups)


def test_the_pilot_says_of_its_services_what_the_city_says(pilot, city):
    assert dict(pilot.services) == {code: city.services[code] for code in pilot.services}
    assert pilot.all_borough_names == city.all_borough_names


def test_a_catalogue_says_its_name_version_phone_and_time_zone(catalogue):
    assert catalogue.version.startswith(f"{catalogue.name}-")
    assert catalogue.phone == "311"
    assert str(catalogue.timezone) == "America/Toronto"


def test_every_service_offered_in_a_borough_has_a_unit_of_the_catalogue_there(catalogue):
    for service_code, service in catalogue.services.items():
        for borough in catalogue.boroughs_offering(service_code):
            unit, target = catalogue.assign(service_code, borough)
            assert unit != "311"
            assert catalogue.units[unit].borough in (None, borough)
            assert target >= 1
            assert service.target_working_days >= 1


def test_where_a_service_is_not_offered_it_goes_to_triage(pilot, city):
    assert pilot.assign("nid-de-poule", "AC") == Assignment("311", 5)
    assert "VM" not in city.boroughs_offering("bac-ordures")
    assert city.assign("bac-ordures", "VM") == Assignment("311", 15)
    with pytest.raises(KeyError):
        pilot.assign("taxes-foncieres", "VM")


def test_lighting_is_done_by_the_central_unit_except_where_the_borough_does_its_own(pilot):
    assert pilot.assign("eclairage", "VM") == Assignment("eclairage", 5)
    assert pilot.assign("eclairage", "LR") == Assignment("LR", 5)


def test_every_service_is_whole_in_both_languages(city):
    for service in city.services.values():
        for language in Language:
            assert service.name.in_(language)
            assert service.description.in_(language)
            assert service.keywords[language]
        for attribute in service.attributes:
            assert attribute.datatype.endswith("list") == bool(attribute.values)
            assert len({value.key for value in attribute.values}) == len(attribute.values)


def test_every_stopper_names_in_both_languages_the_number_to_call(city):
    stoppers = [stopper for service in city.services.values() for stopper in service.stoppers]
    assert {"911", "311", "511", "811", "1 800 790-2424"} <= {stopper.phone for stopper in stoppers}
    for stopper in stoppers:
        for language in Language:
            assert stopper.when.in_(language)
            assert stopper.phone in stopper.say.in_(language)


@pytest.mark.parametrize(
    ("service_code", "answers", "kind", "phone"),
    [
        ("eclairage", {"probleme": "fils"}, "danger", "911"),
        ("branches", {"situation": "fil"}, "danger", "911"),
        ("nettoyage-rues", {"salete": "chimique"}, "danger", "911"),
        ("nid-de-poule", {"taille": "dangereux"}, "danger", "311"),
        ("nid-de-poule", {"taille": "grand", "emplacement": "autoroute"}, "not_ours", "511"),
        ("eclairage", {"probleme": "eteint", "etendue": "panne"}, "not_ours", "1 800 790-2424"),
        ("mobilier-urbain", {"element": "abribus"}, "not_ours", "514 786-4636"),
    ],
)
def test_in_the_pilot_a_danger_or_what_is_somebody_elses_stops(pilot, service_code, answers, kind, phone):
    (stopper,) = pilot.services[service_code].stopped_by(answers)
    assert (stopper.kind, stopper.phone) == (kind, phone)


def test_of_a_danger_and_what_is_somebody_elses_the_danger_comes_first(pilot):
    stopping = pilot.services["eclairage"].stopped_by({"probleme": "fils", "etendue": "panne"})
    assert [stopper.kind for stopper in stopping] == ["danger", "not_ours"]


def test_every_question_can_be_answered_without_being_stopped(city):
    for service in city.services.values():
        for attribute in service.attributes:
            keys = [value.key for value in attribute.values]
            assert not keys or [key for key in keys if not service.stopped_by({attribute.code: key})]


def test_one_answer_of_several_stops_too():
    stopper = Stopper(
        kind="danger",
        when=Text(fr="a", en="a"),
        say=Text(fr="911", en="911"),
        phone="911",
        attribute="risques",
        value="feu",
    )
    assert stopper.stops({"risques": ["route", "feu"]})
    assert not stopper.stops({"risques": ["route"]})


def test_what_a_storm_or_a_failure_brings_has_no_burst_limit(pilot, city):
    for code in ("puisard-bouche", "refoulement-egout", "branches", "arbre-tombe", "eclairage", "deneigement-rue"):
        assert city.burst_limit(code) is None
    assert pilot.burst_limit("graffiti") == city.burst_limit("graffiti") == BurstLimit(20, timedelta(minutes=10))


def test_all_six_datatypes_of_open311_occur(city):
    used = {attribute.datatype for service in city.services.values() for attribute in service.attributes}
    assert used == set(get_args(Datatype))


def test_what_has_no_place_asks_only_for_a_borough(city):
    only_borough = {code for code, service in city.services.items() if service.place == "borough"}
    assert {"taxes-foncieres", "elus", "acces-information", "permis-animal"} <= only_borough
    assert not only_borough & PILOT_SERVICES
    assert not [code for code in only_borough if city.services[code].on_public_way]


def test_only_pierrefonds_roxboro_is_bilingual(city):
    assert [code for code, borough in city.boroughs.items() if borough.bilingual] == ["PR"]


def test_names_of_boroughs_have_the_citys_en_dashes(city):
    assert city.boroughs["CN"].name.fr == "Côte-des-Neiges–Notre-Dame-de-Grâce"
    assert sum("–" in name.fr for name in city.all_borough_names.values()) == 6


def test_a_catalogue_is_loaded_once_per_process():
    assert load("city") is load("city")


def test_a_catalogue_that_was_not_compiled_says_how_to():
    with pytest.raises(LookupError, match=r"run `python -m chalicelib\.catalogue\.compile`"):
        load("village")


def test_loading_needs_nothing_that_only_the_build_needs():
    program = """
import sys
from chalicelib.catalogue import load
catalogue = load("city")
catalogue.services["graffiti"]
catalogue.locate(45.51310, -73.55826)
print([each for each in ("yaml", "holidays", "plotly", "chalicelib.catalogue.build") if each in sys.modules])
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    assert ran.stdout.strip() == "[]"


def test_the_holidays_are_what_their_script_makes():
    assert (DATA / "holidays.yaml").read_text(encoding="utf-8") == public_holidays.build()
