"""The function that looks at photos, on moto: what S3 tells it, its queue, and whatever goes wrong with its calls."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from botocore.exceptions import ConnectionClosedError
from PIL import Image

from chalicelib.foundation import aws
from chalicelib.foundation.settings import settings
from chalicelib.photos.events import handle
from chalicelib.service_requests.photos import upload_key
from tests.support.gateway import Context

SEEN_AT_MOST = 6


class Killed(BaseException):
    """The function's process is no more: nobody catches it."""


def jpeg(colour: str = "red", width: int = 40, height: int = 30) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(written, "JPEG")
    return written.getvalue()


@dataclass
class Message:
    body: str
    received: int = 0


@dataclass
class PhotoFunction:
    """What waits for the function, and what was given up."""

    waiting: list[Message] = field(default_factory=list)
    dead: list[Message] = field(default_factory=list)
    _sequencers: Iterator[int] = field(default_factory=lambda: count(0xF0))

    def upload(self, service_request_id: str, photo_id: str, data: bytes) -> Message:
        """What was sent by a form; what S3 tells of it waits for the function."""
        key = upload_key(service_request_id, photo_id)
        put = aws.s3().put_object(Bucket=settings().photos_bucket, Key=key, Body=data)
        told = {
            "key": key,
            "size": len(data),
            "eTag": put["ETag"].strip('"'),
            "sequencer": f"{next(self._sequencers):016X}",
        }
        return self.tell({"Records": [{"eventSource": "aws:s3", "s3": {"object": told}}]})

    def tell(self, body: Any) -> Message:
        self.waiting.append(Message(json.dumps(body)))
        return self.waiting[-1]

    def run(self, message: Message | None = None) -> bool:
        """The function takes a message, the next if none is named; whether it is done with."""
        message = message or self.waiting[0]
        message.received += 1
        record = {
            "messageId": "m",
            "body": message.body,
            "attributes": {"ApproximateReceiveCount": str(message.received)},
        }
        try:
            failed = bool(handle({"Records": [record]}, Context())["batchItemFailures"])
        except Killed:
            failed = True
        if not failed or message.received == SEEN_AT_MOST:
            self.waiting.remove(message)
            self.dead += [message] if failed else []
        return not failed

    def run_all(self) -> None:
        while self.waiting:
            self.run()

    def in_bucket(self) -> set[str]:
        """Of all that lies in the bucket."""
        found = aws.s3().list_objects_v2(Bucket=settings().photos_bucket, MaxKeys=1000)
        assert not found["IsTruncated"]
        return {each["Key"] for each in found.get("Contents", [])}

    def stored(self) -> dict[str, bytes]:
        """All that lies in the bucket, by key."""
        bucket = settings().photos_bucket
        return {key: aws.s3().get_object(Bucket=bucket, Key=key)["Body"].read() for key in self.in_bucket()}


@contextmanager
def trouble(call: int, happens: Callable[[], None], *, after: bool = False) -> Iterator[list[str]]:
    """Something happens before, or after, the call of AWS of that number, from 0; what was called."""
    called: list[str] = []
    clients = (aws.dynamodb(), aws.s3(), aws.secretsmanager())
    event = "after-call" if after else "before-call"

    def met(model: Any, **_: Any) -> None:
        called.append(model.name)
        if len(called) == call + 1:
            happens()

    for client in clients:
        client.meta.events.register_first(event, met)
    try:
        yield called
    finally:
        for client in clients:
            client.meta.events.unregister(event, met)


def kill() -> None:
    raise Killed


def fail() -> None:
    raise ConnectionClosedError(endpoint_url="https://aws.test")
