"""What agents see of a service request: all of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import Field

from ..catalogue import Catalogue
from ..foundation.callers import Agent
from ..foundation.views import View
from .intake import assignable
from .lifecycle import Action, Kind, Priority, Status
from .model import ServiceRequest
from .photo_views import AgentPhoto, agent_photos
from .record import Channel
from .timeline import Place
from .unit_views import UnitEntry, unit_entry
from .views import PrivateView, PublicSummary, private, summary


class AgentSummary(PublicSummary):
    """A service request, as agents' lists show it. The position is exact."""

    place: Place
    description: str | None
    channel: Channel
    priority: Priority
    held: bool = Field(description="Part of a burst: waits to be sent on, or set aside.")
    requesters: dict[str, int] = Field(
        description="How many asked for it, by channel, duplicates and support included."
    )
    reference: str | None
    sequence: int


class AgentEntry(UnitEntry):
    """One line of the timeline, as agents see it."""

    agent_name: str | None = Field(description="Who, where an agent acted.")
    status: Status = Field(description="The status after it.")
    published: bool = Field(description="Whether anyone may read its text.")
    recipients: list[str] = Field(description="The units told of it.")


class AgentView(PrivateView):
    """One service request, as agents see it: what its holder sees, and what is among staff."""

    priority: Priority
    held: bool
    reference: str | None
    sequence: int
    delivered: dict[str, int] = Field(description="By unit, the last sequence that its queue has.")
    published: dict[str, str] = Field(description="Texts that anyone may read, by the sequence they came with.")
    joined_by: list[str] = Field(description="Its duplicates.")
    agent_actions: list[Action] = Field(description="What this agent can do now.")
    assignable_units: list[str] = Field(description="Units it can be given to; those that do this service first.")
    photos: list[AgentPhoto]  # type: ignore[assignment]  # a list of more, that nobody changes
    timeline: list[AgentEntry]


def agent_summary(found: ServiceRequest, catalogue: Catalogue, at: datetime) -> AgentSummary:
    return AgentSummary(**_for_staff(summary(found, catalogue, at), found, AgentSummary))


def for_agent(found: ServiceRequest, agent: Agent, catalogue: Catalogue, at: datetime) -> AgentView:
    published = found.published
    return AgentView(
        **_for_staff(private(found, catalogue, at), found, AgentView)
        | {
            "delivered": dict(found.delivery),
            "photos": agent_photos(found),
            "published": {str(sequence): text for sequence, text in published.items()},
            "joined_by": _joined_by(found),
            "agent_actions": _allowed(found, agent, at),
            "assignable_units": list(assignable(found.service_code, catalogue)),
            "timeline": [_agent_entry(state, found, published) for state in found.replay()],
        }
    )


def _for_staff(view: View, found: ServiceRequest, kind: type[View]) -> dict[str, Any]:
    """What a citizen's view shows, and what the view for staff takes from the service request itself."""
    own = {name: getattr(found, name) for name in kind.model_fields if name in _STAFFS}
    return dict(view) | own | {"position": found.place.position}


_STAFFS: Final = {"place", "description", "channel", "priority", "held", "requesters", "reference", "sequence"}


def _agent_entry(state: ServiceRequest, found: ServiceRequest, published: Mapping[int, str]) -> AgentEntry:
    entry = state.timeline[-1]
    return AgentEntry(
        **dict(unit_entry(found, entry)),
        agent_name=found.agents.get(entry.by.code or "") if entry.by.kind is Kind.AGENT else None,
        status=state.status,
        published=entry.sequence in published,
        recipients=list(entry.recipients),
    )


def _allowed(found: ServiceRequest, agent: Agent, at: datetime) -> list[Action]:
    if not agent.may_act_for(found.unit):
        return []
    return [action for action in found.allowed(Kind.AGENT, at) if agent.everywhere or action is not Action.TRIAGE]


def _joined_by(found: ServiceRequest) -> list[str]:
    joined: dict[str, bool] = {}
    for entry in found.timeline:
        if entry.duplicate:
            joined[entry.duplicate] = entry.action is Action.JOIN
    return [id for id, still in joined.items() if still]
