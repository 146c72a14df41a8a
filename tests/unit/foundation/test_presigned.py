"""What is signed here without a client of S3 is what boto3's own would have signed."""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore import auth
from botocore.config import Config

from chalicelib.foundation import aws, presigned

NOW = datetime(2026, 1, 5, 14, tzinfo=UTC)
BUCKET, KEY = "guichet-photos", "uploads/7K3Q9XPTM3/5f0c6e1d2b3a4987"


@pytest.fixture(params=[None, "a-session-token/+="], ids=["user", "role"])
def credentials(request, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ca-central-1")
    if request.param:
        monkeypatch.setenv("AWS_SESSION_TOKEN", request.param)
    monkeypatch.setattr(auth, "get_current_datetime", lambda: NOW.replace(tzinfo=None))
    aws._session.cache_clear()
    yield
    aws._session.cache_clear()


@pytest.fixture
def s3(credentials):
    return boto3.session.Session().client(
        "s3", config=Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
    )


def test_a_link(s3):
    made = presigned.link(BUCKET, "renditions/f/view.jpg", at=NOW)
    asked = {"Bucket": BUCKET, "Key": "renditions/f/view.jpg"}
    host = f"https://{BUCKET}.s3.ca-central-1.amazonaws.com/"
    assert made.url == s3.generate_presigned_url("get_object", Params=asked, ExpiresIn=300)
    assert made.url.startswith(host)
    assert made.expires_at == NOW + timedelta(minutes=5)


def test_a_form(s3):
    made = presigned.form(BUCKET, KEY, content_type="image/jpeg", most_bytes=2_400_000, at=NOW)
    ours = [{"Content-Type": "image/jpeg"}, ["content-length-range", 1, 2_400_000]]
    theirs = s3.generate_presigned_post(BUCKET, KEY, {"Content-Type": "image/jpeg"}, ours, ExpiresIn=900)
    policy = policy_of(made.fields)
    assert made.url == theirs["url"].rstrip("/")
    assert without_signature(made.fields) == without_signature(theirs["fields"])
    assert sorted(map(str, policy["conditions"])) == sorted(map(str, policy_of(theirs["fields"])["conditions"]))
    assert datetime.fromisoformat(policy["expiration"]) == made.expires_at == NOW + timedelta(minutes=15)
    assert made.fields["x-amz-signature"] == signed(made.fields["policy"])
    assert theirs["fields"]["x-amz-signature"] == signed(theirs["fields"]["policy"]), "as it is signed by AWS's rule"


def policy_of(fields):
    return json.loads(base64.b64decode(fields["policy"]))


def without_signature(fields):
    return {name: value for name, value in fields.items() if name not in ("policy", "x-amz-signature")}


def signed(policy):
    """The signature of a text, by the rule of Signature Version 4."""
    key = b"AWS4a-secret"
    for part in ("20260105", "ca-central-1", "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, policy.encode(), "sha256").hex()
