"""The life of a service request: which moves exist, who may make them, and where they lead.

The table is the rule; nothing else in the program decides a status. `queued` is the one status that is never stored: it
is `submitted`, seen once the unit's queue has it.
"""

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


class Kind(StrEnum):
    """Who acts."""

    CITIZEN = "citizen"
    UNIT = "unit"
    AGENT = "agent"


class Resolution(StrEnum):
    FIXED = "fixed"
    NOTHING_FOUND = "nothing_found"


class RefusalReason(StrEnum):
    NOT_OURS = "not_ours"
    POLICY = "policy"
    INCOMPLETE = "incomplete"


class Move(NamedTuple):
    """`to=None`: the status stays, or, for a reply, returns to what it was before the question."""

    by: frozenset[Kind]
    from_: frozenset[Status]
    to: Status | None


_CITIZEN: Final = frozenset({Kind.CITIZEN})
_UNIT: Final = frozenset({Kind.UNIT})
_STAFF: Final = frozenset({Kind.UNIT, Kind.AGENT})

MOVES: Final = {
    Action.COMMENT: Move(_CITIZEN, STORED, None),
    Action.REPLY: Move(_CITIZEN, frozenset({Status.INFO_REQUESTED}), None),
    Action.CORRECT: Move(_CITIZEN, frozenset({Status.SUBMITTED}), None),
    Action.WITHDRAW: Move(_CITIZEN, OPEN, Status.WITHDRAWN),
    Action.REOPEN: Move(frozenset({Kind.CITIZEN, Kind.AGENT}), CLOSED, Status.REOPENED),
    # A unit can be faster than the mark that says its queue has the message: so from `submitted` too.
    Action.ACKNOWLEDGE: Move(_UNIT, frozenset({Status.SUBMITTED, Status.REOPENED}), Status.ACKNOWLEDGED),
    Action.START: Move(_UNIT, OPEN - {Status.IN_PROGRESS}, Status.IN_PROGRESS),
    Action.ASK: Move(_UNIT, OPEN - {Status.INFO_REQUESTED}, Status.INFO_REQUESTED),
    Action.RESOLVE: Move(_UNIT, OPEN, Status.RESOLVED),
    Action.REFUSE: Move(_UNIT, OPEN, Status.REFUSED),
    Action.DUPLICATE: Move(_STAFF, OPEN, Status.DUPLICATE),
    Action.TRANSFER: Move(_STAFF, OPEN, Status.SUBMITTED),
}

REOPENING_WINDOW: Final = timedelta(days=REOPENING_DAYS)


class MoveNotAllowed(Problem):
    status = 409
    slug = "move-not-allowed"
    title = Text(fr="Action impossible dans l'état actuel", en="Not possible in the present state")


def allowed(kind: Kind, status: Status) -> list[Action]:
    """What this kind of actor may do from this status, in the order of the table."""
    return [action for action, move in MOVES.items() if kind in move.by and status in move.from_]


def check(kind: Kind, status: Status, action: Action) -> None:
    """Nothing if the table has the move.

    Raises:
        MoveNotAllowed: it has not; the problem names those it has.
    """
    possible = allowed(kind, status)
    if action not in possible:
        names = ", ".join(possible)
        raise MoveNotAllowed(
            Text(
                fr=f"« {action} » n'est pas permis depuis « {status} ». Permis : {names or 'rien'}.",
                en=f"“{action}” is not allowed from “{status}”. Allowed: {names or 'nothing'}.",
            ),
            current_status=status.value,
            allowed=[other.value for other in possible],
        )


def after(status: Status, action: Action, resumed: Status) -> Status:
    """The status after an allowed `action`; `resumed` is where a reply returns to."""
    if action is Action.REPLY:
        return resumed
    return MOVES[action].to or status


def resumed_after_question(status: Status) -> Status:
    """Where the answer to a question asked in `status` returns to: asking is a way of acknowledging."""
    return Status.IN_PROGRESS if status is Status.IN_PROGRESS else Status.ACKNOWLEDGED
