"""What units see of a service request: in messages, and at their door."""

from typing import Any

from pydantic import Field

from ..foundation.times import Timestamp
from ..foundation.views import View
from .answers import AnswerValue
from .lifecycle import Action, PhotoRefusal, Priority, RefusalReason, Resolution, Status
from .model import ServiceRequest
from .photo_views import UnitPhoto, unit_photos
from .record import Channel
from .timeline import Actor, Entry, Place
from .views import Named


class UnitEntry(View):
    """One line of the timeline, as units see it."""

    sequence: int
    at: Timestamp
    action: Action
    by: Actor
    applied: bool = Field(description="False for a report older than its unit's last: kept, but it moved nothing.")
    text: str | None = Field(description="What was said, for the citizen too.")
    note: str | None = Field(description="What was said among staff; never for the citizen.")
    update_id: str | None
    occurred_at: Timestamp | None
    reference: str | None
    resolution: Resolution | None
    reason: RefusalReason | None
    duplicate_of: str | None
    duplicate: str | None = Field(description="The service request that joined this one as its duplicate, or left it.")
    unit: str | None = Field(description="The unit it assigned the service request to.")
    priority: Priority | None
    photo_ids: list[str] | None = Field(description="The photos announced with it.")
    photo_id: str | None = Field(description="The photo that it is about.")
    photo_refusal: PhotoRefusal | None


class Snapshot(View):
    """All that a unit needs to work, offline too."""

    service_request_id: str = Field(examples=["7K3Q9XPTM3"])
    service: Named
    catalogue_version: str
    status: Status
    priority: Priority
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
    duplicate_of: str | None
    held: bool = Field(description="Part of a burst: waits for triage, at unit 311.")
    requesters: dict[str, int] = Field(description="How many asked for it, by channel, duplicates included.")
    photos: list[UnitPhoto]


class UnitViewEntry(UnitEntry):
    addressed: bool = Field(description="Whether this unit is told of it by message, and so has to apply it.")


class UnitView(Snapshot):
    """One service request, as its unit sees it. To fill a gap, apply the entries that are `addressed`, in order."""

    last_sequence: int = Field(description="Sequence of the last entry addressed to this unit: what it must have got.")
    timeline: list[UnitViewEntry]


def snapshot(found: ServiceRequest, unit: str) -> Snapshot:
    """As it is for this unit, at whose own address it asks for the photos."""
    return Snapshot(**_snapshot(found, unit))


def unit_entry(found: ServiceRequest, entry: Entry) -> UnitEntry:
    return UnitEntry(**_unit_entry(found, entry))


def for_unit(found: ServiceRequest, unit: str) -> UnitView:
    seen = as_seen_by(found, unit)
    return UnitView(
        **_snapshot(seen, unit) | {"status": seen.seen_status},
        last_sequence=_last_addressed(found, unit),
        timeline=[
            UnitViewEntry(**_unit_entry(found, entry), addressed=unit in entry.recipients) for entry in seen.timeline
        ],
    )


def as_seen_by(found: ServiceRequest, unit: str) -> ServiceRequest:
    """Whole for the unit that has it; for one that once had it, up to the last entry addressed to it."""
    return found if found.unit == unit else found.as_of(_last_addressed(found, unit))


def _last_addressed(found: ServiceRequest, unit: str) -> int:
    addressed = found.addressed_to(unit)
    return addressed[-1].sequence if addressed else 0


def _unit_entry(found: ServiceRequest, entry: Entry) -> dict[str, Any]:
    here = str(entry.sequence)
    shared = {name: getattr(entry, name) for name in UnitEntry.model_fields if name not in ("text", "note")}
    return shared | {"text": found.texts.get(here), "note": found.notes.get(here)}


def _snapshot(found: ServiceRequest, unit: str) -> dict[str, Any]:
    shared = {name: getattr(found, name) for name in Snapshot.model_fields if hasattr(found, name)}
    return shared | {
        "service_request_id": found.id,
        "service": Named(code=found.service_code, name=found.service_name),
        "attributes": dict(found.attributes),
        # Without its supporters: they are in no timeline, and every copy of a message says the same.
        "requesters": found.model_copy(update={"supporters": {}}).requesters,
        "photos": unit_photos(found, unit),
    }
