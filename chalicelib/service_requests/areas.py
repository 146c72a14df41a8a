"""The areas that lists can be asked for: around a place, or in a box of a map. Pure."""

import re
from collections.abc import Iterable
from math import asin, cos, radians, sin, sqrt
from typing import Annotated, Final, NamedTuple, NoReturn

from pydantic import AfterValidator

from ..foundation.languages import Text
from ..foundation.problems import Fault, refusal
from .timeline import Position

USUAL_RADIUS: Final = 100
MOST_RADIUS: Final = 500
MOST_SIDE: Final = 2_000

_EARTH_RADIUS: Final = 6_371_009  # metres; mean radius of WGS 84

# Neither exponents nor leading blanks: what a map writes, and nothing that two readers could take two ways.
_NUMBER: Final = r"-?\d{1,3}(?:\.\d{1,20})?"
NEAR_PATTERN: Final = rf"^{_NUMBER},{_NUMBER}$"
BBOX_PATTERN: Final = rf"^{_NUMBER}(?:,{_NUMBER}){{3}}$"


class Near(NamedTuple):
    """The places at most `radius` metres from one."""

    centre: Position
    radius: int

    def away(self, position: Position) -> float:
        """Metres from the area to a position; not positive inside."""
        return metres_between(self.centre, position) - self.radius


class Box(NamedTuple):
    """The places between two meridians and two parallels, degrees, in GeoJSON's order (RFC 7946 §5)."""

    west: float
    south: float
    east: float
    north: float

    @property
    def centre(self) -> Position:
        return Position(lat=(self.south + self.north) / 2, lon=(self.west + self.east) / 2)

    def away(self, position: Position) -> float:
        """Metres from the area to a position; zero inside."""
        nearest = Position(
            lat=min(max(position.lat, self.south), self.north), lon=min(max(position.lon, self.west), self.east)
        )
        return metres_between(nearest, position)


Area = Near | Box


def metres_between(one: Position, other: Position) -> float:
    """Along a great circle of a sphere: at most 0.3 % from the length on the ellipsoid at Montréal, 0.6 % anywhere."""
    lat, other_lat = radians(one.lat), radians(other.lat)
    across = sin((other_lat - lat) / 2) ** 2 + cos(lat) * cos(other_lat) * sin(radians(other.lon - one.lon) / 2) ** 2
    return 2 * _EARTH_RADIUS * asin(sqrt(min(across, 1)))


def place(near: str) -> Position:
    """The position in `latitude,longitude`."""
    lat, lon = _numbers(near)
    return Position(lat=lat, lon=lon)


def box(bbox: str) -> Box:
    """The box in `west,south,east,north`."""
    return Box(*_numbers(bbox))


def _numbers(text: str) -> Iterable[float]:
    return map(float, text.split(","))


def _checked_near(text: str) -> str:
    if not re.fullmatch(NEAR_PATTERN, text, re.ASCII):
        _refuse(
            "Donnez la latitude, puis la longitude, en degrés : « 45.5088,-73.5540 ».",
            "Give the latitude, then the longitude, in degrees: “45.5088,-73.5540”.",
        )
    found = place(text)
    if abs(found.lat) > 90 or abs(found.lon) > 180:
        _refuse(
            "La latitude va de -90 à 90, puis la longitude de -180 à 180.",
            "The latitude goes from -90 to 90, then the longitude from -180 to 180.",
        )
    return text


def _checked_bbox(text: str) -> str:
    if not re.fullmatch(BBOX_PATTERN, text, re.ASCII):
        _refuse(
            "Donnez ouest, sud, est, nord, en degrés : « -73.57,45.50,-73.55,45.51 ».",
            "Give west, south, east, north, in degrees: “-73.57,45.50,-73.55,45.51”.",
        )
    found = box(text)
    if not (-180 <= found.west < found.east <= 180 and -90 <= found.south < found.north <= 90):
        _refuse(
            "L'ouest vient avant l'est (longitudes, de -180 à 180), le sud avant le nord (latitudes, de -90 à 90).",
            "West comes before east (longitudes, from -180 to 180), south before north (latitudes, from -90 to 90).",
        )
    middle = found.centre
    # Along the parallel: the shortest way from one side of the world to the other is none at all.
    width = radians(found.east - found.west) * cos(radians(middle.lat)) * _EARTH_RADIUS
    height = metres_between(Position(lat=found.south, lon=middle.lon), Position(lat=found.north, lon=middle.lon))
    if max(width, height) > MOST_SIDE:
        _refuse(
            f"Ce rectangle mesure {width:.0f} m sur {height:.0f} m; {MOST_SIDE} m de côté au plus. Agrandissez la "
            "carte, ou demandez la liste d'un arrondissement (borough).",
            f"This box is {width:.0f} m by {height:.0f} m; at most {MOST_SIDE} m on a side. Zoom in, or ask for the "
            "list of a borough.",
        )
    return text


def _refuse(fr: str, en: str) -> NoReturn:
    raise refusal([Fault((), Text(fr=fr, en=en))])


NearText = Annotated[str, AfterValidator(_checked_near)]
BboxText = Annotated[str, AfterValidator(_checked_bbox)]
