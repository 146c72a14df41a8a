"""Photos on the packaged application: from a citizen straight to S3, checked, to the unit; to anyone if published."""

import io
import json
import time
import urllib.error
import urllib.request
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from PIL import Image

from chalicelib.foundation import presigned, times
from chalicelib.service_requests.photos import upload_key
from local.demo.line import Line
from local.stages import stages
from local.token import id_token
from tests.support.submissions import somewhere
from tests.support.unit import Unit, administrator, call

WITHIN_S = 60
RED, BLUE = (255, 0, 0), (0, 0, 255)
SECRET = b"Canon of Jeanne Tremblay"


def photo(width=1600, height=1200, fmt="JPEG"):
    """Red to the left and blue to the right; it says who took it, and where."""
    image, exif = Image.new("RGB", (width, height), RED), Image.Exif()
    image.paste(BLUE, (width // 2, 0, width, height))
    exif[0x010E] = SECRET.decode()
    exif.get_ifd(0x8825).update({1: "N", 2: (45.0, 30.0, 0.0), 3: "W", 4: (73.0, 30.0, 0.0)})
    written = io.BytesIO()
    image.save(written, fmt, exif=exif)
    return written.getvalue()


JPEG = photo()
TEXT = b"MZ is how a program begins, whatever it is called"


class Citizen:
    """Somebody who sends a service request with photos."""

    def __init__(self, stack, *photos, borough="VM"):
        self.stack = stack
        announced = [{"content_type": "image/jpeg", "size": len(each), "keep_hints": True} for each in photos]
        body = {
            "service_code": "nid-de-poule",
            "location": somewhere(borough),
            "attributes": {"taille": "grand"},
            "photos": announced,
        }
        status, _, answer = call("POST", f"{stack.api_url}/v1/service-requests", body=body)
        assert status == 201, answer
        receipt = json.loads(answer)
        self.id, self.token = receipt["service_request_id"], receipt["tracking_token"]
        self.forms = receipt["photo_uploads"]
        self.address = f"{stack.api_url}/v1/service-requests/{self.id}"

    def ask(self, method, path="", **options):
        status, _, answer = call(method, f"{self.address}{path}", Tracking_Token=self.token, **options)
        return status, json.loads(answer)

    def photos(self):
        return self.ask("GET")[1]["photos"]

    def until(self, *states):
        """Look until the photos stand so."""
        end = time.monotonic() + WITHIN_S
        while [each["state"] for each in self.photos()] != [*states]:
            assert time.monotonic() < end, self.photos()
            time.sleep(0.1)
        return self.photos()


def send(form, file):
    """To S3, by a form; the status."""
    with Line("") as line:
        return line.send(form, file).status


def fetch(url):
    try:
        with urllib.request.urlopen(url) as answer:  # noqa: S310
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, b""


def colours(jpeg):
    """Of the left and of the right."""
    image = Image.open(io.BytesIO(jpeg))
    return [image.getpixel((int(image.width * at), image.height // 2)) for at in (0.25, 0.75)]


def near(colour, other):
    return all(abs(a - b) < 30 for a, b in zip(colour, other, strict=True))


def in_bucket(stack, prefix):
    s3, bucket = administrator(stack, "s3"), stack.buckets["photos"]
    found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    return {each["Key"]: s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read() for each in found}


def link(stack, path, **options):
    """What a photo's path answers: the link, or the status."""
    status, _, answer = call("GET", f"{stack.api_url}{path}", **options)
    return json.loads(answer)["url"] if status == 200 else status


def agent(stack):
    return {"Authorization": f"Bearer {id_token(stack, 'agent.311')}"}


def test_a_photo_goes_from_a_citizen_to_its_unit_and_is_blurred_published_and_withdrawn(stack):
    unit, citizen = Unit(stack, "VM"), Citizen(stack, JPEG)
    (form,) = citizen.forms
    assert send(form, JPEG) == 204
    unit.take(citizen.id)
    (seen,) = citizen.until("accepted")
    photo_id = seen["photo_id"]

    # Its unit is told, and fetches it under its own role; no other can.
    message = unit.take(citizen.id)
    assert message["type"].endswith(".photo_accepted.v1")
    (told,) = message["data"]["service_request"]["photos"]
    assert (told["photo_id"], told["position"]) == (photo_id, {"lat": 45.5, "lon": -73.5})
    assert link(stack, told["view"], role=Unit(stack, "RO").role) == 403
    view = fetch(link(stack, told["view"], role=unit.role))[1]
    assert [near(*pair) for pair in zip(colours(view), (RED, BLUE), strict=True)] == [True, True]

    # Nothing is left of what was sent, and nothing of what it said.
    assert in_bucket(stack, f"uploads/{citizen.id}") == {}
    held = fetch(link(stack, seen["thumbnail"], Tracking_Token=citizen.token))[1]
    assert Image.open(io.BytesIO(held)).size == (320, 240)
    assert SECRET not in view + held
    assert not Image.open(io.BytesIO(view)).getexif()

    # An agent has the left half blurred: the unblurred is nowhere any more, not even by a link given before.
    unblurred = link(stack, seen["view"], Tracking_Token=citizen.token)
    agents = f"/v1/agent/service-requests/{citizen.id}"
    left = {"rectangles": [{"x": 0, "y": 0, "width": 0.5, "height": 1}]}
    address = f"{stack.api_url}{agents}/photos/{photo_id}/blur"
    assert call("POST", address, body=left, **agent(stack))[0] == 202
    assert unit.take(citizen.id)["type"].endswith(".photo_blurred.v1")
    until_gone(stack, unblurred)
    blurred = fetch(link(stack, f"{agents}/photos/{photo_id}/view", **agent(stack)))[1]
    assert [near(*pair) for pair in zip(colours(blurred), (RED, BLUE), strict=True)] == [False, True]

    # Anyone sees it as long as it is published.
    def act(action):
        body = {"action": action, "photo_id": photo_id}
        status, _, answer = call("POST", f"{stack.api_url}{agents}/actions", body=body, **agent(stack))
        assert status == 200, answer

    def public():
        return json.loads(call("GET", citizen.address)[2])["photos"]

    path = f"/v1/service-requests/{citizen.id}/photos/{photo_id}/view"
    assert (link(stack, path), public()) == (404, [])
    act("publish_photo")
    (shown,) = public()
    assert "position" not in shown
    assert fetch(link(stack, shown["view"]))[1] == blurred
    act("unpublish_photo")
    assert (link(stack, path), public()) == (404, [])


def until_gone(stack, url):
    end = time.monotonic() + WITHIN_S
    while fetch(url)[0] == 200:
        assert time.monotonic() < end, "the unblurred photo can still be fetched"
        time.sleep(0.1)
    folder = urlsplit(url).path.rpartition(f"{stack.buckets['photos']}/")[2].rpartition("/")[0]
    assert folder.startswith("renditions/")
    assert in_bucket(stack, folder) == {}


def test_who_sent_something_else_is_told_why_it_is_refused_and_sends_a_photo(stack):
    unit, citizen = Unit(stack, "SO"), Citizen(stack, TEXT, borough="SO")
    assert send(citizen.forms[0], TEXT) == 204
    (refused,) = citizen.until("refused")
    assert refused["refusal"] == "not_a_photo"
    assert {"fr", "en"} <= refused["refusal_text"].keys()
    unit.take(citizen.id)
    assert unit.take(citizen.id)["data"]["entry"]["photo_refusal"] == "not_a_photo"
    small = photo(16, 12)[: len(TEXT)]
    assert send(citizen.forms[0], small) == 204, "the same form is good for a quarter of an hour"
    status, more = citizen.ask("POST", "/photos", body={"photos": [{"content_type": "image/jpeg", "size": len(JPEG)}]})
    assert status == 201
    assert send(more["photo_uploads"][0], JPEG) == 204
    first, second = citizen.until("refused", "accepted")
    assert (first["refusal"], second["refusal"]) == ("damaged", None)
    assert in_bucket(stack, f"uploads/{citizen.id}") == {}


@pytest.fixture(scope="module")
def announced(stack):
    return Citizen(stack, JPEG, borough="RO")


def test_a_form_is_for_one_photo_no_larger_than_announced_and_of_its_type(stack, announced):
    (form,) = announced.forms
    other = upload_key(announced.id, "another")
    assert send(form, JPEG + b"x") == 400
    assert send(form, b"") == 400
    assert send(form | {"fields": form["fields"] | {"Content-Type": "text/html"}}, JPEG) == 403
    assert send(form | {"fields": form["fields"] | {"key": other}}, JPEG) == 403
    for field in ("policy", "x-amz-signature"):
        assert send(form | {"fields": form["fields"] | {field: form["fields"][field][::-1]}}, JPEG) in (400, 403)
    assert in_bucket(stack, f"uploads/{announced.id}") == {}


def test_a_form_that_expired_is_refused_and_the_next_is_good(stack, announced, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", stack.aws_endpoint_url)
    key, bucket = upload_key(announced.id, announced.forms[0]["photo_id"]), stack.buckets["photos"]
    for minutes, status in ((16, 403), (14, 204)):
        at = times.now() - timedelta(minutes=minutes)
        form = presigned.form(bucket, key, content_type="image/jpeg", most_bytes=len(JPEG), at=at)
        assert send(form.model_dump(), JPEG) == status
    announced.until("accepted")


def test_pages_of_the_allowed_origins_may_send_photos_and_no_others(stack, announced):
    url = announced.forms[0]["url"]
    for origin in stages()["local"].allowed_origins.split(","):
        for method in ("POST", "GET"):
            status, headers, _ = call("OPTIONS", url, Origin=origin, Access_Control_Request_Method=method)
            assert (status, headers["Access-Control-Allow-Origin"]) == (200, origin)
        assert call("OPTIONS", url, Origin=origin, Access_Control_Request_Method="DELETE")[0] == 403
    assert call("OPTIONS", url, Origin="https://elsewhere.test", Access_Control_Request_Method="POST")[0] == 403


def test_nobody_reads_the_bucket_without_a_link(stack, announced):
    bucket = f"{stack.aws_endpoint_url}/{stack.buckets['photos']}"
    for path in ("", "/uploads/x/y", "/renditions/x/view.jpg"):
        assert fetch(bucket + path)[0] == 403
        assert call("GET", bucket + path, role=Unit(stack, "VM").role)[0] == 403
