"""What the counter does once it has looked at a photo that came, or has blurred one. Called by the `photos` function.

Events come late, again, and out of order: each of these changes nothing where it was done, or was overtaken. Whoever
has put renditions in the bucket removes, at the end, what the service request does not show.
"""

from datetime import datetime
from enum import Enum, auto
from typing import NamedTuple

from ...foundation import times
from ...foundation.keys import Keys
from ...foundation.problems import Busy
from ...service_requests.actions.common import ATTEMPTS, change_stored, entry_id_for, once
from ...service_requests.lifecycle import Action, Kind, PhotoRefusal
from ...service_requests.model import ServiceRequest
from ...service_requests.store import ServiceRequestStore
from ...service_requests.timeline import SYSTEM, Actor, Change, Photo, Position
from ..naming import PhotoKey
from ..orders import BlurOrder


class Upload(NamedTuple):
    """Something that came. The sequencer orders what S3 tells of one key (hexadecimal)."""

    photo: PhotoKey
    sequencer: str


class Renditions(NamedTuple):
    """What lies in the bucket, under a folder; the view's size in pixels."""

    folder: str
    width: int
    height: int


class Hints(NamedTuple):
    """What a photo says of itself, kept if its sender allows it."""

    taken_at: datetime | None = None
    position: Position | None = None


class Due(Enum):
    """What is to be done with something that came."""

    LOOK = auto()
    DELETE = auto()
    LEAVE = auto()
    """The event is late: what lies there now came after it, and has an event of its own."""


def due(found: ServiceRequest | None, upload: Upload) -> Due:
    """What is to be done with an upload, given the service request as it is; None where there is none."""
    photo_id = upload.photo.photo_id
    standing = found.photo_standings.get(photo_id) if found else None
    if found is None or standing is None or not standing.may_come:
        return Due.DELETE
    if found.photos[photo_id].sequencer == upload.sequencer:
        return Due.DELETE  # it was refused by a run that may have died before it removed it
    over = (found.photos[photo_id].sequencer, found.passed_over.get(photo_id))
    return Due.LOOK if all(_is_later(upload.sequencer, each) for each in over if each) else Due.LEAVE


def accept(
    store: ServiceRequestStore, keys: Keys, upload: Upload, renditions: Renditions, hints: Hints
) -> Photo | None:
    """Note that the photo is accepted and where its renditions lie; the photo as it now is.

    Where its `folder` is another, or there is no such photo any more, these renditions are shown to nobody: the caller
    removes them. So it is where another upload of it was acted upon meanwhile, which was newer. One read and one write.

    Raises:
        NotFound: there is no such service request.
        Busy: others were first, again and again.
    """
    at, photo_id = times.now(), upload.photo.photo_id

    def rule(before: ServiceRequest) -> ServiceRequest:
        if due(before, upload) is not Due.LOOK:
            return before
        photo = before.photos[photo_id]
        known = {**renditions._asdict(), **(hints._asdict() if photo.hints_allowed else {})}
        accepted = photo.model_copy(update={**known, "sequencer": upload.sequencer})
        change = Change(action=Action.ACCEPT_PHOTO, by=SYSTEM, photo_id=photo_id, photos={photo_id: accepted})
        return once(before, change, at=at, entry_id=_entry_id(keys, Action.ACCEPT_PHOTO, upload))

    return change_stored(store, upload.photo.service_request_id, rule).photos.get(photo_id)


def refuse(store: ServiceRequestStore, keys: Keys, upload: Upload, reason: PhotoRefusal) -> Photo | None:
    """Note that what came is refused, and why; the photo as it now is. One read and one write.

    Raises:
        NotFound, Busy: as `accept`.
        Full: no room is left to say so.
    """
    at, photo_id = times.now(), upload.photo.photo_id

    def rule(before: ServiceRequest) -> ServiceRequest:
        if due(before, upload) is not Due.LOOK:
            return before
        refused = before.photos[photo_id].model_copy(update={"sequencer": upload.sequencer})
        change = Change(
            action=Action.REFUSE_PHOTO,
            by=SYSTEM,
            photo_id=photo_id,
            photo_refusal=reason,
            photos={photo_id: refused},
        )
        return once(before, change, at=at, entry_id=_entry_id(keys, Action.REFUSE_PHOTO, upload))

    return change_stored(store, upload.photo.service_request_id, rule).photos.get(photo_id)


def pass_over(store: ServiceRequestStore, upload: Upload) -> Photo | None:
    """Let nobody accept an upload that cannot be looked at any more, or has no place; the photo as it now is.

    Somebody else may be looking at it, who has read it before it went. Once this is noted his renditions are shown to
    nobody, or they are shown already: whether they may be removed does not depend on who comes first. One read, and one
    write where it was still to be looked at.

    Raises:
        Busy: others were first, again and again.
    """
    photo_id = upload.photo.photo_id
    for _ in range(ATTEMPTS):
        found = store.get(upload.photo.service_request_id)
        if found is None:
            return None
        if due(found, upload) is not Due.LOOK or store.pass_over(found, photo_id, upload.sequencer):
            return found.photos.get(photo_id)
    raise Busy


def to_blur(found: ServiceRequest | None, order: BlurOrder) -> Photo | None:
    """The photo that an order is about, if it can be blurred."""
    return found.photos.get(order.photo_id) if found and found.shows(order.photo_id) else None


def is_done(found: ServiceRequest, order: BlurOrder) -> bool:
    """Whether it was blurred so already; then only what the photo's `former_folders` hold may be left to remove."""
    return any(entry.entry_id == order.entry_id for entry in found.timeline)


def blurred(store: ServiceRequestStore, order: BlurOrder, source: str, renditions: Renditions) -> Photo | None:
    """Note that a photo is blurred, by whom, and where its new renditions lie; the photo as it now is.

    `source` is the folder of those that they were made of. The caller removes what its `former_folders` hold; where
    neither they nor `folder` name the new ones, somebody else blurred it meanwhile: start again. One read and one
    write.

    Raises:
        NotFound, Busy: as `accept`.
    """
    at = times.now()

    def rule(before: ServiceRequest) -> ServiceRequest:
        photo = to_blur(before, order)
        if photo is None or photo.folder != source:
            return before
        changed = {**renditions._asdict(), "former_folders": (*photo.former_folders, source)}
        change = Change(
            action=Action.BLUR_PHOTO,
            by=Actor(kind=Kind.AGENT, code=order.agent_id),
            agent_name=order.agent_name,
            photo_id=order.photo_id,
            photos={order.photo_id: photo.model_copy(update=changed)},
        )
        return once(before, change, at=at, entry_id=order.entry_id)

    return to_blur(change_stored(store, order.service_request_id, rule), order)


def _is_later(one: str, other: str) -> bool:
    """As S3 orders its events of one key: by hexadecimal digits from the left, the shorter as if zeros followed."""
    width = max(len(one), len(other))
    return one.upper().ljust(width, "0") > other.upper().ljust(width, "0")


def _entry_id(keys: Keys, action: Action, upload: Upload) -> str:
    return entry_id_for(keys, *upload.photo, action, upload.sequencer)
