"""The doors for the holder of a tracking token: say something more, answer, correct, withdraw, reopen."""

from collections.abc import Callable
from typing import Annotated, Any, Final, Self

from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import BaseModel, ConfigDict, Field, ModelWrapValidatorHandler, model_validator

from ..catalogue.chosen import catalogue
from ..foundation import times
from ..foundation.keys import keys
from ..foundation.problems import Busy
from ..foundation.routes import Auth, Router
from ..foundation.texts import Prose, Remark
from ..foundation.wording import all_at_once
from . import views
from .actions.common import the_id
from .actions.correcting import corrected
from .actions.holding import Deed, done_by_holder
from .api import IdempotencyKey, ServiceRequestId, TrackingToken
from .details import nothing_changes
from .lifecycle import Action, Kind, MoveNotAllowed
from .model import Full, OthersAsk, ServiceRequest
from .problems import KeyReused, NotFound, WrongToken
from .store import store
from .submission import Location
from .timeline import Actor, Change

router: Final = Router("Demandes · Service requests")

CITIZEN: Final = Actor(kind=Kind.CITIZEN)
_DOOR: Final[dict[str, Any]] = {
    "auth": Auth.ANYONE,
    "security": [{"trackingToken": []}],
    "problems": [NotFound, WrongToken, MoveNotAllowed, KeyReused, Full, Busy],
}


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Comment(_Sent):
    """Something more for the unit to know."""

    text: Prose = Field(examples=["Le trou s'est agrandi depuis hier."])


class Reply(_Sent):
    """The answer to the unit's question."""

    text: Prose = Field(examples=["Devant le 275, du côté nord."])


class Correction(_Sent):
    """What was wrong, as it is right: the place, the description, or both."""

    location: Location | None = None
    description: Prose | None = Field(None, examples=["Trou profond devant l'arrêt d'autobus."])

    @model_validator(mode="wrap")
    @classmethod
    def _something_changes(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        return all_at_once(data, handler, nothing_changes)


class Withdrawal(_Sent):
    """The service is not wanted any more. An empty object will do."""

    reason: Remark | None = Field(None, examples=["C'est déjà réparé, merci."])


class Reopening(_Sent):
    """It was closed, and it is not settled."""

    reason: Remark = Field(examples=["Le trou est revenu après la pluie."])


@router.post("/v1/service-requests/{id}/comments", summary="Ajouter un mot · Add a word", **_DOOR)
def comment_service_request(
    id: ServiceRequestId,
    comment: Annotated[Comment, Body()],
    tracking_token: TrackingToken = None,
    idempotency_key: IdempotencyKey = None,
) -> views.PrivateView:
    """The unit is told. Send an `Idempotency-Key` so that a retry is not said twice."""
    return _said(id, tracking_token, Action.COMMENT, comment.text, idempotency_key)


@router.post("/v1/service-requests/{id}/reply", summary="Répondre à la question · Answer the question", **_DOOR)
def reply_to_question(
    id: ServiceRequestId,
    reply: Annotated[Reply, Body()],
    tracking_token: TrackingToken = None,
    idempotency_key: IdempotencyKey = None,
) -> views.PrivateView:
    """While its status is `info_requested`. It returns to the unit, and the expected date moves by the working days
    that the question waited."""
    return _said(id, tracking_token, Action.REPLY, reply.text, idempotency_key)


@router.post("/v1/service-requests/{id}/correction", summary="Corriger sa demande · Correct", **_DOOR)
def correct_service_request(
    id: ServiceRequestId,
    correction: Annotated[Correction, Body()],
    tracking_token: TrackingToken = None,
    idempotency_key: IdempotencyKey = None,
) -> views.PrivateView:
    """Until the unit has acknowledged it. A place that is another unit's sends it on to that unit; both are told."""

    def change(before: ServiceRequest) -> Change:
        return corrected(before, CITIZEN, correction.location, correction.description)

    return _done(id, tracking_token, Action.CORRECT, change, idempotency_key)


@router.post(
    "/v1/service-requests/{id}/withdrawal",
    summary="Retirer sa demande · Withdraw",
    **_DOOR | {"problems": [*_DOOR["problems"], OthersAsk]},
)
def withdraw_service_request(
    id: ServiceRequestId,
    withdrawal: Annotated[Withdrawal, Body()],
    tracking_token: TrackingToken = None,
    idempotency_key: IdempotencyKey = None,
) -> views.PrivateView:
    """As long as it is open, and nobody else asks for the same. The unit is told."""
    return _said(id, tracking_token, Action.WITHDRAW, withdrawal.reason, idempotency_key)


@router.post("/v1/service-requests/{id}/reopening", summary="Rouvrir sa demande · Reopen", **_DOOR)
def reopen_service_request(
    id: ServiceRequestId,
    reopening: Annotated[Reopening, Body()],
    tracking_token: TrackingToken = None,
    idempotency_key: IdempotencyKey = None,
) -> views.PrivateView:
    """Within thirty days of its closing. The unit is told, and has it again, with a new expected date."""
    return _said(id, tracking_token, Action.REOPEN, reopening.reason, idempotency_key)


def _said(
    id: str, tracking_token: str | None, action: Action, text: str | None, idempotency_key: str | None
) -> views.PrivateView:
    change = Change(action=action, by=CITIZEN, text=text)
    return _done(id, tracking_token, action, lambda _: change, idempotency_key)


def _done(
    id: str,
    tracking_token: str | None,
    action: Action,
    change: Callable[[ServiceRequest], Change],
    idempotency_key: str | None,
) -> views.PrivateView:
    deed = Deed(action, change, idempotency_key)
    done = done_by_holder(store(), keys(), the_id(id), tracking_token, deed)
    return views.private(done, catalogue(), times.now())
