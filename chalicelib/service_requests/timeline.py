"""The timeline: the numbered list of what happened to a service request. History, outbox and audit trail in one."""

from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, ConfigDict

from ..foundation.languages import Text
from ..foundation.times import Timestamp
from .lifecycle import Action, Kind, PhotoRefusal, Priority, RefusalReason, Resolution


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Actor(Frozen):
    """Who acts: a kind; for a unit its code, for an agent an opaque id."""

    kind: Kind
    code: str | None = None


SYSTEM: Final = Actor(kind=Kind.SYSTEM)
"""The counter itself."""


class Position(Frozen):
    """WGS 84, degrees."""

    lat: float
    lon: float


class Place(Frozen):
    """Where the service is wanted, as the citizen gave it: a position, an address, an intersection, or none."""

    position: Position | None = None
    address: str | None = None
    intersection: tuple[str, str] | None = None


class Photo(Frozen):
    """What is kept of a photo beside the timeline, which tells what became of it: what it is said to be, and what may
    have to be erased one day.

    `content_type` and `size` (bytes) are as announced; `width` and `height` (pixels) are the view's, once accepted.
    """

    content_type: str
    size: int
    alternative_text: str | None = None
    """What it shows, in the words of who sent it."""
    hints_allowed: bool = False
    """Whether who sent it allows to keep when and where it was taken."""
    folder: str | None = None
    """The name, not to be guessed, under which its renditions lie; None until it is accepted."""
    former_folders: tuple[str, ...] = ()
    """Those that a blurring emptied, or is about to."""
    width: int | None = None
    height: int | None = None
    taken_at: Timestamp | None = None
    position: Position | None = None
    """Where it was taken: for units and agents alone."""
    sequencer: str | None = None
    """That of the last upload acted upon, by which a late event is told."""

    @property
    def as_announced(self) -> "Photo":
        """What its sender said of it alone."""
        return Photo(
            content_type=self.content_type,
            size=self.size,
            alternative_text=self.alternative_text,
            hints_allowed=self.hints_allowed,
        )


class Recorded(Frozen):
    """What the timeline keeps of something done: nothing that may have to be erased one day."""

    action: Action
    by: Actor
    update_id: str | None = None
    occurred_at: Timestamp | None = None
    reference: str | None = None
    resolution: Resolution | None = None
    reason: RefusalReason | None = None
    duplicate_of: str | None = None
    duplicate: str | None = None
    """The other service request that joined this one, or left it again."""
    requesters: Mapping[str, int] | None = None
    """By channel, how many of them came or went with it."""
    about: int | None = None
    """Sequence of the entry whose text is published, or is not any more."""
    unit: str | None = None
    """The unit it is assigned to from here on (submission, transfer)."""
    borough: str | None = None
    service_code: str | None = None
    service_name: Text | None = None
    priority: Priority | None = None
    held: bool | None = None
    expected_at: Timestamp | None = None
    acknowledge_by: Timestamp | None = None
    """By when the unit that has it from here on is to acknowledge it."""
    photo_ids: tuple[str, ...] | None = None
    """The photos announced with it."""
    photo_id: str | None = None
    """The photo that it is about."""
    photo_refusal: PhotoRefusal | None = None

    def says_the_same(self, other: "Recorded") -> bool:
        """Whether both say the same: what somebody said, not what the catalogue made of it."""
        if self.action is Action.TRANSFER and self.unit != other.unit:
            return False
        # Where triage names no unit, the catalogue does.
        if self.action is Action.TRIAGE and (self.service_code, self.unit or other.unit) != (
            other.service_code,
            other.unit,
        ):
            return False
        return all(getattr(self, name) == getattr(other, name) for name in _SAID)


_SAID: Final = (
    *("action", "by", "update_id", "occurred_at", "reference", "resolution", "reason"),
    *("duplicate_of", "about", "priority"),
    *("photo_ids", "photo_id", "photo_refusal"),
)


class Change(Recorded):
    """Something somebody does to a service request, before it has its place in the timeline."""

    text: str | None = None
    """What is said, for the citizen and the unit."""
    note: str | None = None
    """What is said among staff."""
    place: Place | None = None
    public_position: Position | None = None
    cell: str | None = None
    """The H3 cell of the public position."""
    agent_name: str | None = None
    """By which agents know the agent who acts."""
    photos: Mapping[str, Photo] | None = None
    """By id, what is now known of the photos that it is about."""


class Entry(Recorded):
    """One line of the timeline: what happened, and whom it is for.

    Texts, notes and places live beside the timeline, by its sequence, so that erasing them does not rewrite history.
    """

    sequence: int
    entry_id: str
    at: Timestamp
    recipients: tuple[str, ...] = ()
    """Decided when written, never recomputed from the present unit."""
    applied: bool = True
    """False for a report older than its unit's last: kept, but it moves nothing."""
