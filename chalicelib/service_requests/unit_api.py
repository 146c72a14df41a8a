"""The unit's door: its list, its service requests, its reports. SigV4, by the unit's own role."""

from typing import Annotated, Final

from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from ..foundation.keys import keys
from ..foundation.problems import Busy
from ..foundation.routes import Auth, Router
from ..foundation.times import Timestamp
from . import listing, unit_views
from .actions.common import found, the_id
from .actions.reporting import report
from .api import ServiceRequestId
from .lifecycle import MoveNotAllowed, Status
from .listing import MOST, USUAL
from .model import Full
from .problems import IsDuplicate, NotFound, NotHere, UpdateIdReused
from .store import store
from .updates import Update

router: Final = Router("Unités · Units")

Unit = Annotated[str, Path(description="The unit's code.", examples=["VM"])]


class UnitViews(BaseModel):
    """Part of a unit's list. A part may hold fewer than asked for, even none, while there is a `next`."""

    model_config = ConfigDict(frozen=True)

    items: list[unit_views.UnitView]
    next: str | None


class ReportReceipt(BaseModel):
    """What became of a report: the same, however often it is sent."""

    model_config = ConfigDict(frozen=True)

    service_request_id: str
    update_id: str
    sequence: int = Field(description="Its entry in the timeline.")
    applied: bool = Field(
        description="False if it happened before what the unit last reported: kept, but moved nothing."
    )
    status: Status = Field(description="The status it led to.")


@router.get(
    "/v1/units/{unit}/service-requests",
    auth=Auth.UNIT,
    summary="Demandes d'une unité · A unit's service requests",
    problems=[Busy],
)
def list_unit_service_requests(
    unit: Unit,
    status: Annotated[listing.StatusFilter | None, Query()] = None,
    updated_after: Annotated[Timestamp | None, Query(description="Changed from this time on.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = USUAL,
    cursor: Annotated[str | None, Query(max_length=1000, description="From the `next` link.")] = None,
) -> UnitViews:
    """By status, then longest unchanged first. Compare each `last_sequence` with yours daily: a lost message shows."""
    part = listing.of_unit(store(), keys(), listing.OfUnit(unit, status, updated_after, limit), cursor)
    return UnitViews(items=[unit_views.for_unit(each, unit) for each in part.found], next=part.next)


@router.get(
    "/v1/units/{unit}/service-requests/{id}",
    auth=Auth.UNIT,
    summary="Une demande de l'unité · One of the unit's service requests",
    problems=[NotFound, Busy],
)
def get_unit_service_request(unit: Unit, id: ServiceRequestId) -> unit_views.UnitView:
    """All that the unit was told of it, to fill a gap in its queue. A unit that transferred it sees it up to then."""
    service_request = found(store(), id)
    if unit not in service_request.delivery:
        raise NotFound
    return unit_views.for_unit(service_request, unit)


@router.post(
    "/v1/units/{unit}/service-requests/{id}/updates",
    auth=Auth.UNIT,
    summary="Rendre compte · Report",
    problems=[NotFound, MoveNotAllowed, NotHere, UpdateIdReused, IsDuplicate, Full, Busy],
)
def report_update(unit: Unit, id: ServiceRequestId, update: Annotated[Update, Body()]) -> ReportReceipt:
    """Acknowledge, start, ask, resolve, refuse, mark as a duplicate, transfer. Send it again with the same `update_id`
    until it is answered."""
    reported = report(store(), unit, the_id(id), update)
    return ReportReceipt(
        service_request_id=reported.service_request.id,
        update_id=update.update_id,
        sequence=reported.entry.sequence,
        applied=reported.entry.applied,
        status=reported.service_request.as_of(reported.entry.sequence).status,
    )
