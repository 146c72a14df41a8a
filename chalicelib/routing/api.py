"""The unit's door to the routing: to be told again."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Self

from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import BaseModel, ConfigDict, Field, ModelWrapValidatorHandler, model_validator

from ..foundation.keys import keys
from ..foundation.languages import Text
from ..foundation.problems import Busy, Fault
from ..foundation.routes import Auth, Router
from ..foundation.settings import settings
from ..foundation.times import Timestamp
from ..foundation.wording import all_at_once
from ..service_requests import listing
from ..service_requests.actions.common import found
from ..service_requests.api import ServiceRequestId
from ..service_requests.problems import NotFound
from ..service_requests.store import store
from ..service_requests.timeline import Entry
from ..service_requests.unit_api import Unit
from .queues import queues

router: Final = Router("Unités · Units")

AT_ONCE: Final = 50

_ONE_OF_BOTH: Final = Text(
    fr="Dites à partir d'où : une séquence (from_sequence) ou une heure (since), l'une des deux.",
    en="Say from where on: a sequence (from_sequence) or a time (since), one of the two.",
)


class FromWhere(BaseModel):
    """From which sequence on, or from what time on."""

    model_config = ConfigDict(extra="forbid")

    from_sequence: Annotated[int, Field(ge=1)] | None = Field(None, examples=[3])
    since: Timestamp | None = None

    @model_validator(mode="wrap")
    @classmethod
    def _one_of_both(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        return all_at_once(data, handler, _not_one_of_both)

    def wants(self, entry: Entry) -> bool:
        if self.from_sequence is not None:
            return entry.sequence >= self.from_sequence
        return self.since is not None and entry.at >= self.since


def _not_one_of_both(given: Mapping[str, Any]) -> list[Fault]:
    named = [name for name in ("from_sequence", "since") if given.get(name) is not None]
    return [] if len(named) == 1 else [Fault((), _ONE_OF_BOTH)]


class FromWhen(BaseModel):
    """From what time on; and the `cursor` of the answer before, to go on."""

    model_config = ConfigDict(extra="forbid")

    since: Timestamp
    cursor: str | None = Field(None, max_length=1000, description="That of the answer before.")


class Resent(BaseModel):
    """What is on the queue once more."""

    model_config = ConfigDict(frozen=True)

    service_requests: int
    messages: int


class ResentPart(Resent):
    cursor: str | None = Field(description="Where there is more: send it with the same `since`.")


@router.post(
    "/v1/units/{unit}/service-requests/{id}/resend",
    auth=Auth.UNIT,
    summary="Redemander les messages d'une demande · Ask for its messages again",
    problems=[NotFound, Busy],
)
def resend_service_request(unit: Unit, id: ServiceRequestId, where: Annotated[FromWhere, Body()]) -> Resent:
    """What the unit's queue had of one service request is put on it again, in order. A unit that applied it drops it,
    by the consumer's rule."""
    service_request = found(store(), id)
    if unit not in service_request.delivery:
        raise NotFound
    from .resending import resend

    done = resend([service_request], unit, where.wants, queues=queues(), settings=settings())
    return Resent(**done._asdict())


@router.post(
    "/v1/units/{unit}/resend",
    auth=Auth.UNIT,
    summary="Redemander des messages · Ask for messages again",
    problems=[Busy],
)
def resend_since(unit: Unit, when: Annotated[FromWhen, Body()]) -> ResentPart:
    """What the unit's queue had from a time on, of the service requests that the unit has, a part at a time."""
    wanted = listing.OfUnit(unit, None, when.since, AT_ONCE)
    part = listing.of_unit(store(), keys(), wanted, when.cursor)
    from .resending import resend

    done = resend(part.found, unit, lambda entry: entry.at >= when.since, queues=queues(), settings=settings())
    return ResentPart(**done._asdict(), cursor=part.cursor)
