"""What lies in the photos' bucket: what was sent, and what is shown of it."""

from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from ..foundation import aws
from ..foundation.settings import settings
from ..service_requests.photos import MOST_BYTES, upload_key
from .naming import PhotoKey, Rendition, rendition_key

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

    from .pictures.rendering import Rendered, Renditions

# AWS's words for: not there any more; there, but another than was meant.
_NOT_THAT: Final = frozenset({"NoSuchKey", "PreconditionFailed"})


class Sent(NamedTuple):
    """Something that was sent for a photo, as S3 told of it. Its tag is that of its bytes: what is sent to the same key
    after it has another."""

    photo: PhotoKey
    etag: str


class PhotoStorage:
    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def read(self, sent: Sent) -> bytes | None:
        """What was sent; of what is larger than may be, one byte more than may be. None if it is not there any more, or
        if something else is. One call."""
        try:
            found = self._client.get_object(Bucket=self._bucket, Key=upload_key(*sent.photo), IfMatch=_quoted(sent))
        except aws.FAILURES as error:
            if aws.name_of(error) in _NOT_THAT:
                return None
            raise
        with found["Body"] as body:
            return body.read(MOST_BYTES + 1)

    def delete(self, sent: Sent) -> None:
        """Remove what was sent; nothing if it is not there any more, or if something else is. One call."""
        try:
            self._client.delete_object(Bucket=self._bucket, Key=upload_key(*sent.photo), IfMatch=_quoted(sent))
        except aws.FAILURES as error:
            if aws.name_of(error) not in _NOT_THAT:
                raise

    def put(self, folder: str, made: "Renditions | Rendered") -> None:
        """Store renditions, in place of those that lie there. Two calls."""
        for name, rendition in ((Rendition.VIEW, made.view), (Rendition.THUMBNAIL, made.thumbnail)):
            self._client.put_object(
                Bucket=self._bucket,
                Key=rendition_key(folder, name),
                Body=rendition.jpeg,
                ContentType="image/jpeg",
                CacheControl="no-store",  # what is blurred or taken back must not go on being shown from a cache
            )

    def view(self, folder: str) -> bytes | None:
        """The view that lies there; None if none does. One call."""
        try:
            found = self._client.get_object(Bucket=self._bucket, Key=rendition_key(folder, Rendition.VIEW))
        except self._client.exceptions.NoSuchKey:
            return None
        with found["Body"] as body:
            return body.read()

    def remove(self, folder: str) -> None:
        """Remove the renditions that lie there, if any. Two calls."""
        for name in Rendition:
            self._client.delete_object(Bucket=self._bucket, Key=rendition_key(folder, name))


def _quoted(sent: Sent) -> str:
    return f'"{sent.etag}"'


@cache
def photo_storage() -> PhotoStorage:
    return PhotoStorage(aws.s3(), settings().photos_bucket)
