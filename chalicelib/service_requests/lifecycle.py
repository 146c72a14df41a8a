"""The life of a service request: which moves exist, who may make them, and where they lead.

The table is the rule; nothing else in the program decides a status. `queued` is the one status that is never stored: it
is `submitted`, seen once the unit's queue has it.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from ..foundation.languages import Text
from ..foundation.problems import Problem

REOPENING_DAYS: Final = 30


class Status(StrEnum):
    SUBMITTED = "submitted"
    QUEUED = "queued"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    INFO_REQUESTED = "info_requested"
    REOPENED = "reopened"
    RESOLVED = "resolved"
    REFUSED = "refused"
    DUPLICATE = "duplicate"
    WITHDRAWN = "withdrawn"

    @property
    def is_open(self) -> bool:
        return self not in CLOSED


CLOSED: Final = frozenset({Status.RESOLVED, Status.REFUSED, Status.DUPLICATE, Status.WITHDRAWN})
STORED: Final = frozenset(Status) - {Status.QUEUED}
OPEN: Final = STORED - CLOSED

# The city's own words in French (its open data, DERNIER_STATUT).
STATUS_NAMES: Final = {
    Status.SUBMITTED: Text(fr="Reçue", en="Received"),
    Status.QUEUED: Text(fr="Transmise pour traitement", en="Sent to the responsible unit"),
    Status.ACKNOWLEDGED: Text(fr="Acceptée", en="Accepted"),
    Status.IN_PROGRESS: Text(fr="Prise en charge", en="In progress"),
    Status.INFO_REQUESTED: Text(fr="En attente du citoyen", en="Waiting for the citizen"),
    Status.REOPENED: Text(fr="Réactivée", en="Reopened"),
    Status.RESOLVED: Text(fr="Terminée", en="Completed"),
    Status.REFUSED: Text(fr="Refusée", en="Refused"),
    Status.DUPLICATE: Text(fr="Terminée (déjà signalée)", en="Completed (already reported)"),
    Status.WITHDRAWN: Text(fr="Annulée", en="Cancelled"),
}


class Action(StrEnum):
    SUBMIT = "submit"
    COMMENT = "comment"
    REPLY = "reply"
    CORRECT = "correct"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    ACKNOWLEDGE = "acknowledge"
    START = "start"
    ASK = "ask"
    RESOLVE = "resolve"
    REFUSE = "refuse"
    DUPLICATE = "duplicate"
    TRANSFER = "transfer"
    TRIAGE = "triage"
    PRIORITIZE = "prioritize"
    NOTE = "note"
    PUBLISH = "publish"
    UNPUBLISH = "unpublish"
    JOIN = "join"
    LEAVE = "leave"
    ANNOUNCE_PHOTOS = "announce_photos"
    ACCEPT_PHOTO = "accept_photo"
    REFUSE_PHOTO = "refuse_photo"
    MISS_PHOTO = "miss_photo"
    PUBLISH_PHOTO = "publish_photo"
    UNPUBLISH_PHOTO = "unpublish_photo"
    BLUR_PHOTO = "blur_photo"


class Kind(StrEnum):
    """Who acts."""

    CITIZEN = "citizen"
    UNIT = "unit"
    AGENT = "agent"
    SYSTEM = "system"
    """The counter itself, which looks at photos and waits for them."""


PEOPLE: Final = (Kind.CITIZEN, Kind.UNIT, Kind.AGENT)


class Resolution(StrEnum):
    FIXED = "fixed"
    NOTHING_FOUND = "nothing_found"


class RefusalReason(StrEnum):
    NOT_OURS = "not_ours"
    POLICY = "policy"
    INCOMPLETE = "incomplete"


class PhotoRefusal(StrEnum):
    """Why a photo is not shown to anybody."""

    NOT_A_PHOTO = "not_a_photo"
    TOO_LARGE = "too_large"
    DAMAGED = "damaged"
    UNSAFE = "unsafe"


class Priority(StrEnum):
    NORMAL = "normal"
    URGENT = "urgent"


class Move(NamedTuple):
    """From which statuses each kind of actor may make it, and where it leads.

    `to=None`: the status stays, or, for a reply, returns to what it was before the question.
    """

    from_: Mapping[Kind, frozenset[Status]]
    to: Status | None


def _citizen(from_: frozenset[Status]) -> dict[Kind, frozenset[Status]]:
    """What a citizen does an agent can do in the citizen's name, at the telephone."""
    return dict.fromkeys((Kind.CITIZEN, Kind.AGENT), from_)


def _staff(from_: frozenset[Status]) -> dict[Kind, frozenset[Status]]:
    return dict.fromkeys((Kind.UNIT, Kind.AGENT), from_)


def _agent(from_: frozenset[Status]) -> dict[Kind, frozenset[Status]]:
    return {Kind.AGENT: from_}


_SUBMITTED: Final = frozenset({Status.SUBMITTED})

MOVES: Final = {
    Action.COMMENT: Move(_citizen(STORED), None),
    Action.REPLY: Move(_citizen(frozenset({Status.INFO_REQUESTED})), None),
    # Until the unit has it in hand; after that, by somebody who can tell the unit.
    Action.CORRECT: Move({Kind.CITIZEN: _SUBMITTED, Kind.AGENT: OPEN}, None),
    Action.WITHDRAW: Move(_citizen(OPEN), Status.WITHDRAWN),
    Action.REOPEN: Move(_citizen(CLOSED), Status.REOPENED),
    # A unit can be faster than the mark that says its queue has the message: so from `submitted` too.
    Action.ACKNOWLEDGE: Move(_staff(frozenset({Status.SUBMITTED, Status.REOPENED})), Status.ACKNOWLEDGED),
    Action.START: Move(_staff(OPEN - {Status.IN_PROGRESS}), Status.IN_PROGRESS),
    Action.ASK: Move(_staff(OPEN - {Status.INFO_REQUESTED}), Status.INFO_REQUESTED),
    Action.RESOLVE: Move(_staff(OPEN), Status.RESOLVED),
    Action.REFUSE: Move(_staff(OPEN), Status.REFUSED),
    Action.DUPLICATE: Move(_staff(OPEN), Status.DUPLICATE),
    Action.TRANSFER: Move(_staff(OPEN), Status.SUBMITTED),
    Action.TRIAGE: Move(_agent(OPEN), Status.SUBMITTED),
    Action.PRIORITIZE: Move(_agent(OPEN), None),
    Action.NOTE: Move(_agent(STORED), None),
    Action.PUBLISH: Move(_agent(STORED), None),
    Action.UNPUBLISH: Move(_agent(STORED), None),
    # What a duplicate, or its reopening, does to the one it is a duplicate of.
    Action.JOIN: Move(dict.fromkeys(PEOPLE, STORED - {Status.DUPLICATE}), None),
    Action.LEAVE: Move(dict.fromkeys(PEOPLE, STORED), None),
    # Also once it is closed: a photo takes its time, and may show that it is not settled.
    Action.ANNOUNCE_PHOTOS: Move(dict.fromkeys(PEOPLE, STORED), None),
    Action.ACCEPT_PHOTO: Move({Kind.SYSTEM: STORED}, None),
    Action.REFUSE_PHOTO: Move({Kind.SYSTEM: STORED}, None),
    Action.MISS_PHOTO: Move({Kind.SYSTEM: STORED}, None),
    Action.PUBLISH_PHOTO: Move(_agent(STORED), None),
    Action.UNPUBLISH_PHOTO: Move(_agent(STORED), None),
    Action.BLUR_PHOTO: Move(_agent(STORED), None),
}

OF_PHOTOS: Final = frozenset(
    {
        *(Action.ANNOUNCE_PHOTOS, Action.ACCEPT_PHOTO, Action.REFUSE_PHOTO, Action.MISS_PHOTO),
        *(Action.PUBLISH_PHOTO, Action.UNPUBLISH_PHOTO, Action.BLUR_PHOTO),
    }
)

# Nobody asks for these by name.
CONSEQUENCES: Final = frozenset({Action.JOIN, Action.LEAVE})

REOPENING_WINDOW: Final = timedelta(days=REOPENING_DAYS)


class MoveNotAllowed(Problem):
    status = 409
    slug = "move-not-allowed"
    title = Text(fr="Action impossible dans l'état actuel", en="Not possible in the present state")


def allowed(kind: Kind, status: Status) -> list[Action]:
    """What this kind of actor may ask for from this status, in the order of the table."""
    asked_for = ((action, move) for action, move in MOVES.items() if action not in CONSEQUENCES)
    return [action for action, move in asked_for if status in move.from_.get(kind, ())]


def check(kind: Kind, status: Status, action: Action) -> None:
    """Nothing if the table has the move.

    Raises:
        MoveNotAllowed: it has not; the problem names those it has.
    """
    move = MOVES.get(action)
    if move is None or status not in move.from_.get(kind, ()):
        name = STATUS_NAMES[status]
        raise MoveNotAllowed(
            Text(
                fr=f"L'état de la demande est « {name.fr} » : cela ne peut plus se faire, ou pas encore.",
                en=f"The request's status is “{name.en}”: this can no longer be done, or not yet.",
            ),
            current_status=status.value,
            allowed=[other.value for other in allowed(kind, status)],
        )


def after(status: Status, action: Action, resumed: Status, *, sent_on: bool = False) -> Status:
    """The status after an allowed `action`; `resumed` is where a reply returns to.

    What is `sent_on` to another unit, by whatever action, waits for that unit as on the first day.
    """
    if action is Action.REPLY:
        return resumed
    if sent_on:
        return Status.SUBMITTED
    return MOVES[action].to or status


def resumed_after_question(status: Status) -> Status:
    """Where the answer to a question asked in `status` returns to: asking is a way of acknowledging."""
    return Status.IN_PROGRESS if status is Status.IN_PROGRESS else Status.ACKNOWLEDGED
