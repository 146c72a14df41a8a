from datetime import date, timedelta

import pytest

from chalicelib.catalogue import Assignment, BurstLimit
from chalicelib.catalogue.build.faults import DataError

RUES, UNITS, EXCEPTIONS, WHOLE = "services/rues.yaml", "units.yaml", "exceptions.yaml", "catalogues/whole.yaml"
BOUNDARIES = "boundaries.geojson"

FAULTS = [
    (RUES, "unit: lumiere", "unit: lumieres", f"{RUES}: lampe: unit: there is no unit lumieres"),
    (RUES, "{fr: Lampe, en: Lamp}", "{fr: Lampe}", f"{RUES}: lampe: name.en: is missing"),
    (RUES, "{fr: Lampe, en: Lamp}", "{fr: Lampe, en: ' '}", f"{RUES}: lampe: name.en: is empty"),
    (RUES, "{fr: Grand, en: Large}", "{fr: Grand}", f"{RUES}: trou: attributes.0.values.grand.en: is missing"),
    (RUES, "fr: Rues", "de: Straßen", f"{RUES}: name.fr: is missing\n{RUES}: name.de: is not a known field"),
    (RUES, "    unit: lumiere\n", "", f"{RUES}: lampe: unit: is missing"),
    (RUES, "anonymous:", "anonimous:", f"{RUES}: trou: anonymous: is missing\n{RUES}: trou: anonimous: is not a known"),
    (RUES, "anonymous: true", "anonymous: yes", f"{RUES}: trou: anonymous: should be true or false"),
    (RUES, "days: 5", "days: five", f"{RUES}: trou: target_working_days: should be a whole number"),
    (RUES, "days: 5", "days: 0", f"{RUES}: trou: target_working_days: Input should be greater than or equal to 1"),
    (RUES, "place: point", "place: somewhere", f"{RUES}: trou: place: Input should be 'point' or 'borough'"),
    (RUES, "place: point", "place: borough", f"{RUES}: trou: on_public_way: is true, but the place is only a borough"),
    (RUES, "fr: [trou]", "fr: []", f"{RUES}: trou: keywords.fr: is empty"),
    (RUES, "datatype: datetime", "datatype: date", f"{RUES}: trou: attributes.1.datatype: Input should be 'string'"),
    (RUES, "datatype: datetime", "datatype: singlevaluelist", f"{RUES}: trou: attributes.1.values: is empty: a single"),
    (
        RUES,
        "datatype: singlevaluelist",
        "datatype: text",
        f"{RUES}: trou: attributes.0.values: has values, which a",
    ),
    (RUES, "code: depuis", "code: taille", f"{RUES}: trou: attributes: the same code twice: taille"),
    (RUES, "  lampe:", "  trou:", f"{RUES}: trou: is said twice, again on line 35"),
    (
        RUES,
        "          grand:",
        "          no:",
        f"{RUES}: trou: attributes.0.values.no: is said twice, again",
    ),
    (RUES, "  lampe:", "  taxe:", "services/divers.yaml: taxe: is already a service in services/rues.yaml"),
    (RUES, "  lampe:", "  La lampe:", f"{RUES}: La lampe: String should match pattern"),
    (RUES, "name:\n", "name: [\n", f"{RUES}: is not YAML: "),
    (
        RUES,
        "fr: Rues\n  en: Streets",
        "fr: &r Rues\n  en: *r",
        f"{RUES}: is not YAML: anchors and aliases are not",
    ),
    (RUES, "value: grand", "value: enorme", f"{RUES}: trou: stoppers: no question offers the answer taille: enorme"),
    (RUES, "attribute: taille", "attribute: depuis", f"{RUES}: trou: stoppers: no question offers the answer depuis"),
    (RUES, "attribute: taille", "attribute: z", f"{RUES}: trou: stoppers: no question offers the answer z: grand"),
    (RUES, "        value: grand\n", "", f"{RUES}: trou: stoppers.0: should say both attribute and value, or neither"),
    (RUES, "en: Call 911.", "en: Call.", f"{RUES}: trou: stoppers.0: the phone 911 is not in what it says in: en"),
    (
        RUES,
        'phone: "911"',
        'phone: "311"',
        f"{RUES}: trou: stoppers.0: the phone 311 is not in what it says in: fr, en",
    ),
    (RUES, '        phone: "911"\n', "", f"{RUES}: trou: stoppers.0.phone: is missing"),
    (RUES, "kind: danger", "kind: nuisance", f"{RUES}: trou: stoppers.0.kind: Input should be 'danger' or 'not_ours'"),
    (RUES, "most: 3", "most: 0", f"{RUES}: trou: burst.most: Input should be greater than or equal to 1"),
    (WHOLE, "burst: {most: 5, minutes: 10}\n", "", f"{WHOLE}: burst: is missing"),
    (WHOLE, "minutes: 10", "hours: 1", f"{WHOLE}: burst.minutes: is missing"),
    (WHOLE, "succeeds: part", "succeeds: village", f"{WHOLE}: succeeds: there is no catalogue village"),
    (UNITS, "BB:", "CC:", f"{UNITS}: BB: is missing: every borough has its unit"),
    (UNITS, '"311"', "triage", f"{UNITS}: 311: is missing"),
    (UNITS, '"311"', "311", f"{UNITS}: 311: should be a text (put quotes around a number)"),
    (UNITS, "egouts:", "borough:", f"{UNITS}: borough: is no code for a unit"),
    (UNITS, "hours: 4", "hours: 0", f"{UNITS}: lumiere: acknowledge_within_hours: Input should be greater"),
    ("boroughs.yaml", "REM02", "REM01", "boroughs.yaml: BB: mamh: REM01 is already that of AA"),
    ("boroughs.yaml", "district: 2", "district: 1", "boroughs.yaml: BB: election_district: 1 is already that of AA"),
    ("boroughs.yaml", "population: 1000", "population: -1", "boroughs.yaml: AA: population: Input should be greater"),
    (EXCEPTIONS, "boroughs: [BB]", "boroughs: [XX]", f"{EXCEPTIONS}: own-lamps: boroughs.0: there is no borough XX"),
    (EXCEPTIONS, "boroughs: [BB]", "boroughs: [BB, BB]", f"{EXCEPTIONS}: own-lamps: boroughs.1: BB is listed twice"),
    (EXCEPTIONS, "services: [lampe]", "services: [lamp]", f"{EXCEPTIONS}: own-lamps: services.0: there is no service"),
    (EXCEPTIONS, "unit: borough", "unit: bus", f"{EXCEPTIONS}: own-lamps: unit: there is no unit bus"),
    (EXCEPTIONS, "offered: false", "unit: AA\n  offered: false", f"{EXCEPTIONS}: no-tax: should say either unit or"),
    (EXCEPTIONS, "  offered: false\n", "", f"{EXCEPTIONS}: no-tax: should say either unit or"),
    (
        EXCEPTIONS,
        "services: [taxe]",
        "services: [lampe]",
        f"{EXCEPTIONS}: no-tax: lampe in BB is already said by",
    ),
    (WHOLE, "services: all", "services: [trous]", f"{WHOLE}: services.0: there is no service trous"),
    (WHOLE, "boroughs: all", "boroughs: [AA, CC]", f"{WHOLE}: boroughs.1: there is no borough CC"),
    (WHOLE, "boroughs: all", "boroughs: []", f"{WHOLE}: boroughs: is empty"),
    (WHOLE, "America/Toronto", "America/Montroyal", f"{WHOLE}: timezone: there is no time zone America/Montroyal"),
    (WHOLE, "America/Toronto", "America", f"{WHOLE}: timezone: there is no time zone America"),
    (WHOLE, '"311"', "311", f"{WHOLE}: phone: should be a text (put quotes around a number)"),
    ("holidays.yaml", "2027-01-01", "2027-02-30", "holidays.yaml: 2027-02-30: Input should be a valid date"),
    ("holidays.yaml", "2027-01-01", "2026-12-25", "holidays.yaml: has nothing for 2027: generate it again"),
    ("groups.yaml", "- divers\n", "", "services/divers.yaml: is not listed in groups.yaml"),
    ("groups.yaml", "- divers", "- rues", "groups.yaml: rues: is listed twice"),
    ("groups.yaml", "- divers", "- divers\n- parcs", "services/parcs.yaml: the file is missing"),
    ("groups.yaml", "- rues\n- divers\n", "rues: 1", "groups.yaml: should be a list of the groups' codes"),
    (BOUNDARIES, '"BB"', '"CC"', f"{BOUNDARIES}: Le Haut: properties.ABREV: there is no borough CC"),
    (BOUNDARIES, '"BB"', '"AA"', f"{BOUNDARIES}: Le Haut: properties.ABREV: AA is already another"),
    (
        "boundaries.geojson",
        "[[[0, 45],",
        "[[[0, 95],",
        f"{BOUNDARIES}: features.0: geometry.Polygon.coordinates.0.0.1",
    ),
    (
        "boundaries.geojson",
        "[0, 45]]]",
        "[0, 46]]]",
        f"{BOUNDARIES}: features.0: geometry.Polygon.coordinates.0: is",
    ),
    (BOUNDARIES, "features", "feature", f"{BOUNDARIES}: is not a GeoJSON"),
]


@pytest.mark.parametrize(("file", "before", "after", "said"), FAULTS, ids=[said[:70] for *_, said in FAULTS])
def test_a_fault_is_said_with_its_file_entry_and_field(small_city, file, before, after, said):
    small_city.change(file, before, after)
    with pytest.raises(DataError) as error:
        small_city.compile()
    assert f"\n{said}" in str(error.value)


@pytest.mark.parametrize("file", ["boroughs.yaml", RUES, "holidays.yaml", "boundaries.geojson"])
def test_a_missing_file_is_said(small_city, file):
    (small_city.data / file).unlink()
    with pytest.raises(DataError, match=f"{file}: the file is missing"):
        small_city.compile()


@pytest.mark.parametrize("content", ["", "[]", "trou", "rues:\n"])
@pytest.mark.parametrize("file", ["boroughs.yaml", UNITS, "groups.yaml", RUES, EXCEPTIONS, WHOLE, "holidays.yaml"])
def test_a_file_of_the_wrong_shape_is_a_fault_too(small_city, file, content):
    small_city.write(file, content)
    with pytest.raises(DataError, match=file):
        small_city.compile()


def test_every_fault_is_said_at_once_and_nothing_is_written(small_city):
    small_city.change("boroughs.yaml", "    en: Lower Town\n", "")
    small_city.change(UNITS, "hours: 4", "hours: soon")
    small_city.change(RUES, "days: 5", "days: 0")
    small_city.change("services/divers.yaml", "unit: borough", "unit: tax")
    small_city.change(EXCEPTIONS, "[BB]", "[ZZ]")
    small_city.change(WHOLE, "all", "[]")
    small_city.change("boundaries.geojson", "AA", "ZZ")
    with pytest.raises(DataError) as error:
        small_city.compile(today=date(2027, 1, 1))
    assert [(fault.file, fault.entry, fault.field) for fault in error.value.faults] == [
        ("boroughs.yaml", "AA", "name.en"),
        (UNITS, "lumiere", "acknowledge_within_hours"),
        (RUES, "trou", "target_working_days"),
        (WHOLE, "", "boroughs"),
        (BOUNDARIES, "Le Bas", "properties.ABREV"),
        (BOUNDARIES, "AA", ""),
        ("services/divers.yaml", "taxe", "unit"),
        (EXCEPTIONS, "own-lamps", "boroughs.0"),
        ("holidays.yaml", "", ""),
    ]
    assert not small_city.compiled.exists()


def test_a_faulty_entry_is_not_an_unknown_one(small_city):
    small_city.change(RUES, "days: 3", "days: 0")
    with pytest.raises(DataError) as error:
        small_city.compile()
    assert len(error.value.faults) == 1


def test_a_text_that_looks_like_something_else_stays_a_text(small_city):
    small_city.change(RUES, "{fr: Petit, en: Small}", "{fr: oui, en: yes}")
    small_city.compile()
    (size, _) = small_city.catalogue("whole").services["trou"].attributes
    assert [(value.key, value.name.en) for value in size.values] == [("no", "yes"), ("grand", "Large")]


def test_compiling_again_touches_nothing(small_city):
    small_city.compile()
    before = {path: path.stat().st_mtime_ns for path in small_city.compiled.iterdir()}
    small_city.compile()
    assert {path: path.stat().st_mtime_ns for path in small_city.compiled.iterdir()} == before
    assert sorted(path.name for path in before) == ["boundaries.json", "part.jsonl", "whole.jsonl"]


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        (RUES, "{fr: Trou, en: Hole}", "{fr: Trou, en: Pothole}"),
        (RUES, "days: 5", "days: 6"),
        (RUES, "fr: Appelez le 911.", "fr: Composez le 911."),
        (RUES, "most: 3", "most: 4"),
        (WHOLE, "most: 5", "most: 6"),
        (UNITS, "hours: 4", "hours: 5"),
        (EXCEPTIONS, "days: 8", "days: 9"),
        (WHOLE, "boroughs: all", "boroughs: [BB]"),
        ("holidays.yaml", "2027-01-01", "2027-01-02"),
        (BOUNDARIES, "[0.1, 45.1]", "[0.1, 45.2]"),
    ],
)
def test_the_version_changes_with_whatever_the_catalogue_holds(small_city, file, before, after):
    small_city.compile()
    version = small_city.catalogue("whole").version
    small_city.change(file, before, after)
    small_city.compile()
    assert small_city.catalogue("whole").version != version


def test_the_version_does_not_change_with_what_a_catalogue_does_not_hold(small_city):
    small_city.compile()
    version = small_city.catalogue("part").version
    small_city.change(RUES, "days: 5", "days: 6")
    small_city.write("units.yaml", f"# Reviewed.\n{(small_city.data / 'units.yaml').read_text()}")
    small_city.compile()
    assert small_city.catalogue("part").version == version


def test_a_catalogue_holds_only_what_takes_part_and_the_units_that_this_needs(small_city):
    small_city.compile()
    part = small_city.catalogue("part")
    assert list(part.boroughs) == ["AA"]
    assert list(part.services) == ["lampe"]
    assert list(part.groups) == ["rues"]
    assert list(part.units) == ["311", "AA", "lumiere"]
    assert {code: name.en for code, name in part.all_borough_names.items()} == {"AA": "Lower Town", "BB": "Upper Town"}


def test_an_exception_changes_the_unit_the_target_or_whether_the_service_is_offered(small_city):
    small_city.compile()
    whole = small_city.catalogue("whole")
    assert whole.assign("lampe", "AA") == Assignment("lumiere", 3)
    assert whole.assign("lampe", "BB") == Assignment("BB", 8)
    assert whole.boroughs_offering("taxe") == ("AA",)
    assert whole.assign("taxe", "AA") == Assignment("AA", 10)
    assert whole.assign("taxe", "BB") == Assignment("311", 10)


def test_a_service_has_its_own_burst_limit_or_none_or_the_catalogues(small_city):
    small_city.compile()
    whole, part = small_city.catalogue("whole"), small_city.catalogue("part")
    assert whole.burst_limit("trou") == BurstLimit(3, timedelta(hours=1))
    assert whole.burst_limit("taxe") == BurstLimit(5, timedelta(minutes=10))
    assert whole.burst_limit("lampe") is None
    assert part.burst_limit("lampe") is None
    assert whole.burst_limit("cabine") == BurstLimit(5, timedelta(minutes=10)), "a service that there no longer is"


def test_what_stops_is_told_by_the_service_with_the_number_to_call(small_city):
    small_city.compile()
    hole = small_city.catalogue("whole").services["trou"]
    (stopper,) = hole.stoppers
    assert (stopper.kind, stopper.phone) == ("danger", "911")
    assert hole.stopped_by({"taille": "grand", "depuis": "2026-01-01"}) == (stopper,)
    assert hole.stopped_by({"taille": "no"}) == hole.stopped_by({}) == ()
