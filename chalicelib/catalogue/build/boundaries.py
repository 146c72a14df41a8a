"""Builds `data/boundaries.geojson`: the 19 boroughs and the three holes between them.

Source: the 58 districts of Montréal's 2013 election, a data set of the plotly package (MIT); the district numbered 183
is the third of borough 18. A borough is the union of its districts: since neighbours share their edges point for point,
the union is what is left when every edge that two districts have in common is dropped. The holes, which are linked
cities, are what is left when the same is done with the boroughs.

    python -m chalicelib.catalogue.build.boundaries
"""

import gzip
import json
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from .files import DATA, write_if_changed
from .source import read_boroughs

Point = tuple[float, float]
Ring = list[Point]
Edge = tuple[Point, Point]

PATH: Final = DATA / "boundaries.geojson"
DECIMALS: Final = 5  # about a metre: finer than the source
HOLES: Final = {
    "Westmount": (-73.59942, 45.48467),
    "Hampstead, Côte-Saint-Luc et Montréal-Ouest": (-73.66641, 45.46810),
    "Mont-Royal": (-73.65230, 45.50729),
}
"""The linked cities enclosed by boroughs, each with a point (longitude, latitude) inside."""


def build() -> str:
    """The GeoJSON text: one feature a line, boroughs by district number, then the holes."""
    districts = _districts()
    boroughs = sorted(read_boroughs(DATA).items(), key=lambda entry: entry[1].election_district)
    features = []
    outlines: list[Edge] = []
    for code, borough in boroughs:
        outline = _uncancelled(districts[borough.election_district])
        outlines += outline
        features.append(_feature(borough.name.fr, code, "Arrondissement", _rings(outline)))
    shores = _rings(_uncancelled(outlines))
    for name, point in HOLES.items():
        hole = next(ring for ring in shores if _area(ring) < 0 and _encloses(ring, point))
        features.append(_feature(name, None, "Ville liée", [hole[::-1]]))
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False, separators=(",", ":")) for feature in features)
    return f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'


def _districts() -> dict[int, list[Edge]]:
    """The edges of all districts by borough number; counter-clockwise, as RFC 7946 wants outer rings."""
    # Looked up, not imported: plotly is large, and only its data is wanted.
    spec = find_spec("plotly")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("plotly is not installed: it holds the boundaries' source")
    source = Path(spec.submodule_search_locations[0], "package_data", "datasets", "election.geojson.gz")
    edges: dict[int, list[Edge]] = {}
    for feature in json.loads(gzip.decompress(source.read_bytes()))["features"]:
        for ring in _source_rings(feature["geometry"]):
            edges.setdefault(int(feature["id"]) // 10, []).extend(pairwise(ring))
    return edges


def _source_rings(geometry: dict[str, Any]) -> Iterator[Ring]:
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    for polygon in polygons:
        # No district has a hole: a polygon is its outer ring.
        (coordinates,) = polygon
        ring = [(round(x, DECIMALS), round(y, DECIMALS)) for x, y in coordinates]
        ring = [point for point, following in pairwise(ring) if point != following]
        ring.append(ring[0])
        yield ring if _area(ring) > 0 else ring[::-1]


def _uncancelled(edges: Iterable[Edge]) -> list[Edge]:
    """The edges that are not walked in both directions."""
    walked = set(edges)
    return [edge for edge in walked if edge[::-1] not in walked]


def _rings(edges: Iterable[Edge]) -> list[Ring]:
    """The closed rings that the edges form, each from its smallest point, in the order of these points."""
    following: dict[Point, Point] = {}
    for start, end in edges:
        if start in following:
            raise ValueError(f"two rings touch at {start}: they cannot be told apart")
        following[start] = end
    rings = []
    while following:
        start = min(following)
        ring = [start, following.pop(start)]
        while ring[-1] != start:
            ring.append(following.pop(ring[-1]))
        rings.append(ring)
    return rings


def _area(ring: Ring) -> float:
    """Signed area, positive when counter-clockwise."""
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring)) / 2


def _encloses(ring: Ring, point: Point) -> bool:
    x, y = point
    crossings = 0
    for (x1, y1), (x2, y2) in pairwise(ring):
        crossings += (y1 <= y) != (y2 <= y) and x < x1 + (x2 - x1) * (y - y1) / (y2 - y1)
    return crossings % 2 == 1


def _feature(name: str, code: str | None, kind: str, rings: list[Ring]) -> dict[str, Any]:
    if any(_area(ring) < 0 for ring in rings):
        raise ValueError(f"{name} has a hole: its rings are not all outer ones")
    geometry: dict[str, Any] = (
        {"type": "Polygon", "coordinates": rings}
        if len(rings) == 1
        else {"type": "MultiPolygon", "coordinates": [[ring] for ring in rings]}
    )
    properties = {"NOM": name, "ABREV": code, "TYPE": kind}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


if __name__ == "__main__":
    write_if_changed(PATH, build().encode())
