"""Who supports which service request, in DynamoDB: items of their own, counted on the service request as they change.

Key: the service request, then the person; so those to be told of one are one query, and nobody supports twice.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from ..foundation import aws
from ..foundation.dynamo import Update, deserialized, serialized
from ..foundation.settings import settings
from ..foundation.times import written
from .lifecycle import CLOSED, Status
from .model import ServiceRequest

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class NotCounted(Exception):
    """Nothing was written: it was so already, the service request takes no support now, or others were first."""


class SupportStore:
    def __init__(self, client: "DynamoDBClient", table: str, service_requests_table: str) -> None:
        self._client = client
        self._table = table
        self._service_requests_table = service_requests_table

    def channel_of(self, id: str, person: str) -> str | None:
        """The channel by which a person supports a service request; None for one who does not. One read."""
        found = self._client.get_item(TableName=self._table, Key=_key(id, person), ConsistentRead=True)
        return str(deserialized(found["Item"]["channel"])) if "Item" in found else None

    def add(self, id: str, person: str, channel: str, at: datetime) -> None:
        """Note a support and count it. One transaction.

        Raises:
            NotCounted: there is one already, or the service request is closed or held.
        """
        item = _key(id, person) | {"channel": serialized(channel), "at": serialized(written(at))}
        noted = {
            "Put": {
                "TableName": self._table,
                "Item": item,
                "ConditionExpression": "attribute_not_exists(service_request_id)",
            }
        }
        self._together(noted, self._counted(id, channel, 1))

    def remove(self, supported: ServiceRequest, person: str, channel: str, also: Sequence[Any] = ()) -> None:
        """Forget a support and count it no more; `also` are writes to other service requests. One transaction.

        Raises:
            NotCounted: there is none by that channel; it became a duplicate, or is none any more; others were first.
        """
        forgotten = {
            "Delete": {
                "TableName": self._table,
                "Key": _key(supported.id, person),
                "ConditionExpression": "channel = :channel",
                "ExpressionAttributeValues": {":channel": serialized(channel)},
            }
        }
        self._together(forgotten, self._counted(supported.id, channel, -1, supported.duplicate_of), *also)

    def _counted(self, id: str, channel: str, number: int, duplicate_of: str | None = None) -> Any:
        update = Update()
        path, zero = update.path("supporters", channel), update.value(0)
        update.set("supporters", channel, to=f"if_not_exists({path}, {zero}) + {update.value(number)}")
        if number > 0:
            closed = ", ".join(update.value(status.value) for status in sorted(CLOSED))
            held = f"{update.path('held')} = {update.value(True)}"
            condition = f"NOT {update.path('status')} IN ({closed}) AND NOT {held}"
        else:
            # As one that its original counts too, or does not.
            is_one = "=" if duplicate_of else "<>"
            condition = (
                f"attribute_exists(id) AND {update.path('status')} {is_one} {update.value(Status.DUPLICATE.value)}"
            )
        return {
            "Update": {
                "TableName": self._service_requests_table,
                "Key": {"id": serialized(id)},
                **update.arguments(condition),
            }
        }

    def _together(self, *writes: Any) -> None:
        try:
            self._client.transact_write_items(TransactItems=list(writes))
        except self._client.exceptions.TransactionCanceledException as cancelled:
            raise NotCounted from cancelled


@cache
def supports() -> SupportStore:
    stage = settings()
    return SupportStore(aws.dynamodb(), stage.supports_table, stage.service_requests_table)


def _key(id: str, person: str) -> Any:
    return {"service_request_id": serialized(id), "person_id": serialized(person)}
