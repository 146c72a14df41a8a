"""Pictures of every kind, made here, and what has to be known to make strange ones."""

import random
import struct
import zlib
from collections.abc import Iterable
from io import BytesIO
from typing import Any

import pillow_heif
from PIL import Image

from chalicelib.photos.pictures.kinds import Kind

pillow_heif.register_heif_opener()

FORMATS = {Kind.JPEG: "JPEG", Kind.PNG: "PNG", Kind.WEBP: "WEBP", Kind.HEIF: "HEIF", Kind.AVIF: "AVIF"}
RED, GREEN, BLUE, YELLOW = (200, 30, 30), (30, 160, 30), (30, 30, 200), (220, 220, 40)


def quarters(width: int = 96, height: int = 64) -> Image.Image:
    """Red, green in the upper half, blue, yellow in the lower."""
    image = Image.new("RGB", (width, height))
    for at, colour in zip(((0, 0), (1, 0), (0, 1), (1, 1)), (RED, GREEN, BLUE, YELLOW), strict=True):
        image.paste(colour, (at[0] * width // 2, at[1] * height // 2, width, height))
    return image


def grainy(width: int, height: int) -> Image.Image:
    """A picture that does not compress well; always the same."""
    noise = Image.frombytes("L", (width, height), random.Random(1).randbytes(width * height))  # noqa: S311
    return Image.merge("RGB", (noise, noise.transpose(Image.Transpose.ROTATE_180), Image.new("L", noise.size, 90)))


def encoded(image: Image.Image, kind: Kind, **options: Any) -> bytes:
    """The image as a file of that kind; with `orientation`, held like this (as phones note it in EXIF, or `irot`)."""
    if orientation := options.pop("orientation", None):
        exif = Image.Exif()
        exif[0x0112] = orientation
        options["exif"] = exif.tobytes()
    if kind is Kind.AVIF:
        options = {"speed": 10, **options}
    if kind is Kind.HEIF:
        options = {"enc_params": {"preset": "ultrafast"}, **options}
    written = BytesIO()
    image.save(written, FORMATS[kind], **options)
    return written.getvalue()


def decoded(jpeg: bytes) -> Image.Image:
    return Image.open(BytesIO(jpeg), formats=["JPEG"])


def of_size(kind: Kind, width: int, height: int) -> bytes:
    """A small file whose header says that it is so large."""
    data = encoded(quarters(), kind)
    if kind is Kind.JPEG:
        frame = data.index(b"\xff\xc0")
        return data[: frame + 5] + struct.pack(">HH", height, width) + data[frame + 9 :]
    if kind is Kind.PNG:
        header = b"IHDR" + struct.pack(">II", width, height) + data[24:29]
        return data[:12] + header + struct.pack(">I", zlib.crc32(header)) + data[33:]
    if kind is Kind.WEBP:
        return data[:26] + struct.pack("<HH", width, height) + data[30:]
    return extents(data, width, height)


def extents(data: bytes, width: int, height: int) -> bytes:
    """A HEIC or AVIF whose `ispe` boxes say that size."""
    parts = data.split(b"ispe")
    said = bytes(4) + struct.pack(">II", width, height)
    return b"ispe".join([parts[0], *(said + part[12:] for part in parts[1:])])


def png_of_16_bits(rows: Iterable[Iterable[int]], width: int, height: int, channels: int) -> bytes:
    """Pillow writes no such file: grey (1), RGB (3) or RGBA (4) of 16 bits a level."""
    colour_type = {1: 0, 3: 2, 4: 6}[channels]
    pixels = b"".join(b"\0" + struct.pack(f">{width * channels}H", *row) for row in rows)
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0)),
        (b"IDAT", zlib.compress(pixels)),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in (*chunks, (b"IEND", b"")))


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def after_start(jpeg: bytes, marker: int, body: bytes) -> bytes:
    """The JPEG with one more segment, its first."""
    return jpeg[:2] + bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


def rgb_profile(red: tuple[float, ...], green: tuple[float, ...], blue: tuple[float, ...], gamma: float) -> bytes:
    """An ICC profile of these primaries (XYZ under D50)."""
    curve = struct.pack(">4s4xIH", b"curv", 1, round(gamma * 256)) + bytes(2)
    primaries = {b"rXYZ": red, b"gXYZ": green, b"bXYZ": blue, b"wtpt": (0.9642, 1.0, 0.8249)}
    tags = {name: struct.pack(">4s4x3i", b"XYZ ", *(round(x * 65536) for x in xyz)) for name, xyz in primaries.items()}
    return _profile(b"mntr", b"RGB ", b"XYZ ", tags | {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve})


def cmyk_profile(lab: Iterable[tuple[int, int, int]]) -> bytes:
    """An ICC profile that gives each of the 16 mixtures of full inks (C slowest, K fastest) its colour in Lab."""
    linear = bytes(range(256))
    grid = bytes(level for lightness, a, b in lab for level in (round(lightness * 2.55), a + 128, b + 128))
    identity = struct.pack(">9i", *(65536 if at % 4 == 0 else 0 for at in range(9)))
    table = struct.pack(">4s4xBBBx", b"mft1", 4, 3, 2) + identity + linear * 4 + grid + linear * 3
    white = struct.pack(">4s4x3i", b"XYZ ", 63190, 65536, 54061)
    return _profile(b"prtr", b"CMYK", b"Lab ", {b"A2B0": table, b"wtpt": white})


def _profile(device: bytes, space: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    text = b"made for a test\0"
    tags = {b"desc": struct.pack(">4s4xI", b"desc", len(text)) + text + bytes(78), **tags}
    directory, body = struct.pack(">I", len(tags)), b""
    for name, value in tags.items():
        directory += struct.pack(">4sII", name, 132 + 12 * len(tags) + len(body), len(value))
        body += value + bytes(-len(value) % 4)
    size = 132 + 12 * len(tags) + len(body)
    header = struct.pack(">I4sI4s4s4s12x4s", size, b"lcms", 0x02100000, device, space, connection, b"acsp")
    header += bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return header.ljust(128, b"\0") + directory + body
