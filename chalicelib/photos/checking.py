"""What is done with a photo that came: it is looked at, and accepted, with renditions to show, or refused.

Each step may be the last before the function dies, and all of it may be done again: late, twice at once, after others.
Three things make that harmless. What an upload leads to has names that follow from it, so that a repeat makes the same.
The service request is asked before anything is done, and has the last word after. And each upload takes away itself,
never what was sent after it.
"""

from enum import StrEnum
from typing import NamedTuple

from ..catalogue.chosen import catalogue
from ..foundation import log
from ..foundation.keys import Keys
from ..service_requests.lifecycle import PhotoRefusal
from ..service_requests.model import Full, ServiceRequest
from ..service_requests.photos import MOST_BYTES
from ..service_requests.problems import NotFound
from ..service_requests.store import ServiceRequestStore
from ..service_requests.timeline import Photo, Position
from .actions.looked_at import Due, Hints, Renditions, Upload, accept, due, pass_over, refuse
from .apart import look_apart
from .naming import folder_for
from .pictures.checking import check
from .pictures.rendering import Rendered, render
from .refusals import Refused
from .storage import PhotoStorage, Sent


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"
    LATE = "late"
    """Something newer was sent to the same place, perhaps the same bytes again, and has an event of its own."""
    NOT_EXPECTED = "not expected"
    NO_ROOM = "no room"


class Looked(NamedTuple):
    """What came of looking at something that was sent."""

    outcome: Outcome
    reason: PhotoRefusal | None = None


class Checking:
    def __init__(self, store: ServiceRequestStore, storage: PhotoStorage, keys: Keys) -> None:
        self._store = store
        self._storage = storage
        self._keys = keys

    def look(self, upload: Upload, etag: str, *, is_suspect: bool) -> Looked:
        """Look at what was sent; nothing of it is left but renditions that may be shown. One that `is_suspect`, for it
        may be what the function died of, is looked at by another process.

        Two reads and a write of the service request; of S3 four calls, two of them to store or to remove renditions.

        Raises:
            Busy: others were first, again and again.
        """
        sent = Sent(upload.photo, etag)
        looked = self._look(upload, sent, is_suspect=is_suspect)
        if looked.outcome is not Outcome.LATE:
            self._storage.delete(sent)
        return looked

    def _look(self, upload: Upload, sent: Sent, *, is_suspect: bool) -> Looked:
        found = self._store.get(upload.photo.service_request_id)
        what = due(found, upload)
        if what is not Due.LOOK:
            self._keep_only(_photo(found, upload), upload)
            return Looked(Outcome.LATE if what is Due.LEAVE else Outcome.NOT_EXPECTED)
        data = self._storage.read(sent)
        if data is None:
            # Another who was told the same may have read it before it went, and be about to accept it.
            self._keep_only(pass_over(self._store, upload), upload)
            return Looked(Outcome.LATE)
        try:
            return self._accept(upload, look_apart(_rendered, data) if is_suspect else _rendered(data))
        except Refused as refused:
            return self._refuse(upload, refused.reason)

    def _accept(self, upload: Upload, rendered: Rendered) -> Looked:
        folder = self._folder(upload)
        self._storage.put(folder, rendered)
        renditions = Renditions(folder, rendered.view.width, rendered.view.height)
        hints = Hints(rendered.taken_at, rendered.position and Position(**rendered.position._asdict()))
        try:
            photo = accept(self._store, self._keys, upload, renditions, hints)
        except NotFound:
            photo = None
        self._keep_only(photo, upload)
        if photo is None:
            return Looked(Outcome.NOT_EXPECTED)
        return Looked(Outcome.ACCEPTED if photo.folder else Outcome.LATE)

    def _refuse(self, upload: Upload, reason: PhotoRefusal) -> Looked:
        try:
            photo = refuse(self._store, self._keys, upload, reason)
        except (Full, NotFound) as problem:
            log.warning(
                "a photo has no place", service_request_id=upload.photo.service_request_id, problem=problem.slug
            )
            self._keep_only(pass_over(self._store, upload), upload)
            return Looked(Outcome.NO_ROOM)
        self._keep_only(photo, upload)
        return Looked(Outcome.REFUSED, reason)

    def _keep_only(self, photo: Photo | None, upload: Upload) -> None:
        """Remove what this upload left in the bucket, unless it is what is shown. Whoever dies between storing
        renditions and saying so leaves them, and when it is told again others may have been refused, accepted or
        blurred."""
        ours = self._folder(upload)
        if photo is None or photo.folder != ours:
            self._storage.remove(ours)

    def _folder(self, upload: Upload) -> str:
        return folder_for(self._keys, upload.photo, upload.sequencer)


def _photo(found: ServiceRequest | None, upload: Upload) -> Photo | None:
    return found.photos.get(upload.photo.photo_id) if found else None


def _rendered(data: bytes) -> Rendered:
    """Raises Refused where there is nothing to show."""
    if len(data) > MOST_BYTES:
        raise Refused(PhotoRefusal.TOO_LARGE)
    return render(check(data), zone=catalogue().timezone)
