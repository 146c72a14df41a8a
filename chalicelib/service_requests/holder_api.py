"""The doors for the holder of a tracking token: say something more, withdraw, reopen."""

from typing import Annotated, Any, Final

from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import BaseModel, ConfigDict, Field

from ..catalogue.chosen import catalogue
from ..foundation.keys import keys
from ..foundation.problems import Busy
from ..foundation.routes import Auth, Router
from ..foundation.texts import Prose, Remark
from . import views
from .actions import HoldersDeed, done_by_holder, the_id
from .api import IdempotencyKey, ServiceRequestId, TrackingToken
from .lifecycle import Action, MoveNotAllowed
from .model import Full
from .problems import KeyReused, NotFound, WrongToken
from .store import store

router: Final = Router("Demandes · Service requests")

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
    return _done(id, tracking_token, Action.COMMENT, comment.text, idempotency_key)


@router.post("/v1/service-requests/{id}/withdrawal", summary="Retirer sa demande · Withdraw", **_DOOR)
def withdraw_service_request(
    id: ServiceRequestId,
    withdrawal: Annotated[Withdrawal, Body()],
    tracking_token: TrackingToken = None,
    idempotency_key: IdempotencyKey = None,
) -> views.PrivateView:
    """As long as it is open. The unit is told."""
    return _done(id, tracking_token, Action.WITHDRAW, withdrawal.reason, idempotency_key)


@router.post("/v1/service-requests/{id}/reopening", summary="Rouvrir sa demande · Reopen", **_DOOR)
def reopen_service_request(
    id: ServiceRequestId,
    reopening: Annotated[Reopening, Body()],
    tracking_token: TrackingToken = None,
    idempotency_key: IdempotencyKey = None,
) -> views.PrivateView:
    """Within thirty days of its closing. The unit is told, and has it again."""
    return _done(id, tracking_token, Action.REOPEN, reopening.reason, idempotency_key)


def _done(
    id: str, tracking_token: str | None, action: Action, text: str | None, idempotency_key: str | None
) -> views.PrivateView:
    done = HoldersDeed(action, text, idempotency_key)
    return views.private(done_by_holder(store(), keys(), the_id(id), tracking_token, done), catalogue())
