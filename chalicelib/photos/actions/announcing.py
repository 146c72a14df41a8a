"""Announcing that photos will come, whoever sends them, and giving the forms to send them by."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from ...foundation import times
from ...foundation.callers import Agent
from ...foundation.keys import Keys
from ...foundation.languages import Text
from ...foundation.problems import Fault, InvalidInput
from ...service_requests.actions.agents import actor_of, check_reach, check_seen
from ...service_requests.actions.common import change_stored, entry_id_for, is_repeat, once
from ...service_requests.actions.holding import check_token
from ...service_requests.lifecycle import Action, Kind
from ...service_requests.model import ServiceRequest, TooManyPhotos
from ...service_requests.photo_announcement import announced
from ...service_requests.photo_uploads import PhotoUpload, uploads
from ...service_requests.photos import Standing
from ...service_requests.problems import KeyReused, NotFound, NotHere
from ...service_requests.store import ServiceRequestStore
from ...service_requests.timeline import Actor, Change, Photo
from ..views import MorePhotos

_NOT_TO_COME: Final = Text(
    fr="Vous n'avez aucune photo de ce photo_id à envoyer : inconnue, déjà acceptée, ou refusée trop souvent.",
    en="You have no photo of this photo_id to send: unknown, accepted already, or refused too often.",
)

Check = Callable[[ServiceRequest], None]


class Sender(NamedTuple):
    """Who sends photos: `sees` and `may_send` raise what keeps this one from the first, or only from the second."""

    actor: Actor
    sees: Check
    may_send: Check = lambda _: None
    agent_name: str | None = None


def holder(keys: Keys, tracking_token: str | None) -> Sender:
    return Sender(Actor(kind=Kind.CITIZEN), lambda found: check_token(keys, tracking_token, found))


def unit(code: str) -> Sender:
    def sees(found: ServiceRequest) -> None:
        if code not in found.delivery:
            raise NotFound

    def may_send(found: ServiceRequest) -> None:
        if found.unit != code:
            raise NotHere(found.unit)

    return Sender(Actor(kind=Kind.UNIT, code=code), sees, may_send)


def agent(who: Agent) -> Sender:
    return Sender(
        actor_of(who),
        lambda found: check_seen(who, found),
        lambda found: check_reach(who, found, Action.ANNOUNCE_PHOTOS),
        who.name,
    )


def announce(
    store: ServiceRequestStore, keys: Keys, id: str, sender: Sender, wanted: MorePhotos, idempotency_key: str | None
) -> list[PhotoUpload]:
    """Announce photos, and give the form to send each by, and those announced before that are named. One read, and one
    write where some are new. With an idempotency key a repeat changes nothing, and gets forms that are good now.

    Raises:
        NotFound, WrongToken, NotHere: it is not for this sender.
        InvalidInput: one that is named is not to be sent.
        TooManyPhotos: there is no room for so many.
        KeyReused, Full: see the rules.
    """
    at = times.now()
    entry_id = entry_id_for(keys, id, sender.actor.code, Action.ANNOUNCE_PHOTOS, idempotency_key)
    new = announced(wanted.photos, entry_id)
    change = Change(
        action=Action.ANNOUNCE_PHOTOS,
        by=sender.actor,
        agent_name=sender.agent_name,
        photo_ids=tuple(new),
        photos=new,
    )

    named = list(dict.fromkeys(wanted.photo_ids))

    def rule(before: ServiceRequest) -> ServiceRequest:
        sender.sees(before)
        if is_repeat(before, change, entry_id):
            _check_same(before, new)
            return before
        sender.may_send(before)
        _check_to_come(before, sender.actor.kind, wanted.photo_ids, len(new))
        return once(before, change, at=at, entry_id=entry_id) if new else before

    found = change_stored(store, id, rule)
    # Looked at again, for a repeat was not checked: one of them may have come since.
    own = _yet_to_come(found, sender.actor.kind)
    return uploads(found, [*new, *(id for id in named if id in own)], at)


def _check_same(before: ServiceRequest, new: Mapping[str, Photo]) -> None:
    if any(before.photos[id].as_announced != photo for id, photo in new.items()):
        raise KeyReused


def _yet_to_come(found: ServiceRequest, kind: Kind) -> dict[str, Standing]:
    """A sender's own: what the citizen sends must not be taken for what the unit sent."""
    standings = found.photo_standings.items()
    return {id: standing for id, standing in standings if standing.sent_by is kind and standing.may_come}


def _check_to_come(before: ServiceRequest, kind: Kind, named: Sequence[str], new: int) -> None:
    own = _yet_to_come(before, kind)
    faults = [Fault(("photo_ids", place), _NOT_TO_COME) for place, id in enumerate(named) if id not in own]
    if faults:
        raise InvalidInput(faults)
    again = sum(not own[id].counts for id in set(named))
    if again + new > before.places_for_photos:
        raise TooManyPhotos(before.places_for_photos)
