import struct
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from PIL import Image

from chalicelib.photos.pictures.checking import check
from chalicelib.photos.pictures.exif import Said, read
from chalicelib.photos.pictures.kinds import Kind
from chalicelib.photos.pictures.rendering import render
from tests.support.pictures import after_start, encoded, quarters

MONTREAL = ZoneInfo("America/Toronto")
HERE = {1: "N", 2: (45.0, 30.0, 36.0), 3: "W", 4: (73.0, 33.0, 0.0)}


def said(details: dict[int, Any] | None = None, gps: dict[int, Any] | None = None) -> Said:
    exif = Image.Exif()
    exif[0x8769], exif[0x8825] = details or {}, gps or {}
    return read(check(encoded(quarters(), Kind.JPEG, exif=exif.tobytes())).image, MONTREAL)


def test_when_it_was_taken_is_by_the_clock_of_the_city_unless_the_camera_names_its_zone():
    assert said({0x9003: "2026:07:14 15:20:11"}).taken_at == datetime(2026, 7, 14, 19, 20, 11, tzinfo=UTC)
    with_zone = said({0x9003: "2026:07:14 15:20:11", 0x9011: "+02:00"})
    assert with_zone.taken_at == datetime(2026, 7, 14, 15, 20, 11, tzinfo=timezone(timedelta(hours=2)))


@pytest.mark.parametrize("written", ["0000:00:00 00:00:00", "    :  :     :  :  ", "2026-07-14", ""])
def test_a_time_that_is_none_is_unknown(written):
    assert said({0x9003: written}).taken_at is None


@pytest.mark.parametrize(("written", "offset"), [("0001:01:01 00:00:00", "+14:00"), ("9999:12:31 23:59:59", "-05:00")])
def test_a_clock_that_was_never_set_keeps_no_photo_away(written, offset):
    assert said({0x9003: written, 0x9011: offset}).taken_at is None


def test_a_zone_that_is_none_leaves_the_clock_of_the_city():
    assert said({0x9003: "2026:07:14 15:20:11", 0x9011: "east"}).taken_at == datetime(
        2026, 7, 14, 19, 20, 11, tzinfo=UTC
    )


def test_where_it_was_taken():
    assert said(gps=HERE).position == pytest.approx((45.51, -73.55))
    assert said(gps=HERE | {1: "S", 3: "E"}).position == pytest.approx((-45.51, 73.55))


@pytest.mark.parametrize(
    "gps",
    [
        {2: (0.0, 0.0, 0.0), 4: (0.0, 0.0, 0.0)},
        {2: (91.0, 0.0, 0.0)},
        {4: (181.0, 0.0, 0.0)},
        {2: (45.0,)},
        {2: 45.0},
    ],
    ids=["no fix", "beyond the pole", "beyond the date line", "degrees alone", "no list"],
)
def test_a_place_that_is_none_is_unknown(gps):
    assert said(gps=HERE | gps).position is None


def in_floating_point(*lat: float) -> bytes:
    """EXIF that says where in a type that no camera writes, and that goes nearer to zero than others."""
    ifd, places, at = struct.Struct("<HHII"), (1, 2, 3, 4), 26
    far = at + 2 + 4 * ifd.size + 4
    values = {1: (2, 2, ord("N")), 2: (12, 3, far), 3: (2, 2, ord("W")), 4: (12, 3, far + 24)}
    gps = struct.pack("<H", 4) + b"".join(ifd.pack(tag, *values[tag]) for tag in places) + bytes(4)
    first = struct.pack("<H", 1) + ifd.pack(0x8825, 4, 1, at) + bytes(4)
    return b"Exif\0\0II*\0\x08\0\0\0" + first + gps + struct.pack("<6d", *lat, 73, 33, 0)


def test_a_place_is_known_to_the_centimetre_and_no_nearer_to_zero_than_can_be_stored():
    photo = after_start(encoded(quarters(16, 16), Kind.JPEG), 0xE1, in_floating_point(45, 30, 36.123456789))
    assert render(check(photo), zone=UTC).position == (45.5100343, -73.55)
    photo = after_start(encoded(quarters(16, 16), Kind.JPEG), 0xE1, in_floating_point(1e-200, 0, 0))
    assert render(check(photo), zone=UTC).position == (0, -73.55), "DynamoDB has nothing below 1e-130"


def test_a_photo_that_says_nothing_is_shown_all_the_same():
    rendered = render(check(encoded(quarters(), Kind.JPEG)), zone=UTC)
    assert (rendered.taken_at, rendered.position) == (None, None)


@given(st.binary(max_size=200), st.sampled_from([b"", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"]))
def test_broken_exif_costs_what_it_says_and_not_the_photo(broken, start):
    assume(b"%PDF-" not in broken)  # that is another reason to refuse
    photo = after_start(encoded(quarters(16, 16), Kind.JPEG), 0xE1, b"Exif\0\0" + start + broken)
    assert render(check(photo), zone=UTC).view.width == 16
