"""One photo, by Guichet's functions or by Pillow alone doing the same decode, turn, conversion, resize, encode.

python -m bench.one_picture ours|bare FILE     says by how many megabytes its memory grew
"""

import sys
from datetime import UTC
from io import BytesIO
from pathlib import Path

import pillow_heif
from PIL import Image, ImageCms, ImageOps

from chalicelib.photos.pictures.checking import check
from chalicelib.photos.pictures.rendering import render

pillow_heif.register_heif_opener()
Image.init()
SRGB = ImageCms.createProfile("sRGB")


def ours(data: bytes) -> None:
    render(check(data), zone=UTC)


def bare(data: bytes) -> None:
    image = Image.open(BytesIO(data))
    shrinking = max(image.size) / 3072
    image.draft(None, (int(image.width / shrinking), int(image.height / shrinking)))
    image.thumbnail((2048, 2048), Image.Resampling.LANCZOS, reducing_gap=1.5)
    profile = image.info.get("icc_profile")
    view = ImageOps.exif_transpose(image)
    if profile:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        view = ImageCms.buildTransform(source, SRGB, view.mode, "RGB").apply(view)
    view.save(BytesIO(), "JPEG", quality=85)
    view.thumbnail((320, 320), Image.Resampling.LANCZOS)
    view.save(BytesIO(), "JPEG", quality=85)


def peak_mb() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    data = Path(sys.argv[2]).read_bytes()
    before = peak_mb()
    {"ours": ours, "bare": bare}[sys.argv[1]](data)
    print(peak_mb() - before)
