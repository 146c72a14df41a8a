"""The photos of the demo: drawn when it starts, since nobody's own are for everyone to see."""

from io import BytesIO
from random import Random
from typing import Final

from PIL import Image, ImageDraw

SIZE: Final = (1200, 900)
PATCHES: Final = 40


def picture(chance: Random) -> bytes:
    """A JPEG of coloured patches, as large as a phone's after it was made smaller for sending."""
    image = Image.new("RGB", SIZE, _colour(chance))
    draw = ImageDraw.Draw(image)
    for _ in range(PATCHES):
        x, y = chance.randrange(SIZE[0]), chance.randrange(SIZE[1])
        draw.ellipse((x, y, x + chance.randrange(300), y + chance.randrange(300)), fill=_colour(chance))
    written = BytesIO()
    image.save(written, "JPEG", quality=90)
    return written.getvalue()


def _colour(chance: Random) -> tuple[int, int, int]:
    return chance.randrange(256), chance.randrange(256), chance.randrange(256)
