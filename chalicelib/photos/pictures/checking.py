"""Whether bytes are a photo that can be rendered, told from its header: nothing is decoded here."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import pillow_heif
from PIL import Image, ImageFile, JpegImagePlugin, PngImagePlugin, WebPImagePlugin
from PIL.AvifImagePlugin import AvifImageFile
from pillow_heif.as_plugin import HeifImageFile

from ...service_requests.lifecycle import PhotoRefusal
from ..refusals import Refused
from . import structure
from .kinds import Kind, kind_of
from .memory import bounded

# Of a HEIC only the picture itself is read.
pillow_heif.options.THUMBNAILS = False
pillow_heif.options.DEPTH_IMAGES = False
pillow_heif.options.AUX_IMAGES = False

# Each kind is read by its own reader and no other: what is not accepted is not parsed.
_READERS: Final[dict[Kind, type[ImageFile.ImageFile]]] = {
    Kind.JPEG: JpegImagePlugin.JpegImageFile,
    Kind.PNG: PngImagePlugin.PngImageFile,
    Kind.WEBP: WebPImagePlugin.WebPImageFile,
    Kind.HEIF: HeifImageFile,
    Kind.AVIF: AvifImageFile,
}
# Phones make HEIC of 50 megapixels, and JPEG of 200, of which only what the view needs is held: docs/decisions/0013.
MOST_PIXELS: Final = 65_000_000
MOST_PIXELS_LINE_BY_LINE: Final = 210_000_000


@dataclass(frozen=True)
class Picture:
    """A photo whose header is good; its size is that before it is turned upright."""

    kind: Kind
    image: Image.Image

    @property
    def width(self) -> int:
        return self.image.width

    @property
    def height(self) -> int:
        return self.image.height


def check(data: bytes) -> Picture:
    """The photo in these bytes, yet to be decoded.

    Raises:
        Refused: not a photo, of too many pixels, damaged, or another file at the same time.
    """
    kind = kind_of(data)
    if structure.holds_another_file(data):
        raise Refused(PhotoRefusal.UNSAFE)
    if kind is Kind.PNG and structure.repeats_its_profile(data):
        raise Refused(PhotoRefusal.DAMAGED)
    if kind in {Kind.HEIF, Kind.AVIF} and structure.is_cut(data):
        raise Refused(PhotoRefusal.DAMAGED)
    most_pixels = _most_pixels_of_jpeg(data) if kind is Kind.JPEG else MOST_PIXELS
    with bounded(), damage_refused():
        image = _READERS[kind](BytesIO(data))
    if image.width * image.height > most_pixels:
        raise Refused(PhotoRefusal.TOO_LARGE)
    return Picture(kind, image)


def _most_pixels_of_jpeg(data: bytes) -> int:
    segments = structure.segments_of(data)
    if segments.number > structure.MOST_SEGMENTS or segments.scans > structure.MOST_SCANS:
        raise Refused(PhotoRefusal.TOO_LARGE)
    return MOST_PIXELS_LINE_BY_LINE if segments.in_one_scan else MOST_PIXELS


@contextmanager
def damage_refused() -> Iterator[None]:
    """Within, what goes wrong is the photo's fault: readers tell of bad bytes by every kind of exception."""
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    except (MemoryError, Image.DecompressionBombError) as bomb:
        raise Refused(PhotoRefusal.TOO_LARGE) from bomb
    except Exception as damage:
        raise Refused(PhotoRefusal.DAMAGED) from damage
