"""Faces and plates made unrecognizable: nothing of what was under a rectangle is left, however one computes."""

from collections.abc import Iterable
from io import BytesIO
from typing import Final, NamedTuple

from PIL import Image, ImageDraw, ImageStat

from .rendering import Renditions, renditions

# A JPEG of ours smears a pixel over the block of 16 in which it is, and colour a little beyond.
_BLOCK: Final = 16
_BEYOND: Final = 2


class Rectangle(NamedTuple):
    """Of a view, in fractions of its width and height from its upper left corner."""

    x: float
    y: float
    width: float
    height: float


def blur(view: bytes, rectangles: Iterable[Rectangle]) -> Renditions:
    """New renditions in which the rectangles are one colour, the average of all that lies outside of them."""
    image = Image.open(BytesIO(view), formats=["JPEG"]).convert("RGB")
    kept = Image.new("L", image.size, 255)
    draw = ImageDraw.Draw(kept)
    for rectangle in rectangles:
        draw.rectangle(_pixels(rectangle, *image.size), fill=0)
    outside = ImageStat.Stat(image, kept)
    colour = tuple(round(level) for level in outside.mean) if outside.count[0] else (128, 128, 128)
    return renditions(Image.composite(image, Image.new("RGB", image.size, colour), kept))


def _pixels(rectangle: Rectangle, width: int, height: int) -> tuple[int, int, int, int]:
    """The first and last columns and rows of all blocks that the rectangle touches, and a little more."""
    left, upper = int(rectangle.x * width), int(rectangle.y * height)
    right, lower = int((rectangle.x + rectangle.width) * width), int((rectangle.y + rectangle.height) * height)
    return (
        left // _BLOCK * _BLOCK - _BEYOND,
        upper // _BLOCK * _BLOCK - _BEYOND,
        (right // _BLOCK + 1) * _BLOCK - 1 + _BEYOND,
        (lower // _BLOCK + 1) * _BLOCK - 1 + _BEYOND,
    )
