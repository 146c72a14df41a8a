"""The timeline: the numbered list of what happened to a service request. History, outbox and audit trail in one."""

from pydantic import BaseModel, ConfigDict

from ..foundation.times import Timestamp
from .lifecycle import Action, Kind, RefusalReason, Resolution


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Actor(Frozen):
    """Who acts: a kind, and for a unit its code."""

    kind: Kind
    code: str | None = None


class Change(Frozen):
    """Something somebody does to a service request, before it has its place in the timeline."""

    action: Action
    by: Actor
    text: str | None = None
    update_id: str | None = None
    occurred_at: Timestamp | None = None
    reference: str | None = None
    resolution: Resolution | None = None
    reason: RefusalReason | None = None
    duplicate_of: str | None = None
    unit: str | None = None
    """The unit it is assigned to from here on (submission, transfer)."""
    expected_at: Timestamp | None = None


class Entry(Change):
    """One line of the timeline: what happened, and whom it is for.

    Its text lives beside the timeline, so that erasing it does not rewrite history.
    """

    sequence: int
    entry_id: str
    at: Timestamp
    recipients: tuple[str, ...] = ()
    """Decided when written, never recomputed from the present unit."""
    applied: bool = True
    """False for a report older than its unit's last: kept, but it moves nothing."""
