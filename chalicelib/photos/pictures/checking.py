"""Whether bytes are a photo that can be rendered, told from its header: nothing is decoded here."""

from dataclasses import dataclass
from io import BytesIO
from typing import Final

import pillow_heif
from PIL import Image, ImageFile, JpegImagePlugin, PngImagePlugin, WebPImagePlugin
from PIL.AvifImagePlugin import AvifImageFile
from pillow_heif.as_plugin import HeifImageFile

from ..refusals import RefusalReason, Refused
from .kinds import Kind, kind_of

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
MOST_PIXELS: Final = {
    Kind.JPEG: 210_000_000,
    Kind.PNG: 70_000_000,
    Kind.WEBP: 70_000_000,
    Kind.HEIF: 70_000_000,
    Kind.AVIF: 70_000_000,
}


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
    try:
        image = _READERS[kind](BytesIO(data))
    except Image.DecompressionBombError as bomb:
        raise Refused(RefusalReason.TOO_LARGE) from bomb
    except Exception as unreadable:  # readers tell of bad bytes by every kind of exception
        raise Refused(RefusalReason.DAMAGED) from unreadable
    if image.width * image.height > MOST_PIXELS[kind]:
        raise Refused(RefusalReason.TOO_LARGE)
    return Picture(kind, image)
