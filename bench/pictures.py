"""Photos: what it takes to check and render one, a megapixel, next to Pillow alone."""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image, ImageCms

from .one_picture import bare, ours
from .results import Line
from .timing import cpu_of, in_turns, ratio

TITLE: Final = "10. Photos: CPU and memory of checking and rendering one, for each megapixel"
GOAL: Final = 1.15
ROUNDS: Final = 9
PHONE: Final = (4032, 3024)
LARGE: Final = (8160, 6120)


def measure() -> list[Line]:
    lines = []
    for what, size, make in _photos():
        data = make()
        megapixels = size[0] * size[1] / 1e6
        found = in_turns({"ours": cpu_of(partial(ours, data), 1), "bare": cpu_of(partial(bare, data), 1)}, ROUNDS)
        scale = 1000 / megapixels
        took = [found[name].shown("ms", scale) for name in ("ours", "bare")]
        lines.append(Line(f"{what}: CPU", *took, ratio=ratio(found["ours"], found["bare"]), goal=GOAL))
        peaks = [_peak_mb(name, data) for name in ("ours", "bare")]
        shown = [f"{peak / megapixels:.1f} MB, {peak:.0f} in all" for peak in peaks]
        lines.append(Line(f"{what}: memory", *shown, ratio=peaks[0] / peaks[1], goal=GOAL))
    return lines


def phone_photo() -> bytes:
    """A JPEG of 12 megapixels."""
    return _file(_scene(PHONE), "JPEG", quality=90)


def _photos() -> list[tuple[str, tuple[int, int], Callable[[], bytes]]]:
    phone, large = _scene(PHONE), _scene(LARGE)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    quick = {"preset": "ultrafast"}
    return [
        ("JPEG of 12 megapixels", PHONE, partial(_file, phone, "JPEG", quality=90)),
        ("the same, with a colour profile", PHONE, partial(_file, phone, "JPEG", quality=90, icc_profile=srgb)),
        ("JPEG of 50, decoded at half its size", LARGE, partial(_file, large, "JPEG", quality=85)),
        ("PNG of 12", PHONE, partial(_file, phone, "PNG", compress_level=1)),
        ("WebP of 12", PHONE, partial(_file, phone, "WEBP", quality=80, method=0)),
        ("AVIF of 12", PHONE, partial(_file, phone, "AVIF", quality=60, speed=10)),
        ("HEIC of 12, in tiles", PHONE, partial(_file, phone, "HEIF", quality=50, tile_size=512, enc_params=quick)),
    ]


def _scene(size: tuple[int, int]) -> Image.Image:
    """Smooth, with the grain of a camera."""
    smooth = Image.radial_gradient("L").resize(size)
    grain = Image.effect_noise(size, 12)
    across = smooth.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    return Image.merge("RGB", [Image.blend(smooth, grain, 0.3), Image.blend(across, grain, 0.3), grain])


def _file(image: Image.Image, format_: str, **options: object) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    written = BytesIO()
    image.save(written, format_, exif=exif.tobytes(), **options)
    return written.getvalue()


def _peak_mb(name: str, data: bytes) -> float:
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(data)
        command = [sys.executable, "-m", "bench.one_picture", name, file.name]
        return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
