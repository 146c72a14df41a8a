"""What becoming a duplicate, or ceasing to be one, does to the service request that it is a duplicate of. Pure.

The city merges duplicates into one event and counts who asked, by channel (its open data, PROVENANCE_*).
"""

from typing import Final

from ..foundation.languages import Text
from ..foundation.problems import Fault, InvalidInput
from .lifecycle import Action, Status
from .model import ServiceRequest
from .problems import IsDuplicate
from .timeline import Actor, Change

_NO_SUCH: Final = Text(
    fr="Aucune demande de ce numéro; vérifiez-le.", en="There is no service request of this number; check it."
)
_ITSELF: Final = Text(
    fr="Une demande n'est pas le double d'elle-même.", en="A service request is not a duplicate of itself."
)

_NOBODY_WORKS: Final = Text(
    fr="Personne ne donne suite à cette demande-là : elle est retirée, refusée ou retenue. Nommez-en une autre.",
    en="Nobody acts upon that service request: it is withdrawn, refused or held. Name another.",
)


def other_concerned(before: ServiceRequest, after: ServiceRequest) -> str | None:
    """The id of the other service request that the last entry of `after` concerns, if it does."""
    entry = after.timeline[-1]
    if not entry.applied:
        return None
    return entry.duplicate_of or (before.duplicate_of if entry.action is Action.REOPEN else None)


def for_the_other(before: ServiceRequest, after: ServiceRequest, other: ServiceRequest | None) -> Change | None:
    """What happens to the other one; None where nothing has to.

    Raises:
        InvalidInput: there is no such other, it is the same, or nobody acts upon it.
        IsDuplicate: the other is a duplicate itself; the problem names the original.
    """
    entry = after.timeline[-1]
    if entry.action is Action.REOPEN:
        return _leaving(other, before, entry.by) if other else None
    if other is None:
        raise InvalidInput([Fault(("duplicate_of",), _NO_SUCH)])
    if other.id == before.id:
        raise InvalidInput([Fault(("duplicate_of",), _ITSELF)])
    if other.status is Status.DUPLICATE:
        raise IsDuplicate(other.duplicate_of or "")
    if other.held or other.status in (Status.WITHDRAWN, Status.REFUSED):
        raise InvalidInput([Fault(("duplicate_of",), _NOBODY_WORKS)])
    return Change(action=Action.JOIN, by=entry.by, duplicate=before.id, requesters=before.requesters)


def _leaving(other: ServiceRequest, leaving: ServiceRequest, by: Actor) -> Change | None:
    if not any(entry.action is Action.JOIN and entry.duplicate == leaving.id for entry in other.timeline):
        return None
    # Those that it still has: who left it since was counted off then.
    return Change(action=Action.LEAVE, by=by, duplicate=leaving.id, requesters=leaving.requesters)
