"""What the public lists answer: JSON, or GeoJSON (RFC 7946) for who draws a map."""

import re
from collections.abc import Iterable
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from .views import PublicSummary

JSON: Final = "application/json"
GEOJSON: Final = "application/geo+json"

_RANGE: Final = re.compile(r"\s*([!-~]+?/[!-~]+?)\s*(?:;(.*))?", re.ASCII)
_WEIGHT: Final = re.compile(r"(?:^|;)\s*[qQ]=(\d(?:\.\d{0,3})?)\s*(?:;|$)", re.ASCII)


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class Listed(PublicSummary):
    """A service request, as a list shows it."""

    distance_m: int | None = Field(description="In a list near a place: metres from there to `position`. Else null.")


class Summaries(_View):
    """Part of a list. A part may hold fewer than asked for, even none, while there is a `next`."""

    items: list[Listed]
    next: str | None = Field(description="In a list of a borough: where the next part is. Null at the end.")
    truncated: bool = Field(
        description="In a list of an area: whether there may be more than these. Ask for a smaller area or a shorter "
        "period."
    )


class Point(_View):
    type: Literal["Point"]
    coordinates: tuple[float, float] = Field(description="Longitude, then latitude.", examples=[[-73.554, 45.5088]])


class Feature(_View):
    """A service request on a map."""

    type: Literal["Feature"]
    id: str = Field(examples=["7K3Q9XPTM3"])
    geometry: Point | None = Field(description="Null where no position was given.")
    properties: Listed


class FeatureCollection(_View):
    """The same part of a list, as GeoJSON. `next` and `truncated` are foreign members (RFC 7946 §6.1)."""

    type: Literal["FeatureCollection"]
    features: list[Feature]
    next: str | None
    truncated: bool


def as_features(summaries: Summaries) -> FeatureCollection:
    return FeatureCollection(
        type="FeatureCollection",
        features=[_feature(item) for item in summaries.items],
        next=summaries.next,
        truncated=summaries.truncated,
    )


def _feature(item: Listed) -> Feature:
    at = item.position
    point = Point(type="Point", coordinates=(at.lon, at.lat)) if at else None
    return Feature(type="Feature", id=item.service_request_id, geometry=point, properties=item)


def prefers_geojson(accept: str | None) -> bool:
    """Whether `Accept` (RFC 9110 §12.5.1) asks for GeoJSON rather than JSON.

    JSON where both are as welcome, for generated clients name all that a route can answer; and where neither is.
    """
    ranges = [(match[1].lower(), _weight(match[2])) for part in _parts(accept) if (match := _RANGE.fullmatch(part))]
    weights = dict(ranges)

    def weight(*from_nearest: str) -> float:
        return next((weights[each] for each in from_nearest if each in weights), 0)

    return weight(GEOJSON, "application/*", "*/*") > weight(JSON, "application/*", "*/*")


def _parts(accept: str | None) -> Iterable[str]:
    return (accept or "").split(",")[:20]


def _weight(parameters: str | None) -> float:
    found = _WEIGHT.search(parameters or "")
    return float(found[1]) if found else 1
