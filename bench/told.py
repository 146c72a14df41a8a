"""When the units were told: by the time at which each queue took each message."""

import json
import time
from typing import Any, Final

from boto3.session import Session

from local.stack import Stack

from .sending import Sent

PATIENCE_S: Final = 180.0


def told_at(stack: Stack, sent: list[Sent]) -> dict[str, float]:
    """By id, seconds since the epoch, as far as they came in time; takes the messages off the queues."""
    session = Session(stack.aws_access_key_id, stack.aws_secret_access_key, region_name=stack.region)
    sqs = session.client("sqs", endpoint_url=stack.aws_endpoint_url)
    waiting = {one.id: one.unit for one in sent}
    found: dict[str, float] = {}
    end = time.monotonic() + PATIENCE_S
    while waiting and time.monotonic() < end:
        for unit in set(waiting.values()):
            for id, at in _taken(sqs, stack.queues[unit]):
                found[id] = at
                waiting.pop(id, None)
    return found


def _taken(sqs: Any, url: str) -> list[tuple[str, float]]:
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["SentTimestamp"])
    messages = answer.get("Messages", [])
    if messages:
        entries = [{"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(messages)]
        sqs.delete_message_batch(QueueUrl=url, Entries=entries)
    return [(json.loads(one["Body"])["subject"], int(one["Attributes"]["SentTimestamp"]) / 1000) for one in messages]
