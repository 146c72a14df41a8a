"""What agents of the city and its units do with a service request."""

import secrets
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from ...catalogue import TRIAGE
from ...catalogue.chosen import catalogue
from ...catalogue.problems import NO_SUCH_SERVICE
from ...foundation import times
from ...foundation.callers import Agent
from ...foundation.keys import Keys
from ...foundation.languages import Text
from ...foundation.problems import Fault, Forbidden, InvalidInput
from ..agent_updates import AgentUpdate
from ..lifecycle import Action, Kind, RefusalReason
from ..model import ServiceRequest
from ..problems import NotFound, NotHeld, NotHere
from ..store import ServiceRequestStore
from ..timeline import Actor, Change
from .common import change_stored, entry_id_for, found, is_repeat, once
from .correcting import corrected
from .reporting import unit_faults
from .submitting import made_public

_NO_PHOTO: Final = Text(fr="Aucune photo acceptée n'a ce photo_id.", en="No accepted photo has this photo_id.")
_NO_TEXT: Final = Text(fr="Aucun texte n'accompagne cette entrée.", en="No text comes with this entry.")
_SAY_THE_UNIT: Final = Text(
    fr="Le catalogue ne dit pas quelle unité rend ce service dans cet arrondissement; nommez-la.",
    en="The catalogue does not say which unit does this service in this borough; name it.",
)
_FOR_ALL_UNITS: Final = Text(fr="Le tri est réservé au groupe « agents ».", en="Triage is for the group “agents”.")


def actor_of(agent: Agent) -> Actor:
    return Actor(kind=Kind.AGENT, code=agent.id)


def read_by(store: ServiceRequestStore, agent: Agent, text: str) -> ServiceRequest:
    """The service request that an agent means. One read.

    Raises:
        NotFound: there is none, or no unit of this agent ever had it.
    """
    seen = as_seen_by(agent, found(store, text))
    if seen is None:
        raise NotFound
    return seen


def as_seen_by(agent: Agent, service_request: ServiceRequest) -> ServiceRequest | None:
    """The service request as this agent may see it; None for one that is none of the agent's.

    Whole where a unit of the agent has it; up to what its unit was last told where that had it, or to what the agent
    took by telephone.
    """
    if agent.may_act_for(service_request.unit):
        return service_request
    told = [entry.sequence for entry in service_request.timeline if any(map(agent.may_act_for, entry.recipients))]
    if service_request.timeline[0].by == actor_of(agent):
        told.append(1)
    return service_request.as_of(max(told)) if told else None


def done_by_agent(
    store: ServiceRequestStore, keys: Keys, agent: Agent, id: str, update: AgentUpdate, idempotency_key: str | None
) -> ServiceRequest:
    """Do it, in the agent's name. One read and one write. With an idempotency key a repeat changes nothing.

    Raises:
        NotFound: there is none, or no unit of this agent ever had it.
        NotHere: it is another unit's now.
        Forbidden: only agents of all units do this.
        InvalidInput: a unit, a service, an entry or a place does not exist or does not fit.
        KeyReused, MoveNotAllowed, Full, IsDuplicate: see the rules.
    """
    at = times.now()
    entry_id = entry_id_for(keys, id, agent.id, update.action, idempotency_key)

    def rule(before: ServiceRequest) -> ServiceRequest:
        check_seen(agent, before)
        # Before anything that the first time may have changed, such as whose it is.
        if is_repeat(before, _said(agent, update), entry_id):
            return before
        check_reach(agent, before, update.action)
        return once(before, _change(before, agent, update), at=at, entry_id=entry_id)

    return change_stored(store, id, rule)


class SetAside(NamedTuple):
    """What became of one of those to be set aside: the problem's slug where it could not be."""

    id: str
    refused: str | None


def set_aside(
    store: ServiceRequestStore, agent: Agent, ids: Sequence[str], note: str, message: str | None
) -> list[SetAside]:
    """Close what is held, as not acted upon; nothing is deleted. One read and one write each.

    One that is closed so already is set aside too, so that the whole can be sent again.
    """
    return [SetAside(id, _set_one_aside(store, agent, id, note, message)) for id in ids]


def _set_one_aside(store: ServiceRequestStore, agent: Agent, id: str, note: str, message: str | None) -> str | None:
    at = times.now()
    change = Change(
        action=Action.REFUSE,
        by=actor_of(agent),
        agent_name=agent.name,
        reason=RefusalReason.POLICY,
        note=note,
        text=message,
    )
    entry_id = secrets.token_hex(8)

    def rule(before: ServiceRequest) -> ServiceRequest:
        check_seen(agent, before)
        check_reach(agent, before, Action.REFUSE)
        if not before.held:
            raise NotHeld
        return before if not before.status.is_open else once(before, change, at=at, entry_id=entry_id)

    try:
        change_stored(store, id, rule)
    except (NotFound, NotHere, NotHeld) as refused:
        return refused.slug
    return None


def check_seen(agent: Agent, before: ServiceRequest) -> None:
    """Raises NotFound where it is none of this agent's."""
    if as_seen_by(agent, before) is None:
        raise NotFound


def check_reach(agent: Agent, before: ServiceRequest, action: Action) -> None:
    """Raises NotHere or Forbidden where this agent may see it, but not do that with it now."""
    if not agent.may_act_for(before.unit):
        raise NotHere(before.unit)
    if action is Action.TRIAGE and not agent.everywhere:
        raise Forbidden(_FOR_ALL_UNITS)


def _said(agent: Agent, update: AgentUpdate) -> Change:
    """The change that an update is, as far as it says so itself."""
    return Change(
        action=update.action,
        by=actor_of(agent),
        agent_name=agent.name,
        text=update.text or update.message or update.description,
        note=update.note,
        place=update.location and update.location.place,
        service_code=update.service_code,
        reference=update.reference,
        resolution=update.resolution,
        reason=update.reason,
        duplicate_of=update.duplicate_of,
        about=update.about,
        photo_id=update.photo_id,
        priority=update.priority,
        unit=update.to_unit,
    )


def _change(before: ServiceRequest, agent: Agent, update: AgentUpdate) -> Change:
    """The change that an update is, given the state."""
    change = _said(agent, update)
    if update.action is Action.CORRECT:
        right = corrected(before, change.by, update.location, update.description)
        return right.model_copy(update={"note": update.note, "agent_name": agent.name})
    if update.action is Action.TRANSFER and update.to_unit:
        _refuse(unit_faults(update.to_unit, present=before.unit))
    if update.about and str(update.about) not in before.texts:
        _refuse([Fault(("about",), _NO_TEXT)])
    if update.photo_id and not before.shows(update.photo_id):
        _refuse([Fault(("photo_id",), _NO_PHOTO)])
    return _triaged(before, update, change) if update.action is Action.TRIAGE else change


def _triaged(before: ServiceRequest, update: AgentUpdate, change: Change) -> Change:
    """To the unit named, or else to the one that does the service there, says the catalogue."""
    code = update.service_code or before.service_code
    service = catalogue().services.get(code)
    unit = update.to_unit
    # What is no longer in the catalogue goes to the unit that is named.
    faults = [] if service or (unit and not update.service_code) else [Fault(("service_code",), NO_SUCH_SERVICE)]
    if unit:
        faults += unit_faults(unit, present=None)
    elif service:
        unit = catalogue().assign(code, before.borough).unit
        faults += [Fault(("to_unit",), _SAY_THE_UNIT)] if unit == TRIAGE else []
    _refuse(faults)
    renamed: dict[str, Any] = {}
    if service and update.service_code:
        # Another service may be one whose places are nobody's to know.
        public_position, cell = made_public(before.place, exact=service.on_public_way)
        renamed = {"service_name": service.name, "public_position": public_position, "cell": cell}
    return change.model_copy(update={"unit": unit, **renamed})


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise InvalidInput(faults)
