"""Asking for a service: one write, and for what bursts are watched of, one query before it."""

import json
import secrets
from datetime import datetime
from typing import Final, NamedTuple

from ...catalogue import TRIAGE
from ...catalogue.chosen import catalogue
from ...foundation import aws, ids, log, times
from ...foundation.keys import Keys
from ...foundation.problems import Busy, InvalidInput
from ..deadlines import acknowledge_by
from ..intake import Routed, routed
from ..lifecycle import Action
from ..model import ServiceRequest
from ..photo_announcement import announced
from ..problems import KeyReused
from ..record import Channel, Idempotency
from ..store import ServiceRequestStore, Taken
from ..submission import Submission
from ..timeline import Actor, Change, Place, Position
from .common import ATTEMPTS

ANONYMOUS: Final = "anonymous"


class Sender(NamedTuple):
    """Who sends a submission: the actor, by which channel, and whose idempotency keys are whose."""

    actor: Actor
    channel: Channel
    keeper: str = ANONYMOUS
    agent_name: str | None = None

    @property
    def is_anonymous(self) -> bool:
        return self.keeper == ANONYMOUS


def submit(
    store: ServiceRequestStore, keys: Keys, submission: Submission, sender: Sender, idempotency_key: str | None
) -> ServiceRequest:
    """Store a new service request; for a repeat with the same key, give what the first one stored.

    An anonymous one that is part of a burst is stored like any other, but held: the triage unit has it, until an agent
    sends it on or sets it aside.

    Raises:
        InvalidInput: the catalogue refuses it.
        KeyReused: the key came with something else before.
    """
    at = times.now()
    idempotency = _idempotency(keys, submission, sender, idempotency_key) if idempotency_key else None
    try:
        accepted = routed(submission, catalogue(), anonymous=sender.is_anonymous, at=at)
    except InvalidInput:
        # The catalogue may have changed since the first try was accepted.
        if idempotency and (earlier := _earlier(store, keys, idempotency)):
            return earlier
        raise
    entry_id = secrets.token_hex(8)
    blank, asked = _new(accepted, sender, at, idempotency)
    if photos := announced(submission.photos, entry_id):
        asked = asked.model_copy(update={"photo_ids": tuple(photos), "photos": photos})
    if sender.is_anonymous and _is_in_a_burst(store, asked, at):
        asked = asked.model_copy(update={"held": True, "unit": TRIAGE})
    asked = asked.model_copy(update={"acknowledge_by": acknowledge_by(asked.unit or TRIAGE, catalogue(), at)})
    for attempt in range(ATTEMPTS):
        id = _derived_id(keys, idempotency, attempt) if idempotency else ids.random_id()
        new = blank.model_copy(update={"id": id}).after(asked, at=at, entry_id=entry_id)
        try:
            store.add(new)
        except Taken as taken:
            if idempotency and _same_key(taken.existing, idempotency):
                return taken.existing
        else:
            return new
    raise Busy


def _new(
    accepted: Routed, sender: Sender, at: datetime, idempotency: Idempotency | None
) -> tuple[ServiceRequest, Change]:
    """A service request before anything happened to it, and its submission."""
    submission, service = accepted.submission, accepted.service
    blank = ServiceRequest(
        id="",
        catalogue_version=accepted.catalogue_version,
        service_code=service.service_code,
        service_name=service.name,
        borough=accepted.borough,
        attributes=accepted.attributes,
        channel=sender.channel,
        submitted_at=at,
        updated_at=at,
        idempotency=idempotency,
    )
    place = submission.location.place
    public_position, cell = made_public(place, exact=service.on_public_way)
    return blank, Change(
        action=Action.SUBMIT,
        by=sender.actor,
        agent_name=sender.agent_name,
        text=submission.description,
        place=place,
        public_position=public_position,
        cell=cell,
        unit=accepted.unit,
        borough=accepted.borough,
        service_code=service.service_code,
        service_name=service.name,
        expected_at=accepted.expected_at,
    )


def made_public(place: Place, *, exact: bool) -> tuple[Position | None, str | None]:
    """The position that anyone may see, and the H3 cell to find it by; None where the place has no position."""
    if place.position is None:
        return None, None
    from ..cells import blurred, index_cell

    public = place.position if exact else blurred(place.position)
    return public, index_cell(public)


def _is_in_a_burst(store: ServiceRequestStore, asked: Change, at: datetime) -> bool:
    """Whether this many for one service came from one cell (without a position: from one borough) in so short a time;
    or twice as many for any of those that are watched.

    Asked of an index, which lags by moments: a few of a burst pass. Where it cannot be asked, nothing is held.
    """
    limit = catalogue().burst_limit(asked.service_code or "")
    if limit is None:
        return False
    since = at - limit.within
    # A few more than the limit, for other services are among them.
    most = 4 * limit.most
    try:
        if asked.cell:
            page = store.of_cell(asked.cell, is_open=True, after=since, limit=most)
        else:
            page = store.of_borough(asked.borough or "", is_open=True, after=since, limit=most)
    except aws.FAILURES as error:
        log.warning("bursts could not be looked for", error=aws.name_of(error))
        return False
    near = [one for one in page.found if asked.cell or one.public_position is None]
    same = [one for one in near if one.service_code == asked.service_code]
    # Nor by going from one service to the next; what weather makes many ask for has no limit, and does not count.
    watched = [one for one in near if catalogue().burst_limit(one.service_code)]
    return len(same) >= limit.most or len(watched) >= 2 * limit.most


def _idempotency(keys: Keys, submission: Submission, sender: Sender, key: str) -> Idempotency:
    # The oldest key, and what was sent alone: a retry meets its first try across a rotation, and across a new field.
    sent = json.dumps(submission.model_dump(mode="json", exclude_defaults=True), sort_keys=True)
    return Idempotency(
        key=keys.mac("idempotency-key", f"{sender.keeper}|{key}", number=keys.oldest)[:16].hex(),
        body=keys.mac("idempotency-body", sent, number=keys.oldest)[:8].hex(),
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
