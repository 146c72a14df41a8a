"""What a file's structure tells that its reader does not look at: other files inside, endless work, a lost end."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

# Encoders write some ten scans and, with the largest colour profile, some 250 segments; of a PNG's profiles, one.
MOST_SCANS: Final = 100
MOST_SEGMENTS: Final = 2_000

MOST_PROFILES: Final = 8

_ARCHIVE_END: Final = b"PK\x05\x06"
_ARCHIVE_END_LENGTH: Final = 22
_ARCHIVE_ENTRY: Final = b"PK\x01\x02"
_LONGEST_ARCHIVE_COMMENT: Final = 0xFFFF
_DOCUMENT_STARTS_WITHIN: Final = 1024

# In the coded pixels a 0xFF is followed by 00 or a restart (D0 to D7), which are not markers of segments.
_MARKER: Final = re.compile(rb"\xff([\xc0-\xcf\xd9-\xfe])")
_END_OF_IMAGE: Final = 0xD9
_START_OF_SCAN: Final = 0xDA
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SEQUENTIAL_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC9})


def holds_another_file(data: bytes) -> bool:
    """Whether readers of archives, which look from the end, or of PDF, which look for its start, would take it too.

    What phones append to a JPEG is none of this: a second picture, a film.
    """
    return b"%PDF-" in data[:_DOCUMENT_STARTS_WITHIN] or _is_archive(data)


def _is_archive(data: bytes) -> bool:
    # The four bytes alone are in one honest photo of 65 000 by chance: the directory has to be where they say.
    start = len(data) - _ARCHIVE_END_LENGTH - _LONGEST_ARCHIVE_COMMENT
    end = data.rfind(_ARCHIVE_END, max(start, 0))
    if end < 0:
        return False
    directory = end - int.from_bytes(data[end + 12 : end + 16], "little")
    return data.startswith(_ARCHIVE_ENTRY, max(directory, 0))


def repeats_its_profile(png: bytes) -> bool:
    """Whether each kilobyte of it can be a colour profile of a megabyte, to be unpacked in vain."""
    return png.count(b"iCCP") > MOST_PROFILES


class Segments(NamedTuple):
    """How a JPEG is put together."""

    number: int
    scans: int
    in_one_scan: bool
    """Whether it can be decoded line by line; else all of its coefficients have to be held at once."""


def segments_of(data: bytes) -> Segments:
    """What the decoder has to go through, counted no further than it takes to refuse it."""
    number = scans = components = 0
    sequential = False
    for marker, body in _segments(data):
        number += 1
        if marker in _FRAMES:
            sequential, components = marker in _SEQUENTIAL_FRAMES, _byte(data, body + 7)
        if marker == _START_OF_SCAN:
            scans += 1
            if sequential and _byte(data, body + 2) == components:
                return Segments(number, scans, in_one_scan=True)
        if scans > MOST_SCANS or number > MOST_SEGMENTS:
            break
    return Segments(number, scans, in_one_scan=False)


def _segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Of each segment its marker, and where its length stands; what follows the end of the image is not of it."""
    at = 2
    while found := _MARKER.search(data, at):
        marker = found[1][0]
        if marker == _END_OF_IMAGE:
            return
        yield marker, found.end()
        at = found.end() + int.from_bytes(data[found.end() : found.end() + 2], "big")


def _byte(data: bytes, at: int) -> int:
    return data[at] if at < len(data) else 0


def is_cut(data: bytes) -> bool:
    """Whether the coded pixels of a HEIC or AVIF go on beyond its end (its reader would leave the lost tiles black)."""
    at = 0
    while at + 8 <= len(data):
        size, kind, header = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8], 8
        if size == 1:
            size, header = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        if kind == b"mdat" and at + size > len(data):
            return True
        if size < header:  # 0: it goes to the end of the file
            return False
        at += size
    return False
