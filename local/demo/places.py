"""Places in a borough, as citizens give them: mostly a point on a map, else an address or a crossing."""

import json
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any, Final, NamedTuple

from chalicelib.catalogue import Catalogue
from local.stages import ROOT

BOUNDARIES: Final = ROOT / "chalicelib" / "catalogue" / "data" / "boundaries.geojson"
BY_POSITION: Final = 0.8

Crossings = Mapping[str, list[list[str]]]


class _Box(NamedTuple):
    west: float
    south: float
    east: float
    north: float


class Places:
    def __init__(self, catalogue: Catalogue, crossings: Crossings) -> None:
        self._catalogue = catalogue
        self._crossings = crossings
        described = json.loads(BOUNDARIES.read_text(encoding="utf-8"))
        self._boxes = {
            feature["properties"]["ABREV"]: _box(feature["geometry"]["coordinates"])
            for feature in described["features"]
        }

    def location(self, chance: Random, borough: str) -> dict[str, Any]:
        """The `location` of a submission."""
        crossings = self._crossings.get(borough)
        if crossings is None or chance.random() < BY_POSITION:
            return self.position(chance, borough)
        streets = chance.choice(crossings)
        if chance.random() < 0.5:
            return {"borough": borough, "intersection": streets}
        return {"borough": borough, "address": f"{chance.randrange(100, 7000)}, {chance.choice(streets)}"}

    def position(self, chance: Random, borough: str) -> dict[str, float]:
        """A point on the map."""
        box = self._boxes[borough]
        while True:
            lat, lon = round(chance.uniform(box.south, box.north), 6), round(chance.uniform(box.west, box.east), 6)
            if self._catalogue.locate(lat, lon) == borough:
                return {"lat": lat, "lon": lon}


def _box(coordinates: list[Any]) -> _Box:
    points = list(_points(coordinates))
    lons, lats = zip(*points, strict=True)
    return _Box(min(lons), min(lats), max(lons), max(lats))


def _points(coordinates: list[Any]) -> Iterator[tuple[float, float]]:
    """The points of a polygon or of several, however deep they lie."""
    if isinstance(coordinates[0], list):
        for inner in coordinates:
            yield from _points(inner)
    else:
        yield coordinates[0], coordinates[1]
