"""S3 tells twice of one upload, two runs look at it at once, and another is sent in its place meanwhile."""

import io
import json

import pytest
from PIL import Image

from chalicelib.foundation.languages import Text
from chalicelib.photos import checking
from chalicelib.service_requests.lifecycle import Action, PhotoRefusal
from chalicelib.service_requests.model import Full
from chalicelib.service_requests.photos import PhotoState
from chalicelib.service_requests.store import store
from tests.support.photo_function import jpeg
from tests.support.photo_runs import in_turns

TEXT = b"%PDF-1.7 not at all a photo"
MOST_CALLS = 20
# Of a run's calls: it has read what was sent; it has stored renditions of it.
READ, STORED = 2, 4


def is_red(picture: bytes) -> bool:
    red, _, blue = Image.open(io.BytesIO(picture)).convert("RGB").getpixel((5, 5))
    return red > blue


def check_left(function, *photos):
    """Nothing lies in the bucket but the renditions that these photos are shown by, of each both of one upload."""
    stored, shown = function.stored(), set()
    for id, photo_id in photos:
        found = store().get(id)
        folder = found.photos[photo_id].folder
        ours = {f"renditions/{folder}/{name}.jpg" for name in ("view", "thumbnail")} if folder else set()
        assert ours <= stored.keys(), "what is accepted can be seen"
        assert len({is_red(stored[key]) for key in ours}) <= 1
        assert [entry.action for entry in found.timeline].count(Action.ACCEPT_PHOTO) == bool(folder)
        shown |= ours
    assert stored.keys() == shown


@pytest.mark.parametrize("sent_last", [jpeg("blue"), TEXT], ids=["good", "bad"])
@pytest.mark.parametrize("slow_has", [READ, STORED])
def test_whatever_one_does_while_the_other_stands_still_what_is_accepted_can_be_seen(
    function, expected, slow_has, sent_last
):
    photos = []
    for calls in range(MOST_CALLS):
        photos.append(expected())
        first = function.upload(*photos[-1], jpeg("red"))
        again = function.tell(json.loads(first.body))
        with in_turns(function) as runs:
            slow, other = runs.begin(first), runs.begin(again)
            slow.make(slow_has)
            function.upload(*photos[-1], sent_last)
            other.make(calls)
            ended = other.is_done
            slow.make()
            other.make()
        assert slow.is_done
        assert other.is_done
        function.run_all()
        if ended:
            break
    assert 4 <= calls < MOST_CALLS - 1
    check_left(function, *photos)


def test_one_whose_refusal_has_no_room_takes_nothing_from_the_one_that_accepts(function, expected, monkeypatch):
    """The same bytes are refused where a run does not come to their end, and the other does."""
    id, photo_id = expected()
    first = function.upload(id, photo_id, jpeg())
    again = function.tell(json.loads(first.body))

    def full(*_):
        raise Full(Text(fr="Pleine.", en="Full."))

    with in_turns(function) as runs:
        slow, other = runs.begin(first), runs.begin(again)
        slow.make(STORED)
        with monkeypatch.context() as patched:
            patched.setattr(checking, "check", refused)
            patched.setattr(checking, "refuse", full)
            other.make(READ)
        slow.make()
        other.make()
    assert slow.is_done
    assert other.is_done
    assert store().get(id).photo_standings[photo_id].state is PhotoState.ACCEPTED
    check_left(function, (id, photo_id))


def refused(_):
    raise checking.Refused(PhotoRefusal.DAMAGED)
