import contextlib
import io
import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from chalicelib.photos.pictures import structure
from chalicelib.photos.pictures.checking import MOST_PIXELS, MOST_PIXELS_LINE_BY_LINE, check
from chalicelib.photos.pictures.kinds import Kind, kind_of
from chalicelib.photos.refusals import Refused
from chalicelib.service_requests.lifecycle import PhotoRefusal
from tests.support.pictures import after_start, encoded, of_size, png_chunk, quarters

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><script>alert(1)</script>"


def reason(data: bytes) -> PhotoRefusal:
    with pytest.raises(Refused) as refused:
        check(data)
    return refused.value.reason


def archive(comment: bytes = b"") -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as opened:
        opened.writestr("a.html", HTML)
        opened.comment = comment
    return written.getvalue()


def other_picture(format_: str) -> bytes:
    written = io.BytesIO()
    quarters().save(written, format_)
    return written.getvalue()


@pytest.mark.parametrize("kind", Kind)
def test_a_photo_is_known_by_its_content(kind):
    picture = check(encoded(quarters(), kind))
    assert (picture.kind, picture.width, picture.height) == (kind, 96, 64)


def test_a_heic_or_avif_is_known_whichever_of_its_brands_comes_first():
    assert kind_of(struct.pack(">I", 24) + b"ftypmif1\0\0\0\0mif1heic") is Kind.HEIF
    assert kind_of(struct.pack(">I", 24) + b"ftypmif1\0\0\0\0mif1avif") is Kind.AVIF


@pytest.mark.parametrize(
    "data",
    [
        archive(),
        SVG,
        HTML,
        b"%PDF-1.7\n",
        b"an ordinary text",
        bytes(1000),
        b"\xff",
        struct.pack(">I", 20) + b"ftypisom\0\0\0\0isom" + bytes(100),
        struct.pack(">I", 20) + b"ftypqt  \0\0\0\0qt  " + bytes(100),
        b"RIFF\0\0\0\0WAVEfmt ",
        other_picture("GIF"),
        other_picture("TIFF"),
        other_picture("BMP"),
    ],
    ids=["zip", "svg", "html", "pdf", "text", "zeros", "one byte", "mp4", "mov", "wav", "gif", "tiff", "bmp"],
)
def test_what_is_not_a_photo_of_an_accepted_type_is_refused_whatever_its_name(data):
    assert reason(data) is PhotoRefusal.NOT_A_PHOTO


def test_nothing_at_all_is_a_photo_that_did_not_arrive():
    assert reason(b"") is PhotoRefusal.DAMAGED


@pytest.mark.parametrize("kind", Kind)
def test_a_start_without_a_photo_is_refused(kind):
    assert reason(encoded(quarters(), kind)[:30]) in {PhotoRefusal.DAMAGED, PhotoRefusal.NOT_A_PHOTO}


@pytest.mark.parametrize("kind", Kind)
def test_a_bomb_is_refused_by_its_header(kind):
    assert reason(of_size(kind, 16_000, 16_000)) is PhotoRefusal.TOO_LARGE


@pytest.mark.parametrize("kind", Kind)
def test_the_largest_photos_of_phones_pass(kind):
    check(of_size(kind, 9_248, 6_936))
    assert MOST_PIXELS >= 9_248 * 6_936


def test_a_jpeg_of_200_megapixels_passes_if_it_can_be_decoded_line_by_line():
    baseline = of_size(Kind.JPEG, 16_320, 12_240)
    assert MOST_PIXELS_LINE_BY_LINE >= 16_320 * 12_240
    check(baseline)
    progressive = encoded(quarters(), Kind.JPEG, progressive=True)
    frame = progressive.index(b"\xff\xc2")
    size = struct.pack(">HH", 12_240, 16_320)
    assert reason(progressive[: frame + 5] + size + progressive[frame + 9 :]) is PhotoRefusal.TOO_LARGE
    scan = baseline.index(b"\xff\xda")  # colour after colour, each in a scan of its own
    assert reason(baseline[: scan + 4] + b"\x01" + baseline[scan + 5 :]) is PhotoRefusal.TOO_LARGE


def test_scans_without_end_are_refused():
    progressive = encoded(quarters(), Kind.JPEG, progressive=True)
    last = progressive.rindex(b"\xff\xda")
    assert (
        reason(progressive[:-2] + progressive[last:-2] * structure.MOST_SCANS + b"\xff\xd9") is PhotoRefusal.TOO_LARGE
    )


def test_segments_without_end_are_refused():
    jpeg = encoded(quarters(), Kind.JPEG)
    assert reason(jpeg[:2] + b"\xff\xe5\0\2" * structure.MOST_SEGMENTS + jpeg[2:]) is PhotoRefusal.TOO_LARGE


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("other", [archive(), archive(b"<script>" * 100)], ids=["zip", "zip with a comment"])
def test_a_photo_that_is_an_archive_too_is_refused(kind, other):
    assert reason(encoded(quarters(), kind) + other) is PhotoRefusal.UNSAFE


def test_an_archive_inside_of_a_segment_is_refused():
    jpeg = encoded(quarters(), Kind.JPEG)
    whole = after_start(jpeg, 0xFE, archive())
    assert zipfile.is_zipfile(io.BytesIO(whole))
    assert reason(whole) is PhotoRefusal.UNSAFE


def test_a_photo_that_is_a_pdf_too_is_refused():
    assert reason(after_start(encoded(quarters(), Kind.JPEG), 0xFE, b"%PDF-1.4 ...")) is PhotoRefusal.UNSAFE


def test_a_photo_in_which_the_signature_of_an_archive_stands_by_chance_passes():
    check(encoded(quarters(), Kind.JPEG) + b"PK\5\6" + bytes(range(40)))


@pytest.mark.parametrize(
    "appended",
    [
        struct.pack(">I", 24) + b"ftypmp42\0\0\0\0isommp42" + bytes(5000),
        encoded(quarters(48, 32), Kind.JPEG),
        b"SEFH" + bytes(200) + b"SEFT",
        HTML,
    ],
    ids=["film of a motion photo", "second picture", "trailer of a phone", "html"],
)
def test_a_jpeg_with_something_behind_it_passes_since_phones_do_so(appended):
    check(encoded(quarters(), Kind.JPEG) + appended)


def test_a_png_of_countless_profiles_is_refused_before_they_are_unpacked():
    png = encoded(quarters(), Kind.PNG, icc_profile=b"one is no harm")
    check(png)
    profile = png_chunk(b"iCCP", b"name\0\0" + zlib.compress(bytes(1_000_000)))
    assert reason(png[:33] + profile * 100 + png[33:]) is PhotoRefusal.DAMAGED


def test_a_jpeg_of_fill_bytes_is_gone_through_once():
    reason(b"\xff\xd8\xff\xe0\0\2" + b"\xff" * 300_000)


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFFabcdWEBP", b"\0\0\0\x18ftypavif"]),
)
def test_any_bytes_are_checked_or_refused(data, start):
    with contextlib.suppress(Refused):
        check(start + data)


def test_a_picture_is_not_decoded_by_looking_at_it():
    image = check(encoded(Image.new("L", (8, 8)), Kind.PNG)).image
    assert image.tile, "what is to be decoded is still to be"
