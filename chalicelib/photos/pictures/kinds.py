"""The types of picture that are accepted, told by their first bytes. What a file is called or said to be counts not."""

from enum import StrEnum
from typing import Final

from ...service_requests.lifecycle import PhotoRefusal
from ..refusals import Refused


class Kind(StrEnum):
    """By media type."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    HEIF = "image/heic"
    AVIF = "image/avif"


# ISO/IEC 23008-12 and AV1 Image File Format: the brands of a file, of which the structural ones (mif1, msf1) say
# nothing of the coding.
_AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})
_HEIF_BRANDS: Final = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
)
_MOST_BRANDS: Final = 64


def kind_of(data: bytes) -> Kind:
    """What kind of picture this is.

    Raises:
        Refused: `damaged`, nothing came; `not_a_photo`, of none of the kinds.
    """
    if not data:
        raise Refused(PhotoRefusal.DAMAGED)
    if data.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return Kind.WEBP
    brands = _brands(data)
    if brands & _AVIF_BRANDS:
        return Kind.AVIF
    if brands & _HEIF_BRANDS:
        return Kind.HEIF
    raise Refused(PhotoRefusal.NOT_A_PHOTO)


def _brands(data: bytes) -> set[bytes]:
    if data[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(data[:4], "big"), 16 + 4 * _MOST_BRANDS)
    return {data[8:12], *(data[at : at + 4] for at in range(16, end, 4))}
