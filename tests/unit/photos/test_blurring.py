import pytest
from PIL import Image

from chalicelib.photos.pictures.blurring import Rectangle, blur
from chalicelib.photos.pictures.kinds import Kind
from tests.support.pictures import decoded, encoded, grainy, quarters

FACE = Rectangle(0.25, 0.25, 0.2, 0.3)


def photo(under: str) -> bytes:
    """Two such photos differ under the rectangle alone."""
    image = grainy(400, 300)
    image.paste(under, (100, 75, 180, 165))
    return encoded(image, Kind.JPEG, quality=85)


def test_nothing_is_left_of_what_was_under_a_rectangle():
    one, other = photo("black"), photo("yellow")
    assert one != other
    assert blur(one, [FACE]) == blur(other, [FACE])


def test_what_lies_outside_stays():
    blurred = decoded(blur(encoded(quarters(800, 600), Kind.JPEG), [FACE]).view.jpeg)
    before = decoded(encoded(quarters(800, 600), Kind.JPEG))
    for at in ((10, 10), (790, 10), (10, 590), (790, 590), (170, 290), (390, 290)):
        assert blurred.getpixel(at) == pytest.approx(before.getpixel(at), abs=6)


def test_the_thumbnail_is_blurred_too_and_both_keep_their_size():
    view, thumbnail = blur(encoded(quarters(800, 600), Kind.JPEG), [FACE])
    assert (view.width, view.height, thumbnail.width, thumbnail.height) == (800, 600, 320, 240)
    assert decoded(thumbnail.jpeg).getpixel((110, 110)) != pytest.approx((200, 30, 30), abs=20)


def test_several_rectangles_may_overlap_and_reach_beyond_the_edge():
    view, _ = blur(
        photo("black"), [FACE, Rectangle(0.3, 0.3, 0.5, 0.5), Rectangle(0.9, 0.9, 0.5, 0.5), Rectangle(0, 0, 0, 0)]
    )
    colours = {decoded(view.jpeg).getpixel(at) for at in ((110, 100), (250, 200), (395, 295), (2, 2))}
    assert len(colours) == 1, "all are the one colour of what is around"


def test_the_whole_may_be_blurred():
    view, _ = blur(photo("black"), [Rectangle(0, 0, 1, 1)])
    assert decoded(view.jpeg).getextrema() == ((128, 128),) * 3


def test_a_view_in_grey_is_blurred():
    assert blur(encoded(Image.new("L", (64, 64), 200), Kind.JPEG), [FACE]).view.width == 64
