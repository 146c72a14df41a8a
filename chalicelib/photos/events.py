"""What wakes the function that looks at photos: its queue, which tells of uploads, and of what is to be blurred."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import unquote_plus

from ..foundation import aws, log
from ..foundation.keys import keys
from ..foundation.problems import Busy
from ..service_requests.store import store
from .actions.looked_at import Upload
from .blurring import Blurring
from .checking import Checking
from .naming import uploaded
from .orders import Orders
from .storage import photo_storage

# What comes more often may be what the function died of each time; or AWS failed each time.
TRIES: Final = 3


class Told(NamedTuple):
    """Of something that was sent."""

    upload: Upload
    etag: str


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Look at photos that came, and blur what is to be blurred. What could not be done now comes again, and after six
    times lies with the dead letters."""
    failed = [record["messageId"] for record in event["Records"] if not _done(record)]
    return {"batchItemFailures": [{"itemIdentifier": id} for id in failed]}


def _done(record: Mapping[str, Any]) -> bool:
    try:
        _do(json.loads(record["body"]), received=int(record["attributes"]["ApproximateReceiveCount"]))
    except (Busy, *aws.FAILURES) as error:
        log.warning("a photo has to wait", error=aws.name_of(error))
        return False
    except Exception as error:  # Lambda logs an error with its message, which may quote anything
        log.failure(error)
        return False
    return True


def _do(message: Mapping[str, Any], *, received: int) -> None:
    if "blur" in message:
        order = Orders.model_validate(message).blur
        with log.line("blur", service_request_id=order.service_request_id, photo_id=order.photo_id) as line:
            line["done"] = Blurring(store(), photo_storage(), keys()).carry_out(order)
        return
    for told in _told(message):
        upload = told.upload
        with log.line(
            "photo", service_request_id=upload.photo.service_request_id, photo_id=upload.photo.photo_id
        ) as line:
            checking = Checking(store(), photo_storage(), keys())
            line |= checking.look(upload, told.etag, is_suspect=received > TRIES)._asdict()


def _told(message: Mapping[str, Any]) -> Iterator[Told]:
    """What S3 tells was sent, where a form allows it; once, when the bucket is made, it tells that it can tell."""
    if message.get("Event") == "s3:TestEvent":
        return
    for record in message["Records"]:
        told = record["s3"]["object"]
        photo = uploaded(unquote_plus(told["key"]))
        if photo:
            yield Told(Upload(photo, told["sequencer"]), told["eTag"])
