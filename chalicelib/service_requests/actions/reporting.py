"""What a unit reports of a service request that it has."""

import secrets
from datetime import timedelta
from typing import Final, NamedTuple

from ...catalogue.chosen import catalogue
from ...catalogue.problems import no_such_unit
from ...foundation import times
from ...foundation.languages import Text
from ...foundation.problems import Fault, InvalidInput
from ..deadlines import dated
from ..model import ServiceRequest
from ..problems import NotFound, NotHere, UpdateIdReused
from ..store import ServiceRequestStore
from ..timeline import Entry
from ..updates import Update
from .common import change_stored

CLOCK_SKEW: Final = timedelta(minutes=5)

_IN_THE_FUTURE: Final = Text(
    fr="Cette heure est dans le futur; vérifiez l'horloge et le fuseau.",
    en="This time is in the future; check the clock and the time zone.",
)
_TOO_EARLY: Final = Text(
    fr="Cette heure est d'avant la demande elle-même; vérifiez l'horloge et le fuseau.",
    en="This time is before the service request itself; check the clock and the time zone.",
)


class Reported(NamedTuple):
    """A service request, and the entry that a unit's report made in it, now or the first time."""

    service_request: ServiceRequest
    entry: Entry


def report(store: ServiceRequestStore, unit: str, id: str, update: Update) -> Reported:
    """Put a unit's report in the timeline; a repeat changes nothing. One read and one write.

    Raises:
        NotFound: this unit never had it.
        NotHere: another unit has it now.
        MoveNotAllowed: the lifecycle forbids it.
        UpdateIdReused: the update's id came with something else before.
        InvalidInput: it happened in the future, or before the service request was submitted; the unit to transfer to
            does not exist; there is no other such service request to be a duplicate of.
        IsDuplicate: that other one is a duplicate itself.
    """
    at, entry_id, change = times.now(), secrets.token_hex(8), update.change(unit)
    faults = [Fault(("occurred_at",), _IN_THE_FUTURE)] if update.occurred_at > at + CLOCK_SKEW else []
    if update.to_unit:
        faults += unit_faults(update.to_unit, present=unit)

    def rule(before: ServiceRequest) -> ServiceRequest:
        if unit not in before.delivery:
            raise NotFound
        if taken := before.report(unit, update.update_id):
            if not change.says_the_same(taken) or before.texts.get(str(taken.sequence)) != change.text:
                raise UpdateIdReused
            return before
        # Not before: to a clock that went back, what was taken once would be in the future.
        if faults:
            raise InvalidInput(faults)
        if before.unit != unit:
            raise NotHere(before.unit)
        if update.occurred_at < before.submitted_at - CLOCK_SKEW:
            raise InvalidInput([Fault(("occurred_at",), _TOO_EARLY)])
        return before.after(dated(before, change, catalogue(), at), at=at, entry_id=entry_id)

    after = change_stored(store, id, rule)
    entry = after.report(unit, update.update_id)
    assert entry is not None  # noqa: S101 - the rule has just put it there, or found it
    return Reported(after, entry)


def unit_faults(to_unit: str, *, present: str | None) -> list[Fault]:
    """What is wrong with a unit to send something on to."""
    units = catalogue().units
    if to_unit not in units:
        detail = no_such_unit(units)
    elif to_unit == present:
        detail = Text(fr="Cette unité l'a déjà; nommez-en une autre.", en="This unit has it already; name another.")
    else:
        return []
    return [Fault(("to_unit",), detail)]
