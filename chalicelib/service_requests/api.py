"""The citizen's door: submit, follow, list."""

from typing import Annotated, Final

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Header, Path, Query
from pydantic import BaseModel, ConfigDict

from ..catalogue.chosen import catalogue
from ..foundation.http import created
from ..foundation.keys import keys
from ..foundation.problems import Busy
from ..foundation.routes import Auth, Router
from ..foundation.times import Timestamp
from . import intake, listing, views
from .actions import found, submit
from .listing import MOST, USUAL
from .problems import KeyReused, NotFound, WrongToken
from .store import store
from .submission import Submission
from .tokens import opens, token_for

router: Final = Router("Demandes · Service requests")

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=16,
        max_length=128,
        pattern=r"^[\x21-\x7e]+$",
        description="Random, one per submission: a repeat with the same key and body gets the first answer.",
    ),
]
TrackingToken = Annotated[str | None, Header(alias="Tracking-Token", max_length=64)]
ServiceRequestId = Annotated[
    str, Path(description="Ten symbols; case and dashes do not matter.", examples=["7K3Q9XPTM3"])
]


class Summaries(BaseModel):
    """Part of a list. A part may hold fewer than asked for, even none, while there is a `next`."""

    model_config = ConfigDict(frozen=True)

    items: list[views.PublicSummary]
    next: str | None


@router.post(
    "/v1/service-requests",
    auth=Auth.ANYONE,
    summary="Demander un service · Ask for a service",
    status_code=201,
    problems=[KeyReused, Busy],
    further_faults=lambda body: intake.further_faults(body, catalogue()),
)
def submit_service_request(
    submission: Annotated[Submission, Body()], idempotency_key: IdempotencyKey = None
) -> Response[views.Receipt]:
    """Submit anonymously. Send an `Idempotency-Key` so that a retry after a lost answer is not a second request."""
    secret = keys()
    stored = submit(store(), secret, submission, idempotency_key)
    receipt = views.receipt(stored, catalogue(), token_for(secret, stored.id, stored.token_generation))
    return created(receipt, location=f"/v1/service-requests/{stored.id}")


@router.get(
    "/v1/service-requests/{id}",
    auth=Auth.ANYONE,
    summary="Suivre une demande · Follow a service request",
    problems=[NotFound, WrongToken, Busy],
    security=[{}, {"trackingToken": []}],
)
def get_service_request(
    id: ServiceRequestId, tracking_token: TrackingToken = None
) -> Response[views.PrivateView | views.PublicView]:
    """The public view; with the header `Tracking-Token`, the private one."""
    service_request = found(store(), id)
    if tracking_token is None:
        return Response(200, "application/json", views.public(service_request, catalogue()))
    if not opens(keys(), tracking_token, service_request.id, service_request.token_generation):
        raise WrongToken
    return Response(200, "application/json", views.private(service_request, catalogue()))


@router.get(
    "/v1/service-requests",
    auth=Auth.ANYONE,
    summary="Demandes d'un arrondissement · Service requests of a borough",
    problems=[Busy],
)
def list_service_requests(
    borough: Annotated[str, Query(description="Code; see `/v1/boroughs`.", examples=["VM"])],
    service_code: Annotated[str | None, Query(examples=["nid-de-poule"])] = None,
    status: Annotated[listing.StatusFilter | None, Query()] = None,
    submitted_after: Annotated[Timestamp | None, Query(description="From this time on.")] = None,
    submitted_before: Annotated[Timestamp | None, Query(description="Up to this time.")] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = USUAL,
    cursor: Annotated[str | None, Query(max_length=1000, description="From the `next` link.")] = None,
) -> Summaries:
    """Newest first. Follow `next` as it is: a reference to resolve against the address of this list."""
    wanted = listing.Wanted(borough, service_code, status, submitted_after, submitted_before, limit)
    part = listing.of_borough(store(), keys(), catalogue(), wanted, cursor)
    return Summaries(items=[views.summary(item, catalogue()) for item in part.found], next=part.next)
