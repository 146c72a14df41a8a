"""What every use case does: find what is meant, apply a rule to the latest state, save it."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Final

from ...catalogue.chosen import catalogue
from ...foundation import ids
from ...foundation.keys import Keys
from ...foundation.problems import Busy
from ..consequences import for_the_other, other_concerned
from ..deadlines import dated
from ..model import ServiceRequest
from ..problems import KeyReused, NotFound
from ..store import Conflict, ServiceRequestStore
from ..timeline import Change

ATTEMPTS: Final = 5

Rule = Callable[[ServiceRequest], ServiceRequest]


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


def change_stored(store: ServiceRequestStore, id: str, rule: Rule) -> ServiceRequest:
    """Apply a pure rule to the latest state; again, on a fresh read, if another writer was first. One read, one write.

    Nothing is written where the rule returns what it was given. What makes a duplicate, or reopens one, is written
    together with what it does to the original, and to that one's: one more read for each, all in one transaction.

    Raises:
        NotFound: there is none.
        InvalidInput, IsDuplicate: the one it is to be a duplicate of is none to be.
        Busy: others were first, again and again.
    """
    for _ in range(ATTEMPTS):
        before = store.get(id)
        if before is None:
            raise NotFound
        after = rule(before)
        if after is before:
            return before
        try:
            _write(store, before, after)
        except Conflict:
            continue
        return after
    raise Busy


def _write(store: ServiceRequestStore, before: ServiceRequest, after: ServiceRequest) -> None:
    concerned = other_concerned(before, after)
    if concerned:
        other = store.get(concerned)
        change = for_the_other(before, after, other)
        if other and change:
            entry = after.timeline[-1]
            others = with_originals(store, other, change, at=entry.at, entry_id=entry.entry_id)
            store.append_together((before, after), *others)
            return
    store.append(before, after)


def with_originals(
    store: ServiceRequestStore, other: ServiceRequest | None, change: Change, *, at: datetime, entry_id: str
) -> list[tuple[ServiceRequest, ServiceRequest]]:
    """What a change of who asks does to the one asked for, to its original if it is a duplicate, and so on: each as it
    is and as it will be. One read for each but the first."""
    changes = []
    while other:
        changes.append((other, other.after(change, at=at, entry_id=entry_id)))
        other = store.get(other.duplicate_of) if other.duplicate_of else None
    return changes


def entry_id_for(keys: Keys, *said: str | None) -> str:
    """The id of a new entry: random, or derived from an idempotency key, the last of what is `said`."""
    *what, idempotency_key = said
    if idempotency_key is None:
        return secrets.token_hex(8)
    return keys.mac("entry-id", "|".join([*map(str, what), idempotency_key]), number=keys.oldest)[:16].hex()


def once(before: ServiceRequest, change: Change, *, at: datetime, entry_id: str) -> ServiceRequest:
    """The service request once `change` is in its timeline, dated; as it is if this entry is in it already.

    Raises:
        KeyReused: an entry with this id is in it, and says something else.
        MoveNotAllowed: the lifecycle forbids it.
        Full: no room is left.
    """
    if is_repeat(before, change, entry_id):
        return before
    return before.after(dated(before, change, catalogue(), at), at=at, entry_id=entry_id)


def is_repeat(before: ServiceRequest, change: Change, entry_id: str) -> bool:
    """Whether this entry is in its timeline already; of `change`, what was said counts.

    Raises:
        KeyReused: it is, and says something else.
    """
    earlier = next((entry for entry in before.timeline if entry.entry_id == entry_id), None)
    if earlier is None:
        return False
    here = str(earlier.sequence)
    said = (before.texts.get(here), before.notes.get(here), before.places.get(here))
    if said != (change.text, change.note, change.place) or not change.says_the_same(earlier):
        raise KeyReused
    return True
