"""Reads `data/boundaries.geojson`: our own, or the city's own file of its administrative limits, dropped in its place.

Of each feature three properties count. TYPE: `Arrondissement` is a borough, `Ville liée` a linked city, where nothing
is snapped to a borough; what is of another type is left out. ABREV: the borough's code. NOM: what faults call it.
"""

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple

from pydantic import AfterValidator, BaseModel, Field, ValidationError

from .faults import Fault, faults_of

BOUNDARIES: Final = "boundaries.geojson"
BOROUGH_TYPE: Final = "Arrondissement"
LINKED_CITY_TYPE: Final = "Ville liée"

Ring = list[float]
"""Closed and flat: x, y, x, y, … in degrees."""

_Position = tuple[Annotated[float, Field(ge=-180, le=180)], Annotated[float, Field(ge=-90, le=90)]]


def _closed(positions: list[_Position]) -> list[_Position]:
    if positions[0] != positions[-1]:
        raise ValueError("is not closed: its last point is not its first")
    return positions


_Positions = Annotated[list[_Position], Field(min_length=4), AfterValidator(_closed)]


class _Polygon(BaseModel):
    type: Literal["Polygon"]
    coordinates: list[_Positions]

    def rings(self) -> list[Ring]:
        return [_flat(ring) for ring in self.coordinates]


class _MultiPolygon(BaseModel):
    type: Literal["MultiPolygon"]
    coordinates: list[list[_Positions]]

    def rings(self) -> list[Ring]:
        return [_flat(ring) for polygon in self.coordinates for ring in polygon]


class _Properties(BaseModel):
    name: str = Field(alias="NOM")
    code: str | None = Field(alias="ABREV")
    type: str = Field(alias="TYPE")


class _Feature(BaseModel):
    properties: _Properties
    geometry: Annotated[_Polygon | _MultiPolygon, Field(discriminator="type")]


class Outlines(NamedTuple):
    """What `geography.Boundaries` is made of."""

    boroughs: dict[str, list[Ring]]
    linked_cities: list[Ring]


def read_outlines(root: Path, boroughs: Collection[str], faults: list[Fault]) -> Outlines:
    """The boundaries of exactly these boroughs, in their order; what is wrong is added to `faults`."""
    found: dict[str, list[Ring]] = {}
    linked_cities: list[Ring] = []
    for feature in _features(root, faults):
        name, code = feature.properties.name, feature.properties.code
        if feature.properties.type == LINKED_CITY_TYPE:
            linked_cities += feature.geometry.rings()
        elif feature.properties.type == BOROUGH_TYPE:
            if code is None or code not in boroughs:
                faults.append(Fault(BOUNDARIES, name, "properties.ABREV", f"there is no borough {code}"))
            elif code in found:
                faults.append(Fault(BOUNDARIES, name, "properties.ABREV", f"{code} is already another feature's"))
            else:
                found[code] = feature.geometry.rings()
    faults += [Fault(BOUNDARIES, code, "", "has no feature") for code in boroughs if code not in found]
    return Outlines({code: found[code] for code in boroughs if code in found}, linked_cities)


def _features(root: Path, faults: list[Fault]) -> Iterator[_Feature]:
    try:
        collection = json.loads((root / BOUNDARIES).read_text(encoding="utf-8"))
    except FileNotFoundError:
        faults.append(Fault(BOUNDARIES, "", "", "the file is missing"))
        return
    except ValueError:
        collection = None
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list):
        faults.append(Fault(BOUNDARIES, "", "", "is not a GeoJSON collection of features"))
        return
    for index, feature in enumerate(features):
        try:
            yield _Feature.model_validate(feature)
        except ValidationError as error:
            faults += faults_of(error, BOUNDARIES, f"features.{index}")


def _flat(positions: list[_Position]) -> Ring:
    return [degrees for position in positions for degrees in position]
