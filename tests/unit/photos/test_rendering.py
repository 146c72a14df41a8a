import struct
from datetime import UTC

import pytest
from PIL import Image, ImageCms

from chalicelib.photos.pictures.checking import check
from chalicelib.photos.pictures.kinds import Kind
from chalicelib.photos.pictures.rendering import Rendered, render
from tests.support.pictures import (
    BLUE,
    GREEN,
    RED,
    YELLOW,
    after_start,
    cmyk_profile,
    decoded,
    encoded,
    png_chunk,
    png_of_16_bits,
    quarters,
    rgb_profile,
)

WHITE = (255, 255, 255)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
DISPLAY_P3 = rgb_profile((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407), 2.2)
# Where upright the quarters are if the file has them as `quarters()` draws them: EXIF 2.32, tag 274.
TURNED = {
    1: (RED, GREEN, BLUE, YELLOW),
    2: (GREEN, RED, YELLOW, BLUE),
    3: (YELLOW, BLUE, GREEN, RED),
    4: (BLUE, YELLOW, RED, GREEN),
    5: (RED, BLUE, GREEN, YELLOW),
    6: (BLUE, RED, YELLOW, GREEN),
    7: (YELLOW, GREEN, BLUE, RED),
    8: (GREEN, YELLOW, RED, BLUE),
}


def shown(data: bytes) -> Rendered:
    return render(check(data), zone=UTC)


def corners(jpeg: bytes) -> list[tuple[int, ...]]:
    image = decoded(jpeg).convert("RGB")
    width, height = image.size
    return [image.getpixel((width * x // 4, height * y // 4)) for y in (1, 3) for x in (1, 3)]


def close(found: tuple[int, ...], expected: tuple[int, ...], by: int = 12) -> bool:
    return all(abs(is_ - should) <= by for is_, should in zip(found, expected, strict=True))


def middle(data: bytes) -> tuple[int, ...]:
    view = decoded(shown(data).view.jpeg)
    return view.getpixel((view.width // 2, view.height // 2))


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("orientation", TURNED)
def test_a_photo_is_upright_however_the_camera_was_held(kind, orientation):
    rendered = shown(encoded(quarters(), kind, orientation=orientation))
    size = (96, 64) if orientation < 5 else (64, 96)
    for rendition in (rendered.view, rendered.thumbnail):
        assert (rendition.width, rendition.height) == decoded(rendition.jpeg).size == size
        found = corners(rendition.jpeg)
        assert all(close(*pair) for pair in zip(found, TURNED[orientation], strict=True)), found


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_turns_nothing(orientation):
    assert shown(encoded(quarters(), Kind.JPEG, orientation=orientation)).view.width == 96


@pytest.mark.parametrize(
    ("size", "view", "thumbnail"),
    [
        ((4096, 3072), (2048, 1536), (320, 240)),
        ((3072, 4096), (1536, 2048), (240, 320)),
        ((2049, 1000), (2048, 1000), (320, 156)),
        ((500, 400), (500, 400), (320, 256)),
        ((1, 1), (1, 1), (1, 1)),
        ((20_000, 2), (2048, 1), (320, 1)),
    ],
)
@pytest.mark.parametrize("kind", [Kind.JPEG, Kind.PNG])
def test_renditions_fit_their_longest_side_and_are_never_enlarged(kind, size, view, thumbnail):
    rendered = shown(encoded(Image.new("RGB", size, RED), kind))
    assert (rendered.view.width, rendered.view.height) == view
    assert (rendered.thumbnail.width, rendered.thumbnail.height) == thumbnail


def test_a_jpeg_much_larger_than_the_view_keeps_its_picture():
    assert all(
        close(*pair)
        for pair in zip(corners(shown(encoded(quarters(9000, 6000), Kind.JPEG)).view.jpeg), TURNED[1], strict=True)
    )


@pytest.mark.parametrize(
    "data",
    [
        encoded(quarters().convert("L"), Kind.JPEG),
        encoded(quarters().convert("L"), Kind.PNG),
        encoded(quarters().convert("1"), Kind.PNG),
        encoded(quarters().convert("L"), Kind.HEIF),
        encoded(quarters().convert("L"), Kind.AVIF),
    ],
    ids=["jpeg", "png", "png of one bit", "heic", "avif"],
)
def test_grey_stays_grey(data):
    red, green, blue = middle(data)
    assert red == green == blue


def test_progressive_is_read():
    assert close(corners(shown(encoded(quarters(), Kind.JPEG, progressive=True)).view.jpeg)[0], RED)


def test_16_bits_become_8_without_being_cut_off():
    assert close(middle(png_of_16_bits([[0x4020] * 20] * 20, 20, 20, 1)), (64, 64, 64), by=2)
    assert close(middle(png_of_16_bits([[0xC8FF, 0x1E00, 0x1E80] * 20] * 20, 20, 20, 3)), RED, by=4)
    assert close(middle(png_of_16_bits([[0, 0, 0, 0] * 20] * 20, 20, 20, 4)), WHITE, by=1)


@pytest.mark.parametrize("kind", [Kind.PNG, Kind.WEBP, Kind.HEIF, Kind.AVIF])
def test_what_is_transparent_is_white(kind):
    image = Image.new("RGBA", (64, 64), (*RED, 0))
    assert close(middle(encoded(image, kind)), WHITE, by=3)
    image.putalpha(128)
    assert close(middle(encoded(image, kind)), tuple((level + 255) // 2 for level in RED), by=8)


@pytest.mark.parametrize("mode", ["P", "LA", "L", "RGB"])
def test_transparency_is_white_in_each_form_a_png_can_have_it(mode):
    image = Image.new(mode, (64, 64), (0, 0) if mode == "LA" else 0)
    transparency = {} if mode == "LA" else {"transparency": (0, 0, 0) if mode == "RGB" else 0}
    assert close(middle(encoded(image, Kind.PNG, **transparency)), WHITE, by=1)


def test_a_palette_shows_its_colours():
    assert all(
        close(*pair)
        for pair in zip(corners(shown(encoded(quarters().quantize(8), Kind.PNG)).view.jpeg), TURNED[1], strict=True)
    )


@pytest.mark.parametrize("kind", [Kind.PNG, Kind.WEBP, Kind.AVIF, Kind.HEIF])
def test_of_a_film_the_first_picture_is_shown(kind):
    first, second = Image.new("RGB", (64, 64), RED), Image.new("RGB", (64, 64), BLUE)
    assert close(middle(encoded(first, kind, save_all=True, append_images=[second], duration=100)), RED)


def test_a_red_of_display_p3_stays_that_red():
    image = Image.new("RGB", (64, 64), (200, 60, 60))
    for kind in (Kind.JPEG, Kind.PNG, Kind.WEBP, Kind.HEIF, Kind.AVIF):
        # More saturated in numbers, for the same colour: the matrix from P3 to sRGB (CSS Color 4 §17), the curves.
        assert close(middle(encoded(image, kind, icc_profile=DISPLAY_P3)), (218, 45, 51), by=8), kind
        assert close(middle(encoded(image, kind)), (200, 60, 60), by=8), kind


@pytest.mark.parametrize(
    ("primaries", "transfer", "shown_as"),
    [
        (12, 13, (218, 45, 51)),  # as by the profile, above
        (12, 1, (218, 45, 51)),
        (9, 13, (247, 0, 53)),
        (1, 13, (200, 60, 60)),
        (2, 2, (200, 60, 60)),
        (6, 6, (200, 60, 60)),
        (9, 16, (200, 60, 60)),
    ],
    ids=["Display P3", "P3, curve of BT.709", "BT.2020", "sRGB", "not said", "of television", "HDR"],
)
def test_a_heic_that_names_its_colours_by_numbers_keeps_them(primaries, transfer, shown_as):
    image = Image.new("RGB", (64, 64), (200, 60, 60))
    said = {"color_primaries": primaries, "transfer_characteristics": transfer, "matrix_coefficients": 6}
    data = encoded(image, Kind.HEIF, save_nclx_profile=True, full_range_flag=1, chroma=444, **said)
    assert close(middle(data), shown_as, by=8)


def test_numbers_count_less_than_a_profile_and_leave_white_and_grey_alone():
    p3 = {"color_primaries": 12, "transfer_characteristics": 13, "save_nclx_profile": True}
    image = Image.new("RGB", (64, 64), (200, 60, 60))
    assert close(middle(encoded(image, Kind.HEIF, icc_profile=SRGB, **p3)), (200, 60, 60), by=8)
    for level in (0, 1, 128, 255):
        assert close(middle(encoded(Image.new("RGB", (64, 64), (level,) * 3), Kind.HEIF, **p3)), (level,) * 3, by=3)
    red, green, blue = middle(encoded(quarters().convert("L"), Kind.HEIF, **p3))
    assert red == green == blue


def test_a_cmyk_photo_has_the_colours_of_its_profile():
    only_cyan = Image.new("CMYK", (64, 64), (255, 0, 0, 0))
    inks = [(100, 0, 0), (0, 0, 0)] * 8
    inks[0b1000] = (46, -52, 50)  # a strange ink: green
    assert close(middle(encoded(only_cyan, Kind.JPEG, icc_profile=cmyk_profile(inks))), (0, 128, 0), by=15)
    assert close(middle(encoded(only_cyan, Kind.JPEG)), (0, 255, 255), by=15), "as Adobe writes it, inverted"


@pytest.mark.parametrize("profile", [b"no profile", DISPLAY_P3[:200], cmyk_profile([(0, 0, 0)] * 16)])
def test_a_profile_that_is_broken_or_of_other_colours_is_left_aside(profile):
    assert close(middle(encoded(Image.new("RGB", (64, 64), RED), Kind.JPEG, icc_profile=profile)), RED)


SECRET = b"45 rue des Secrets"


def told(kind: Kind, profile: bytes | None) -> bytes:
    """A photo that has something to hide in each place where its kind can."""
    exif = Image.Exif()
    exif[0x010E] = exif[0x8298] = SECRET.decode()
    exif[0x8769] = {0x9003: "2026:07:14 15:20:11", 0x927C: SECRET}
    exif[0x8825] = {1: "N", 2: (45.0, 30.0, 0.0), 3: "W", 4: (73.0, 36.0, 0.0), 27: SECRET}
    data = encoded(
        quarters(), kind, exif=exif.tobytes(), xmp=b"<x:xmpmeta>" + SECRET, icc_profile=profile, dpi=(45, 73)
    )
    if kind is Kind.JPEG:
        for marker in (0xFE, 0xE0, 0xE1, 0xE2, 0xED, 0xEF):
            data = after_start(data, marker, b"<script>" + SECRET)
        data += b"<html>" + SECRET
    if kind is Kind.PNG:
        data = data[:33] + png_chunk(b"tEXt", b"Comment\0" + SECRET) + data[33:] + SECRET
    return data


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("profile", [None, SRGB + SECRET], ids=["no profile", "profile"])
def test_no_byte_of_what_a_photo_says_is_in_what_is_shown(kind, profile):
    data = told(kind, profile)
    assert data.count(SECRET) >= 3
    rendered = shown(data)
    assert rendered.position == (45.5, -73.6), "it was there to be told"
    for rendition in (rendered.view, rendered.thumbnail):
        assert SECRET not in rendition.jpeg
        assert segments(rendition.jpeg) <= {"start", "JFIF", "tables", "codes", "frame", "scan", "end"}


NAMES = {0xD8: "start", 0xE0: "JFIF", 0xDB: "tables", 0xC4: "codes", 0xC0: "frame", 0xDA: "scan", 0xD9: "end"}


def segments(jpeg: bytes) -> set[str]:
    """What the JPEG is made of, to its last byte."""
    assert jpeg[:4] == b"\xff\xd8\xff\xe0"
    assert jpeg[4:20] == struct.pack(">H", 16) + b"JFIF\0\1\1\0\0\1\0\1\0\0", "and that says nothing"
    found, at = {"start"}, 2
    while True:
        assert jpeg[at] == 0xFF
        found.add(NAMES.get(jpeg[at + 1], hex(jpeg[at + 1])))
        if jpeg[at + 1] == 0xDA:
            break
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    assert jpeg.index(b"\xff\xd9", at) == len(jpeg) - 2
    return found
