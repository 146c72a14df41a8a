"""The citizen's door: submit, follow."""

from typing import Annotated, Final

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Header, Path

from ..catalogue.chosen import catalogue
from ..foundation import times
from ..foundation.http import created
from ..foundation.keys import keys
from ..foundation.problems import Busy
from ..foundation.routes import Auth, Router
from . import intake, views
from .actions.common import found
from .actions.submitting import Sender, submit
from .lifecycle import Kind
from .problems import KeyReused, NotFound, Stopped, WrongToken
from .store import store
from .submission import Submission
from .timeline import Actor
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


@router.post(
    "/v1/service-requests",
    auth=Auth.ANYONE,
    summary="Demander un service · Ask for a service",
    status_code=201,
    problems=[KeyReused, Stopped, Busy],
    further_check=lambda body: intake.check_readable(body, catalogue()),
)
def submit_service_request(
    submission: Annotated[Submission, Body()], idempotency_key: IdempotencyKey = None
) -> Response[views.Receipt]:
    """Submit anonymously. Send an `Idempotency-Key` so that a retry after a lost answer is not a second request."""
    secret = keys()
    sender = Sender(Actor(kind=Kind.CITIZEN), submission.channel)
    stored = submit(store(), secret, submission, sender, idempotency_key)
    receipt = views.receipt(stored, catalogue(), token_for(secret, stored.id, stored.token_generation), times.now())
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
        return Response(200, "application/json", views.public(service_request, catalogue(), times.now()))
    if not opens(keys(), tracking_token, service_request.id, service_request.token_generation):
        raise WrongToken
    return Response(200, "application/json", views.private(service_request, catalogue(), times.now()))
