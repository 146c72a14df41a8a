"""Supporting a service request of somebody else's ("me too"): once, and to be taken back."""

from typing import Final

from ...foundation import times
from ...foundation.languages import Text
from ...foundation.problems import Busy
from ..lifecycle import Status
from ..model import ServiceRequest
from ..problems import IsDuplicate, NotFound, NotSupportable
from ..record import Channel
from ..store import ServiceRequestStore
from ..supports import NotCounted, SupportStore
from .common import found

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
    """Support it no more, open or closed; again changes nothing. Two reads and one transaction."""
    service_request = found(store, text)
    for _ in range(ATTEMPTS):
        channel = supports.channel_of(service_request.id, person)
        if channel is None:
            return
        try:
            supports.remove(service_request.id, person, channel)
        except NotCounted:
            continue
        return
    raise Busy


def _check(service_request: ServiceRequest) -> None:
    if service_request.held:
        raise NotFound
    if service_request.status is Status.DUPLICATE:
        raise IsDuplicate(service_request.duplicate_of or "")
    if not service_request.status.is_open:
        raise NotSupportable(_CLOSED)
