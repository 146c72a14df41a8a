"""What each reader sees of a service request: anyone, the holder of its tracking token, the unit that does the work."""

from collections.abc import Iterator
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from ..catalogue import Catalogue
from ..foundation.languages import Text
from ..foundation.times import Timestamp
from .answers import AnswerValue
from .lifecycle import STATUS_NAMES, Action, Kind, RefusalReason, Resolution, Status
from .model import Channel, Place, Position, ServiceRequest, Summary
from .timeline import Actor, Entry

_NOT_STEPS: Final = frozenset({Action.COMMENT, Action.CORRECT})


class View(BaseModel):
    model_config = ConfigDict(frozen=True)


class Named(View):
    """Something of the catalogue: its code, and its name in both languages."""

    code: str = Field(examples=["nid-de-poule"])
    name: Text


class PublicSummary(View):
    """What anyone may see in a list: nothing personal. The position is exact only for what is on the public way."""

    service_request_id: str = Field(examples=["7K3Q9XPTM3"])
    service: Named
    status: Status
    status_name: Text
    borough: Named
    unit: Named
    position: Position | None
    submitted_at: Timestamp
    updated_at: Timestamp
    expected_at: Timestamp | None = Field(description="When the city expects to be done.")
    closed_at: Timestamp | None


class Step(View):
    """A step that moved the service request, and the status it led to."""

    at: Timestamp
    action: Action
    status: Status
    status_name: Text
    resolution: Resolution | None
    reason: RefusalReason | None


class PrivateStep(Step):
    """A step, or something said in between, which leaves the status as it was."""

    by: Kind
    text: str | None = Field(description="What was written with it.")


class PublicView(PublicSummary):
    """What anyone may see of one service request."""

    steps: list[Step]


class PrivateView(PublicSummary):
    """What the holder of the tracking token sees."""

    catalogue_version: str
    place: Place
    description: str | None
    attributes: dict[str, AnswerValue]
    channel: Channel
    steps: list[PrivateStep]


class Receipt(View):
    """The answer to a submission. Keep `tracking_token`: it opens the private view, and cannot be asked for again."""

    service_request_id: str = Field(examples=["7K3Q9XPTM3"])
    status: Status
    status_name: Text
    service: Named
    borough: Named
    unit: Named
    submitted_at: Timestamp
    expected_at: Timestamp | None
    tracking_token: str = Field(examples=["1-mPfUcnM5nNFoGwYf4aVJ7A"])


class UnitEntry(View):
    """One line of the timeline, as units see it."""

    sequence: int
    at: Timestamp
    action: Action
    by: Actor
    applied: bool = Field(description="False for a report older than its unit's last: kept, but it moved nothing.")
    text: str | None
    update_id: str | None
    occurred_at: Timestamp | None
    reference: str | None
    resolution: Resolution | None
    reason: RefusalReason | None
    duplicate_of: str | None
    unit: str | None = Field(description="The unit it assigned the service request to.")


class Snapshot(View):
    """All that a unit needs to work, offline too."""

    service_request_id: str = Field(examples=["7K3Q9XPTM3"])
    service: Named
    catalogue_version: str
    status: Status
    borough: str = Field(examples=["VM"])
    unit: str = Field(examples=["VM"])
    submitted_at: Timestamp
    updated_at: Timestamp
    expected_at: Timestamp | None
    closed_at: Timestamp | None
    place: Place
    description: str | None
    attributes: dict[str, AnswerValue]
    channel: Channel
    reference: str | None


class UnitViewEntry(UnitEntry):
    addressed: bool = Field(description="Whether this unit is told of it by message, and so has to apply it.")


class UnitView(Snapshot):
    """One service request, as its unit sees it. To fill a gap, apply the entries that are `addressed`, in order."""

    last_sequence: int = Field(description="Sequence of the last entry addressed to this unit: what it must have got.")
    timeline: list[UnitViewEntry]


def summary(found: Summary, catalogue: Catalogue) -> PublicSummary:
    return PublicSummary(**_public(found, catalogue))


def public(found: ServiceRequest, catalogue: Catalogue) -> PublicView:
    return PublicView(**_public(found, catalogue), steps=[Step(**_step(state)) for state in _steps(found)])


def private(found: ServiceRequest, catalogue: Catalogue) -> PrivateView:
    return PrivateView(
        **_public(found, catalogue) | {"position": found.place.position},
        catalogue_version=found.catalogue_version,
        place=found.place,
        description=found.description,
        attributes=dict(found.attributes),
        channel=found.channel,
        steps=[
            PrivateStep(**_step(state), by=state.timeline[-1].by.kind, text=found.texts.get(str(state.sequence)))
            for state in found.replay()
            if state.timeline[-1].applied
        ],
    )


def receipt(found: ServiceRequest, catalogue: Catalogue, tracking_token: str) -> Receipt:
    """As the first time, whatever has happened since: a retry gets the same answer."""
    first = found.as_of(1).model_copy(update={"delivery": {}})
    shown = _public(first, catalogue)
    return Receipt(
        **{name: shown[name] for name in Receipt.model_fields if name in shown}, tracking_token=tracking_token
    )


def snapshot(found: ServiceRequest) -> Snapshot:
    return Snapshot(**_snapshot(found))


def unit_entry(found: ServiceRequest, entry: Entry) -> UnitEntry:
    return UnitEntry(**_unit_entry(found, entry))


def for_unit(found: ServiceRequest, unit: str) -> UnitView:
    """For a unit that once had it, only what happened up to the last entry addressed to it."""
    addressed = found.addressed_to(unit)
    last = addressed[-1].sequence if addressed else 0
    seen = found if found.unit == unit else found.as_of(last)
    return UnitView(
        **_snapshot(seen) | {"status": seen.seen_status},
        last_sequence=last,
        timeline=[
            UnitViewEntry(**_unit_entry(found, entry), addressed=unit in entry.recipients) for entry in seen.timeline
        ],
    )


def _public(found: Summary, catalogue: Catalogue) -> dict[str, Any]:
    status = found.seen_status
    unit = catalogue.units[found.unit].name if found.unit in catalogue.units else Text(fr=found.unit, en=found.unit)
    return {
        "service_request_id": found.id,
        "service": Named(code=found.service_code, name=found.service_name),
        "status": status,
        "status_name": STATUS_NAMES[status],
        "borough": Named(code=found.borough, name=catalogue.all_borough_names[found.borough]),
        "unit": Named(code=found.unit, name=unit),
        "position": found.public_position,
        "submitted_at": found.submitted_at,
        "updated_at": found.updated_at,
        "expected_at": found.expected_at,
        "closed_at": found.closed_at,
    }


def _steps(found: ServiceRequest) -> Iterator[ServiceRequest]:
    """The state after each entry that moved something."""
    return (
        state for state in found.replay() if state.timeline[-1].applied and state.timeline[-1].action not in _NOT_STEPS
    )


def _step(state: ServiceRequest) -> dict[str, Any]:
    entry = state.timeline[-1]
    return {
        "at": entry.occurred_at or entry.at,
        "action": entry.action,
        "status": state.status,
        "status_name": STATUS_NAMES[state.status],
        "resolution": entry.resolution,
        "reason": entry.reason,
    }


def _unit_entry(found: ServiceRequest, entry: Entry) -> dict[str, Any]:
    shared = {name: getattr(entry, name) for name in UnitEntry.model_fields if name != "text"}
    return shared | {"text": found.texts.get(str(entry.sequence))}


def _snapshot(found: ServiceRequest) -> dict[str, Any]:
    shared = {name: getattr(found, name) for name in Snapshot.model_fields if name in ServiceRequest.model_fields}
    return shared | {
        "service_request_id": found.id,
        "service": Named(code=found.service_code, name=found.service_name),
        "description": found.description,
        "attributes": dict(found.attributes),
    }
