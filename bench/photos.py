"""Photos: calls of AWS of each step of one, and what it costs beside its service request."""

import json
import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from chalicelib.foundation import aws
from chalicelib.foundation.settings import settings
from chalicelib.routing.events import relay_stream
from tests.support.gateway import Context
from tests.support.photo_function import PhotoFunction

from .account import Accountant, Least, Operation
from .one_picture import ours
from .pictures import phone_photo
from .world import KEY, WATCHED, accepted, app_on_moto, as_unit

ANNOUNCED: Final = {"content_type": "image/jpeg", "size": 15_000_000, "keep_hints": True}
PARTS: Final = {"rectangles": [{"x": 0.4, "y": 0.1, "width": 0.2, "height": 0.3}]}
ROUNDS: Final = 5
ACCEPTED: Final = "a photo that came: looked at, accepted"
RELAYED: Final = "the relay and mark of that"
SEEN: Final = "a link to it"


class Measured(NamedTuple):
    """A phone's photo from its form to its unit's eyes."""

    operations: list[Operation]
    stored_bytes: int
    """Of its renditions."""
    look_s: float
    """CPU of checking and rendering it."""


def measured() -> Measured:
    with app_on_moto() as (functions, clients):
        bucket = settings().photos_bucket
        aws.s3().create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": aws.region()})
        photo = phone_photo()
        life = _Life(functions, Accountant({**vars(clients), "s3": aws.s3()}), photo)
        life.live()
        return Measured(life.done, life.stored_bytes, _cpu_s(photo))


def _cpu_s(photo: bytes) -> float:
    def once() -> float:
        began = time.process_time()
        ours(photo)
        return time.process_time() - began

    return min(once() for _ in range(ROUNDS))


class _Life:
    def __init__(self, functions: Any, accountant: Accountant, photo: bytes) -> None:
        self._functions = functions
        self._gateway = functions.gateway
        self._accountant = accountant
        self._photo = photo
        self._function = PhotoFunction()
        self.done: list[Operation] = []
        self.stored_bytes = 0

    def _count(self, name: str, least: Least, action: Callable[[], Any]) -> Any:
        with self._accountant.counting() as bill:
            answer = action()
        self.done.append(Operation(name, bill, least))
        return answer

    def _post(self, path: str, body: Any, **options: Any) -> Any:
        return accepted(self._gateway.post(path, body, **options))

    def live(self) -> None:
        receipt = self._count(
            "a submission that announces a photo",
            Least({"Query": 1, "PutItem": 1}, reads=0.5, writes=_OF_A_NEW_ONE),
            lambda: self._post("/v1/service-requests", {**WATCHED, "photos": [ANNOUNCED]}),
        )
        id, unit = receipt["service_request_id"], receipt["unit"]["code"]
        photo_id = receipt["photo_uploads"][0]["photo_id"]
        self._functions.relay()
        self._count(
            "a photo announced later",
            Least({"GetItem": 1, "UpdateItem": 1}, reads=1, writes=_OF_WHAT_IS_TOLD_TO_NOBODY),
            lambda: self._post(
                f"/v1/service-requests/{id}/photos",
                {"photos": [ANNOUNCED]},
                headers={"Tracking-Token": receipt["tracking_token"]},
            ),
        )
        self._function.upload(id, photo_id, self._photo)
        self._count(
            ACCEPTED, Least(_TO_MAKE | {"DeleteObject": 1}, reads=1, writes=_OF_AN_ENTRY), self._function.run_all
        )
        self.stored_bytes = sum(map(len, self._function.stored().values()))
        batch = self._functions.stream.batch()
        self._count(
            RELAYED,
            Least({"SendMessageBatch": 1, "UpdateItem": 1}, writes=_OF_A_MARK),
            lambda: relay_stream(batch, Context()),
        )
        view = f"/v1/units/{unit}/service-requests/{id}/photos/{photo_id}/view"
        self._count(SEEN, Least({"GetItem": 1}, reads=1), lambda: accepted(self._gateway.get(view, role=as_unit(unit))))
        self._blur(f"/v1/agent/service-requests/{id}/photos/{photo_id}/blur")

    def _blur(self, path: str) -> None:
        self._count(
            "an order to blur it, with a key",
            Least({"GetItem": 1, "UpdateItem": 1, "SendMessage": 1}, reads=1, writes=_TABLE),
            lambda: self._post(path, PARTS, agent="agents", headers=KEY),
        )
        (ordered,) = aws.sqs().receive_message(QueueUrl=settings().photos_queue_url)["Messages"]
        self._function.tell(json.loads(ordered["Body"]))
        self._count(
            "blurring it", Least(_TO_MAKE | {"DeleteObject": 2}, reads=1, writes=_OF_AN_ENTRY), self._function.run_all
        )


# Read what is there, make a view and a thumbnail of it, say so.
_TO_MAKE: Final = {"GetItem": 1, "GetObject": 1, "PutObject": 2, "UpdateItem": 1}
# Announced with it, a photo leaves a service request below 1 kB; what is done with it later does not, but below 2.
_OF_A_NEW_ONE: Final = 1 + 5
_TABLE: Final = 2
# It moves in the index by status, and the two public lists show when it last changed.
_OF_WHAT_IS_TOLD_TO_NOBODY: Final = _TABLE + 2 + 2
# Its unit is to be told: it comes into the index of what is due.
_OF_AN_ENTRY: Final = _OF_WHAT_IS_TOLD_TO_NOBODY + 1
_OF_A_MARK: Final = _TABLE + 1 + 2
