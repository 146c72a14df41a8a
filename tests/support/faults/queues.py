"""SQS's FIFO queues in memory: what each accepted, in order, and what waits."""

import hashlib
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from .tables import Answer, Refused

FORGETS_AFTER = timedelta(minutes=5)
MOST_BYTES = 1024 * 1024


class Message(NamedTuple):
    group: str
    body: str


@dataclass
class Queue:
    waiting: deque[Message] = field(default_factory=deque)
    dead: deque[Message] = field(default_factory=deque)
    """Its dead-letter queue."""
    known: dict[str, datetime] = field(default_factory=dict)
    """Deduplication ids, and when each was taken."""


class Queues:
    """Answers calls. `takes` may refuse one message; `taken` is told of each that is on a queue, repeats left out."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.queues: dict[str, Queue] = {}
        self.now = now
        self.takes: Callable[[str], bool] = lambda _: True
        self.taken: Callable[[str, Message], None] = lambda _, __: None

    def answer(self, operation: str, asked: Mapping[str, Any]) -> Answer:
        if operation != "SendMessageBatch":
            raise NotImplementedError(operation)
        unit = unit_of(asked["QueueUrl"])
        queue = self.queues.setdefault(unit, Queue())
        entries = asked["Entries"]
        if not 0 < len(entries) <= 10 or len({entry["Id"] for entry in entries}) < len(entries):
            raise Refused("AWS.SimpleQueueService.TooManyEntriesInBatchRequest")
        if sum(len(entry["MessageBody"].encode()) for entry in entries) > MOST_BYTES:
            raise Refused("AWS.SimpleQueueService.BatchRequestTooLong")
        done: Answer = {"Successful": [], "Failed": []}
        for entry in entries:
            if self.takes(unit):
                self._take(unit, queue, entry)
                digest = hashlib.md5(entry["MessageBody"].encode(), usedforsecurity=False).hexdigest()
                done["Successful"].append({"Id": entry["Id"], "MessageId": entry["Id"], "MD5OfMessageBody": digest})
            else:
                done["Failed"].append({"Id": entry["Id"], "SenderFault": False, "Code": "InternalError"})
        return {name: results for name, results in done.items() if results}

    def _take(self, unit: str, queue: Queue, entry: Mapping[str, Any]) -> None:
        known, now = entry["MessageDeduplicationId"], self.now()
        if known in queue.known and now - queue.known[known] < FORGETS_AFTER:
            return
        queue.known[known] = now
        message = Message(entry["MessageGroupId"], entry["MessageBody"])
        queue.waiting.append(message)
        self.taken(unit, message)


def unit_of(url: str) -> str:
    """`…/guichet-test-VM.fifo` → `VM`; units' codes may hold dashes."""
    return url.rpartition("/")[2].removesuffix(".fifo").split("-", 2)[2]
