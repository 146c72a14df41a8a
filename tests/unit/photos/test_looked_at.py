"""What the counter notes of what it has looked at: once, whatever comes late, again or out of order."""

from datetime import UTC, datetime

import pytest

from chalicelib.foundation.keys import Keys
from chalicelib.photos.actions.looked_at import (
    Due,
    Hints,
    Renditions,
    Upload,
    accept,
    blurred,
    due,
    is_done,
    pass_over,
    refuse,
)
from chalicelib.photos.naming import PhotoKey, Rendition, folder_for, rendition_key, uploaded
from chalicelib.photos.orders import BlurOrder, Rectangle
from chalicelib.service_requests.lifecycle import Action, Kind, PhotoRefusal
from chalicelib.service_requests.photos import MOST_REFUSALS, upload_key
from chalicelib.service_requests.timeline import Position
from tests.support.examples import submitted
from tests.support.memory import MemoryStore
from tests.support.photos import with_photo

KEYS = Keys({1: b"first", 2: b"second"})
TAKEN = Hints(datetime(2026, 1, 5, 1, 30, tzinfo=UTC), Position(lat=45.5, lon=-73.5))


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def photo(store):
    """One that is expected."""
    state, id = with_photo(submitted())
    store.add(state)
    return PhotoKey(state.id, id)


def renditions(made_by="a", **size):
    return Renditions(folder=made_by * 32, **({"width": 2048, "height": 1536} | size))


def stored(store, photo):
    state = store.get(photo.service_request_id)
    return state, state.photos[photo.photo_id], state.photo_standings[photo.photo_id]


def accepted(store, photo, sequencer="01", made_by="a", hints=TAKEN):
    return accept(store, KEYS, Upload(photo, sequencer), renditions(made_by), hints)


def order(photo, entry_id="e1"):
    return BlurOrder(
        **photo._asdict(),
        rectangles=(Rectangle(x=0, y=0, width=0.5, height=0.5),),
        agent_id="a7",
        agent_name="agent.vm",
        entry_id=entry_id,
    )


def test_an_accepted_photo_is_told_of_with_where_its_renditions_lie(store, photo):
    now = accepted(store, photo)
    state, kept, standing = stored(store, photo)
    assert now == kept
    assert (kept.folder, kept.width, kept.height, kept.sequencer) == ("a" * 32, 2048, 1536, "01")
    assert standing.state == "accepted"
    entry = state.timeline[-1]
    assert (entry.action, entry.by.kind, entry.photo_id) == (Action.ACCEPT_PHOTO, Kind.SYSTEM, photo.photo_id)
    assert "a" * 32 not in entry.model_dump_json(), "what opens it is not in what lasts"


def test_when_and_where_it_was_taken_is_kept_only_if_its_sender_allows_it(store):
    for allowed in (True, False):
        state, id = with_photo(submitted(), hints_allowed=allowed)
        store.items[state.id] = state
        kept = accepted(store, PhotoKey(state.id, id))
        assert (kept.taken_at is not None, kept.position is not None) == (allowed, allowed)
    state, id = with_photo(submitted(), hints_allowed=True)
    store.items[state.id] = state
    kept = accepted(store, PhotoKey(state.id, id))
    assert (kept.taken_at, kept.position) == TAKEN


def test_told_again_or_of_another_upload_it_stays_as_it_was_accepted(store, photo):
    accepted(store, photo)
    before = store.get(photo.service_request_id)
    assert accepted(store, photo).folder == "a" * 32
    assert accepted(store, photo, sequencer="02", made_by="b").folder == "a" * 32, "so these are shown to nobody"
    refuse(store, KEYS, Upload(photo, "03"), PhotoRefusal.DAMAGED)
    assert store.get(photo.service_request_id) == before


def test_what_came_is_looked_at_unless_it_is_late_or_not_wanted(store, photo):
    state = store.get(photo.service_request_id)
    unknown = PhotoKey(photo.service_request_id, "0" * 16)
    assert due(state, Upload(photo, "0A")) is Due.LOOK
    assert due(state, Upload(unknown, "0A")) is Due.DELETE
    assert due(None, Upload(photo, "0A")) is Due.DELETE
    refuse(store, KEYS, Upload(photo, "0A"), PhotoRefusal.DAMAGED)
    state = store.get(photo.service_request_id)
    assert due(state, Upload(photo, "09")) is Due.LEAVE
    assert due(state, Upload(photo, "0A")) is Due.DELETE
    assert due(state, Upload(photo, "0B")) is Due.LOOK
    accepted(store, photo, sequencer="0B")
    assert due(store.get(photo.service_request_id), Upload(photo, "0C")) is Due.DELETE


@pytest.mark.parametrize(("of_the_first", "later"), [("0A", "0A01"), ("09FF", "0A"), ("0A0", "0b"), ("0a", "0B")])
def test_sequencers_of_any_length_are_ordered_as_s3_says_by_their_digits_from_the_left(
    store, photo, of_the_first, later
):
    refuse(store, KEYS, Upload(photo, of_the_first), PhotoRefusal.DAMAGED)
    assert due(store.get(photo.service_request_id), Upload(photo, later)) is Due.LOOK
    refuse(store, KEYS, Upload(photo, later), PhotoRefusal.DAMAGED)
    state = store.get(photo.service_request_id)
    assert due(state, Upload(photo, of_the_first)) is due(state, Upload(photo, f"{later}00")) is Due.LEAVE


def test_a_refusal_says_why_and_the_next_may_be_accepted(store, photo):
    refuse(store, KEYS, Upload(photo, "05"), PhotoRefusal.UNSAFE)
    refuse(store, KEYS, Upload(photo, "05"), PhotoRefusal.UNSAFE)
    refuse(store, KEYS, Upload(photo, "04"), PhotoRefusal.DAMAGED)
    _, kept, standing = stored(store, photo)
    assert (standing.state, standing.refusal, standing.refusals) == ("refused", "unsafe", 1)
    assert (kept.sequencer, kept.folder) == ("05", None)
    assert accepted(store, photo, sequencer="06").folder
    assert stored(store, photo)[2].state == "accepted"


def test_what_is_late_is_not_accepted_where_what_was_sent_after_it_is_refused(store, photo):
    refuse(store, KEYS, Upload(photo, "05"), PhotoRefusal.DAMAGED)
    assert accepted(store, photo, sequencer="04").folder is None, "so its renditions are shown to nobody"
    assert stored(store, photo)[2].state == "refused"


def test_what_was_passed_over_is_accepted_by_nobody_and_what_is_sent_after_it_may_be(store, photo):
    pass_over(store, Upload(photo, "05"))
    state = store.get(photo.service_request_id)
    assert due(state, Upload(photo, "05")) is due(state, Upload(photo, "04")) is Due.LEAVE
    assert accepted(store, photo, sequencer="05").folder is None
    assert accepted(store, photo, sequencer="06").folder
    assert pass_over(store, Upload(photo, "07")).folder, "it stays as it was accepted"


def test_one_that_is_refused_again_and_again_is_not_looked_at_any_more(store, photo):
    for number in range(1, MOST_REFUSALS + 3):
        refuse(store, KEYS, Upload(photo, f"{number:02}"), PhotoRefusal.DAMAGED)
    state, _, standing = stored(store, photo)
    assert standing.refusals == MOST_REFUSALS
    assert due(state, Upload(photo, "FF")) is Due.DELETE


def test_a_blurred_photo_is_shown_from_elsewhere_and_the_timeline_says_who(store, photo):
    accepted(store, photo)
    kept = blurred(store, order(photo), "a" * 32, renditions("b"))
    state = store.get(photo.service_request_id)
    assert (kept.folder, kept.former_folders) == ("b" * 32, ("a" * 32,))
    assert is_done(state, order(photo))
    entry = state.timeline[-1]
    assert (entry.action, entry.by.kind, entry.by.code) == (Action.BLUR_PHOTO, Kind.AGENT, "a7")
    assert state.agents["a7"] == "agent.vm"
    assert blurred(store, order(photo), "a" * 32, renditions("b")) == kept
    assert store.get(photo.service_request_id) == state


def test_two_who_blur_at_once_leave_no_part_unblurred(store, photo):
    accepted(store, photo)
    blurred(store, order(photo, "e1"), "a" * 32, renditions("b"))
    kept = blurred(store, order(photo, "e2"), "a" * 32, renditions("c"))
    assert (kept.folder, kept.former_folders) == ("b" * 32, ("a" * 32,)), "it starts again, from what the first made"
    kept = blurred(store, order(photo, "e2"), "b" * 32, renditions("c"))
    assert (kept.folder, kept.former_folders) == ("c" * 32, ("a" * 32, "b" * 32))


def test_what_is_not_accepted_is_not_blurred(store, photo):
    assert blurred(store, order(photo), "a" * 32, renditions("b")) is None
    assert len(store.get(photo.service_request_id).timeline) == 2


def test_keys_lead_to_their_photo_and_no_other_key_does(photo):
    assert uploaded(upload_key(*photo)) == photo
    for key in ("uploads/7K3Q9XPTM3", "uploads/7K3Q9XPTM3/a/b", "uploads//a", "renditions/a/b", ""):
        assert uploaded(key) is None
    assert rendition_key("f" * 32, Rendition.VIEW) == f"renditions/{'f' * 32}/view.jpg"


def test_a_folder_cannot_be_guessed_and_is_the_same_again_across_a_rotation_of_keys(photo):
    folder = folder_for(KEYS, photo, "01")
    assert len(folder) == 32
    assert folder_for(Keys({1: b"first"}), photo, "01") == folder
    others = [folder_for(Keys({1: b"other"}), photo, "01"), folder_for(KEYS, photo, "02")]
    others.append(folder_for(KEYS, photo._replace(photo_id="0" * 16), "01"))
    assert folder not in others
