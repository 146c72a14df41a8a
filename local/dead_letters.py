"""A dead-letter queue: what a unit's system received ten times and never deleted; what became of no photo in six tries.

Messages leave it one by one, each only when it is safe elsewhere: a kill between the two makes a repeat, and never a
loss. A repeat is dropped by the consumer's rule of `docs/routing.md`, or does nothing where the photo is done. (SQS has
a task for this, StartMessageMoveTask. The emulator does not, and the same way everywhere is a way that is tested.)
"""

import json
import os
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import unquote_plus

from chalicelib.photos.naming import uploaded
from chalicelib.photos.orders import Orders

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient
    from types_boto3_sqs.type_defs import MessageTypeDef

MOST_SHOWN: Final = 100
# How long what was taken stays hidden if this process dies: long enough to handle ten.
HIDDEN_S: Final = 60
# A short look asks some of SQS's servers only, and may find nothing where there is something.
LOOK_S: Final = 1


class Counts(NamedTuple):
    """How many messages are on a queue, about: to be had, and taken by somebody who has not deleted them yet."""

    visible: int
    hidden: int


class DeadLetter(NamedTuple):
    """A message as the dead-letter queue gave it. `since`: when it came there. Photos' queues are not in groups."""

    message_id: str
    receipt: str
    group: str | None
    received: int
    since: datetime
    body: str

    @property
    def sequence(self) -> int | None:
        """That of the timeline's entry that it tells of; None if it is no message of ours."""
        try:
            return int(json.loads(self.body)["data"]["sequence"])
        except (ValueError, KeyError, TypeError):
            return None

    @property
    def about(self) -> tuple[str, str]:
        """The service request, and what of it: a sequence; or a photo, and what was to be done with it."""
        if self.group:
            return self.group, "?" if self.sequence is None else str(self.sequence)
        return self._of_photo() or ("?", "?")

    def _of_photo(self) -> tuple[str, str] | None:
        try:
            body = json.loads(self.body)
            if "blur" in body:
                order = Orders.model_validate(body).blur
                return order.service_request_id, f"blur {order.photo_id}"
            photo = uploaded(unquote_plus(body["Records"][0]["s3"]["object"]["key"]))
        except (ValueError, KeyError, TypeError, IndexError, AttributeError):
            return None
        return (photo.service_request_id, f"look at {photo.photo_id}") if photo else None

    @property
    def place(self) -> tuple[str, int]:
        """Sorts by service request, lowest sequence first."""
        return self.group or "", self.sequence or 0


class DeadLetters:
    def __init__(self, sqs: "SQSClient", url: str) -> None:
        self._sqs = sqs
        self._url = url

    def look(self) -> list[DeadLetter]:
        """The first hundred, in the order they are moved in; of one group ten: SQS shows no more."""
        seen: dict[str, DeadLetter] = {}
        while len(seen) < MOST_SHOWN and (taken := self.take()):
            seen |= {letter.message_id: letter for letter in taken}
        letters = sorted(seen.values(), key=lambda letter: letter.place)
        for letter in letters:
            self.release(letter)
        return letters

    def take(self) -> list[DeadLetter]:
        """Up to ten, hidden from others for a while; none if there are none to be had."""
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=LOOK_S,
            VisibilityTimeout=HIDDEN_S,
            MessageSystemAttributeNames=["MessageGroupId", "ApproximateReceiveCount", "SentTimestamp"],
        )
        return [_read(message) for message in answer.get("Messages", [])]

    def release(self, letter: DeadLetter) -> None:
        """Let others see it again."""
        self._sqs.change_message_visibility(QueueUrl=self._url, ReceiptHandle=letter.receipt, VisibilityTimeout=0)

    def delete(self, letter: DeadLetter) -> None:
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=letter.receipt)


def counted(sqs: "SQSClient", url: str) -> Counts:
    """How many messages are on a queue."""
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return Counts(int(told["ApproximateNumberOfMessages"]), int(told["ApproximateNumberOfMessagesNotVisible"]))


def move(letters: DeadLetters, keep: Callable[[DeadLetter], None], until: datetime) -> int:
    """Take one after the other what came until then, `keep` it elsewhere, then delete it; how many.

    What came later may have been sent back just now, and would go round without end.
    """
    moved = 0
    while taken := sorted(letters.take(), key=lambda letter: letter.place):
        later = [letter for letter in taken if letter.since > until]
        for letter in taken:
            if letter not in later:
                keep(letter)
                letters.delete(letter)
                moved += 1
        for letter in later:
            letters.release(letter)
        if len(later) == len(taken):
            break
    return moved


def to_queue(sqs: "SQSClient", url: str) -> Callable[[DeadLetter], None]:
    """Keep by sending to the queue that it came from: the same body, in the same group where there are any.

    The deduplication id is another each time: under that of the first sending SQS would take it, within five minutes,
    for a repeat, and drop it.
    """

    def send(letter: DeadLetter) -> None:
        in_order: Any = {}
        if letter.group:
            in_order = {"MessageGroupId": letter.group, "MessageDeduplicationId": secrets.token_hex(16)}
        sqs.send_message(QueueUrl=url, MessageBody=letter.body, **in_order)

    return send


def to_file(path: Path) -> Callable[[DeadLetter], None]:
    """Keep by adding a line of JSON to a file that only its owner reads: it holds what citizens wrote."""

    def write(letter: DeadLetter) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        told = {
            "message_id": letter.message_id,
            "group": letter.group,
            "received": letter.received,
            "dead_since": letter.since.isoformat(),
            "body": letter.body,
        }
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "wb") as file:
            file.write((json.dumps(told, ensure_ascii=False) + "\n").encode())
            file.flush()
            os.fsync(file.fileno())

    return write


def _read(message: "MessageTypeDef") -> DeadLetter:
    told = message["Attributes"]
    return DeadLetter(
        message_id=message["MessageId"],
        receipt=message["ReceiptHandle"],
        group=told.get("MessageGroupId"),
        received=int(told["ApproximateReceiveCount"]),
        since=datetime.fromtimestamp(int(told["SentTimestamp"]) / 1000, UTC),
        body=message["Body"],
    )
