"""The agents' door: what people of the city and its units do, signed in."""

from typing import Annotated, Final, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import BaseModel, ConfigDict, Field

from ..catalogue.chosen import catalogue
from ..foundation import times
from ..foundation.callers import Caller
from ..foundation.http import created
from ..foundation.keys import keys
from ..foundation.problems import TYPE_PREFIX, Busy
from ..foundation.routes import Auth, Router
from ..foundation.texts import Remark
from . import agent_views, intake, views
from .actions.agents import actor_of, as_seen_by, done_by_agent, read_by, set_aside
from .actions.common import the_id
from .actions.submitting import Sender, submit
from .agent_updates import AgentUpdate
from .api import IdempotencyKey, ServiceRequestId
from .details import ServiceRequestNumber
from .lifecycle import MoveNotAllowed
from .model import Full
from .problems import IsDuplicate, KeyReused, NotFound, NotHere, Stopped
from .record import Channel
from .store import store
from .submission import Submission
from .tokens import token_for

router: Final = Router("Agents")

MOST_AT_ONCE: Final = 100


class Me(BaseModel):
    """Who is signed in, and for which units."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(examples=["8d0cf5c8-30d1-70e5-9a55-6b1f0c1e6a51"])
    name: str = Field(examples=["agent.vm"])
    everywhere: bool = Field(description="Whether this agent acts for every unit.")
    units: list[str] = Field(description="Codes of the units this agent belongs to.", examples=[["VM"]])


class PhoneSubmission(Submission):
    """What a citizen asks for over the telephone."""

    channel: Literal[Channel.PHONE] = Channel.PHONE  # type: ignore[assignment]  # this door's own


class SettingAside(BaseModel):
    """Held service requests that nobody will act upon, and why."""

    model_config = ConfigDict(extra="forbid")

    service_request_ids: list[ServiceRequestNumber] = Field(min_length=1, max_length=MOST_AT_ONCE)
    note: Remark = Field(description="Why, among staff.", examples=["Rafale de signalements inventés."])
    message: Remark | None = Field(None, description="A few words for those who sent them.")


class SetAsideOne(BaseModel):
    """What became of one of them."""

    model_config = ConfigDict(frozen=True)

    service_request_id: str = Field(examples=["7K3Q9XPTM3"])
    set_aside: bool
    problem: str | None = Field(description="Type of the problem, where it could not be.")


class SetAsideAll(BaseModel):
    """What became of each, in the order sent."""

    model_config = ConfigDict(frozen=True)

    items: list[SetAsideOne]


@router.get("/v1/agent/me", auth=Auth.AGENT, summary="Qui suis-je · Who am I")
def get_me(caller: Caller) -> Me:
    """A console's first call: who has signed in, and which units they act for."""
    units = sorted(caller.units.intersection(catalogue().all_units))
    return Me(id=caller.id, name=caller.name, everywhere=caller.everywhere, units=units)


@router.post(
    "/v1/agent/service-requests",
    auth=Auth.AGENT,
    summary="Prendre une demande par téléphone · Take a service request by telephone",
    status_code=201,
    problems=[KeyReused, Stopped, Busy],
    further_check=lambda body: intake.check_readable(body, catalogue()),
)
def submit_by_telephone(
    caller: Caller, submission: Annotated[PhoneSubmission, Body()], idempotency_key: IdempotencyKey = None
) -> Response[views.Receipt]:
    """For a citizen on the telephone, to whom the number is read, and the tracking token if they want to follow it."""
    secret = keys()
    sender = Sender(actor_of(caller), Channel.PHONE, keeper=f"agent|{caller.id}", agent_name=caller.name)
    stored = submit(store(), secret, submission, sender, idempotency_key)
    receipt = views.receipt(stored, catalogue(), token_for(secret, stored.id, stored.token_generation), times.now())
    return created(receipt, location=f"/v1/agent/service-requests/{stored.id}")


@router.get(
    "/v1/agent/service-requests/{id}",
    auth=Auth.AGENT,
    summary="Lire une demande entière · Read all of a service request",
    problems=[NotFound, Busy],
)
def get_agent_service_request(caller: Caller, id: ServiceRequestId) -> agent_views.AgentView:
    """With its history, notes, duplicates, what each unit's queue has. An agent of a unit reads what the unit had."""
    return agent_views.for_agent(read_by(store(), caller, id), caller, catalogue(), times.now())


@router.post(
    "/v1/agent/service-requests/{id}/actions",
    auth=Auth.AGENT,
    summary="Agir sur une demande · Act on a service request",
    problems=[NotFound, NotHere, MoveNotAllowed, IsDuplicate, KeyReused, Full, Busy],
)
def act_on_service_request(
    caller: Caller,
    id: ServiceRequestId,
    update: Annotated[AgentUpdate, Body()],
    idempotency_key: IdempotencyKey = None,
) -> agent_views.AgentView:
    """Triage, transfer, prioritize, mark a duplicate, reopen, note, publish a text or take it back; in the citizen's
    name comment, reply, correct, withdraw; in the unit's place acknowledge, start, ask, resolve, refuse, and say why.
    The timeline names who."""
    done = done_by_agent(store(), keys(), caller, the_id(id), update, idempotency_key)
    return agent_views.for_agent(as_seen_by(caller, done) or done, caller, catalogue(), times.now())


@router.post(
    "/v1/agent/set-asides",
    auth=Auth.AGENT,
    summary="Écarter une rafale · Set a burst aside",
    problems=[Busy],
)
def set_burst_aside(caller: Caller, aside: Annotated[SettingAside, Body()]) -> SetAsideAll:
    """Close up to a hundred held service requests at once, with a reason. Nothing is deleted; each says for itself
    what became of it, and the whole can be sent again."""
    done = set_aside(store(), caller, aside.service_request_ids, aside.note, aside.message)
    return SetAsideAll(
        items=[
            SetAsideOne(
                service_request_id=each.id,
                set_aside=each.refused is None,
                problem=each.refused and TYPE_PREFIX + each.refused,
            )
            for each in done
        ]
    )
