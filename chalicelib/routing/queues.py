"""The units' queues."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from ..foundation import aws
from ..foundation.settings import settings

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient
    from types_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

MOST_IN_A_BATCH: Final = 10
# SQS's own limit was this before it was 1 MiB, and a queue may still say so.
MOST_BYTES_IN_A_BATCH: Final = 256 * 1024


class Letter(NamedTuple):
    """A message ready to be sent: its group is the service request, its id makes repeats within five minutes one.

    `again` tells apart what a unit asked to have again, which must arrive.
    """

    service_request_id: str
    sequence: int
    body: str
    again: str = ""

    @property
    def message_id(self) -> str:
        return f"{self.service_request_id}.{self.sequence}"


class Queues:
    def __init__(self, client: "SQSClient", url_prefix: str) -> None:
        self._client = client
        self._url_prefix = url_prefix

    def send(self, recipient: str, letters: Sequence[Letter]) -> set[str]:
        """Put up to ten letters, of different service requests, on a recipient's queue. One call.

        Returns the ids of the service requests whose letter the queue accepted; if botocore raises, none is known to.
        """
        entries: list[SendMessageBatchRequestEntryTypeDef] = [
            {
                "Id": str(number),
                "MessageBody": letter.body,
                "MessageGroupId": letter.service_request_id,
                "MessageDeduplicationId": letter.message_id + letter.again,
            }
            for number, letter in enumerate(letters)
        ]
        answer = self._client.send_message_batch(QueueUrl=f"{self._url_prefix}{recipient}.fifo", Entries=entries)
        return {letters[int(sent["Id"])].service_request_id for sent in answer.get("Successful", ())}


@cache
def queues() -> Queues:
    return Queues(aws.sqs(), settings().queue_url_prefix)
