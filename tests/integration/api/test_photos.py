"""Photos at the doors: announced, sent by a form, seen by a link, published, taken back, ordered to be blurred."""

import base64
import json
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.foundation import times
from chalicelib.foundation.keys import keys
from chalicelib.foundation.settings import settings
from chalicelib.photos.actions.looked_at import Renditions, Upload, blurred, refuse
from chalicelib.photos.naming import PhotoKey
from chalicelib.photos.orders import Orders
from chalicelib.service_requests.actions.missing import miss_photos
from chalicelib.service_requests.lifecycle import PhotoRefusal
from chalicelib.service_requests.photos import MOST, MOST_REFUSALS
from chalicelib.service_requests.store import ServiceRequestStore, store
from chalicelib.service_requests.timeline import Position
from tests.support.environment import UNIT_ROLE_PREFIX
from tests.support.photos import JPEG, seen_photo
from tests.support.submissions import pothole
from tests.support.told import check_problem, pointers

PUBLIC = "/v1/service-requests"
UNIT = "/v1/units/VM/service-requests"
AGENT = "/v1/agent/service-requests"
ROLE = f"{UNIT_ROLE_PREFIX}VM"
HEIC = {"content_type": "image/heic", "size": 14_999_999, "alternative_text": "SECRET words", "keep_hints": True}
HOLE = {"lat": 45.51, "lon": -73.56}
numbers = iter(range(10**6))


@pytest.fixture
def receipt(gateway):
    """Of a service request with one photo, which is expected."""
    return gateway.post(PUBLIC, pothole(photos=[JPEG], location=HOLE | {"address": "SECRET street"})).json


@pytest.fixture
def id(receipt):
    return receipt["service_request_id"]


@pytest.fixture
def photo_id(receipt):
    return receipt["photo_uploads"][0]["photo_id"]


@pytest.fixture
def token(receipt):
    return {"Tracking-Token": receipt["tracking_token"]}


@pytest.fixture
def key():
    return {"Idempotency-Key": f"a-key-for-photos-{next(numbers):06}"}


@pytest.fixture
def queue(cloud):
    """What is on the queue of the `photos` function, taken off it."""

    def taken():
        url = settings().photos_queue_url
        found = cloud.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in found:
            cloud.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in found]

    taken()
    return taken


def act(gateway, id, body, agent="agents"):
    answer = gateway.post(f"{AGENT}/{id}/actions", body, agent=agent)
    assert answer.status == 200, answer
    return answer.json


def more(gateway, id, body, **options):
    return gateway.post(f"{PUBLIC}/{id}/photos", body, **options)


def forms(answer):
    assert answer.status == 201, answer
    return answer.json["photo_uploads"]


def policy(form):
    return json.loads(base64.b64decode(form["fields"]["policy"]))


def public(gateway, id):
    return gateway.get(f"{PUBLIC}/{id}")


def private(gateway, id, token):
    return gateway.get(f"{PUBLIC}/{id}", headers=token).json


def moment(text):
    return datetime.fromisoformat(text)


def test_a_submission_that_announces_photos_gets_a_form_for_each_in_the_same_write(gateway, calls, stored):
    with calls() as counted:
        receipt = gateway.post(PUBLIC, pothole(photos=[JPEG, HEIC])).json
    assert counted == {"PutItem": 1}
    id, uploads = receipt["service_request_id"], receipt["photo_uploads"]
    assert len({form["photo_id"] for form in uploads}) == 2
    for form, sent in zip(uploads, (JPEG, HEIC), strict=True):
        key = f"uploads/{id}/{form['photo_id']}"
        conditions = policy(form)["conditions"]
        assert form["fields"]["key"] == key
        assert {"key": key} in conditions
        assert {"Content-Type": sent["content_type"]} in conditions
        assert ["content-length-range", 1, sent["size"]] in conditions
        assert {"bucket": settings().photos_bucket} in conditions
        assert form["url"] == f"https://{settings().photos_bucket}.s3.ca-central-1.amazonaws.com"
        assert policy(form)["expiration"] == form["expires_at"]
        assert form["fields"].keys() >= {"x-amz-signature", "x-amz-credential", "x-amz-date", "x-amz-algorithm"}
        # Whatever S3 is to take stands in the policy, but for what signs it.
        assert form["fields"].keys() - {"policy", "x-amz-signature"} <= {
            name for condition in conditions if isinstance(condition, dict) for name in condition
        }
    lasts = moment(uploads[0]["expires_at"]) - moment(receipt["submitted_at"])
    assert timedelta(minutes=15) <= lasts < timedelta(minutes=16)
    assert list(stored()[id]["photos"]["M"]) == [form["photo_id"] for form in uploads]


def test_without_photos_there_is_no_form(gateway):
    assert gateway.post(PUBLIC, pothole()).json["photo_uploads"] == []


def test_on_the_local_cloud_a_form_and_a_link_lead_there(gateway, receipt, id, photo_id, token, monkeypatch):
    seen_photo(id)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566/")
    [form] = forms(more(gateway, id, {"photos": [JPEG]}, headers=token))
    assert form["url"] == f"http://127.0.0.1:4566/{settings().photos_bucket}"
    link = gateway.get(f"{PUBLIC}/{id}/photos/{photo_id}/view", headers=token).json
    assert link["url"].startswith(f"http://127.0.0.1:4566/{settings().photos_bucket}/renditions/")


def test_a_repeat_gets_the_same_photos_with_forms_that_are_good_now(gateway, key, monkeypatch):
    now = times.now()
    first = gateway.post(PUBLIC, pothole(photos=[JPEG]), headers=key).json
    monkeypatch.setattr(times, "now", lambda: now + timedelta(hours=2))
    again = gateway.post(PUBLIC, pothole(photos=[JPEG]), headers=key).json
    [before], [after] = first.pop("photo_uploads"), again.pop("photo_uploads")
    assert again == first
    assert after["photo_id"] == before["photo_id"]
    assert moment(after["expires_at"]) > now + timedelta(hours=2)
    other = gateway.post(PUBLIC, pothole(photos=[HEIC]), headers=key)
    check_problem(other, 422, "idempotency-key-reused")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_all_that_is_wrong_with_announced_photos_is_told_at_once(gateway, id, token, stored, language):
    before = stored()
    wrong = [
        {"content_type": "image/gif", "size": 0},
        {"content_type": "image/png", "size": 15_000_001, "alternative_text": "a\nb", "keep_hints": "perhaps"},
        {"size": "1", "name": "x.jpg"},
        {"content_type": "image/avif", "size": 1.5},
    ]
    expected = [
        "#/photos/0/content_type",
        "#/photos/0/size",
        "#/photos/1/alternative_text",
        "#/photos/1/keep_hints",
        "#/photos/1/size",
        "#/photos/2/content_type",
        "#/photos/2/name",
        "#/photos/2/size",
        "#/photos/3/size",
    ]
    refused = gateway.post(f"{PUBLIC}?lang={language}", pothole(photos=wrong))
    assert sorted(pointers(check_problem(refused, 422, "invalid-input", language))) == expected
    refused = gateway.post(f"{PUBLIC}/{id}/photos?lang={language}", {"photos": wrong}, headers=token)
    assert sorted(pointers(check_problem(refused, 422, "invalid-input", language))) == expected
    for photos in ([JPEG] * 6, JPEG, "x", None, [None], [[]]):
        assert gateway.post(PUBLIC, pothole(photos=photos)).status == 422
    for body in ({}, {"photos": []}, {"photo_ids": []}, {"photos": [], "photo_ids": []}):
        assert pointers(check_problem(more(gateway, id, body, headers=token), 422, "invalid-input")) == ["#"]
    assert stored() == before


def test_the_unit_hears_of_a_photo_once_it_has_come_and_not_before(gateway, id):
    timeline = [entry["addressed"] for entry in gateway.get(f"{UNIT}/{id}", role=ROLE).json["timeline"]]
    assert timeline == [True]
    seen_photo(id)
    view = gateway.get(f"{UNIT}/{id}", role=ROLE).json
    assert (view["timeline"][-1]["action"], view["timeline"][-1]["addressed"]) == ("accept_photo", True)
    assert view["last_sequence"] == 2


def test_more_may_be_announced_by_the_citizen_the_unit_and_agents_each_in_one_write(gateway, id, token, calls):
    body = {"photos": [JPEG, HEIC]}
    senders = {
        "citizen": (PUBLIC, {"headers": token}),
        "unit": (UNIT, {"role": ROLE}),
        "agent": (AGENT, {"agent": "unit-VM"}),
    }
    for kind, (prefix, options) in senders.items():
        with calls() as counted:
            answer = gateway.post(f"{prefix}/{id}/photos", body, **options)
        assert counted == {"GetItem": 1, "UpdateItem": 1}
        assert len(forms(answer)) == 2
        assert answer.headers["Location"].endswith(f"{prefix}/{id}")
        entry = gateway.get(f"{AGENT}/{id}", agent="agents").json["timeline"][-1]
        assert (entry["action"], entry["by"]["kind"], entry["recipients"]) == ("announce_photos", kind, [])
        assert entry["photo_ids"] == [form["photo_id"] for form in answer.json["photo_uploads"]]
    photos = private(gateway, id, token)["photos"]
    assert [photo["sent_by"] for photo in photos] == ["citizen"] * 3 + ["unit"] * 2 + ["agent"] * 2


def test_with_its_key_an_announcement_is_made_once(gateway, id, token, key, stored):
    first = forms(more(gateway, id, {"photos": [JPEG]}, headers=token | key))
    before = stored()
    again = forms(more(gateway, id, {"photos": [JPEG]}, headers=token | key))
    assert [form["photo_id"] for form in again] == [form["photo_id"] for form in first]
    for other in ([HEIC], [JPEG, JPEG], [JPEG | {"alternative_text": "Un trou"}]):
        check_problem(more(gateway, id, {"photos": other}, headers=token | key), 422, "idempotency-key-reused")
    assert stored() == before


def test_a_form_that_expired_and_a_photo_that_was_refused_get_another(gateway, id, photo_id, token, stored):
    before = stored()
    assert [f["photo_id"] for f in forms(more(gateway, id, {"photo_ids": [photo_id]}, headers=token))] == [photo_id]
    assert stored() == before, "a form is nothing to remember"
    refuse(store(), keys(), Upload(PhotoKey(id, photo_id), "01"), PhotoRefusal.TOO_LARGE)
    both = {"photo_ids": [photo_id, photo_id], "photos": [HEIC]}
    new, old = forms(more(gateway, id, both, headers=token))
    assert (new["fields"]["Content-Type"], old["photo_id"]) == ("image/heic", photo_id)


def test_no_form_is_given_for_what_is_not_to_be_sent(gateway, id, photo_id, token):
    unknown = "0" * 16
    seen_photo(id)
    answer = more(gateway, id, {"photo_ids": [unknown, photo_id]}, headers=token)
    assert pointers(check_problem(answer, 422, "invalid-input")) == ["#/photo_ids/0", "#/photo_ids/1"]


def test_one_that_was_refused_too_often_gets_no_form_any_more(gateway, id, photo_id, token):
    for number in range(MOST_REFUSALS):
        assert forms(more(gateway, id, {"photo_ids": [photo_id]}, headers=token))
        refuse(store(), keys(), Upload(PhotoKey(id, photo_id), f"{number:02}"), PhotoRefusal.DAMAGED)
    check_problem(more(gateway, id, {"photo_ids": [photo_id]}, headers=token), 422, "invalid-input")


def test_nobody_sends_a_photo_in_anothers_place(gateway, id, photo_id, token, key):
    [units] = forms(gateway.post(f"{UNIT}/{id}/photos", {"photos": [JPEG]}, role=ROLE))
    [own] = forms(more(gateway, id, {"photos": [JPEG]}, headers=token | key))
    both = {"photos": [JPEG], "photo_ids": [units["photo_id"], photo_id]}
    again = forms(more(gateway, id, both, headers=token | key))
    assert [form["photo_id"] for form in again] == [own["photo_id"], photo_id]
    check_problem(more(gateway, id, {"photo_ids": [units["photo_id"]]}, headers=token), 422, "invalid-input")
    answer = gateway.post(f"{UNIT}/{id}/photos", {"photo_ids": [photo_id]}, role=ROLE)
    check_problem(answer, 422, "invalid-input")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_there_is_room_for_so_many_photos(gateway, id, photo_id, token, language):
    left = MOST - 1
    while left:
        announced = min(5, left)
        forms(more(gateway, id, {"photos": [JPEG] * announced}, headers=token))
        left -= announced
    path = f"{PUBLIC}/{id}/photos?lang={language}"
    refused = gateway.post(path, {"photos": [JPEG]}, headers=token)
    assert check_problem(refused, 409, "too-many-photos", language)["room"] == 0
    assert "announce_photos" not in private(gateway, id, token)["allowed_actions"]
    refuse(store(), keys(), Upload(PhotoKey(id, photo_id), "01"), PhotoRefusal.DAMAGED)
    assert "announce_photos" in private(gateway, id, token)["allowed_actions"]
    forms(gateway.post(path, {"photos": [JPEG]}, headers=token))
    again = gateway.post(path, {"photo_ids": [photo_id]}, headers=token)
    assert check_problem(again, 409, "too-many-photos", language)["room"] == 0


def test_one_more_that_comes_after_all_leaves_no_less_than_no_room(gateway, id, photo_id, token):
    found = store().get(id)
    miss_photos(store(), found, found.submitted_at + timedelta(days=1))
    for _ in range(MOST // 5):
        forms(more(gateway, id, {"photos": [JPEG] * 5}, headers=token))
    seen_photo(id, photo_id)
    refused = more(gateway, id, {"photos": [JPEG]}, headers=token)
    assert check_problem(refused, 409, "too-many-photos")["room"] == 0


def test_photos_may_still_come_once_it_is_closed(gateway, id, token):
    act(gateway, id, {"action": "resolve", "resolution": "fixed", "note": "Essai."})
    forms(more(gateway, id, {"photos": [JPEG]}, headers=token))
    seen_photo(id)
    assert private(gateway, id, token)["status"] == "resolved"


def test_its_holder_reads_what_became_of_each_and_what_to_do(gateway, receipt, id, photo_id, token):
    [expected] = private(gateway, id, token)["photos"]
    assert expected == {
        "photo_id": photo_id,
        "alternative_text": {
            "fr": f"Photo du signalement {id[:5]}-{id[5:]} (Nid-de-poule), SECRET street",
            "en": f"Photo of service request {id[:5]}-{id[5:]} (Pothole), SECRET street",
        },
        "width": None,
        "height": None,
        "view": None,
        "thumbnail": None,
        "state": "expected",
        "sent_by": "citizen",
        "announced_at": receipt["submitted_at"],
        "refusal": None,
        "refusal_text": None,
        "published": False,
    }
    refuse(store(), keys(), Upload(PhotoKey(id, photo_id), "01"), PhotoRefusal.TOO_LARGE)
    [refused] = private(gateway, id, token)["photos"]
    assert (refused["state"], refused["refusal"], refused["view"]) == ("refused", "too_large", None)
    assert "pixels" in refused["refusal_text"]["fr"]
    seen_photo(id)
    [accepted] = private(gateway, id, token)["photos"]
    assert (accepted["state"], accepted["refusal"], accepted["refusal_text"]) == ("accepted", None, None)
    assert (accepted["width"], accepted["height"]) == (2048, 1536)
    assert accepted["view"] == f"{PUBLIC}/{id}/photos/{photo_id}/view"
    assert gateway.get(accepted["thumbnail"], headers=token).status == 200
    assert [step["action"] for step in private(gateway, id, token)["steps"]] == ["submit"]


def test_one_that_did_not_come_is_missing_and_may_still_come(gateway, id, photo_id, token):
    found = store().get(id)
    miss_photos(store(), found, found.submitted_at + timedelta(days=1))
    [photo] = private(gateway, id, token)["photos"]
    assert photo["state"] == "missing"
    assert forms(more(gateway, id, {"photo_ids": [photo_id]}, headers=token))
    seen_photo(id)
    assert private(gateway, id, token)["photos"][0]["state"] == "accepted"


def test_a_link_is_good_for_five_minutes_and_leads_to_what_cannot_be_guessed(gateway, id, photo_id, token, calls):
    seen_photo(id)
    folder = store().get(id).photos[photo_id].folder
    for prefix, options in ((PUBLIC, {"headers": token}), (UNIT, {"role": ROLE}), (AGENT, {"agent": "unit-VM"})):
        for rendition in ("view", "thumbnail"):
            with calls() as counted:
                answer = gateway.get(f"{prefix}/{id}/photos/{photo_id}/{rendition}", **options)
            assert counted == {"GetItem": 1}
            url = urlsplit(answer.json["url"])
            assert url.path == f"/renditions/{folder}/{rendition}.jpg"
            assert parse_qs(url.query)["X-Amz-Expires"] == ["300"]
            assert "X-Amz-Signature" in parse_qs(url.query)
            assert answer.headers["Cache-Control"] == "no-store"


def test_anyone_sees_a_photo_from_its_publication_until_that_is_taken_back(gateway, id, photo_id):
    path = f"{PUBLIC}/{id}/photos/{photo_id}/view"
    seen_photo(id)
    check_problem(gateway.get(path), 404, "photo-not-found")
    assert public(gateway, id).json["photos"] == []
    view = act(gateway, id, {"action": "publish_photo", "photo_id": photo_id})
    assert (view["photos"][0]["published"], view["timeline"][-1]["recipients"]) == (True, [])
    assert gateway.get(path).status == 200
    assert public(gateway, id).json["photos"][0]["view"] == path
    act(gateway, id, {"action": "unpublish_photo", "photo_id": photo_id})
    check_problem(gateway.get(path), 404, "photo-not-found")
    assert public(gateway, id).json["photos"] == []


def test_what_is_not_there_or_not_for_the_caller_is_answered_alike(gateway, id, photo_id):
    answers = [gateway.get(f"{PUBLIC}/{id}/photos/{photo_id}/view")]
    seen_photo(id)
    answers += [gateway.get(f"{PUBLIC}/{id}/photos/{each}/view") for each in (photo_id, "0" * 16, "é", "x" * 500)]
    assert len({(answer.status, answer.body) for answer in answers}) == 1
    for rendition in ("original", "View", "view.jpg"):
        check_problem(gateway.get(f"{PUBLIC}/{id}/photos/{photo_id}/{rendition}"), 422, "invalid-input")


def test_a_public_answer_tells_neither_the_address_nor_what_an_agent_left_out(gateway, id, photo_id):
    seen_photo(id, position=Position(lat=45.4, lon=-73.6))
    act(gateway, id, {"action": "publish_photo", "photo_id": photo_id})
    assert "SECRET" not in public(gateway, id).body
    [photo] = public(gateway, id).json["photos"]
    assert photo["alternative_text"]["fr"] == f"Photo du signalement {id[:5]}-{id[5:]} (Nid-de-poule)"
    assert photo.keys() == {"photo_id", "alternative_text", "width", "height", "view", "thumbnail"}


def test_an_agent_publishes_its_alternative_text_or_another_in_its_place(gateway):
    receipt = gateway.post(PUBLIC, pothole(photos=[HEIC])).json
    id = receipt["service_request_id"]
    photo_id = seen_photo(id)
    act(gateway, id, {"action": "publish_photo", "photo_id": photo_id, "text": "Un trou."})
    assert "SECRET" not in public(gateway, id).body
    assert public(gateway, id).json["photos"][0]["alternative_text"] == {"fr": "Un trou.", "en": "Un trou."}
    act(gateway, id, {"action": "publish_photo", "photo_id": photo_id})
    assert public(gateway, id).json["photos"][0]["alternative_text"]["en"] == "SECRET words"


@pytest.mark.parametrize("action", ["publish_photo", "unpublish_photo"])
def test_only_an_accepted_photo_is_published(gateway, id, photo_id, stored, action):
    before = stored()
    for each in (photo_id, "0" * 16):
        answer = gateway.post(f"{AGENT}/{id}/actions", {"action": action, "photo_id": each}, agent="agents")
        assert pointers(check_problem(answer, 422, "invalid-input")) == ["#/photo_id"]
    assert stored() == before


def test_when_and_where_it_was_taken_is_for_the_unit_and_agents_alone(gateway):
    receipt = gateway.post(PUBLIC, pothole(photos=[HEIC])).json
    id, token = receipt["service_request_id"], {"Tracking-Token": receipt["tracking_token"]}
    photo_id = seen_photo(id, taken_at=datetime.fromisoformat("2026-01-04T20:30:00-05:00"), position=Position(**HOLE))
    act(gateway, id, {"action": "publish_photo", "photo_id": photo_id})
    for view in (
        gateway.get(f"{UNIT}/{id}", role=ROLE).json,
        gateway.get(f"{AGENT}/{id}", agent="unit-VM").json,
    ):
        [photo] = view["photos"]
        assert (photo["taken_at"], photo["position"], photo["blurred"]) == ("2026-01-05T01:30:00.000Z", HOLE, False)
    for body in (public(gateway, id).body, json.dumps(private(gateway, id, token)["photos"])):
        assert "taken_at" not in body
        assert "-73.56," not in body


def test_a_unit_that_sent_it_on_sees_the_photos_that_had_come_before(gateway, id, photo_id, token):
    seen_photo(id)
    [later] = forms(more(gateway, id, {"photos": [JPEG]}, headers=token))
    report = {"update_id": "1", "occurred_at": store().get(id).updated_at.isoformat(), "action": "transfer"}
    assert gateway.post(f"{UNIT}/{id}/updates", report | {"to_unit": "RO"}, role=ROLE).status == 200
    seen_photo(id, later["photo_id"])
    others = "/v1/units/RO/service-requests"
    here = {"role": f"{UNIT_ROLE_PREFIX}RO"}
    for each in (photo_id, later["photo_id"]):
        assert gateway.get(f"{others}/{id}/photos/{each}/view", **here).status == 200
    assert gateway.get(f"{UNIT}/{id}/photos/{photo_id}/view", role=ROLE).status == 200
    check_problem(gateway.get(f"{UNIT}/{id}/photos/{later['photo_id']}/view", role=ROLE), 404, "photo-not-found")
    answer = gateway.post(f"{UNIT}/{id}/photos", {"photos": [JPEG]}, role=ROLE)
    check_problem(answer, 409, "transferred")


def test_to_blur_is_ordered_and_writes_nothing_itself(gateway, id, photo_id, calls, stored, queue):
    seen_photo(id)
    path, before = f"{AGENT}/{id}/photos/{photo_id}/blur", stored()
    with calls() as counted:
        answer = gateway.post(
            path, {"rectangles": [{"x": 0.4, "y": 0.1, "width": 0.2, "height": 0.3}]}, agent="unit-VM"
        )
    assert (answer.status, counted) == (202, {"GetItem": 1, "SendMessage": 1})
    assert answer.json == {"service_request_id": id, "photo_id": photo_id}
    [body] = queue()
    order = Orders.model_validate_json(body).blur
    assert (order.service_request_id, order.photo_id, order.agent_name) == (id, photo_id, "agent of unit-VM")
    assert [part.model_dump() for part in order.rectangles] == [{"x": 0.4, "y": 0.1, "width": 0.2, "height": 0.3}]
    assert stored() == before


UPPER = {"rectangles": [{"x": 0, "y": 0, "width": 1, "height": 0.5}]}
WHOLE = {"rectangles": [{"x": 0, "y": 0, "width": 1, "height": 1}]}


def orders(queue):
    return [Orders.model_validate_json(body).blur for body in queue()]


def carry_out(order):
    """As the `photos` function notes it."""
    source = store().get(order.service_request_id).photos[order.photo_id].folder
    blurred(store(), order, source, Renditions("b" * 32, 2048, 1536))


def test_to_blur_again_with_its_key_is_the_same_order_before_it_is_done_and_after(
    gateway, id, photo_id, key, queue, calls
):
    seen_photo(id)
    path = f"{AGENT}/{id}/photos/{photo_id}/blur"
    with calls() as counted:
        first = gateway.post(path, UPPER, agent="agents", headers=key)
    assert counted == {"GetItem": 1, "UpdateItem": 1, "SendMessage": 1}
    as_written = {"rectangles": [{"height": 0.5, "width": 1.0, "x": 0.0, "y": 0.0}]}
    again = gateway.post(path, as_written, agent="agents", headers=key)
    assert first.status == again.status == 202
    assert first.json == again.json
    order, repeated = orders(queue)
    assert order == repeated, "it may be that the first never came to the queue"
    carry_out(order)
    assert gateway.post(path, UPPER, agent="agents", headers=key).json == first.json
    assert queue() == []


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("done", [False, True])
def test_a_key_that_stood_for_another_blur_is_refused(gateway, id, photo_id, token, key, queue, done, language):
    [other_form] = forms(more(gateway, id, {"photos": [JPEG]}, headers=token))
    other_id = other_form["photo_id"]
    for each in (photo_id, other_id):
        seen_photo(id, each)
    path = f"{AGENT}/{id}/photos/{photo_id}/blur"
    assert gateway.post(path, UPPER, agent="agents", headers=key).status == 202
    [order] = orders(queue)
    if done:
        carry_out(order)
    for photo, body in ((photo_id, WHOLE), (other_id, UPPER)):
        answer = gateway.post(f"{AGENT}/{id}/photos/{photo}/blur?lang={language}", body, agent="agents", headers=key)
        check_problem(answer, 422, "idempotency-key-reused", language)
    assert queue() == []
    assert gateway.post(path, WHOLE, agent="unit-VM", headers=key).status == 202, "somebody else's key"


def test_two_blurs_ordered_at_once_by_one_key_are_one(gateway, id, photo_id, key, queue, monkeypatch):
    seen_photo(id)
    path = f"{AGENT}/{id}/photos/{photo_id}/blur"
    note_blur = ServiceRequestStore.note_blur

    def slower(self, *noted):
        monkeypatch.setattr(ServiceRequestStore, "note_blur", note_blur)
        assert gateway.post(path, UPPER, agent="agents", headers=key).status == 202
        return note_blur(self, *noted)

    monkeypatch.setattr(ServiceRequestStore, "note_blur", slower)
    check_problem(gateway.post(path, WHOLE, agent="agents", headers=key), 422, "idempotency-key-reused")
    assert len(queue()) == 1


@pytest.mark.parametrize("language", ["fr", "en"])
def test_all_that_is_wrong_with_what_to_blur_is_told_at_once(gateway, id, photo_id, language, queue):
    seen_photo(id)
    path = f"{AGENT}/{id}/photos/{photo_id}/blur?lang={language}"
    wrong = [{"x": -0.1, "y": 1.1, "width": 0, "height": 2}, {"x": "a", "y": 0, "width": 1}]
    answer = gateway.post(path, {"rectangles": wrong, "colour": "black"}, agent="agents")
    assert sorted(pointers(check_problem(answer, 422, "invalid-input", language))) == [
        "#/colour",
        "#/rectangles/0/height",
        "#/rectangles/0/width",
        "#/rectangles/0/x",
        "#/rectangles/0/y",
        "#/rectangles/1/height",
        "#/rectangles/1/x",
    ]
    for rectangles in ([], [{"x": 0, "y": 0, "width": 1, "height": 1}] * 21):
        check_problem(gateway.post(path, {"rectangles": rectangles}, agent="agents"), 422, "invalid-input", language)
    assert queue() == []


def test_what_is_not_accepted_is_not_blurred(gateway, id, photo_id, queue):
    body = {"rectangles": [{"x": 0, "y": 0, "width": 1, "height": 1}]}
    for each in (photo_id, "0" * 16):
        check_problem(gateway.post(f"{AGENT}/{id}/photos/{each}/blur", body, agent="agents"), 404, "photo-not-found")
    assert queue() == []


def test_photos_of_before_there_were_any_are_none(gateway, cloud, id, token):
    """A service request that an earlier release stored."""
    cloud.dynamodb.update_item(
        TableName=settings().service_requests_table,
        Key={"id": {"S": id}},
        UpdateExpression="REMOVE photos, timeline[0].photo_ids",
    )
    assert private(gateway, id, token)["photos"] == []
    forms(more(gateway, id, {"photos": [JPEG]}, headers=token))
    seen_photo(id)
    assert private(gateway, id, token)["photos"][0]["state"] == "accepted"
