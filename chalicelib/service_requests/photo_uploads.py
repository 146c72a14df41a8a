"""The forms by which announced photos are sent: straight to where photos are kept, never through the API."""

from collections.abc import Iterable
from datetime import datetime

from pydantic import Field

from ..foundation import presigned
from ..foundation.settings import settings
from .model import ServiceRequest
from .photos import upload_key


class PhotoUpload(presigned.Form):
    """How to send one photo: a `POST` to `url`, as `multipart/form-data`, of all `fields`, then of the file in a field
    called `file`. For another form, once it has expired, ask at the service request's photos."""

    photo_id: str = Field(examples=["5f0c6e1d2b3a4987"])


def uploads(found: ServiceRequest, photo_ids: Iterable[str], at: datetime) -> list[PhotoUpload]:
    """A form for each of these photos, which were announced."""
    return [_upload(found, id, at) for id in photo_ids]


def _upload(found: ServiceRequest, photo_id: str, at: datetime) -> PhotoUpload:
    photo = found.photos[photo_id]
    form = presigned.form(
        settings().photos_bucket,
        upload_key(found.id, photo_id),
        content_type=photo.content_type,
        most_bytes=photo.size,
        at=at,
    )
    return PhotoUpload(photo_id=photo_id, **dict(form))
