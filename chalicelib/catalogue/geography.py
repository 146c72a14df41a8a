"""Which borough a point is in.

A borough is a set of rings on the plane of longitude and latitude, in degrees; a point is inside if a ray to the east
crosses its rings an odd number of times. On the scale of a city the earth's curvature does not show: distances are
taken on a local equirectangular projection, good to a quarter of a percent.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import cos, hypot, inf, radians
from typing import Final, NamedTuple, Self

from pydantic_core import from_json

SNAP_WITHIN_M: Final = 25.0
"""The boundaries stop at the shore, where quays and beaches go on: a point this near belongs to the borough."""

_METRES_PER_DEGREE: Final = radians(1) * 6_371_008.8


class Outside(NamedTuple):
    """A point in no borough: the nearest one, and how far it is."""

    nearest: str
    distance_m: float


class _Ring(NamedTuple):
    west: float
    south: float
    east: float
    north: float
    edges: tuple[tuple[float, float, float, float], ...]
    """(x1, y1, x2, y2) with y1 ≤ y2."""


class Boundaries:
    """The boroughs' rings, and those of the linked cities, into which nothing is snapped."""

    def __init__(
        self,
        boroughs: Mapping[str, Iterable[Sequence[float]]],
        linked_cities: Iterable[Sequence[float]],
    ) -> None:
        """Rings are closed and flat: x, y, x, y, … in degrees."""
        self._boroughs = {code: [_ring(flat) for flat in rings] for code, rings in boroughs.items()}
        self._linked_cities = [_ring(flat) for flat in linked_cities]

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        compiled = from_json(text)
        return cls(compiled["boroughs"], compiled["linked_cities"])

    def locate(self, lat: float, lon: float) -> str | Outside:
        """The borough of a point; `Outside` if it is in none, nor within 25 m of one in the river.

        A point on a border that two boroughs share is in exactly one, always the same.
        """
        for code, rings in self._boroughs.items():
            if _contains(rings, lon, lat):
                return code
        nearest = min((_distance(rings, lon, lat), code) for code, rings in self._boroughs.items())
        outside = Outside(nearest=nearest[1], distance_m=nearest[0])
        if outside.distance_m <= SNAP_WITHIN_M and not _contains(self._linked_cities, lon, lat):
            return outside.nearest
        return outside


def _ring(flat: Sequence[float]) -> _Ring:
    xs, ys = flat[::2], flat[1::2]
    # Every edge points north. Two neighbours walk a shared edge in opposite directions, and would round the crossing
    # differently: a point on it could be in both, or in none.
    edges = tuple(
        (x1, y1, x2, y2) if y1 <= y2 else (x2, y2, x1, y1)
        for x1, y1, x2, y2 in zip(xs, ys, xs[1:], ys[1:], strict=False)
    )
    return _Ring(min(xs), min(ys), max(xs), max(ys), edges)


def _contains(rings: Iterable[_Ring], x: float, y: float) -> bool:
    inside = False
    for west, south, east, north, edges in rings:
        if west <= x <= east and south <= y <= north:
            for x1, y1, x2, y2 in edges:
                # Half-open: an edge owns its southern end, so that a ray through a vertex crosses once.
                if y1 <= y < y2 and (x - x1) * (y2 - y1) < (x2 - x1) * (y - y1):
                    inside = not inside
    return inside


def _distance(rings: Iterable[_Ring], x: float, y: float) -> float:
    """Metres from the point to the nearest edge."""
    metres_per_x = _METRES_PER_DEGREE * cos(radians(y))
    nearest = inf
    for ring in rings:
        for x1, y1, x2, y2 in ring.edges:
            along_x, along_y = (x2 - x1) * metres_per_x, (y2 - y1) * _METRES_PER_DEGREE
            to_x, to_y = (x - x1) * metres_per_x, (y - y1) * _METRES_PER_DEGREE
            length_squared = along_x * along_x + along_y * along_y
            share = (to_x * along_x + to_y * along_y) / length_squared if length_squared else 0.0
            share = min(1.0, max(0.0, share))
            nearest = min(nearest, hypot(to_x - share * along_x, to_y - share * along_y))
    return nearest
