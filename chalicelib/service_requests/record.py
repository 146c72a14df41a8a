"""What is kept of a service request, and what can be read in it. Pure."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from ..foundation.languages import Text
from ..foundation.times import Timestamp
from .answers import AnswerValue
from .lifecycle import Action, Priority, Status
from .photos import MOST, MOST_ANNOUNCED, PhotoState, Standing, standings
from .timeline import Entry, Frozen, Photo, Place, Position


class Channel(StrEnum):
    """How a service request came in."""

    WEB = "web"
    MOBILE = "mobile"
    SOCIAL = "social"
    CONSULTATION = "consultation"
    PHONE = "phone"
    OPEN311 = "open311"


class Idempotency(Frozen):
    """Digests of the key a submission was sent with, and of what was sent."""

    key: str
    body: str


class Summary(Frozen):
    """The short form of a service request: what lists show, and all that the indexes by borough and by cell hold."""

    id: str
    service_code: str
    service_name: Text
    borough: str
    public_position: Position | None = None
    """Exact only for services on the public way; else the centre of its H3 cell, so that no home is given away."""
    submitted_at: Timestamp
    status: Status = Status.SUBMITTED
    unit: str = ""
    assigned_sequence: int = 0
    updated_at: Timestamp
    expected_at: Timestamp | None = None
    closed_at: Timestamp | None = None
    held: bool = False
    """Part of a burst: with the triage unit, until an agent sends it on or sets it aside."""
    delivery: Mapping[str, int] = {}
    """Per recipient, the sequence of the last entry its queue accepted."""

    @property
    def seen_status(self) -> Status:
        """The status to show: `queued` is `submitted` once the unit's queue has what assigned it."""
        queued = self.status is Status.SUBMITTED and self.delivery.get(self.unit, 0) >= self.assigned_sequence
        return Status.QUEUED if queued else self.status


class Record(Summary):
    """What is kept of a service request, and what can be read in it.

    What stands beside the timeline, by the sequence of its entry, can be erased without rewriting it.
    """

    catalogue_version: str
    attributes: Mapping[str, AnswerValue] = {}
    channel: Channel
    token_generation: int = 1
    idempotency: Idempotency | None = None
    cell: str | None = None
    """The H3 cell that it is found by near a place: of the public position."""

    sequence: int = 0
    priority: Priority = Priority.NORMAL
    resumed: Status = Status.ACKNOWLEDGED
    """Where the answer to a question returns to."""
    reference: str | None = None
    """The unit's own, of the unit that has it."""
    joined: Mapping[str, int] = {}
    """By channel, the requesters of its duplicates."""
    supporters: Mapping[str, int] = {}
    """By channel, those who support it. Kept by a count of its own, not by the timeline."""
    timeline: tuple[Entry, ...] = ()
    texts: Mapping[str, str] = {}
    """What was said with an entry, for the citizen and the unit."""
    notes: Mapping[str, str] = {}
    """What was said with an entry among staff."""
    places: Mapping[str, Place] = {}
    agents: Mapping[str, str] = {}
    """By opaque id, the names by which agents know those of them who acted."""
    photos: Mapping[str, Photo] = {}
    """By id. What became of each is in the timeline."""

    passed_over: Mapping[str, str] = {}
    """By photo, the sequencer up to which uploads of it can no longer be accepted. A mark, like `delivery`: not in the
    timeline."""
    blurs: Mapping[str, str] = {}
    """By the id of the entry that it makes once done, a digest of each blurring ordered with an idempotency key. A mark
    too."""
    due_at: Timestamp | None = None
    """When the reconciler must next look for what is undelivered; None when nothing is owed."""
    told: Mapping[str, Timestamp] = {}
    """By kind of lateness, the date whose passing was told of. A mark, like `delivery`: not in the timeline."""

    @property
    def described_by(self) -> int:
        """Sequence of the entry that holds the description: the submission, or the last to correct it."""
        corrected = (e.sequence for e in self.timeline if e.action is Action.CORRECT and str(e.sequence) in self.texts)
        return max(corrected, default=1)

    @property
    def description(self) -> str | None:
        return self.texts.get(str(self.described_by))

    @property
    def place(self) -> Place:
        placed = (str(entry.sequence) for entry in reversed(self.timeline) if str(entry.sequence) in self.places)
        return self.places.get(next(placed, ""), Place())

    @property
    def published(self) -> dict[int, str]:
        """The texts that anyone may read, as they are shown: by the sequence of the entry they came with."""
        shown: dict[int, str | None] = {}
        for entry in self.timeline:
            if entry.action in (Action.PUBLISH, Action.UNPUBLISH) and entry.about and entry.about < entry.sequence:
                texts = [self.texts.get(str(sequence)) for sequence in (entry.sequence, entry.about)]
                as_it_was = next((text for text in texts if text), None)
                shown[entry.about] = as_it_was if entry.action is Action.PUBLISH else None
        return {sequence: text for sequence, text in shown.items() if text}

    @property
    def photo_standings(self) -> dict[str, Standing]:
        """By id, where each photo stands."""
        return standings(self.timeline)

    def shows(self, photo_id: str) -> bool:
        """Whether there is such a photo, and it is accepted."""
        standing = self.photo_standings.get(photo_id)
        return standing is not None and standing.state is PhotoState.ACCEPTED

    @property
    def shows_any(self) -> bool:
        """Whether any photo is accepted."""
        return any(standing.state is PhotoState.ACCEPTED for standing in self.photo_standings.values())

    @property
    def places_for_photos(self) -> int:
        """How many more may be expected or accepted."""
        return max(0, MOST - sum(standing.counts for standing in self.photo_standings.values()))

    @property
    def room_for_photos(self) -> int:
        """How many more may be announced."""
        return max(0, min(self.places_for_photos, MOST_ANNOUNCED - len(self.photo_standings)))

    @property
    def requesters(self) -> dict[str, int]:
        """By channel, how many ask for it: who sent it, those of its duplicates, those who support it."""
        count = Counter({self.channel.value: 1})
        count.update(self.joined)
        count.update(self.supporters)
        return {channel: number for channel, number in sorted(count.items()) if number > 0}

    @property
    def asked_at(self) -> datetime | None:
        """When the clock stopped for a question that waits for its answer."""
        if self.status is not Status.INFO_REQUESTED:
            return None
        return next(entry.at for entry in reversed(self.timeline) if entry.applied and entry.action is Action.ASK)

    @property
    def duplicate_of(self) -> str | None:
        """The service request it is a duplicate of."""
        if self.status is not Status.DUPLICATE:
            return None
        marked = (e for e in reversed(self.timeline) if e.applied and e.action is Action.DUPLICATE)
        return next(marked).duplicate_of

    @property
    def acknowledge_by(self) -> datetime | None:
        """By when the unit that has it is to acknowledge it."""
        given = (entry.acknowledge_by for entry in reversed(self.timeline) if entry.applied and entry.acknowledge_by)
        return next(given, None)

    def addressed_to(self, recipient: str) -> list[Entry]:
        return [entry for entry in self.timeline if recipient in entry.recipients]

    def undelivered(self) -> dict[str, list[Entry]]:
        """Per recipient whose queue lacks some, the entries it lacks, oldest first."""
        lacking = {
            recipient: [entry for entry in self.addressed_to(recipient) if entry.sequence > reached]
            for recipient, reached in self.delivery.items()
        }
        return {recipient: entries for recipient, entries in lacking.items() if entries}
