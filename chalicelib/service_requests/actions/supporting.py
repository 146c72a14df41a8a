"""Supporting a service request of somebody else's ("me too"): once, and to be taken back."""

import secrets
from typing import Final

from ...foundation import times
from ...foundation.languages import Text
from ...foundation.problems import Busy
from ..lifecycle import Action, Kind, Status
from ..model import ServiceRequest
from ..problems import IsDuplicate, NotFound, NotSupportable
from ..record import Channel
from ..store import ServiceRequestStore
from ..supports import NotCounted, SupportStore
from ..timeline import Actor, Change
from .common import found, with_originals

ATTEMPTS: Final = 3

_CLOSED: Final = Text(
    fr="Elle est fermée. Si ce n'est pas réglé, faites une nouvelle demande.",
    en="It is closed. If it is not settled, make a new service request.",
)


def support(store: ServiceRequestStore, supports: SupportStore, person: str, channel: Channel, text: str) -> None:
    """Support a service request; again changes nothing. One read and one transaction.

    Raises:
        NotFound: there is none, or it is not public.
        NotSupportable: it is closed.
        IsDuplicate: it repeats another, which the problem names.
    """
    for _ in range(ATTEMPTS):
        _check(service_request := found(store, text))
        try:
            supports.add(service_request.id, person, channel, times.now())
        except NotCounted:
            if supports.channel_of(service_request.id, person):
                return
        else:
            return
    raise Busy


def take_back(store: ServiceRequestStore, supports: SupportStore, person: str, text: str) -> None:
    """Support it no more, open or closed; again changes nothing. Two reads and one transaction.

    Where it is a duplicate, its original counts them too, and no longer does: one more read for each.
    """
    for _ in range(ATTEMPTS):
        supported = found(store, text)
        channel = supports.channel_of(supported.id, person)
        if channel is None:
            return
        try:
            supports.remove(supported, person, channel, store.writes(*_originals(store, supported, channel)))
        except NotCounted:
            continue
        return
    raise Busy


def _originals(
    store: ServiceRequestStore, supported: ServiceRequest, channel: str
) -> list[tuple[ServiceRequest, ServiceRequest]]:
    if not supported.duplicate_of:
        return []
    one_less = Change(action=Action.LEAVE, by=Actor(kind=Kind.CITIZEN), requesters={channel: 1})
    original = store.get(supported.duplicate_of)
    return with_originals(store, original, one_less, at=times.now(), entry_id=secrets.token_hex(8))


def _check(service_request: ServiceRequest) -> None:
    if service_request.held:
        raise NotFound
    if service_request.status is Status.DUPLICATE:
        raise IsDuplicate(service_request.duplicate_of or "")
    if not service_request.status.is_open:
        raise NotSupportable(_CLOSED)
