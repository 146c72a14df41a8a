"""What is late: a unit that has not acknowledged by its limit, or is not done by the expected date; a photo. Pure.

Each date is told once, when the reconciler sees that it was crossed: what was told is kept with the date it was about,
so that another date is told of anew. Of a photo that does not come the timeline tells (`docs/decisions/0014`).
"""

from datetime import datetime
from enum import StrEnum
from typing import Final

from ..foundation.times import written
from .lifecycle import Status
from .model import ServiceRequest

_UNACKNOWLEDGED: Final = frozenset({Status.SUBMITTED, Status.REOPENED})


class Lateness(StrEnum):
    UNACKNOWLEDGED = "unacknowledged"
    OVERDUE = "overdue"


def limits(found: ServiceRequest) -> dict[Lateness, datetime]:
    """The dates that this state has still to meet. None while it waits for the citizen, or when it is closed."""
    dates = {
        Lateness.UNACKNOWLEDGED: found.acknowledge_by if found.status in _UNACKNOWLEDGED else None,
        Lateness.OVERDUE: found.expected_at if found.status.is_open else None,
    }
    waits = found.status is Status.INFO_REQUESTED
    return {kind: date for kind, date in dates.items() if date and not waits}


def untold(found: ServiceRequest) -> dict[Lateness, datetime]:
    """Those of them that nobody was told of."""
    return {kind: date for kind, date in limits(found).items() if found.told.get(kind) != date}


def crossed(found: ServiceRequest, now: datetime) -> dict[Lateness, datetime]:
    """Those that have passed and nobody was told of, with their dates."""
    return {kind: date for kind, date in untold(found).items() if date <= now}


def missing(found: ServiceRequest, now: datetime) -> list[str]:
    """The photos that were announced, and did not come in time."""
    return [id for id, until in _expected(found).items() if until <= now]


def late_key(found: ServiceRequest) -> str | None:
    """The time of its next look in its unit's index of lateness, for a date or for a photo; None if there is none."""
    looks = [*untold(found).values(), *_expected(found).values()]
    return written(min(looks)) if looks else None


def overdue_since(found: ServiceRequest) -> str | None:
    """Its place in its unit's index of what is overdue: the expected date, once its passing was told. Whatever else is
    looked for does not move it."""
    overdue = limits(found).get(Lateness.OVERDUE)
    return written(overdue) if overdue and found.told.get(Lateness.OVERDUE) == overdue else None


def _expected(found: ServiceRequest) -> dict[str, datetime]:
    """By id of the photos that are to come, of an open or a closed service request: until when."""
    standings = found.photo_standings.items()
    return {id: standing.expected_until for id, standing in standings if standing.expected_until}
