"""A service request, and how it changes. Pure: no AWS, no clock, no randomness."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import accumulate, islice
from typing import Any, Final, Self

from ..foundation.languages import Text
from ..foundation.problems import Problem
from . import lifecycle
from .lifecycle import Action, Kind, MoveNotAllowed
from .photos import MOST, MOST_ANNOUNCED
from .record import Record
from .timeline import Actor, Change, Entry, Recorded

DELIVERY_GRACE: Final = timedelta(minutes=2)
# DynamoDB's limit for an item is 400 kB. A unit must always be able to close, so it has more room than the rest.
BYTES_FOR_ALL: Final = 250_000
BYTES_FOR_FOLLOWING: Final = 300_000
BYTES_FOR_CLOSING: Final = 350_000


class Full(Problem):
    status = 409
    slug = "service-request-full"
    title = Text(fr="Cette demande est pleine", en="This service request is full")


class TooManyPhotos(Problem):
    status = 409
    slug = "too-many-photos"
    title = Text(fr="Cette demande a assez de photos", en="This service request has enough photos")

    def __init__(self, room: int) -> None:
        super().__init__(
            Text(
                fr=f"Une demande a au plus {MOST} photos, et on en annonce au plus {MOST_ANNOUNCED}; il reste de la "
                f"place pour {room}.",
                en=f"A service request has {MOST} photos at most, and {MOST_ANNOUNCED} are announced at most; there is "
                f"room for {room} more.",
            ),
            room=room,
        )


class OthersAsk(MoveNotAllowed):
    slug = "others-ask-too"
    title = Text(fr="D'autres personnes demandent la même chose", en="Others ask for the same")


class ServiceRequest(Record):
    """One citizen's ask for one service at one place, and how it changes.

    The state (`status`, `unit`, …) always equals the replay of the timeline.
    """

    def needed_look(self) -> datetime | None:
        """When the reconciler must look at this state: two minutes after the oldest undelivered entry, or never."""
        waiting = [entries[0].at for entries in self.undelivered().values()]
        return min(waiting) + DELIVERY_GRACE if waiting else None

    def report(self, unit: str, update_id: str) -> Entry | None:
        """The entry that a unit's update made, if it was taken already."""
        return next(
            (e for e in self.timeline if e.update_id == update_id and e.by == Actor(kind=Kind.UNIT, code=unit)), None
        )

    def replay(self) -> Iterator[Self]:
        """What was true after each entry, from the first to the last."""
        blank = self.model_copy(update=_BLANK | {"updated_at": self.submitted_at})
        return islice(accumulate(self.timeline, lambda state, entry: state.with_entry(entry), initial=blank), 1, None)

    def as_of(self, sequence: int) -> Self:
        """What was true when entry `sequence` (from 1) was the last."""
        if sequence == self.sequence:
            return self
        return next(islice(self.replay(), sequence - 1, None))

    def after(self, change: Change, *, at: datetime, entry_id: str) -> Self:
        """This service request once `change` is in its timeline.

        Raises:
            MoveNotAllowed: the lifecycle forbids it.
            TooManyPhotos: it has no room for so many more.
            Full: no room is left.
        """
        stale = self._is_stale(change)
        if not stale and self.timeline:
            self._check(change, at)
        entry = Entry(
            **{name: getattr(change, name) for name in Recorded.model_fields},
            sequence=self.sequence + 1,
            entry_id=entry_id,
            at=at,
            recipients=() if stale else self._recipients(change),
            applied=not stale,
        )
        here = str(entry.sequence)
        written: dict[str, Any] = {"delivery": {**dict.fromkeys(entry.recipients, 0), **self.delivery}}
        for beside, value in (("texts", change.text), ("notes", change.note), ("places", change.place)):
            written |= {beside: {**getattr(self, beside), here: value}} if value else {}
        if change.photos:
            written["photos"] = {**self.photos, **change.photos}
        if change.agent_name and change.by.code:
            written["agents"] = {**self.agents, change.by.code: change.agent_name}
        if (change.place or change.public_position) and not stale:
            written |= {"public_position": change.public_position, "cell": change.cell}
        after = self.with_entry(entry).model_copy(update=written)
        _check_room(after, change.action)
        # A stream of edits must not postpone the reconciler for ever.
        looks = [after.needed_look(), self.due_at if self.undelivered() else None]
        return after.model_copy(update={"due_at": min((look for look in looks if look), default=None)})

    def with_entry(self, entry: Entry) -> Self:
        """The state once `entry` is the last: the one step of which both history and replay are made."""
        changed: dict[str, Any] = {
            "sequence": entry.sequence,
            "timeline": (*self.timeline, entry),
            "updated_at": entry.at,
        }
        if entry.applied and entry.action is not Action.SUBMIT:
            status = lifecycle.after(self.status, entry.action, self.resumed, sent_on=entry.unit is not None)
            changed["status"] = status
            changed["closed_at"] = (self.closed_at or entry.at) if not status.is_open else None
            if entry.action is Action.ASK:
                changed["resumed"] = lifecycle.resumed_after_question(self.status)
        if entry.applied:
            if entry.unit:
                changed |= {"unit": entry.unit, "assigned_sequence": entry.sequence, "reference": None}
            given = {name: getattr(entry, name) for name in _GIVEN}
            changed |= {name: value for name, value in given.items() if value is not None}
            # What an agent or a unit sends on is no longer held.
            changed |= {"held": False} if entry.action in (Action.TRANSFER, Action.TRIAGE) else {}
            if entry.requesters:
                changed["joined"] = _moved(self.joined, entry.requesters, joins=entry.action is Action.JOIN)
        return self.model_copy(update=changed)

    def _is_stale(self, change: Change) -> bool:
        """Whether a unit reports something older than what it last reported."""
        if change.by.kind is not Kind.UNIT or change.occurred_at is None:
            return False
        earlier = [e.occurred_at for e in self.timeline if e.by == change.by and e.applied and e.occurred_at]
        return bool(earlier) and change.occurred_at < max(earlier)

    def allowed(self, kind: Kind, at: datetime) -> list[Action]:
        """What this kind of actor may ask for now."""
        citizen = kind is Kind.CITIZEN
        refused = {
            Action.REOPEN: citizen and self._too_late_to_reopen(at),
            Action.WITHDRAW: citizen and self._others_ask,
            Action.ANNOUNCE_PHOTOS: not self.room_for_photos,
            **dict.fromkeys(_OF_ONE_SEEN, not self.shows_any),
        }
        return [action for action in lifecycle.allowed(kind, self.status) if not refused.get(action)]

    @property
    def _others_ask(self) -> bool:
        return sum(self.requesters.values()) > 1

    def _too_late_to_reopen(self, at: datetime) -> bool:
        return self.closed_at is not None and at > self.closed_at + lifecycle.REOPENING_WINDOW

    def _check(self, change: Change, at: datetime) -> None:
        lifecycle.check(change.by.kind, self.status, change.action)
        if len(change.photo_ids or ()) > self.room_for_photos:
            raise TooManyPhotos(self.room_for_photos)
        if change.action is Action.WITHDRAW and change.by.kind is Kind.CITIZEN and self._others_ask:
            raise OthersAsk(
                Text(
                    fr="La demande reste ouverte pour elles. Vous n'avez rien d'autre à faire.",
                    en="It stays open for them. There is nothing else for you to do.",
                ),
                current_status=self.status.value,
                allowed=self.allowed(Kind.CITIZEN, at),
            )
        if change.action is Action.REOPEN and change.by.kind is Kind.CITIZEN and self._too_late_to_reopen(at):
            days = lifecycle.REOPENING_DAYS
            raise MoveNotAllowed(
                Text(
                    fr=f"Une demande se rouvre dans les {days} jours de sa fermeture; faites une nouvelle demande.",
                    en=f"A service request can be reopened within {days} days of closing; please make a new one.",
                ),
                current_status=self.status.value,
                allowed=self.allowed(Kind.CITIZEN, at),
            )

    def _recipients(self, change: Change) -> tuple[str, ...]:
        """The units told: the one that has it unless it is the author; at a transfer both; of some things, none."""
        if change.action in _TOLD_TO_NOBODY:
            return ()
        if change.unit:
            return tuple(dict.fromkeys(unit for unit in (self.unit, change.unit) if unit))
        return () if change.by == Actor(kind=Kind.UNIT, code=self.unit) else (self.unit,)


# State that an entry gives as it stands.
_GIVEN: Final = (
    "service_code",
    "service_name",
    "borough",
    "expected_at",
    "reference",
    "priority",
    "held",
)
_BLANK: Final[dict[str, Any]] = {
    name: ServiceRequest.model_fields[name].default
    for name in (
        "status",
        "priority",
        "held",
        "resumed",
        "unit",
        "assigned_sequence",
        "sequence",
        "reference",
        "joined",
        "expected_at",
        "closed_at",
        "timeline",
    )
}
# What changes nothing of the work; and that photos are coming, for each is told of once it has come.
_TOLD_TO_NOBODY: Final = frozenset(
    {
        *(Action.PUBLISH, Action.UNPUBLISH, Action.PUBLISH_PHOTO, Action.UNPUBLISH_PHOTO),
        Action.ANNOUNCE_PHOTOS,
    }
)
_OF_ONE_SEEN: Final = (Action.PUBLISH_PHOTO, Action.UNPUBLISH_PHOTO, Action.BLUR_PHOTO)
# Short, and never to be refused for want of room: what others have done, and what takes something out of sight.
_SHORT: Final = frozenset({Action.LEAVE, Action.UNPUBLISH, Action.UNPUBLISH_PHOTO, Action.BLUR_PHOTO})
# What follows from others, or from what was announced: but a unit can still close it.
_FOLLOWING: Final = frozenset({Action.JOIN, Action.REFUSE_PHOTO})
# The first, for no body that the API takes is near the limit. And once for each photo, of which there are few: what
# had room to be announced has room to come, or not to.
_HAVE_ROOM: Final = frozenset({Action.SUBMIT, Action.ACCEPT_PHOTO, Action.MISS_PHOTO})


def _moved(joined: Mapping[str, int], requesters: Mapping[str, int], *, joins: bool) -> dict[str, int]:
    count = Counter(joined)
    (count.update if joins else count.subtract)(requesters)
    return {channel: number for channel, number in sorted(count.items()) if number > 0}


def _check_room(state: ServiceRequest, action: Action) -> None:
    room = BYTES_FOR_CLOSING
    if action in _HAVE_ROOM:
        return
    if action in _FOLLOWING:
        room = BYTES_FOR_FOLLOWING
    elif state.status.is_open and action not in _SHORT:
        room = BYTES_FOR_ALL
    if len(state.model_dump_json(exclude_none=True).encode()) > room:
        raise Full(
            Text(
                fr="Elle ne peut recevoir d'autres textes. Une unité peut encore la fermer; pour la suite, faites une "
                "nouvelle demande.",
                en="It can take no more texts. A unit can still close it; for what follows, make a new one.",
            )
        )
