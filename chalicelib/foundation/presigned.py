"""Presigned requests to S3: what somebody without an identity in AWS may send or fetch, and until when.

Made from this process's own credentials, without a call: whoever uses one has, for that one object, what our role has.
No client of S3 is needed, whose description takes longer to load than all of these take to sign.
"""

from datetime import datetime, timedelta
from typing import Final

from pydantic import Field

from . import aws
from .settings import endpoint_url
from .times import Timestamp, written
from .views import View

FORM_LASTS: Final = timedelta(minutes=15)
LINK_LASTS: Final = timedelta(minutes=5)


class Form(View):
    """A form by which one file can be sent: `POST` it to `url` as `multipart/form-data`, with these fields, then the
    file in a last field called `file`."""

    url: str
    fields: dict[str, str]
    expires_at: Timestamp


class Link(View):
    """Where something can be fetched, by `GET` and without any header, until it expires."""

    url: str
    expires_at: Timestamp = Field(description="Ask again after that.")


def form(bucket: str, key: str, *, content_type: str, most_bytes: int, at: datetime) -> Form:
    """A form for this key alone, of this content type, for a file that is not empty and not larger."""
    from botocore.auth import S3SigV4PostAuth
    from botocore.awsrequest import AWSRequest

    expires_at = at + FORM_LASTS
    fields = {"key": key, "Content-Type": content_type}
    policy = {
        "expiration": written(expires_at),
        "conditions": [
            {"bucket": bucket},
            *({name: value} for name, value in fields.items()),
            ["content-length-range", 1, most_bytes],
        ],
    }
    request = AWSRequest("POST", _url(bucket))
    request.context |= {"s3-presign-post-fields": fields, "s3-presign-post-policy": policy}
    S3SigV4PostAuth(aws.credentials(), "s3", aws.region()).add_auth(request)
    return Form(url=_url(bucket), fields=request.context["s3-presign-post-fields"], expires_at=expires_at)


def link(bucket: str, key: str, *, at: datetime) -> Link:
    """A link to this object."""
    from botocore.auth import S3SigV4QueryAuth
    from botocore.awsrequest import AWSRequest

    request = AWSRequest("GET", f"{_url(bucket)}/{key}")
    S3SigV4QueryAuth(aws.credentials(), "s3", aws.region(), expires=int(LINK_LASTS.total_seconds())).add_auth(request)
    return Link(url=str(request.url), expires_at=at + LINK_LASTS)


def _url(bucket: str) -> str:
    if endpoint := endpoint_url():
        return f"{endpoint.rstrip('/')}/{bucket}"
    return f"https://{bucket}.s3.{aws.region()}.amazonaws.com"
