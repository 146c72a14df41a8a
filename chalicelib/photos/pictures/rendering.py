"""What is shown of a photo: two JPEG of its pixels alone, upright, in sRGB. No byte of what was sent is in them."""

from datetime import datetime, tzinfo
from io import BytesIO
from typing import Final, NamedTuple

from PIL import Image

from . import colours, exif
from .checking import Picture, damage_refused
from .exif import Position
from .memory import bounded

VIEW: Final = 2048  # pixels of the longest side
THUMBNAIL: Final = 320
_QUALITY: Final = 85
# A JPEG is decoded at the half, quarter or eighth that is at least so much larger than the view.
_REDUCING_GAP: Final = 1.5


class Rendition(NamedTuple):
    """A JPEG, and its size in pixels."""

    jpeg: bytes
    width: int
    height: int


class Renditions(NamedTuple):
    view: Rendition
    thumbnail: Rendition


class Rendered(NamedTuple):
    """What is shown, and apart from it what the photo said of itself, which is kept only if its sender allows it."""

    view: Rendition
    thumbnail: Rendition
    taken_at: datetime | None
    position: Position | None


def render(picture: Picture, *, zone: tzinfo) -> Rendered:
    """The renditions of a photo, which is decoded once; `zone` is where a camera that names none was.

    Raises:
        Refused: `damaged`, it cannot be decoded to its end; `too_large`, it takes more memory than its header said.
    """
    image = picture.image
    with bounded(), damage_refused():
        shrinking = max(image.size) / (VIEW * _REDUCING_GAP)
        image.draft(None, (max(int(image.width / shrinking), 1), max(int(image.height / shrinking), 1)))
        image.load()
        said = exif.read(image, zone)
        view = colours.opaque(image)
        view.thumbnail((VIEW, VIEW), Image.Resampling.LANCZOS, reducing_gap=_REDUCING_GAP)
        view = colours.to_srgb(view, image.info)
    if said.turn is not None:
        view = view.transpose(said.turn)
    return Rendered(*renditions(view), said.taken_at, said.position)


def renditions(view: Image.Image) -> Renditions:
    """A view, and its thumbnail, as JPEG."""
    thumbnail = view.copy()
    thumbnail.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return Renditions(_encoded(view), _encoded(thumbnail))


def _encoded(image: Image.Image) -> Rendition:
    bare = image.copy()
    bare.info = {}  # Pillow would write a comment, and more, from there
    written = BytesIO()
    bare.save(written, "JPEG", quality=_QUALITY)
    return Rendition(written.getvalue(), image.width, image.height)
