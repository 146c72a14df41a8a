"""What can be done with a service request, whichever door asks."""

import json
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from ..catalogue.chosen import catalogue
from ..foundation import ids, times
from ..foundation.keys import Keys
from ..foundation.languages import Text
from ..foundation.problems import Busy, Fault, InvalidInput
from .intake import Routed, routed
from .lifecycle import Action, Kind
from .model import Idempotency, Place, Position, ServiceRequest
from .problems import KeyReused, NotFound, NotHere, UpdateIdReused, WrongToken
from .store import Conflict, ServiceRequestStore, Taken
from .submission import Submission
from .timeline import Actor, Change, Entry
from .tokens import opens
from .updates import Update

ATTEMPTS: Final = 5
ANONYMOUS: Final = "anonymous"
CELL_RESOLUTION: Final = 10  # H3: the centre is at most some 75 m away
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


class HoldersDeed(NamedTuple):
    """What a citizen wants done: an action, its words, and the key that makes a repeat the same."""

    action: Action
    text: str | None
    idempotency_key: str | None


def the_id(text: str) -> str:
    """The id that a caller means, written in whatever way is forgiven.

    Raises:
        NotFound: it is none.
    """
    id = ids.normalized(text)
    if id is None:
        raise NotFound
    return id


def found(store: ServiceRequestStore, text: str) -> ServiceRequest:
    """The service request that a caller means. One read, none where it cannot be one.

    Raises:
        NotFound: there is none.
    """
    service_request = store.get(the_id(text))
    if service_request is None:
        raise NotFound
    return service_request


def submit(
    store: ServiceRequestStore, keys: Keys, submission: Submission, idempotency_key: str | None
) -> ServiceRequest:
    """Store a new service request; for a repeat with the same key, give what the first one stored. One write.

    Raises:
        InvalidInput: the catalogue refuses it.
        KeyReused: the key came with something else before.
    """
    at = times.now()
    idempotency = _idempotency(keys, submission, idempotency_key) if idempotency_key else None
    try:
        accepted = routed(submission, catalogue(), anonymous=True, at=at)
    except InvalidInput:
        # The catalogue may have changed since the first try was accepted.
        if idempotency and (earlier := _earlier(store, keys, idempotency)):
            return earlier
        raise
    entry_id = secrets.token_hex(8)
    for attempt in range(ATTEMPTS):
        id = _derived_id(keys, idempotency, attempt) if idempotency else ids.random_id()
        new = _new(id, accepted, at=at, entry_id=entry_id, idempotency=idempotency)
        try:
            store.add(new)
        except Taken as taken:
            if idempotency and _same_key(taken.existing, idempotency):
                return taken.existing
        else:
            return new
    raise Busy


def report(store: ServiceRequestStore, unit: str, id: str, update: Update) -> Reported:
    """Put a unit's report in the timeline; a repeat changes nothing. One read and one write.

    Raises:
        NotFound: this unit never had it.
        NotHere: another unit has it now.
        MoveNotAllowed: the lifecycle forbids it.
        UpdateIdReused: the update's id came with something else before.
        InvalidInput: it happened in the future, or before the service request was submitted.
    """
    at, entry_id, change = times.now(), secrets.token_hex(8), update.change(unit)
    if update.occurred_at > at + CLOCK_SKEW:
        raise InvalidInput([Fault(("occurred_at",), _IN_THE_FUTURE)])

    def rule(before: ServiceRequest) -> ServiceRequest:
        if unit not in before.delivery:
            raise NotFound
        if taken := before.report(unit, update.update_id):
            if not _repeats(change, taken, before):
                raise UpdateIdReused
            return before
        if before.unit != unit:
            raise NotHere(before.unit)
        if update.occurred_at < before.submitted_at - CLOCK_SKEW:
            raise InvalidInput([Fault(("occurred_at",), _TOO_EARLY)])
        return before.after(change, at=at, entry_id=entry_id)

    after = change_stored(store, id, rule)
    entry = after.report(unit, update.update_id)
    assert entry is not None  # noqa: S101 - the rule has just put it there, or found it
    return Reported(after, entry)


def done_by_holder(
    store: ServiceRequestStore, keys: Keys, id: str, tracking_token: str | None, done: HoldersDeed
) -> ServiceRequest:
    """What the holder of a service request's tracking token does with it. One read and one write.

    With an idempotency key a repeat changes nothing: the key is in the entry's own id.

    Raises:
        NotFound, WrongToken: there is none, or the token does not open it.
        MoveNotAllowed: the lifecycle forbids it.
        Full: no room is left.
    """
    at = times.now()
    if done.idempotency_key:
        words = f"{id}|{done.action}|{done.idempotency_key}"
        entry_id = keys.mac("entry-id", words, number=keys.oldest)[:16].hex()
    else:
        entry_id = secrets.token_hex(8)
    change = Change(action=done.action, by=Actor(kind=Kind.CITIZEN), text=done.text)

    def rule(before: ServiceRequest) -> ServiceRequest:
        if tracking_token is None or not opens(keys, tracking_token, before.id, before.token_generation):
            raise WrongToken
        earlier = next((entry for entry in before.timeline if entry.entry_id == entry_id), None)
        if earlier is None:
            return before.after(change, at=at, entry_id=entry_id)
        if before.texts.get(str(earlier.sequence)) != done.text:
            raise KeyReused
        return before

    return change_stored(store, id, rule)


def change_stored(
    store: ServiceRequestStore, id: str, rule: Callable[[ServiceRequest], ServiceRequest]
) -> ServiceRequest:
    """Apply a pure rule to the latest state; again, on a fresh read, if another writer was first.

    Nothing is written where the rule returns what it was given.
    """
    for _ in range(ATTEMPTS):
        before = store.get(id)
        if before is None:
            raise NotFound
        after = rule(before)
        if after is before:
            return before
        try:
            store.append(before, after)
        except Conflict:
            continue
        return after
    raise Busy


def _new(id: str, accepted: Routed, *, at: datetime, entry_id: str, idempotency: Idempotency | None) -> ServiceRequest:
    submission, service = accepted.submission, accepted.service
    place = submission.location.place
    blank = ServiceRequest(
        id=id,
        catalogue_version=catalogue().version,
        service_code=service.service_code,
        service_name=service.name,
        borough=accepted.borough,
        place=place,
        public_position=_public_position(place, exact=service.on_public_way),
        attributes=accepted.attributes,
        channel=submission.channel,
        submitted_at=at,
        updated_at=at,
        idempotency=idempotency,
    )
    asked = Change(
        action=Action.SUBMIT,
        by=Actor(kind=Kind.CITIZEN),
        text=submission.description,
        unit=accepted.unit,
        expected_at=accepted.expected_at,
    )
    return blank.after(asked, at=at, entry_id=entry_id)


def _public_position(place: Place, *, exact: bool) -> Position | None:
    if place.position is None or exact:
        return place.position
    import h3  # 28 ms, and only here

    cell = h3.latlng_to_cell(place.position.lat, place.position.lon, CELL_RESOLUTION)
    lat, lon = h3.cell_to_latlng(cell)
    return Position(lat=round(lat, 6), lon=round(lon, 6))


def _idempotency(keys: Keys, submission: Submission, key: str) -> Idempotency:
    sent = json.dumps(submission.model_dump(mode="json"), sort_keys=True)
    return Idempotency(
        key=keys.mac("idempotency-key", f"{ANONYMOUS}|{key}", number=keys.oldest).hex(),
        body=keys.mac("idempotency-body", sent, number=keys.oldest)[:16].hex(),
    )


def _derived_id(keys: Keys, idempotency: Idempotency, attempt: int) -> str:
    digest = keys.mac("service-request-id", f"{idempotency.key}|{attempt}", number=keys.oldest)
    return ids.from_number(int.from_bytes(digest[:8], "big"))


def _earlier(store: ServiceRequestStore, keys: Keys, idempotency: Idempotency) -> ServiceRequest | None:
    """What the same key stored before; another key's on the same id is passed over, as when storing."""
    for attempt in range(ATTEMPTS):
        existing = store.get(_derived_id(keys, idempotency, attempt))
        if existing is None or _same_key(existing, idempotency):
            return existing
    return None


def _same_key(existing: ServiceRequest, idempotency: Idempotency) -> bool:
    """Whether it was stored with this key.

    Raises:
        KeyReused: it was, but with something else.
    """
    known = existing.idempotency
    if known is None or known.key != idempotency.key:
        return False
    if known.body != idempotency.body:
        raise KeyReused
    return True


def _repeats(change: Change, taken: Entry, stored: ServiceRequest) -> bool:
    same = all(getattr(change, name) == getattr(taken, name) for name in Change.model_fields if name != "text")
    return same and stored.texts.get(str(taken.sequence)) == change.text
