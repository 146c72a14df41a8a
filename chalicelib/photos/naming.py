"""What the photos' bucket holds, by the keys of its objects."""

from enum import StrEnum
from typing import Final, NamedTuple

from ..foundation.keys import Keys
from ..service_requests.photos import UPLOADS

RENDITIONS: Final = "renditions/"


class Rendition(StrEnum):
    VIEW = "view"
    THUMBNAIL = "thumbnail"


class PhotoKey(NamedTuple):
    """Which photo of which service request."""

    service_request_id: str
    photo_id: str


def uploaded(key: str) -> PhotoKey | None:
    """The photo that was sent to this key; None for a key that no form gives."""
    parts = key.removeprefix(UPLOADS).split("/")
    return PhotoKey(*parts) if key.startswith(UPLOADS) and len(parts) == 2 and all(parts) else None


def rendition_key(folder: str, rendition: Rendition) -> str:
    return f"{RENDITIONS}{folder}/{rendition}.jpg"


def folder_for(keys: Keys, photo: PhotoKey, made_by: str) -> str:
    """The name, not to be guessed, under which the renditions lie that an upload (its sequencer) or a blurring (its
    entry's id) makes. A repeat makes the same ones: it leaves nothing behind that nobody knows of."""
    digest = keys.mac("photo-folder", "|".join([*photo, made_by]), number=keys.oldest)
    return digest[:16].hex()
