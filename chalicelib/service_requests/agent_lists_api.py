"""The agents' search: by id, unit, borough or place, with status, service and period."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import BaseModel, ConfigDict, Field

from ..catalogue.chosen import catalogue
from ..catalogue.problems import no_such_unit
from ..foundation import times
from ..foundation.callers import Agent, Caller
from ..foundation.keys import keys
from ..foundation.languages import Text
from ..foundation.problems import Busy, Fault, Forbidden, InvalidInput
from ..foundation.routes import Auth, Router
from ..foundation.times import Timestamp, written
from . import agent_views, areas, listing
from .actions.agents import as_seen_by, read_by
from .areas import USUAL_RADIUS
from .borough_list import OfBorough, of_borough
from .listing import MOST, USUAL, Filters, OfUnit, Part
from .lists_api import NearParameter, RadiusParameter, faults_between
from .model import ServiceRequest
from .nearby import in_area
from .problems import NotFound
from .store import store

router: Final = Router("Agents")

_WHERE: Final = {"id", "unit", "borough", "near"}
_ONE_OF: Final = Text(
    fr="Donnez un seul de ces paramètres : id, unit, borough ou near.",
    en="Give exactly one of these parameters: id, unit, borough or near.",
)
_OTHER_UNIT: Final = Text(fr="Vous n'êtes pas du groupe de cette unité.", en="You are not in the group of this unit.")
_ONLY_WITH: Final = {"radius": "near", "updated_after": "unit", "held": "unit"}


class AgentSummaries(BaseModel):
    """Part of a list. A part may hold fewer than asked for, even none, while there is a `next`."""

    model_config = ConfigDict(frozen=True)

    items: list[agent_views.AgentSummary]
    next: str | None = Field(description="Where the next part is: a reference to resolve against this list's address.")
    truncated: bool = Field(description="Near a place: whether there may be more than these. Take a smaller radius.")


def _check(query: Mapping[str, Any]) -> None:
    """Refuse what is wrong between parameters or by the catalogue, as far as they can be read."""
    found = [] if len(query.keys() & _WHERE) == 1 else [Fault((), _ONE_OF, "query")]
    if "unit" in query and query["unit"] not in catalogue().all_units:
        found.append(Fault(("unit",), no_such_unit(catalogue().all_units), "query"))
    if faults := found + faults_between(query, _ONLY_WITH):
        raise InvalidInput(faults)


@router.get(
    "/v1/agent/service-requests",
    auth=Auth.AGENT,
    summary="Chercher des demandes · Search service requests",
    problems=[Busy],
    further_check=_check,
)
def search_service_requests(
    caller: Caller,
    id: Annotated[str | None, Query(max_length=40, examples=["7K3Q9-XPTM3"])] = None,
    unit: Annotated[str | None, Query(description="Code of the unit that has them.", examples=["VM"])] = None,
    borough: Annotated[str | None, Query(description="Code; see `/v1/boroughs`.", examples=["VM"])] = None,
    near: NearParameter = None,
    radius: RadiusParameter = None,
    service_code: Annotated[str | None, Query(examples=["nid-de-poule"])] = None,
    status: Annotated[listing.StatusFilter | None, Query()] = None,
    held: Annotated[bool | None, Query(description="With `unit=311`: those of bursts, or all others.")] = None,
    updated_after: Annotated[Timestamp | None, Query(description="Of a unit: changed from this time on.")] = None,
    submitted_after: Annotated[Timestamp | None, Query(description="From this time on.")] = None,
    submitted_before: Annotated[Timestamp | None, Query(description="Up to this time.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = USUAL,
    cursor: Annotated[str | None, Query(max_length=1000, description="From the `next` link.")] = None,
) -> AgentSummaries:
    """By number; those that a unit has, by status, then longest unchanged first; those of a borough, newest first;
    those near a place, nearest first, and open unless `status` says otherwise. An agent of one unit finds what the unit
    has, or had."""
    query = {
        "id": id,
        "unit": unit,
        "borough": borough,
        "near": near,
        "radius": radius,
        "service_code": service_code,
        "status": status,
        "held": held,
        "updated_after": updated_after,
        "submitted_after": submitted_after,
        "submitted_before": submitted_before,
    }
    given = {name: value for name, value in query.items() if value is not None}
    _check(given)
    filters = Filters(service_code, status, submitted_after, submitted_before, held_too=True)
    at = times.now()
    truncated = False
    if unit is not None:
        if not caller.may_act_for(unit):
            raise Forbidden(_OTHER_UNIT)
        part = listing.of_unit(store(), keys(), OfUnit(unit, status, updated_after, limit), cursor)
    elif borough is not None:
        summaries = of_borough(store(), keys(), OfBorough(borough, filters, limit), cursor)
        part = Part(_whole([one.id for one in summaries.found]), cursor=summaries.cursor)
    elif near is not None:
        area = areas.Near(areas.place(near), radius or USUAL_RADIUS)
        nearby = in_area(store(), area, filters, at, limit)
        part, truncated = Part(_whole([one.summary.id for one in nearby.found])), nearby.truncated
    else:
        part = Part(_by_number(caller, id or ""))
    seen = (as_seen_by(caller, one) for one in part.found)
    found = [one for one in seen if one and filters.admit(one) and held in (None, one.held)]
    return AgentSummaries(
        items=[agent_views.agent_summary(one, catalogue(), at) for one in found],
        next=_next({**given, "limit": limit}, part.cursor),
        truncated=truncated,
    )


def _by_number(caller: Agent, id: str) -> list[ServiceRequest]:
    try:
        return [read_by(store(), caller, id)]
    except NotFound:
        return []


def _whole(ids: list[str]) -> list[ServiceRequest]:
    known = store().get_many(ids) if ids else {}
    return [known[id] for id in ids if id in known]


def _next(query: Mapping[str, Any], cursor: str | None) -> str | None:
    if cursor is None:
        return None
    times_written = {name: written(value) for name, value in query.items() if isinstance(value, datetime)}
    return "?" + urlencode({**query, **times_written, "cursor": cursor})
