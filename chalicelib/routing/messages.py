"""The message that tells a unit of an entry: CloudEvents 1.0, structured JSON. Its schema is published in `docs/`.

Adding a field is allowed; anything else is a new version of `type`.
"""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..foundation.settings import Settings
from ..foundation.times import Timestamp
from ..service_requests import unit_views
from ..service_requests.lifecycle import Action
from ..service_requests.model import ServiceRequest
from ..service_requests.timeline import Entry

SCHEMA_FILE: Final = "service-request-message.v1.json"
MOST_BYTES: Final = 200 * 1024

_WHAT: Final = {
    Action.SUBMIT: "submitted",
    Action.COMMENT: "commented",
    Action.REPLY: "replied",
    Action.CORRECT: "corrected",
    Action.WITHDRAW: "withdrawn",
    Action.REOPEN: "reopened",
    Action.ACKNOWLEDGE: "acknowledged",
    Action.START: "started",
    Action.ASK: "info_requested",
    Action.RESOLVE: "resolved",
    Action.REFUSE: "refused",
    Action.DUPLICATE: "marked_duplicate",
    Action.TRANSFER: "transferred",
    Action.TRIAGE: "triaged",
    Action.PRIORITIZE: "prioritized",
    Action.NOTE: "noted",
    Action.PUBLISH: "published",
    Action.UNPUBLISH: "unpublished",
    Action.JOIN: "duplicate_joined",
    Action.LEAVE: "duplicate_left",
    Action.ANNOUNCE_PHOTOS: "photos_announced",
    Action.ACCEPT_PHOTO: "photo_accepted",
    Action.REFUSE_PHOTO: "photo_refused",
    Action.MISS_PHOTO: "photo_missing",
    Action.PUBLISH_PHOTO: "photo_published",
    Action.UNPUBLISH_PHOTO: "photo_unpublished",
    Action.BLUR_PHOTO: "photo_blurred",
}


class Data(BaseModel):
    """What happened, and the service request as it was right after: the same in every copy for this unit."""

    model_config = ConfigDict(frozen=True)

    sequence: int = Field(description="Number of this entry in the timeline.")
    previous_sequence: int = Field(
        description="Number of the entry before it that was addressed to this unit; 0 if there was none. "
        "If it is more than what the unit remembers, something is missing: read the service request."
    )
    entry: unit_views.UnitEntry
    service_request: unit_views.Snapshot


class Message(BaseModel):
    """A CloudEvent (https://github.com/cloudevents/spec, JSON format) on a unit's queue."""

    model_config = ConfigDict(frozen=True)

    specversion: Literal["1.0"] = "1.0"
    id: str = Field(description="`<service request>.<sequence>`: the same for every copy.", examples=["7K3Q9XPTM3.1"])
    source: str = Field(description="URI of the counter.")
    type: str = Field(examples=["ca.montreal.guichet.service_request.submitted.v1"])
    subject: str = Field(description="The service request's id.", examples=["7K3Q9XPTM3"])
    time: Timestamp
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str
    data: Data


class TooLarge(ValueError):
    """A message passes what a queue can carry with others."""


def message(found: ServiceRequest, entry: Entry, recipient: str, settings: Settings) -> Message:
    """The message that tells `recipient` of `entry`; `found` may be at that entry or further on."""
    earlier = [other.sequence for other in found.addressed_to(recipient) if other.sequence < entry.sequence]
    return Message(
        id=f"{found.id}.{entry.sequence}",
        source=settings.message_source,
        type=f"{settings.message_type_prefix}.service_request.{_what(entry)}.v1",
        subject=found.id,
        time=entry.at,
        dataschema=f"{settings.message_source}/schemas/{SCHEMA_FILE}",
        data=Data(
            sequence=entry.sequence,
            previous_sequence=max(earlier, default=0),
            entry=unit_views.unit_entry(found, entry),
            service_request=unit_views.snapshot(found.as_of(entry.sequence), recipient),
        ),
    )


def _what(entry: Entry) -> str:
    # Whatever gives it to another unit is a transfer, also where a corrected place does; only then two are told.
    return _WHAT[Action.TRANSFER if len(entry.recipients) > 1 else entry.action]


def body(found: ServiceRequest, entry: Entry, recipient: str, settings: Settings) -> str:
    """The message as it travels.

    Raises:
        TooLarge: it passes `MOST_BYTES`.
    """
    text = message(found, entry, recipient, settings).model_dump_json()
    if len(text.encode()) > MOST_BYTES:
        raise TooLarge(f"{found.id}.{entry.sequence}")
    return text
