"""What became of each photo, as the timeline tells it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.service_requests.lifecycle import Action, Kind, PhotoRefusal
from chalicelib.service_requests.model import TooManyPhotos
from chalicelib.service_requests.photos import MOST, MOST_REFUSALS, REFUSALS, PhotoState, photo_ids
from chalicelib.service_requests.timeline import Change
from tests.support.examples import AGENT, CITIZEN, NOW, entry_id, submitted, unit_actor
from tests.support.photos import announced, happened, with_photo

DAY = timedelta(days=1)


def standing(*actions):
    state, id = with_photo(submitted(), *actions)
    return state.photo_standings[id]


@pytest.mark.parametrize(
    ("actions", "state", "counts", "may_come"),
    [
        ([], "expected", True, True),
        ([Action.ACCEPT_PHOTO], "accepted", True, False),
        ([Action.REFUSE_PHOTO], "refused", False, True),
        ([Action.MISS_PHOTO], "missing", False, True),
        ([Action.REFUSE_PHOTO, Action.ACCEPT_PHOTO], "accepted", True, False),
        ([Action.MISS_PHOTO, Action.ACCEPT_PHOTO], "accepted", True, False),
        ([Action.REFUSE_PHOTO] * MOST_REFUSALS, "refused", False, False),
        ([Action.ACCEPT_PHOTO, Action.BLUR_PHOTO], "accepted", True, False),
    ],
    ids=str,
)
def test_a_photo_is_expected_then_accepted_refused_or_missing_and_may_still_come(actions, state, counts, may_come):
    found = standing(*actions)
    assert (found.state, found.counts, found.may_come) == (state, counts, may_come)


def test_a_refused_one_says_why_until_another_is_accepted_in_its_place():
    assert standing(Action.REFUSE_PHOTO).refusal is PhotoRefusal.DAMAGED
    assert standing(Action.REFUSE_PHOTO, Action.ACCEPT_PHOTO).refusal is None


def test_a_photo_is_expected_for_a_day():
    assert standing().expected_until == NOW + DAY
    assert all(standing(action).expected_until is None for action in (Action.ACCEPT_PHOTO, Action.MISS_PHOTO))


def test_who_sent_it_is_known():
    for by, kind in ((CITIZEN, Kind.CITIZEN), (AGENT, Kind.AGENT), (unit_actor("VM"), Kind.UNIT)):
        state, id = with_photo(submitted(), announces=by)
        assert state.photo_standings[id].sent_by is kind


def test_it_is_public_from_its_publication_until_that_is_taken_back():
    shown = standing(Action.ACCEPT_PHOTO, Action.PUBLISH_PHOTO)
    assert shown.published_by == 4
    assert standing(Action.ACCEPT_PHOTO, Action.PUBLISH_PHOTO, Action.BLUR_PHOTO).published_by == 4
    assert standing(Action.ACCEPT_PHOTO, Action.PUBLISH_PHOTO, Action.UNPUBLISH_PHOTO).published_by is None


def test_what_was_true_then_is_told_of_then():
    state, id = with_photo(submitted(), Action.REFUSE_PHOTO, Action.ACCEPT_PHOTO)
    assert [found.photo_standings.get(id, None) and found.photo_standings[id].state for found in state.replay()] == [
        None,
        PhotoState.EXPECTED,
        PhotoState.REFUSED,
        PhotoState.ACCEPTED,
    ]


@pytest.mark.parametrize(
    ("action", "told"),
    [
        (Action.ANNOUNCE_PHOTOS, ()),
        (Action.ACCEPT_PHOTO, ("VM",)),
        (Action.REFUSE_PHOTO, ("VM",)),
        (Action.MISS_PHOTO, ("VM",)),
        (Action.BLUR_PHOTO, ("VM",)),
        (Action.PUBLISH_PHOTO, ()),
        (Action.UNPUBLISH_PHOTO, ()),
    ],
)
def test_the_unit_hears_what_became_of_a_photo_and_nothing_moves_the_status(action, told):
    before, id = with_photo(submitted())
    after = before if action is Action.ANNOUNCE_PHOTOS else happened(before, id, action, at=NOW, entry_id="x")
    assert (after.timeline[-1].action, after.timeline[-1].recipients) == (action, told)
    assert after.status is submitted().status


def test_the_unit_that_has_it_hears_of_a_photo_announced_while_another_had_it():
    before, id = with_photo(submitted())
    moved = before.after(Change(action=Action.TRANSFER, by=unit_actor("VM"), unit="RO"), at=NOW, entry_id=entry_id())
    assert happened(moved, id, Action.ACCEPT_PHOTO, at=NOW, entry_id="x").timeline[-1].recipients == ("RO",)


def test_there_is_room_for_so_many_and_a_refusal_says_for_how_many_more():
    state = submitted()
    for _ in range(MOST - 2):
        state, id = with_photo(state)
    five = Change(action=Action.ANNOUNCE_PHOTOS, by=CITIZEN, **announced("five", 5))
    with pytest.raises(TooManyPhotos) as refused:
        state.after(five, at=NOW, entry_id="five")
    assert refused.value.extensions == {"room": 2}
    for action in (Action.REFUSE_PHOTO, Action.MISS_PHOTO):
        assert happened(state, id, action, at=NOW, entry_id="x").room_for_photos == 3
    for _ in range(2):
        assert Action.ANNOUNCE_PHOTOS in state.allowed(Kind.CITIZEN, NOW)
        state, _ = with_photo(state)
    assert Action.ANNOUNCE_PHOTOS not in state.allowed(Kind.CITIZEN, NOW)


@given(st.text(), st.integers(0, 5))
def test_the_same_announcement_makes_the_same_ids_all_different(entry, number):
    assert photo_ids(entry, number) == photo_ids(entry, number)
    assert len(set(photo_ids(entry, number))) == number
    assert not set(photo_ids(entry, number)) & set(photo_ids(entry + "x", number))


def test_every_refusal_says_why_and_what_to_do_in_both_languages():
    assert REFUSALS.keys() == set(PhotoRefusal)
    for text in REFUSALS.values():
        assert len(text.fr.split(".")) > 2
        assert len(text.en.split(".")) > 2
