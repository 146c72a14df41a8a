"""A photo is looked at once, whatever comes late, again, in another order, or dies on the way."""

import io
import json
import logging
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from chalicelib.foundation import aws, times
from chalicelib.foundation import settings as chosen
from chalicelib.photos import apart, checking
from chalicelib.photos.events import TRIES
from chalicelib.service_requests.lifecycle import Action, PhotoRefusal
from chalicelib.service_requests.photos import MOST_BYTES, MOST_REFUSALS, PhotoState
from chalicelib.service_requests.store import store
from chalicelib.service_requests.timeline import Change
from tests.support.examples import CITIZEN, submitted
from tests.support.photo_function import SEEN_AT_MOST, Killed, fail, jpeg, kill, trouble
from tests.support.photos import with_photo

DAMAGED = jpeg()[:-30]
TEXT = b"%PDF-1.7 not at all a photo"
MOST_CALLS = 20
SENT = {"red": jpeg("red"), "blue": jpeg("blue"), "text": TEXT, "damaged": DAMAGED}


def photo(id, photo_id):
    return store().get(id).photos[photo_id]


def standing(id, photo_id):
    return store().get(id).photo_standings[photo_id]


def happened(id):
    """What the function wrote into the timeline."""
    of_function = (Action.ACCEPT_PHOTO, Action.REFUSE_PHOTO, Action.BLUR_PHOTO)
    return [entry.action for entry in store().get(id).timeline if entry.action in of_function]


def only_what_is_shown(function, *photos):
    """Nothing lies in the bucket but the renditions of these photos."""
    folders = [photo(*each).folder for each in photos]
    return function.in_bucket() == {
        f"renditions/{folder}/{name}.jpg" for folder in folders if folder for name in ("view", "thumbnail")
    }


def test_a_photo_that_came_is_accepted_and_nothing_is_left_but_what_is_shown(function, expected):
    id, photo_id = expected()
    function.upload(id, photo_id, jpeg(width=4096, height=1024))
    assert function.run()
    assert standing(id, photo_id).state is PhotoState.ACCEPTED
    assert (photo(id, photo_id).width, photo(id, photo_id).height) == (2048, 512)
    assert only_what_is_shown(function, (id, photo_id))
    sizes = {key.rpartition("/")[2]: Image.open(io.BytesIO(data)).size for key, data in function.stored().items()}
    assert sizes == {"view.jpg": (2048, 512), "thumbnail.jpg": (320, 80)}


def test_what_is_shown_says_that_it_is_a_jpeg_and_to_keep_no_copy_that_outlives_it(function, expected):
    function.upload(*expected(), jpeg())
    function.run_all()
    for key in function.in_bucket():
        told = aws.s3().head_object(Bucket=chosen.settings().photos_bucket, Key=key)
        assert (told["ContentType"], told["CacheControl"]) == ("image/jpeg", "no-store")


def test_the_unit_is_told_of_a_photo_once_it_is_accepted_or_refused(function, expected):
    good, bad = expected(), expected()
    function.upload(*good, jpeg())
    function.upload(*bad, TEXT)
    function.run_all()
    for (id, photo_id), action in ((good, Action.ACCEPT_PHOTO), (bad, Action.REFUSE_PHOTO)):
        last = store().get(id).timeline[-1]
        assert (last.action, last.photo_id, last.recipients) == (action, photo_id, ("VM",))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (TEXT, PhotoRefusal.NOT_A_PHOTO),
        (DAMAGED, PhotoRefusal.DAMAGED),
        (b"", PhotoRefusal.DAMAGED),
        (jpeg() + bytes(MOST_BYTES), PhotoRefusal.TOO_LARGE),
    ],
    ids=["text", "cut off", "empty", "too large"],
)
def test_what_cannot_be_shown_is_refused_with_the_reason_and_is_gone(function, expected, data, reason):
    id, photo_id = expected()
    function.upload(id, photo_id, data)
    assert function.run()
    assert standing(id, photo_id)[2:4] == (PhotoState.REFUSED, reason)
    assert function.in_bucket() == set()


def test_one_that_was_refused_may_be_sent_again(function, expected):
    id, photo_id = expected()
    for data in (TEXT, jpeg()):
        function.upload(id, photo_id, data)
        function.run_all()
    assert standing(id, photo_id).state is PhotoState.ACCEPTED
    assert happened(id) == [Action.REFUSE_PHOTO, Action.ACCEPT_PHOTO]
    assert only_what_is_shown(function, (id, photo_id))


def test_one_that_is_refused_again_and_again_fills_neither_the_service_request_nor_the_bucket(function, expected):
    id, photo_id = expected()
    for number in range(MOST_REFUSALS + 3):
        function.upload(id, photo_id, TEXT + bytes(number))
        function.run_all()
    assert happened(id) == [Action.REFUSE_PHOTO] * MOST_REFUSALS
    assert function.in_bucket() == set()


def test_one_that_is_missing_is_accepted_when_it_comes_after_all(function, cloud):
    state, photo_id = with_photo(submitted(), Action.MISS_PHOTO)
    store().add(state)
    function.upload(state.id, photo_id, jpeg())
    function.run_all()
    assert standing(state.id, photo_id).state is PhotoState.ACCEPTED


@pytest.mark.parametrize(
    "ids", [("7K3Q9XPZZZ", "0123456789abcdef"), ("x", "y"), ("x", ""), ("x", "y/z"), ("é +", "%2F")]
)
def test_what_nobody_announced_is_nobodys(function, ids):
    function.upload(*ids, jpeg())
    assert function.run()
    assert function.dead == []


def test_what_is_sent_for_a_photo_that_was_not_announced_is_removed(function, expected):
    id, _ = expected()
    function.upload(id, "unknown", jpeg())
    function.run_all()
    assert function.in_bucket() == set()
    assert happened(id) == []


def test_s3_says_once_that_it_can_tell_and_that_is_no_photo(function):
    function.tell({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"})
    assert function.run()


@pytest.mark.parametrize("body", [{}, {"Records": [{}]}, {"blur": {"photo_id": "x"}}, []])
def test_what_nobody_understands_ends_with_the_dead_letters(function, body):
    function.tell(body)
    function.run_all()
    assert [json.loads(message.body) for message in function.dead] == [body]


# --- hints


def taken_in_montreal():
    """A photo that says when and where it was taken."""
    written, exif = io.BytesIO(), Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2026:01:04 10:20:30"
    exif.get_ifd(0x8825).update({1: "N", 2: (45.0, 30.0, 0.0), 3: "W", 4: (73.0, 30.0, 0.0)})
    Image.new("RGB", (64, 48)).save(written, "JPEG", exif=exif)
    return written.getvalue()


@pytest.mark.parametrize("allowed", [True, False])
def test_when_and_where_a_photo_was_taken_is_kept_if_its_sender_allows_it(function, expected, allowed):
    id, photo_id = expected(hints_allowed=allowed)
    function.upload(id, photo_id, taken_in_montreal())
    function.run_all()
    kept = photo(id, photo_id)
    if allowed:
        assert times.written(kept.taken_at) == "2026-01-04T15:20:30.000Z"
        assert (kept.position.lat, kept.position.lon) == (45.5, -73.5)
    else:
        assert kept.taken_at is kept.position is None


# --- twice, late, in another order


def test_the_same_told_twice_is_accepted_once(function, expected):
    id, photo_id = expected()
    message = function.upload(id, photo_id, jpeg())
    function.run()
    function.tell(json.loads(message.body))
    function.run_all()
    assert happened(id) == [Action.ACCEPT_PHOTO]
    assert only_what_is_shown(function, (id, photo_id))


def test_a_photo_sent_again_by_the_same_form_does_not_replace_the_one_accepted(function, expected):
    id, photo_id = expected()
    function.upload(id, photo_id, jpeg("red"))
    function.run_all()
    before = function.stored()
    function.upload(id, photo_id, jpeg("blue"))
    function.run_all()
    assert function.stored() == before
    assert happened(id) == [Action.ACCEPT_PHOTO]


def test_what_was_sent_while_another_was_looked_at_is_not_lost(function, expected, monkeypatch):
    id, photo_id = expected()
    function.upload(id, photo_id, TEXT)
    seen = checking.check

    def look_slowly(data):
        monkeypatch.setattr(checking, "check", seen)
        function.upload(id, photo_id, jpeg())
        return seen(data)

    monkeypatch.setattr(checking, "check", look_slowly)
    function.run_all()
    assert happened(id) == [Action.REFUSE_PHOTO, Action.ACCEPT_PHOTO]
    assert only_what_is_shown(function, (id, photo_id))


@pytest.mark.parametrize("between", ["text", "blue"])
def test_a_photo_sent_once_more_is_not_taken_away_by_the_late_event_of_the_first_time(function, expected, between):
    """The same bytes have the same tag."""
    id, photo_id = expected()
    first, second, third = (function.upload(id, photo_id, SENT[each]) for each in ("red", between, "red"))
    for message in (second, first, third):
        assert function.run(message)
    assert happened(id) == [Action.ACCEPT_PHOTO]
    assert only_what_is_shown(function, (id, photo_id))


def test_the_same_after_what_was_sent_between_was_refused(function, expected):
    id, photo_id = expected()
    first = function.upload(id, photo_id, SENT["red"])
    second = function.upload(id, photo_id, SENT["text"])
    assert function.run(second)
    third = function.upload(id, photo_id, SENT["red"])
    assert function.run(first)
    assert function.run(third)
    assert happened(id) == [Action.REFUSE_PHOTO, Action.ACCEPT_PHOTO]
    assert only_what_is_shown(function, (id, photo_id))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sent=st.lists(st.sampled_from(list(SENT)), min_size=1, max_size=4),
    again=st.lists(st.integers(0, 3), max_size=3),
    order=st.permutations(range(7)),
)
def test_whatever_is_sent_and_in_whatever_order_it_is_told_one_good_photo_is_shown_or_none(
    function, expected, sent, again, order
):
    """Some events come twice, and any may be the first; an upload may have taken the place of one before."""
    id, photo_id = expected()
    told = [function.upload(id, photo_id, SENT[each]) for each in sent]
    told += [function.tell(json.loads(told[number % len(sent)].body)) for number in again]
    for number in order:
        assert number >= len(told) or function.run(told[number])
    actions = happened(id)
    assert actions.count(Action.ACCEPT_PHOTO) <= 1
    assert (standing(id, photo_id).state is PhotoState.ACCEPTED) == (Action.ACCEPT_PHOTO in actions)
    # The last one sent has its own event, and nothing that was told of before may have taken it away.
    assert actions
    if sent[-1] in ("red", "blue"):
        assert Action.ACCEPT_PHOTO in actions
    folder = photo(id, photo_id).folder
    ours = {key for key in function.in_bucket() if id in key or (folder and folder in key)}
    assert ours == ({f"renditions/{folder}/{name}.jpg" for name in ("view", "thumbnail")} if folder else set())


# --- faults


@pytest.mark.parametrize(("what", "after"), [(kill, False), (kill, True), (fail, False), (fail, True)])
@pytest.mark.parametrize("sent", [jpeg(), TEXT], ids=["good", "bad"])
def test_whatever_becomes_of_any_of_its_calls_the_next_run_ends_well(function, expected, sent, what, after):
    end = Action.ACCEPT_PHOTO if sent is not TEXT else Action.REFUSE_PHOTO
    photos = []
    for call in range(MOST_CALLS):
        id, photo_id = expected()
        function.upload(id, photo_id, sent)
        with trouble(call, what, after=after) as called:
            done = function.run()
        function.run_all()
        assert happened(id) == [end], called
        photos.append((id, photo_id))
        if done:
            break
    assert 5 <= len(called) == call
    assert only_what_is_shown(function, *photos)
    assert function.dead == []


@pytest.mark.parametrize("told_first", ["the first", "the second"])
@pytest.mark.parametrize("second", ["blue", "text"])
def test_whatever_call_it_dies_at_nothing_is_left_of_what_was_then_sent_anew(function, expected, second, told_first):
    photos = []
    for call in range(MOST_CALLS):
        id, photo_id = expected()
        first = function.upload(id, photo_id, SENT["red"])
        with trouble(call, kill) as called:
            done = function.run()
        anew = function.upload(id, photo_id, SENT[second])
        if told_first == "the second":
            function.run(anew)
        function.run_all()
        photos.append((id, photo_id))
        assert only_what_is_shown(function, *photos), (called, first)
        if done:
            break
    assert 5 <= len(called) == call


def test_nothing_is_left_of_a_photo_that_it_dies_of_once_its_renditions_are_stored(function, expected, monkeypatch):
    id, photo_id = expected()
    message = function.upload(id, photo_id, jpeg())
    while message.received < TRIES:
        with trouble(5, kill) as called:
            function.run()
    assert called.count("PutObject") == 2
    monkeypatch.setattr(apart, "WITHIN_S", 0.1)
    monkeypatch.setattr(checking, "check", lambda _: time.sleep(60))
    function.run_all()
    assert happened(id) == [Action.REFUSE_PHOTO]
    assert function.in_bucket() == set()


@pytest.mark.parametrize("deaths", [1, 3, 4, 100])
def test_a_photo_that_the_function_dies_of_again_and_again_is_refused_as_damaged(
    function, expected, monkeypatch, deaths
):
    id, photo_id = expected()
    message = function.upload(id, photo_id, jpeg())
    seen = checking.check

    def die(data):
        if message.received <= deaths:
            raise Killed
        return seen(data)

    monkeypatch.setattr(checking, "check", die)
    function.run_all()
    assert message.received == min(deaths + 1, 4), "the fourth time another process dies of it"
    assert function.dead == []
    assert happened(id) == [Action.ACCEPT_PHOTO if deaths < 4 else Action.REFUSE_PHOTO]
    assert standing(id, photo_id).refusal is (None if deaths < 4 else PhotoRefusal.DAMAGED)
    assert only_what_is_shown(function, (id, photo_id))


def test_a_photo_that_nobody_comes_to_the_end_of_is_refused_as_damaged(function, expected, monkeypatch):
    id, photo_id = expected()
    function.upload(id, photo_id, jpeg()).received = TRIES
    monkeypatch.setattr(apart, "WITHIN_S", 0.1)
    monkeypatch.setattr(checking, "check", lambda _: time.sleep(60))
    function.run_all()
    assert standing(id, photo_id).refusal is PhotoRefusal.DAMAGED


@pytest.mark.parametrize(("sent", "end"), [("red", Action.ACCEPT_PHOTO), ("text", Action.REFUSE_PHOTO)])
def test_a_photo_that_met_three_faults_of_aws_is_looked_at_like_any_other(function, expected, sent, end):
    id, photo_id = expected(hints_allowed=True)
    message = function.upload(id, photo_id, SENT[sent])
    for _ in range(TRIES):
        with trouble(0, fail):
            assert not function.run()
    function.run_all()
    assert message.received == TRIES + 1
    assert happened(id) == [end]
    assert standing(id, photo_id).refusal is (None if sent == "red" else PhotoRefusal.NOT_A_PHOTO)


def test_as_long_as_aws_fails_nothing_is_refused_and_at_last_it_lies_with_the_dead_letters(
    function, expected, monkeypatch
):
    id, photo_id = expected()
    function.upload(id, photo_id, jpeg())
    for _ in range(SEEN_AT_MOST):
        with trouble(0, fail):
            function.run()
    assert happened(id) == []
    (message,) = function.dead
    function.tell(json.loads(message.body))
    function.run_all()
    assert happened(id) == [Action.ACCEPT_PHOTO]


def test_a_citizens_comment_at_the_same_time_is_not_lost_and_neither_is_the_photo(function, expected):
    id, photo_id = expected()
    function.upload(id, photo_id, jpeg())

    def comment():
        before = store().get(id)
        change = Change(action=Action.COMMENT, by=CITIZEN, text="Encore.")
        store().append(before, before.after(change, at=times.now(), entry_id="c"))

    with trouble(5, comment) as called:
        function.run_all()
    assert called.count("UpdateItem") >= 3, "the function's, the citizen's, and the function's again"
    assert [entry.action for entry in store().get(id).timeline][-2:] == [Action.COMMENT, Action.ACCEPT_PHOTO]
    assert only_what_is_shown(function, (id, photo_id))


def test_what_is_logged_says_which_photo_and_nothing_of_it(function, expected, caplog):
    id, photo_id = expected(alternative_text="Mon entrée, 12 rue Cachée")
    function.upload(id, photo_id, taken_in_montreal())
    function.run_all()
    (record,) = [record for record in caplog.records if record.message == "photo"]
    said = {name: value for name, value in vars(record).items() if name not in vars(logging.makeLogRecord({}))}
    assert said.pop("ms") >= 0
    said.pop("message")
    assert said == {"service_request_id": id, "photo_id": photo_id, "outcome": "accepted", "reason": None}
