"""Lists near a place and on a map, as JSON and as GeoJSON."""

from datetime import timedelta

import pytest

from chalicelib.catalogue.chosen import catalogue
from chalicelib.foundation import ids, times
from chalicelib.foundation.times import written
from chalicelib.service_requests.areas import Near, metres_between
from chalicelib.service_requests.cells import blurred, cells_of, index_cell
from chalicelib.service_requests.lifecycle import Status
from chalicelib.service_requests.store import store
from chalicelib.service_requests.timeline import Position
from tests.support.examples import submitted
from tests.support.told import ORIGIN, check_problem

PATH = "/v1/service-requests"
HERE = Position(lat=45.5088, lon=-73.554)
NEAR = f"{PATH}?near=45.5088,-73.554"
MAP = f"{PATH}?bbox=-73.556,45.507,-73.552,45.511"
GEOJSON = {"Accept": "application/geo+json"}
AT = times.now() - timedelta(days=2)


def example(number, north=0, *, service="nid-de-poule", status=Status.SUBMITTED, at=AT, **changed):
    """So many metres north of here; the greater its number, the newer."""
    position = Position(lat=round(HERE.lat + north / 111_195, 6), lon=HERE.lon)
    at = at + timedelta(minutes=number)
    state = {
        "service_code": service,
        "status": status,
        "public_position": position,
        "cell": index_cell(position),
        "delivery": {"VM": 0},
    }
    return submitted(ids.from_number(4_000 + number), at=at).model_copy(update=state | changed)


CLOSED = {"status": Status.RESOLVED, "closed_at": AT}
THERE = {
    "here": example(1),
    "at 40 m": example(2, 40),
    "graffiti at 60 m": example(3, 60, service="graffiti", status=Status.IN_PROGRESS),
    "queued at 90 m": example(4, 90, delivery={"VM": 1}),
    "at 160 m": example(5, -160),
    "at 480 m": example(6, 480),
    "at 520 m": example(7, 520),
    "closed at 20 m": example(8, 20, **CLOSED),
    "closed long ago": example(9, 30, **CLOSED, at=AT - timedelta(days=100)),
    "held": example(10, 10, held=True),
    "without a place": example(11, public_position=None, cell=None),
}


@pytest.fixture(scope="module")
def all_there(cloud):
    for state in THERE.values():
        store().add(state)


def names(answer):
    known = {state.id: name for name, state in THERE.items()}
    assert answer.status == 200, answer
    return [known[item["service_request_id"]] for item in answer.json["items"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["here", "at 40 m", "graffiti at 60 m", "queued at 90 m"]),
        ("&radius=50", ["here", "at 40 m"]),
        ("&radius=160", ["here", "at 40 m", "graffiti at 60 m", "queued at 90 m"]),
        ("&radius=161", ["here", "at 40 m", "graffiti at 60 m", "queued at 90 m", "at 160 m"]),
        ("&radius=500&service_code=nid-de-poule", ["here", "at 40 m", "queued at 90 m", "at 160 m", "at 480 m"]),
        ("&status=open&service_code=graffiti", ["graffiti at 60 m"]),
        ("&status=queued", ["queued at 90 m"]),
        ("&status=in_progress", ["graffiti at 60 m"]),
        ("&status=closed", ["closed at 20 m"]),
        ("&status=resolved", ["closed at 20 m"]),
        ("&status=refused", []),
        (f"&status=closed&submitted_after={written(AT - timedelta(days=200))}", ["closed at 20 m", "closed long ago"]),
        (f"&submitted_after={written(AT + timedelta(minutes=2))}", ["at 40 m", "graffiti at 60 m", "queued at 90 m"]),
        (f"&submitted_before={written(AT + timedelta(minutes=2))}", ["here", "at 40 m"]),
    ],
    # The times in some would name them differently in each process.
    ids=[f"case{number}" for number in range(14)],
)
def test_near_a_place_are_the_open_ones_nearest_first(gateway, all_there, query, expected):
    assert names(gateway.get(NEAR + query)) == expected


def test_each_is_shown_with_its_distance_in_metres(gateway, all_there):
    items = gateway.get(f"{NEAR}&radius=161").json["items"]
    assert [item["distance_m"] for item in items] == [0, 40, 60, 90, 160]
    for item in items:
        shown = Position(**item["position"])
        assert item["distance_m"] == round(metres_between(HERE, shown))


def test_on_a_map_are_the_open_ones_newest_first_without_distances(gateway, all_there):
    answer = gateway.get(MAP)
    assert names(answer) == ["at 160 m", "queued at 90 m", "graffiti at 60 m", "at 40 m", "here"]
    assert {item["distance_m"] for item in answer.json["items"]} == {None}
    assert names(gateway.get(f"{MAP}&status=closed&service_code=nid-de-poule")) == ["closed at 20 m"]


@pytest.mark.parametrize("area", [NEAR, MAP])
def test_more_than_the_limit_is_said(gateway, all_there, area):
    whole = gateway.get(area).json
    assert whole["truncated"] is False
    part = gateway.get(f"{area}&limit=2").json
    assert part == {"items": whole["items"][:2], "next": None, "truncated": True}


def test_a_list_of_an_area_costs_a_query_a_cell_and_nothing_else(gateway, all_there, calls):
    gateway.get(NEAR)
    for radius in (100, 500):
        with calls() as counted:
            gateway.get(f"{NEAR}&radius={radius}")
        assert counted == {"Query": len(cells_of(Near(HERE, radius)))}


def test_a_new_one_is_found_near_its_place_and_one_that_was_withdrawn_no_more(gateway, cloud):
    place = {"lat": 45.5095, "lon": -73.5612}
    body = {"service_code": "nid-de-poule", "location": place, "attributes": {"taille": "grand"}}
    new = gateway.post(PATH, body).json
    nearby = f"{PATH}?near=45.5095,-73.5612&service_code=nid-de-poule"
    (item,) = gateway.get(nearby).json["items"]
    assert (item["service_request_id"], item["distance_m"]) == (new["service_request_id"], 0)
    token = {"Tracking-Token": new["tracking_token"]}
    assert gateway.post(f"{PATH}/{item['service_request_id']}/withdrawal", {}, headers=token).status == 200
    assert gateway.get(nearby).json["items"] == []
    (item,) = gateway.get(f"{nearby}&status=withdrawn").json["items"]
    assert item["service_request_id"] == new["service_request_id"]


def test_a_distance_gives_no_home_away(gateway, cloud, monkeypatch):
    """It is that of the position shown, from wherever it is asked."""
    pothole = catalogue().services["nid-de-poule"].model_copy(update={"on_public_way": False})
    monkeypatch.setattr(catalogue(), "services", {"nid-de-poule": pothole})
    home = Position(lat=45.5163, lon=-73.5601)
    body = {
        "service_code": "nid-de-poule",
        "location": {"lat": home.lat, "lon": home.lon},
        "attributes": {"taille": "grand"},
    }
    gateway.post(PATH, body)
    (item,) = gateway.get(f"{PATH}?near=45.5163,-73.5601").json["items"]
    shown = Position(**item["position"])
    assert shown == blurred(home)
    assert item["distance_m"] == round(metres_between(home, shown)) > 0
    elsewhere = gateway.get(f"{PATH}?near={shown.lat},{shown.lon}&radius=1").json["items"]
    assert [one["distance_m"] for one in elsewhere] == [0]


@pytest.mark.parametrize("area", [NEAR, MAP])
def test_geojson_holds_what_json_holds(gateway, all_there, area):
    plain = gateway.get(area)
    answer = gateway.get(area, headers=GEOJSON)
    assert answer.headers["Content-Type"] == "application/geo+json"
    for each in (plain, answer):
        assert "Accept" in each.headers["Vary"].split(", ")
    collection = answer.json
    assert set(collection) == {"type", "features", "next", "truncated"}
    assert collection["type"] == "FeatureCollection"
    assert [feature["properties"] for feature in collection["features"]] == plain.json["items"]
    for feature in collection["features"]:
        assert set(feature) == {"type", "id", "geometry", "properties"}
        position = feature["properties"]["position"]
        assert feature["id"] == feature["properties"]["service_request_id"]
        assert feature["geometry"] == {"type": "Point", "coordinates": [position["lon"], position["lat"]]}


def test_without_a_position_a_feature_has_no_geometry(gateway, all_there):
    features = gateway.get(f"{PATH}?borough=VM", headers=GEOJSON).json["features"]
    (one,) = [feature for feature in features if feature["id"] == THERE["without a place"].id]
    assert one["geometry"] is None


def test_geojson_of_a_borough_is_walked_like_json(gateway, all_there):
    found, following = [], "?borough=VM&limit=3"
    while following:
        part = gateway.get(PATH + following, headers=GEOJSON).json
        found += [feature["id"] for feature in part["features"]]
        following = part["next"]
    assert found == [item["service_request_id"] for item in gateway.get(f"{PATH}?borough=VM").json["items"]]


@pytest.mark.parametrize(
    ("query", "pointers"),
    [
        ("?near=45.5,-73.5&borough=VM", ["#"]),
        ("?near=45.5,-73.5&bbox=-73.57,45.50,-73.55,45.51", ["#"]),
        ("?borough=VM&radius=100", ["#/radius"]),
        ("?bbox=-73.57,45.50,-73.55,45.51&radius=100", ["#/radius"]),
        ("?near=45.5,-73.5&cursor=x", ["#/cursor"]),
        ("?radius=100&cursor=x", ["#", "#/cursor", "#/radius"]),
        ("?near=45.5,-73.5&radius=0", ["#/radius"]),
        ("?near=45.5,-73.5&radius=501", ["#/radius"]),
        ("?near=45.5,-73.5&radius=1.5", ["#/radius"]),
        ("?near=45.5,-73.5&limit=101", ["#/limit"]),
        ("?near=45.5,-73.5&near=45.5,-73.5", ["#/near"]),
        ("?near=", ["#/near"]),
        ("?near=45.5", ["#/near"]),
        ("?near=45.5;-73.5", ["#/near"]),
        ("?near=45.5,-73.5,0", ["#/near"]),
        ("?near=45,5,-73,5", ["#/near"]),
        ("?near=nan,-73.5", ["#/near"]),
        ("?near=1e1,-73.5", ["#/near"]),
        ("?near=90.1,-73.5", ["#/near"]),
        ("?near=45.5,-180.1", ["#/near"]),
        ("?near=%EF%BC%94,-73.5", ["#/near"]),
        ("?near=45.5,-73.5%0A", ["#/near"]),
        ("?near=" + "4" * 5000, ["#/near"]),
        ("?bbox=-73.57,45.50,-73.55", ["#/bbox"]),
        ("?bbox=-73.55,45.50,-73.57,45.51", ["#/bbox"]),
        ("?bbox=-73.57,45.51,-73.55,45.50", ["#/bbox"]),
        ("?bbox=-73.57,45.50,-73.57,45.50", ["#/bbox"]),
        ("?bbox=45.50,-73.57,45.51,-73.55", ["#/bbox"]),
        ("?bbox=-73.98,45.40,-73.47,45.71", ["#/bbox"]),
        ("?bbox=-73.57,45.50,-73.55,45.52", ["#/bbox"]),
        ("?near=x&radius=0&service_code=zzz&limit=0&y=1", ["#/limit", "#/near", "#/radius", "#/service_code", "#/y"]),
    ],
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_area_that_cannot_be_is_told_why(gateway, query, pointers, language):
    answer = gateway.get(PATH + query, headers={**GEOJSON, "Accept-Language": language, "Origin": ORIGIN})
    document = check_problem(answer, 422, "invalid-input", language)
    assert sorted(fault["pointer"] for fault in document["errors"]) == pointers
    assert {fault["in"] for fault in document["errors"]} == {"query"}


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("near=-73.5540,45.5088", "swapped"),
        ("near=45.5088,73.5540", "minus sign"),
        ("bbox=45.505,-73.57,45.510,-73.56", "swapped"),
        ("bbox=73.56,45.505,73.57,45.510", "minus sign"),
    ],
)
def test_an_area_that_is_right_but_for_a_slip_is_told_the_slip(gateway, cloud, query, told):
    answer = gateway.get(f"{PATH}?{query}", headers={"Accept-Language": "en"})
    (fault,) = check_problem(answer, 422, "invalid-input", "en")["errors"]
    assert told in fault["detail"]


def test_whoever_gives_no_area_is_told_the_three_ways(gateway, cloud):
    (fault,) = check_problem(gateway.get(PATH), 422, "invalid-input")["errors"]
    for name in ("borough", "near", "bbox"):
        assert name in fault["detail"]


def test_a_map_that_is_too_large_is_told_its_size_and_what_to_do(gateway, cloud):
    answer = gateway.get(f"{PATH}?bbox=-73.60,45.50,-73.55,45.51", headers={"Accept-Language": "en"})
    (fault,) = check_problem(answer, 422, "invalid-input", "en")["errors"]
    assert "3897 m by 1112 m" in fault["detail"]
    assert "borough" in fault["detail"]
