"""An area is covered by its cells, wherever in the city it lies; and by few others."""

from math import cos, pi, radians, sqrt

import h3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from chalicelib.service_requests.areas import MOST_RADIUS, MOST_SIDE, BboxText, Box, Near, metres_between
from chalicelib.service_requests.cells import blurred, cells_of, index_cell
from chalicelib.service_requests.timeline import Position

METRES_PER_DEGREE = 111_195
CITY = {"lat": (45.40, 45.71), "lon": (-73.98, -73.47)}

fractions = st.floats(0, 1)
in_the_city = st.builds(Position, lat=st.floats(*CITY["lat"]), lon=st.floats(*CITY["lon"]))
anywhere = st.builds(Position, lat=st.floats(-85, 85), lon=st.floats(-180, 180))
radii = st.integers(1, MOST_RADIUS)
sides = st.floats(1, MOST_SIDE)


def moved(position, north, east):
    """A position so many metres away."""
    lon = position.lon + east / (METRES_PER_DEGREE * cos(radians(position.lat)))
    return Position(lat=position.lat + north / METRES_PER_DEGREE, lon=(lon + 180) % 360 - 180)


def box(corner, width, height):
    far = moved(corner, height, width)
    return Box(corner.lon, corner.lat, far.lon, far.lat)


def on_a_side(cell, side, along):
    """A position where two or three cells meet."""
    corners = h3.cell_to_boundary(cell)
    one, other = corners[side % len(corners)], corners[(side + 1) % len(corners)]
    return Position(lat=one[0] + along * (other[0] - one[0]), lon=one[1] + along * (other[1] - one[1]))


@settings(max_examples=500)
@given(in_the_city | anywhere, radii, st.floats(-1, 1), st.floats(-1, 1))
def test_every_position_within_the_radius_is_in_a_cell_that_is_asked(centre, radius, north, east):
    position = moved(centre, north * radius, east * radius)
    area = Near(centre, radius)
    assert area.away(position) > 0 or index_cell(position) in cells_of(area)


@settings(max_examples=300)
@given(in_the_city, radii, st.integers(0, 5), fractions, fractions, st.booleans())
def test_also_one_at_the_rim_or_between_two_cells(centre, radius, side, along, direction, blur):
    position = on_a_side(index_cell(moved(centre, radius * cos(pi * direction), radius)), side, along)
    if blur:
        position = blurred(position)
    around = Near(position, radius)
    area = Near(moved(position, 0.999 * radius * cos(2 * pi * direction), 0), radius)
    for each in (around, area):
        assert each.away(position) <= 0
        assert index_cell(position) in cells_of(each)


@settings(max_examples=500)
@given(in_the_city, sides, sides, fractions, fractions)
def test_every_position_in_the_box_is_in_a_cell_that_is_asked(corner, width, height, north, east):
    area = box(corner, width, height)
    lat = area.south + north * (area.north - area.south)
    lon = area.west + east * (area.east - area.west)
    assert index_cell(Position(lat=lat, lon=lon)) in cells_of(area)


@settings(max_examples=300)
@given(in_the_city, radii)
def test_no_more_cells_are_asked_than_can_be_touched_but_for_a_few(centre, radius):
    cells = cells_of(Near(centre, radius))
    assert len(cells) == len(set(cells))
    touched = [cell for cell in cells if gap(centre, cell) <= radius]
    assert len(cells) <= len(touched) + 6
    assert len(cells) <= {100: 4, 250: 9}.get(radius, 22)


def gap(position, cell):
    """Metres from a position to a cell, on the plane that is right near it."""
    if index_cell(position) == cell:
        return 0
    scale = METRES_PER_DEGREE * cos(radians(position.lat))
    corners = [
        ((lon - position.lon) * scale, (lat - position.lat) * METRES_PER_DEGREE)
        for lat, lon in h3.cell_to_boundary(cell)
    ]
    return min(from_side(one, other) for one, other in zip(corners, corners[1:] + corners[:1], strict=True))


def from_side(one, other):
    """From the origin to the side between two points."""
    x, y = other[0] - one[0], other[1] - one[1]
    along = min(1, max(0, -(one[0] * x + one[1] * y) / (x * x + y * y)))
    return sqrt((one[0] + along * x) ** 2 + (one[1] + along * y) ** 2)


@given(in_the_city)
def test_a_map_of_the_greatest_size_asks_some_sixty_cells(corner):
    assert 30 < len(cells_of(box(corner, MOST_SIDE, MOST_SIDE))) <= 65


@pytest.mark.parametrize("radius", [1, 100, MOST_RADIUS])
def test_where_the_grid_has_pentagons_the_area_is_covered_too(radius):
    lat, lon = h3.cell_to_latlng(h3.get_pentagons(9)[3])
    centre = Position(lat=lat, lon=lon)
    assert index_cell(moved(centre, 0, 0.99 * radius)) in cells_of(Near(centre, radius))


@given(in_the_city, st.floats(-900, 900), st.floats(-900, 900))
def test_distances_are_those_of_the_grids_library(one, north, east):
    other = moved(one, north, east)
    theirs = h3.great_circle_distance((one.lat, one.lon), (other.lat, other.lon), unit="m")
    assert metres_between(one, other) == pytest.approx(theirs, rel=1e-5, abs=0.01)


def test_distances_are_within_a_third_of_a_percent_of_the_ellipsoids():
    here = Position(lat=45.5088, lon=-73.554)
    radius_n, radius_m = ellipsoid(here.lat)
    north = Position(lat=here.lat + 180 / pi * 1000 / radius_m, lon=here.lon)
    east = Position(lat=here.lat, lon=here.lon + 180 / pi * 1000 / (radius_n * cos(radians(here.lat))))
    assert metres_between(here, north) == pytest.approx(1000, rel=0.003)
    assert metres_between(here, east) == pytest.approx(1000, rel=0.003)


def ellipsoid(lat):
    """WGS 84's radii of curvature, across and along the meridian, metres."""
    a, e2 = 6_378_137.0, 6.694379990141e-3
    w = 1 - e2 * (1 - cos(2 * radians(lat))) / 2
    return a / sqrt(w), a * (1 - e2) / w**1.5


@given(in_the_city)
def test_what_is_blurred_is_found_within_eighty_metres_of_where_it_is(position):
    shown = blurred(position)
    assert metres_between(position, shown) < 90
    assert index_cell(shown) in cells_of(Near(position, 100))


@pytest.mark.parametrize("bbox", ["-180,45.5,180,45.51", "-179.999,45.5,179.999,45.51", "-150,-0.01,150,0.01"])
def test_a_box_around_the_world_is_refused_though_its_sides_nearly_meet(bbox):
    with pytest.raises(ValidationError):
        TypeAdapter(BboxText).validate_python(bbox)
