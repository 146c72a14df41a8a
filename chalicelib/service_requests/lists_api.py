"""The public lists' door: service requests of a borough, near a place, or in a box of a map."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, NamedTuple

from aws_lambda_powertools.event_handler import Depends, Request, Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import TypeAdapter, ValidationError

from ..catalogue.chosen import catalogue
from ..catalogue.problems import NO_SUCH_BOROUGH, NO_SUCH_SERVICE
from ..foundation import times
from ..foundation.keys import keys
from ..foundation.languages import Text
from ..foundation.problems import Busy, Fault, InvalidInput
from ..foundation.routes import Auth, Router
from ..foundation.times import Timestamp
from . import areas, listing, views
from .areas import MOST_RADIUS, USUAL_RADIUS
from .borough_list import OfBorough, of_borough
from .intake import slip_of
from .list_views import GEOJSON, JSON, FeatureCollection, Listed, Summaries, as_features, prefers_geojson
from .listing import MOST, USUAL, Filters
from .nearby import in_area
from .record import Summary
from .store import store

router: Final = Router("Demandes · Service requests")

USUAL_NEAR: Final = 20

_TIME: Final[TypeAdapter[datetime]] = TypeAdapter(Timestamp)
_ONE_OF: Final = Text(
    fr="Donnez un seul de ces trois paramètres : borough (un arrondissement), near (près d'un endroit) ou bbox (un "
    "rectangle d'une carte).",
    en="Give exactly one of these three parameters: borough, near (near a place) or bbox (a box of a map).",
)
_ONLY_WITH: Final = {"radius": "near", "cursor": "borough"}
_BEFORE_AFTER: Final = Text(
    fr="Cette heure doit suivre « submitted_after ».", en="This time must come after “submitted_after”."
)


NearParameter = Annotated[
    areas.NearText | None,
    Query(
        description="Latitude, longitude (WGS 84, degrees).",
        examples=["45.5088,-73.5540"],
        json_schema_extra={"pattern": areas.NEAR_PATTERN},
    ),
]
RadiusParameter = Annotated[
    int | None, Query(ge=1, le=MOST_RADIUS, description=f"Metres from `near`; else {USUAL_RADIUS}.")
]


class Asked(NamedTuple):
    """What was asked, as it was sent."""

    query: Mapping[str, str]
    geojson: bool


def _asked(request: Request) -> Asked:
    event = request.resolved_event.raw_event
    return Asked(event.get("queryStringParameters") or {}, prefers_geojson(event["headers"].get("accept")))


def _check(query: Mapping[str, Any]) -> None:
    """Refuse what is wrong between parameters or by the catalogue, as far as they can be read."""
    one = len(query.keys() & {"borough", "near", "bbox"}) == 1
    if faults := [*([] if one else [Fault((), _ONE_OF, "query")]), *faults_between(query, _ONLY_WITH)]:
        raise InvalidInput(faults)


def faults_between(query: Mapping[str, Any], only_with: Mapping[str, str]) -> list[Fault]:
    """Parameters without the one that they go with, names that the catalogue does not know, periods that end too
    early."""
    found: list[tuple[str, Text]] = []
    for name, other in only_with.items():
        if name in query and other not in query:
            found.append((name, Text(fr=f"Seulement avec {other}.", en=f"Only with {other}.")))
    if (near := query.get("near")) and re.fullmatch(areas.NEAR_PATTERN, near, re.ASCII):
        at = areas.place(near)
        if slip := slip_of(at.lat, at.lon, catalogue()):
            found.append(("near", slip))
    if (bbox := query.get("bbox")) and re.fullmatch(areas.BBOX_PATTERN, bbox, re.ASCII):
        middle = areas.box(bbox).centre
        if slip := slip_of(middle.lat, middle.lon, catalogue()):
            found.append(("bbox", slip))
    if "borough" in query and query["borough"] not in catalogue().all_borough_names:
        found.append(("borough", NO_SUCH_BOROUGH))
    if "service_code" in query and query["service_code"] not in catalogue().services:
        found.append(("service_code", NO_SUCH_SERVICE))
    after, before = (_time(query.get(name)) for name in ("submitted_after", "submitted_before"))
    if after and before and after > before:
        found.append(("submitted_before", _BEFORE_AFTER))
    return [Fault((name,), detail, "query") for name, detail in found]


def _time(text: str | None) -> datetime | None:
    try:
        return _TIME.validate_python(text)
    except ValidationError:
        return None


@router.get(
    "/v1/service-requests",
    auth=Auth.ANYONE,
    summary="Demandes d'un arrondissement ou près d'un endroit · Service requests of a borough, or near a place",
    problems=[Busy],
    further_check=_check,
    answers={JSON: Summaries, GEOJSON: FeatureCollection},
)
def list_service_requests(
    asked: Annotated[Asked, Depends(_asked)],
    borough: Annotated[str | None, Query(description="Code; see `/v1/boroughs`.", examples=["VM"])] = None,
    near: NearParameter = None,
    radius: RadiusParameter = None,
    bbox: Annotated[
        areas.BboxText | None,
        Query(
            description=f"West, south, east, north (WGS 84, degrees); at most {areas.MOST_SIDE} m on a side.",
            examples=["-73.57,45.50,-73.55,45.51"],
            json_schema_extra={"pattern": areas.BBOX_PATTERN},
        ),
    ] = None,
    service_code: Annotated[str | None, Query(examples=["nid-de-poule"])] = None,
    status: Annotated[
        listing.StatusFilter | None, Query(description="Else any in a borough, the open ones near a place or in a box.")
    ] = None,
    submitted_after: Annotated[Timestamp | None, Query(description="From this time on.")] = None,
    submitted_before: Annotated[Timestamp | None, Query(description="Up to this time.")] = None,
    limit: Annotated[
        int | None,
        Query(ge=1, le=MOST, description=f"Else {USUAL} in a borough, {USUAL_NEAR} near a place, {MOST} in a box."),
    ] = None,
    cursor: Annotated[str | None, Query(max_length=1000, description="From the `next` link.")] = None,
) -> Response[str]:
    """Of a borough (`borough`), newest first, part by part: follow `next` as it is, a reference to resolve against the
    address of this list. Near a place (`near`), nearest first: what somebody may have reported already. In a box of a
    map (`bbox`), newest first. These two have one part; what is closed is in them if submitted in the last 90 days,
    unless `submitted_after` says otherwise. Distances are of `position`, which is exact only on the public way.

    What came in moments ago may not be there yet. With `Accept: application/geo+json` the answer is GeoJSON.
    """
    _check(asked.query)
    filters = Filters(service_code, status, submitted_after, submitted_before)
    at = times.now()
    if borough is not None:
        part = of_borough(store(), keys(), OfBorough(borough, filters, limit or USUAL), cursor)
        summaries = Summaries(
            items=[_listed(summary, None, at) for summary in part.found], next=part.next, truncated=False
        )
    else:
        area = areas.box(bbox) if bbox else areas.Near(areas.place(near or ""), radius or USUAL_RADIUS)
        nearby = in_area(store(), area, filters, at, limit or (MOST if bbox else USUAL_NEAR))
        items = [_listed(found.summary, None if bbox else round(found.away), at) for found in nearby.found]
        summaries = Summaries(items=items, next=None, truncated=nearby.truncated)
    # As text: the resolver would make dictionaries of it first, and check what was just checked.
    shown = as_features(summaries) if asked.geojson else summaries
    return Response(200, GEOJSON if asked.geojson else JSON, shown.model_dump_json(), headers={"Vary": "Accept"})


def _listed(summary: Summary, distance_m: int | None, at: datetime) -> Listed:
    return Listed(**views.summarized(summary, catalogue(), at), distance_m=distance_m)
