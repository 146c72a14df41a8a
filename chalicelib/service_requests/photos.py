"""What became of each photo of a service request, read in its timeline. Pure.

A photo is announced, then expected; it comes and is accepted or refused, or it does not come and is missing. One that
was refused or is missing may still come. An accepted one may be published, taken back, and blurred.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final, NamedTuple

from ..foundation.languages import Text
from .lifecycle import Action, Kind, PhotoRefusal
from .timeline import Entry

MOST_AT_ONCE: Final = 5
MOST_BYTES: Final = 15_000_000
MOST: Final = 20
"""Expected and accepted, of one service request."""
MOST_ANNOUNCED: Final = 50
"""Of one service request, whatever became of them: a message to its unit tells of all, and is to stay small."""
MOST_REFUSALS: Final = 5
"""Of one photo: who sends it again and again must not fill the service request, nor its unit's queue."""
EXPECTED_WITHIN: Final = timedelta(days=1)
UPLOADS: Final = "uploads/"
"""Where, in the photos' bucket, lies what was sent and not yet looked at."""


class PhotoState(StrEnum):
    EXPECTED = "expected"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    MISSING = "missing"


REFUSALS: Final = {
    PhotoRefusal.NOT_A_PHOTO: Text(
        fr="Ce fichier n'est pas une photo JPEG, PNG, WebP, HEIC ou AVIF. Envoyez-en une de l'un de ces types.",
        en="This file is not a JPEG, PNG, WebP, HEIC or AVIF photo. Send one of these types.",
    ),
    PhotoRefusal.TOO_LARGE: Text(
        fr="Cette photo a trop de pixels. Envoyez-la dans une plus petite taille.",
        en="This photo has too many pixels. Send it in a smaller size.",
    ),
    PhotoRefusal.DAMAGED: Text(
        fr="Cette photo est arrivée incomplète ou abîmée. Envoyez-la de nouveau, ou envoyez-en une autre.",
        en="This photo arrived incomplete or damaged. Send it again, or send another one.",
    ),
    PhotoRefusal.UNSAFE: Text(
        fr="Cette photo contient un autre fichier, tel qu'une archive. Envoyez la photo seule.",
        en="This photo contains another file, such as an archive. Send the photo alone.",
    ),
}


class Standing(NamedTuple):
    """Where a photo stands."""

    sent_by: Kind
    announced_at: datetime
    state: PhotoState = PhotoState.EXPECTED
    refusal: PhotoRefusal | None = None
    refusals: int = 0
    """How often it was refused."""
    published_by: int | None = None
    """Sequence of the entry that lets anyone see it."""
    blurred: bool = False

    @property
    def expected_until(self) -> datetime | None:
        return self.announced_at + EXPECTED_WITHIN if self.state is PhotoState.EXPECTED else None

    @property
    def counts(self) -> bool:
        """Whether it takes one of the places that a service request has for photos."""
        return self.state in (PhotoState.EXPECTED, PhotoState.ACCEPTED)

    @property
    def may_come(self) -> bool:
        """Whether it is worth sending, for the first time or again."""
        return self.state is not PhotoState.ACCEPTED and self.refusals < MOST_REFUSALS


def standings(timeline: Iterable[Entry]) -> dict[str, Standing]:
    """By id, where each photo stands after a timeline, in the order in which they were announced."""
    found: dict[str, Standing] = {}
    for entry in timeline:
        for id in entry.photo_ids or ():
            found[id] = Standing(entry.by.kind, entry.at)
        if entry.photo_id in found:
            found[entry.photo_id] = _after(found[entry.photo_id], entry)
    return found


def _after(before: Standing, entry: Entry) -> Standing:
    match entry.action:
        case Action.ACCEPT_PHOTO:
            return before._replace(state=PhotoState.ACCEPTED, refusal=None)
        case Action.REFUSE_PHOTO:
            return before._replace(state=PhotoState.REFUSED, refusal=entry.photo_refusal, refusals=before.refusals + 1)
        case Action.MISS_PHOTO:
            return before._replace(state=PhotoState.MISSING)
        case Action.PUBLISH_PHOTO:
            return before._replace(published_by=entry.sequence)
        case Action.UNPUBLISH_PHOTO:
            return before._replace(published_by=None)
        case Action.BLUR_PHOTO:
            return before._replace(blurred=True)
    return before


def photo_ids(entry_id: str, number: int) -> tuple[str, ...]:
    """The ids of the photos announced in an entry: a repeat of what made it announces the same."""
    return tuple(sha256(f"{entry_id}|{place}".encode()).hexdigest()[:16] for place in range(number))


def upload_key(service_request_id: str, photo_id: str) -> str:
    """Where the bucket takes the photo from its sender."""
    return f"{UPLOADS}{service_request_id}/{photo_id}"
