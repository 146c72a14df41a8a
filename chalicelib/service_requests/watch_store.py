"""What the watch asks of the table of service requests: what is late, how much waits in each unit."""

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ..foundation import aws
from ..foundation.dynamo import Update, serialized
from ..foundation.settings import settings
from ..foundation.times import written
from .items import BY_UNIT_AND_DUE, BY_UNIT_AND_LATE, BY_UNIT_AND_OVERDUE, BY_UNIT_AND_STATUS, key_of
from .lateness import Lateness, late_key, overdue_since
from .lifecycle import Status
from .model import ServiceRequest

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

END: Final = "~"  # sorts after every digit and letter
MOST_COUNTED: Final = 5_000


class Counted(NamedTuple):
    """How many stand in a range of an index, and the sort key of the first. `at_least`: there are more than counted."""

    number: int
    first: str | None
    at_least: bool


class WatchStore:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def to_look_at(self, unit: str, until: datetime, limit: int) -> list[str]:
        """Ids of a unit's service requests that have passed a date since they were last looked at. One query."""
        answer = self._query(BY_UNIT_AND_LATE, "late_key", unit, "", written(until), limit=limit)
        return [item["id"]["S"] for item in answer["Items"]]

    def tell(self, seen: ServiceRequest, told: dict[Lateness, datetime]) -> bool:
        """Note of which dates' passing was told, and when to look again. False if it changed since it was read, also if
        another run has told of it."""
        after = seen.model_copy(update={"told": {**seen.told, **told}})
        update = Update()
        update.put("told", value={kind: written(date) for kind, date in after.told.items()})
        update.put("late_key", value=late_key(after))
        update.put("overdue_since", value=overdue_since(after))
        before = {kind: written(date) for kind, date in seen.told.items()}
        as_read = f"{update.path('sequence')} = {update.value(seen.sequence)}"
        told_as_read = f"{update.path('told')} = {update.value(before)}"
        if not before:
            told_as_read = f"(attribute_not_exists({update.path('told')}) OR {told_as_read})"
        try:
            self._client.update_item(
                TableName=self._table,
                Key=key_of(seen.id),
                **update.arguments(f"{as_read} AND {told_as_read}"),
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def waiting(self, unit: str) -> Counted:
        """Service requests of a unit with something that a queue lacks. One query, as far as one reads."""
        return self._counted(BY_UNIT_AND_DUE, "due_at", unit, "", END)

    def in_status(self, unit: str, status: Status) -> Counted:
        """Those of a unit in a stored status; the first is longest unchanged. One query, as far as one reads."""
        return self._counted(BY_UNIT_AND_STATUS, "status_updated", unit, f"{status}#", f"{status}#{END}")

    def overdue(self, unit: str) -> Counted:
        """Those of a unit that are open, overdue and told of; the first is longest overdue. One query."""
        return self._counted(BY_UNIT_AND_OVERDUE, "overdue_since", unit, "", END)

    def _counted(self, index: str, key: str, unit: str, low: str, high: str) -> Counted:
        answer = self._query(index, key, unit, low, high)
        items = answer["Items"]
        return Counted(len(items), items[0][key]["S"] if items else None, "LastEvaluatedKey" in answer)

    def _query(self, index: str, key: str, unit: str, low: str, high: str, *, limit: int = MOST_COUNTED) -> Any:
        return self._client.query(
            TableName=self._table,
            IndexName=index,
            KeyConditionExpression="#unit = :unit AND #key BETWEEN :low AND :high",
            ExpressionAttributeNames={"#unit": "unit", "#key": key},
            ExpressionAttributeValues={
                ":unit": serialized(unit),
                ":low": serialized(low or "0"),
                ":high": serialized(high),
            },
            Limit=limit,
        )


@cache
def watch_store() -> WatchStore:
    return WatchStore(aws.dynamodb(), settings().service_requests_table)
