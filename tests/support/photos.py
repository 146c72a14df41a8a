"""Photos of service requests, as what is done with them leaves them."""

from datetime import datetime
from typing import Any

from hypothesis import strategies as st

from chalicelib.foundation.keys import keys
from chalicelib.photos.actions.looked_at import Hints, Renditions, Upload, accept
from chalicelib.photos.naming import PhotoKey, folder_for
from chalicelib.service_requests.lifecycle import OF_PHOTOS, Action, PhotoRefusal
from chalicelib.service_requests.model import ServiceRequest
from chalicelib.service_requests.photos import photo_ids
from chalicelib.service_requests.store import store
from chalicelib.service_requests.timeline import SYSTEM, Actor, Change, Photo, Position

from .examples import AGENT, CITIZEN

LOOKED_AT = {Action.ACCEPT_PHOTO, Action.REFUSE_PHOTO, Action.MISS_PHOTO}
JPEG = {"content_type": "image/jpeg", "size": 2_400_000}
"""An announcement, as JSON."""


def announced(entry_id: str, number: int = 1, **known: Any) -> dict[str, Any]:
    """The details of an announcement."""
    ids = photo_ids(entry_id, number)
    return {"photo_ids": ids, "photos": {id: Photo(**JPEG | known) for id in ids}}


def looked_at(photo: Photo, folder: str = "f" * 32, **known: Any) -> Photo:
    """A photo that was accepted."""
    return photo.model_copy(update={"folder": folder, "width": 2048, "height": 1536, "sequencer": "01", **known})


def with_photo(
    state: ServiceRequest, *actions: Action, announces: Actor = CITIZEN, **known: Any
) -> tuple[ServiceRequest, str]:
    """A service request to which a photo was announced and then these things happened, and the photo's id."""
    entry_id = f"photo-{state.sequence}"
    details = announced(entry_id, **known)
    [id] = details["photo_ids"]
    at = state.updated_at
    state = state.after(Change(action=Action.ANNOUNCE_PHOTOS, by=announces, **details), at=at, entry_id=entry_id)
    for number, action in enumerate(actions):
        state = happened(state, id, action, at=at, entry_id=f"{entry_id}-{number}")
    return state, id


def happened(
    state: ServiceRequest, id: str, action: Action, *, at: datetime, entry_id: str, **details: Any
) -> ServiceRequest:
    """A service request after something that became of one of its photos."""
    by = SYSTEM if action in LOOKED_AT else AGENT
    if action is Action.ACCEPT_PHOTO:
        details = {"photos": {id: looked_at(state.photos[id])}} | details
    if action is Action.REFUSE_PHOTO:
        details = {"photo_refusal": PhotoRefusal.DAMAGED} | details
    return state.after(Change(action=action, by=by, photo_id=id, **details), at=at, entry_id=entry_id)


@st.composite
def photo_details(draw: st.DrawFn, action: Action, ids: tuple[str, ...], **known: Any) -> dict[str, Any]:
    """Any details of what is done with one of these photos, or of announcing them."""
    photo = Photo(**JPEG | known)
    if action not in OF_PHOTOS:
        return {}
    if action is Action.ANNOUNCE_PHOTOS:
        return {"photo_ids": ids, "photos": dict.fromkeys(ids, photo)}
    id = draw(st.sampled_from([*ids, "unknown"]))
    details: dict[str, Any] = {"photo_id": id}
    if action is Action.ACCEPT_PHOTO:
        hints = {"taken_at": None, "position": Position(lat=45.5, lon=-73.5) if draw(st.booleans()) else None}
        details["photos"] = {id: looked_at(photo, **hints)}
    if action is Action.REFUSE_PHOTO:
        details["photo_refusal"] = draw(st.sampled_from(PhotoRefusal))
    return details


def seen_photo(service_request_id: str, photo_id: str | None = None, **hints: Any) -> str:
    """Accept a photo of a stored service request, the first if none is named, as the `photos` function does. Its id."""
    photo_id = photo_id or next(iter(store().get(service_request_id).photos))
    upload = Upload(PhotoKey(service_request_id, photo_id), "0FFF")
    folder = folder_for(keys(), upload.photo, upload.sequencer)
    accept(store(), keys(), upload, Renditions(folder, 2048, 1536), Hints(**hints))
    return photo_id
