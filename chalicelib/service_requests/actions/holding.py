"""What the citizen who holds a service request's tracking token does with it."""

from collections.abc import Callable
from typing import NamedTuple

from ...foundation import times
from ...foundation.keys import Keys
from ..lifecycle import Action
from ..model import ServiceRequest
from ..problems import WrongToken
from ..store import ServiceRequestStore
from ..timeline import Change
from ..tokens import opens
from .common import change_stored, entry_id_for, once


class Deed(NamedTuple):
    """Something wanted done: the change that it is, given the state, and the key that makes a repeat the same."""

    action: Action
    change: Callable[[ServiceRequest], Change]
    idempotency_key: str | None


def done_by_holder(
    store: ServiceRequestStore, keys: Keys, id: str, tracking_token: str | None, deed: Deed
) -> ServiceRequest:
    """Do it. One read and one write. With an idempotency key a repeat changes nothing.

    Raises:
        NotFound, WrongToken: there is none, or the token does not open it.
        KeyReused: the key came with something else before.
        MoveNotAllowed: the lifecycle forbids it.
        Full: no room is left.
    """
    at = times.now()
    entry_id = entry_id_for(keys, id, deed.action, deed.idempotency_key)

    def rule(before: ServiceRequest) -> ServiceRequest:
        check_token(keys, tracking_token, before)
        return once(before, deed.change(before), at=at, entry_id=entry_id)

    return change_stored(store, id, rule)


def check_token(keys: Keys, tracking_token: str | None, found: ServiceRequest) -> None:
    """Raises WrongToken where the token does not open this service request."""
    if tracking_token is None or not opens(keys, tracking_token, found.id, found.token_generation):
        raise WrongToken
