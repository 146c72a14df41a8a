import json
from collections import Counter
from itertools import pairwise
from math import cos, hypot, radians

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.catalogue import Outside, load
from chalicelib.catalogue.build import boundaries as script
from chalicelib.catalogue.build.files import DATA
from chalicelib.catalogue.build.outlines import read_outlines
from chalicelib.catalogue.geography import Boundaries, _contains
from tests.support.submissions import PLACES

OUTSIDE = {
    "Westmount": (45.48467, -73.59942),
    "Mont-Royal": (45.50729, -73.65230),
    "Côte-Saint-Luc": (45.46810, -73.66641),
    "Dorval": (45.45660, -73.75192),
    "Montréal-Est": (45.62864, -73.52067),
}
METRE = 1 / 111_195
"""In degrees of latitude."""

OUTLINES = read_outlines(DATA, list(PLACES), [])
BOUNDARIES = Boundaries(*OUTLINES)


def edges(rings):
    return [edge for flat in rings for edge in pairwise(zip(flat[::2], flat[1::2], strict=True))]


def boroughs_containing(x, y):
    return [code for code, rings in BOUNDARIES._boroughs.items() if _contains(rings, x, y)]


EDGES = {code: edges(rings) for code, rings in OUTLINES.boroughs.items()}
OWNERS = {edge: code for code, its in EDGES.items() for edge in its}
SHARED = [edge for edge in OWNERS if edge[::-1] in OWNERS]
SHORE = [edge for edge in OWNERS if edge[::-1] not in OWNERS]
INNER_VERTICES = sorted({start for start, _ in SHARED} - {point for edge in SHORE for point in edge})


@pytest.mark.parametrize("code", PLACES)
def test_a_point_is_in_its_borough_whether_this_takes_part_or_not(code, pilot, city):
    assert city.locate(*PLACES[code]) == code
    assert pilot.locate(*PLACES[code]) == code


@pytest.mark.parametrize("place", OUTSIDE)
def test_a_linked_city_is_outside_and_told_the_nearest_borough(place, city):
    found = city.locate(*OUTSIDE[place])
    assert isinstance(found, Outside)
    assert found.nearest in PLACES
    assert 300 < found.distance_m < 1000


def test_what_is_far_away_is_outside_too(city):
    found = city.locate(46.8139, -71.2080)
    assert found.nearest == "RP"
    assert found.distance_m == pytest.approx(215_000, rel=0.03), "Québec is far down the river"


@pytest.mark.parametrize(("metres", "snapped"), [(0, True), (22, True), (24, True), (26, False), (27, False)])
def test_off_the_shore_a_point_is_the_boroughs_within_25_metres(small_city, metres, snapped):
    small_city.compile()
    boundaries = small_city.boundaries()
    west = -metres * METRE / cos(radians(45.05))
    for lat, lon in ((45.05, west), (45.1 + metres * METRE, 0.05), (45 - metres * METRE, 0.05)):
        found = boundaries.locate(lat, lon)
        if snapped:
            assert found == "AA"
        else:
            assert found.nearest == "AA"
            assert found.distance_m == pytest.approx(metres, abs=0.1)


def test_off_the_northernmost_shore_of_the_island_too(city):
    lon, lat = max(SHORE, key=lambda edge: edge[0][1])[0]
    assert city.locate(lat + 24 * METRE, lon) == "RP"
    assert city.locate(lat + 28 * METRE, lon).nearest == "RP"


def test_nothing_is_snapped_out_of_a_hole(city):
    for (x1, y1), (x2, y2) in edges(OUTLINES.linked_cities):
        # A metre to the left of the middle of each edge: inside, for the holes run counter-clockwise.
        along_x, along_y = (x2 - x1) * cos(radians(y1)), y2 - y1
        length = hypot(along_x, along_y)
        x = (x1 + x2) / 2 - along_y / length * METRE / cos(radians(y1))
        y = (y1 + y2) / 2 + along_x / length * METRE
        found = city.locate(y, x)
        assert isinstance(found, Outside)
        assert found.distance_m <= 1.01


def test_there_are_three_holes_with_boroughs_all_around():
    walked = {edge[::-1] for edge in SHORE}
    assert len(OUTLINES.linked_cities) == 3
    assert set(edges(OUTLINES.linked_cities)) <= walked


@settings(max_examples=500)
@given(st.sampled_from(SHARED), st.floats(0.01, 0.99))
def test_a_point_on_a_shared_edge_is_in_exactly_one_of_its_two_boroughs(edge, share):
    (x1, y1), (x2, y2) = edge
    x, y = x1 + (x2 - x1) * share, y1 + (y2 - y1) * share
    (found,) = boroughs_containing(x, y)
    assert found in (OWNERS[edge], OWNERS[edge[::-1]])


@settings(max_examples=500)
@given(st.sampled_from(INNER_VERTICES), st.floats(-1e-6, 1e-6), st.floats(-1e-6, 1e-6))
def test_a_point_at_or_near_a_corner_of_several_boroughs_is_in_exactly_one(corner, east, north):
    assert len(boroughs_containing(corner[0] + east, corner[1] + north)) == 1


@settings(max_examples=500)
@given(st.floats(45.40, 45.71), st.floats(-73.98, -73.47))
def test_no_point_is_in_two_boroughs_nor_in_one_and_a_hole(lat, lon):
    found = boroughs_containing(lon, lat)
    assert len(found) + _contains(BOUNDARIES._linked_cities, lon, lat) <= 1


def test_the_boroughs_and_the_holes_cover_the_island_without_a_gap():
    every_edge = Counter(edge for its in EDGES.values() for edge in its)
    assert set(every_edge.values()) == {1}
    assert all(start != end for start, end in every_edge)
    # What no neighbour shares is either the shore or the rim of a hole, whose ring runs the other way.
    rims = {edge[::-1] for edge in edges(OUTLINES.linked_cities)}
    shore = script._rings(edge for edge in SHORE if edge not in rims)
    assert all(script._area(ring) > 0 for ring in shore)


def test_the_boundaries_are_what_their_script_makes():
    assert (DATA / "boundaries.geojson").read_text(encoding="utf-8") == script.build()


def test_the_boundaries_are_19_boroughs_six_of_them_in_several_parts_and_three_holes():
    features = json.loads((DATA / "boundaries.geojson").read_text(encoding="utf-8"))["features"]
    kinds = Counter((feature["properties"]["TYPE"], feature["geometry"]["type"]) for feature in features)
    assert kinds == {
        ("Arrondissement", "Polygon"): 13,
        ("Arrondissement", "MultiPolygon"): 6,
        ("Ville liée", "Polygon"): 3,
    }
    names = {feature["properties"]["ABREV"]: feature["properties"]["NOM"] for feature in features[:19]}
    assert {code: name.fr for code, name in load("city").all_borough_names.items()} == names
    assert sum(len(its) + len(OUTLINES.boroughs[code]) for code, its in EDGES.items()) == 1798


def test_boundaries_of_the_citys_own_kind_can_be_dropped_in(small_city):
    small_city.compile()
    boundaries = small_city.boundaries()
    assert boundaries.locate(45.05, 0.05) == "AA", "a feature of another type is left out"
    assert boundaries.locate(45.05, 0.15) == "BB"
    assert boundaries.locate(45.05, 0.1) == "BB", "on the border, the one in the east"
    assert boundaries.locate(45.05, 0.2001).nearest == "BB", "in a linked city, 8 metres from the border"
