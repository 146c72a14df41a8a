"""What an agent orders blurred is blurred once and recorded, and nothing unblurred is left, whatever happens."""

import io
import json

import pytest
from PIL import Image

from chalicelib.foundation import times
from chalicelib.photos import blurring
from chalicelib.photos.orders import BlurOrder, Orders, Rectangle
from chalicelib.photos.storage import PhotoStorage, photo_storage
from chalicelib.service_requests.lifecycle import Action
from chalicelib.service_requests.store import store
from chalicelib.service_requests.timeline import Change
from tests.support.examples import CITIZEN
from tests.support.photo_function import PhotoFunction, fail, kill, trouble

LEFT = Rectangle(x=0, y=0, width=0.4, height=1)
RIGHT = Rectangle(x=0.6, y=0, width=0.4, height=1)
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
MOST_CALLS = 20


def striped():
    """Red to the left, green in the middle, blue to the right."""
    image = Image.new("RGB", (320, 64), GREEN)
    image.paste(RED, (0, 0, 100, 64))
    image.paste(BLUE, (220, 0, 320, 64))
    written = io.BytesIO()
    image.save(written, "JPEG", quality=95)
    return written.getvalue()


@pytest.fixture
def accepted(function, expected):
    """Make a service request of which a photo was accepted; both their ids."""

    def make():
        id, photo_id = expected()
        function.upload(id, photo_id, striped())
        function.run_all()
        return id, photo_id

    return make


def ordered(function, id, photo_id, entry_id="e1", *rectangles):
    order = BlurOrder(
        service_request_id=id,
        photo_id=photo_id,
        rectangles=rectangles or (LEFT,),
        agent_id="a1",
        agent_name="Agente Une",
        entry_id=entry_id,
    )
    return function.tell(json.loads(Orders(blur=order).model_dump_json()))


def photo(id, photo_id):
    return store().get(id).photos[photo_id]


def blurs(id):
    return [entry for entry in store().get(id).timeline if entry.action is Action.BLUR_PHOTO]


def of(folder):
    return {f"renditions/{folder}/{name}.jpg" for name in ("view", "thumbnail")}


def shows(function, id, photo_id, colour):
    """Whether such pixels are in what lies in the bucket for a photo."""
    (view,) = (data for key, data in function.stored().items() if photo(id, photo_id).folder in key and "view" in key)
    pixels = Image.open(io.BytesIO(view)).convert("RGB").getcolors(1 << 20)
    return any(all(abs(a - b) < 60 for a, b in zip(colour, pixel, strict=True)) for _, pixel in pixels)


def test_what_was_ordered_is_blurred_and_the_unblurred_is_gone(function, accepted):
    id, photo_id = accepted()
    before = photo(id, photo_id)
    assert shows(function, id, photo_id, RED)
    ordered(function, id, photo_id)
    assert function.run()
    after = photo(id, photo_id)
    assert after.folder != before.folder
    assert function.in_bucket() == of(after.folder)
    assert not shows(function, id, photo_id, RED)
    assert shows(function, id, photo_id, BLUE)
    (entry,) = blurs(id)
    assert (entry.by.code, entry.photo_id, entry.recipients) == ("a1", photo_id, ("VM",))
    assert store().get(id).agents["a1"] == "Agente Une"


def test_an_order_that_comes_twice_blurs_once(function, accepted):
    id, photo_id = accepted()
    message = ordered(function, id, photo_id)
    function.tell(json.loads(message.body))
    function.run_all()
    assert len(blurs(id)) == 1
    assert function.in_bucket() == of(photo(id, photo_id).folder)


def test_one_order_after_another_blurs_more_and_more_and_an_old_one_told_again_nothing(function, accepted):
    id, photo_id = accepted()
    first = ordered(function, id, photo_id, "e1", LEFT)
    ordered(function, id, photo_id, "e2", RIGHT)
    function.run_all()
    function.tell(json.loads(first.body))
    function.run_all()
    assert len(blurs(id)) == 2
    assert not shows(function, id, photo_id, RED)
    assert not shows(function, id, photo_id, BLUE)
    assert function.in_bucket() == of(photo(id, photo_id).folder)


def test_what_another_agent_blurs_meanwhile_stays_blurred(function, accepted, monkeypatch):
    id, photo_id = accepted()
    ordered(function, id, photo_id, "e1", LEFT)
    blur = blurring.pictures.blur

    def blur_slowly(view, rectangles):
        monkeypatch.setattr(blurring.pictures, "blur", blur)
        other = PhotoFunction()
        ordered(other, id, photo_id, "e2", RIGHT)
        other.run_all()
        return blur(view, rectangles)

    monkeypatch.setattr(blurring.pictures, "blur", blur_slowly)
    function.run_all()
    assert [entry.entry_id for entry in blurs(id)] == ["e2", "e1"]
    assert not shows(function, id, photo_id, RED)
    assert not shows(function, id, photo_id, BLUE)
    assert function.in_bucket() == of(photo(id, photo_id).folder)


def test_what_came_is_not_put_back_unblurred_by_a_run_that_was_slower_than_an_agent(function, expected, monkeypatch):
    id, photo_id = expected()
    message = function.upload(id, photo_id, striped())
    put = PhotoStorage.put

    def put_late(storage, folder, made):
        """The same event, told twice, is done and blurred by others before this run stores what it made."""
        monkeypatch.setattr(PhotoStorage, "put", put)
        other = PhotoFunction()
        other.tell(json.loads(message.body))
        ordered(other, id, photo_id)
        other.run_all()
        put(storage, folder, made)

    monkeypatch.setattr(PhotoStorage, "put", put_late)
    function.run_all()
    assert function.in_bucket() == of(photo(id, photo_id).folder)
    assert not shows(function, id, photo_id, RED)


@pytest.mark.parametrize("case", ["expected", "no such photo", "no such service request"])
def test_what_is_not_shown_cannot_be_blurred_and_the_order_is_forgotten(function, expected, case):
    id, photo_id = expected()
    ordered(
        function,
        "0000000000" if case == "no such service request" else id,
        "unknown" if case == "no such photo" else photo_id,
    )
    assert function.run()
    assert (function.in_bucket(), blurs(id)) == (set(), [])


@pytest.mark.parametrize(("what", "after"), [(kill, False), (kill, True), (fail, False), (fail, True)])
def test_whatever_becomes_of_any_of_its_calls_nothing_unblurred_is_left(function, accepted, what, after):
    photos = []
    for call in range(MOST_CALLS):
        id, photo_id = accepted()
        ordered(function, id, photo_id)
        with trouble(call, what, after=after) as called:
            done = function.run()
        function.run_all()
        assert len(blurs(id)) == 1
        photos.append((id, photo_id))
        if done:
            break
    assert 8 <= len(called) == call
    assert function.in_bucket() == set().union(*(of(photo(*each).folder) for each in photos))
    assert not any(shows(function, *each, RED) for each in photos)


def test_a_citizens_comment_at_the_same_time_is_not_lost_and_neither_is_the_blurring(function, accepted):
    id, photo_id = accepted()
    ordered(function, id, photo_id)

    def comment():
        before = store().get(id)
        change = Change(action=Action.COMMENT, by=CITIZEN, text="Encore.")
        store().append(before, before.after(change, at=times.now(), entry_id="c"))

    with trouble(5, comment) as called:
        function.run_all()
    assert called[5] == "UpdateItem"
    assert [entry.action for entry in store().get(id).timeline][-2:] == [Action.COMMENT, Action.BLUR_PHOTO]
    assert function.in_bucket() == of(photo(id, photo_id).folder)


def test_a_photo_whose_picture_is_lost_is_told_of_by_the_dead_letters(function, accepted):
    id, photo_id = accepted()
    photo_storage().remove(photo(id, photo_id).folder)
    ordered(function, id, photo_id)
    function.run_all()
    assert len(function.dead) == 1
    assert blurs(id) == []


def test_no_other_photo_is_touched(function, accepted):
    one, other = accepted(), accepted()
    ordered(function, *one)
    function.run_all()
    assert not shows(function, *one, RED)
    assert shows(function, *other, RED)
