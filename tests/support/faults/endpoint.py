"""Where AWS is for our clients: real botocore above, its retries included, and tables and queues in memory below."""

import io
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import botocore.endpoint
import pytest
from botocore import UNSIGNED
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from chalicelib.foundation import aws, keys, times
from tests.support.cloud import PER_PROCESS

from .cloud import Cloud
from .tables import Refused

KEYS = '{"1": "first"}'
_FAULTS_OF_AWS = {"InternalServerError": 500, "InternalFailure": 500, "ServiceUnavailable": 503}


class _Raw(io.BytesIO):
    def stream(self) -> Iterator[bytes]:
        yield self.read()


class Endpoint:
    cloud: Cloud

    def send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        service, _, operation = _text(request.headers["X-Amz-Target"]).partition(".")
        if service == "secretsmanager":
            return _answered(request, 200, {"Name": "keys", "SecretString": KEYS})
        asked = json.loads(_text(request.body))
        try:
            return _answered(request, 200, self.cloud.call(service, operation, asked))
        except Refused as refused:
            status = _FAULTS_OF_AWS.get(refused.code, 400)
            return _answered(request, status, {"__type": f"x#{refused.code}", "message": refused.code, **refused.told})


def _text(text: Any) -> str:
    return text.decode() if isinstance(text, bytes) else str(text)


def _answered(request: AWSPreparedRequest, status: int, body: dict[str, Any]) -> AWSResponse:
    headers = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-requestid": "r"}
    return AWSResponse(request.url, status, headers, _Raw(json.dumps(body).encode()))


@contextmanager
def standing_endpoint() -> Iterator[Endpoint]:
    """Within, the functions' clients reach the cloud that the endpoint is given; and the time is that cloud's."""
    endpoint = Endpoint()
    with pytest.MonkeyPatch.context() as patched:
        for cached in PER_PROCESS:
            cached.cache_clear()
        # Waiting between tries is botocore's own, and would be real.
        patched.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _: None))
        patched.setattr(times, "now", lambda: times.to_millisecond(endpoint.cloud.clock()))
        patched.setattr(secrets, "randbits", lambda number: endpoint.cloud.bits(number))
        patched.setattr(secrets, "token_hex", lambda number: f"{endpoint.cloud.bits(8 * number):0{2 * number}x}")
        for client in (aws.dynamodb(), aws.sqs(), aws.secretsmanager()):
            client.meta.events.register("before-send", endpoint.send)
            client.meta.events.register("choose-signer", lambda **_: UNSIGNED)
        keys.keys()
        yield endpoint
    for cached in PER_PROCESS:
        cached.cache_clear()
