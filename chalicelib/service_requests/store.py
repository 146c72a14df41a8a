"""Service requests in DynamoDB: adding, changing, finding them.

With `items` and `watch_store` the only place that names the table's attributes and indexes.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ..foundation import aws, log
from ..foundation.dynamo import Update, plain, serialized
from ..foundation.settings import settings
from ..foundation.times import written
from .items import (
    BY_BOROUGH,
    BY_CELL,
    BY_UNIT_AND_DUE,
    BY_UNIT_AND_STATUS,
    Key,
    as_item,
    derived,
    from_item,
    holds_last_of,
    key_of,
    last_key_of,
    old_item,
    open_submitted,
    starting_from,
    to_summary,
)
from .lifecycle import Action, Status
from .model import ServiceRequest

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

# What an entry can change beside what is kept by its sequence, and delivery.
_STATE: Final = frozenset(
    {
        "status",
        "priority",
        "held",
        "resumed",
        "service_code",
        "service_name",
        "borough",
        "public_position",
        "cell",
        "unit",
        "assigned_sequence",
        "reference",
        "joined",
        "expected_at",
        "closed_at",
        "photos",
    }
)
_BESIDE: Final = ("texts", "notes", "places", "agents")


class Conflict(Exception):
    """Somebody else changed the service request since it was read."""


class Taken(Exception):
    """The id is another service request's."""

    def __init__(self, existing: ServiceRequest) -> None:
        super().__init__(existing.id)
        self.existing = existing


class Page(NamedTuple):
    """Part of a list: what was found, and the key to go on from; None at the end."""

    found: list[Any]
    last_key: Key | None


class ServiceRequestStore:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def add(self, new: ServiceRequest) -> None:
        """Store a new service request. One write; to find it there, from a try whose answer was lost, is success.

        Raises:
            Taken: the id is another's.
        """
        try:
            self._client.put_item(
                TableName=self._table,
                Item=as_item(new),
                ConditionExpression="attribute_not_exists(id)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as failed:
            existing = from_item(old_item(failed))
            if not holds_last_of(new, existing):
                raise Taken(existing) from failed

    def get(self, id: str) -> ServiceRequest | None:
        """The service request, strongly consistent; None if there is none. One read."""
        found = self._client.get_item(TableName=self._table, Key=key_of(id), ConsistentRead=True)
        return from_item(found["Item"]) if "Item" in found else None

    def get_many(self, ids: Iterable[str]) -> dict[str, ServiceRequest]:
        """Those of at most a hundred that exist, strongly consistent. One call, or a few when DynamoDB is busy.

        One that cannot be read is reported and left out: it must not keep the others waiting.
        """
        found: dict[str, ServiceRequest] = {}
        keys: list[Any] = [key_of(id) for id in dict.fromkeys(ids)]
        while keys:
            answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": keys, "ConsistentRead": True}})
            for item in answer["Responses"].get(self._table, []):
                try:
                    found[item["id"]["S"]] = from_item(item)
                except ValueError as error:
                    log.failure(error, service_request_id=item["id"]["S"])
            unprocessed = answer["UnprocessedKeys"].get(self._table)
            keys = list(unprocessed["Keys"]) if unprocessed else []
        return found

    def append(self, before: ServiceRequest, after: ServiceRequest) -> None:
        """Write the entry that `after` adds to `before`: state, history and outgoing message in one write.

        Raises:
            Conflict: the stored one is no longer `before`, or is in somebody else's transaction.
        """
        try:
            self._client.update_item(**self._appending(before, after))
        except self._client.exceptions.ConditionalCheckFailedException as failed:
            old = old_item(failed)
            if not old or not holds_last_of(after, from_item(old)):
                raise Conflict(after.id) from failed
        except self._client.exceptions.TransactionConflictException as busy:
            raise Conflict(after.id) from busy

    def append_together(self, *changes: tuple[ServiceRequest, ServiceRequest]) -> None:
        """Write one entry to each of several service requests: all or none. One transaction, twice the writes' cost.

        Raises:
            Conflict: one of those stored is no longer what was read, or is being written by somebody else.
        """
        try:
            self._client.transact_write_items(TransactItems=self.writes(*changes))
        except self._client.exceptions.TransactionCanceledException as cancelled:
            reasons = cancelled.response["CancellationReasons"]
            holds = [
                "Item" in reason and holds_last_of(after, from_item(reason["Item"]))
                for (_, after), reason in zip(changes, reasons, strict=True)
            ]
            if not all(holds):
                raise Conflict(changes[0][1].id) from cancelled

    def writes(self, *changes: tuple[ServiceRequest, ServiceRequest]) -> list[Any]:
        """What `append_together` writes, for a transaction that writes something else too."""
        return [{"Update": self._appending(before, after)} for before, after in changes]

    def _appending(self, before: ServiceRequest, after: ServiceRequest) -> Any:
        entry = after.timeline[-1]
        here = str(entry.sequence)
        update = Update()
        update.put("sequence", value=after.sequence)
        update.set("timeline", to=f"list_append({update.path('timeline')}, {update.value([plain(entry)])})")
        for recipient in entry.recipients:
            path = update.path("delivery", recipient)
            update.set("delivery", recipient, to=f"if_not_exists({path}, {update.value(0)})")
        for name, values in plain(after, include=set(_BESIDE)).items():
            key = entry.by.code or "" if name == "agents" else here
            if key not in values:
                continue
            if getattr(before, name):
                update.put(name, key, value=values[key])
            else:
                update.put(name, value={key: values[key]})
        changed = {name for name in _STATE if getattr(before, name) != getattr(after, name)}
        # A mark may have moved `due_at` since it was read: it is written whether it changed or not.
        keys = derived(after)
        values = plain(after, include={*changed, "due_at"}) | keys
        for name in [*sorted(changed), *keys, "due_at"]:
            update.put(name, value=values.get(name))
        condition = f"{update.path('sequence')} = {update.value(before.sequence)}"
        if Status.DUPLICATE in (before.status, after.status) and before.status is not after.status:
            # Its supporters come with it, or leave again; they themselves do so without an entry.
            condition += f" AND {update.path('supporters')} = {update.value(dict(before.supporters))}"
        if entry.action is Action.ACCEPT_PHOTO:
            condition += f" AND {_noted_as_seen(update, 'passed_over', before)}"
        return {
            "TableName": self._table,
            "Key": key_of(after.id),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            **update.arguments(condition),
        }

    def mark_all(self, seen: ServiceRequest, reached: Mapping[str, int], due_at: datetime | None) -> bool:
        """Note that all queues have all of `seen`, and when to look at it next. False if it changed meanwhile."""
        update = Update()
        for recipient, sequence in reached.items():
            update.put("delivery", recipient, value=sequence)
        update.put("due_at", value=due_at and written(due_at))
        return self._mark(seen.id, update, f"{update.path('sequence')} = {update.value(seen.sequence)}")

    def mark(self, id: str, recipient: str, sequence: int) -> bool:
        """Note how far a recipient's queue got. False if it is known to have got as far already."""
        update = Update()
        update.put("delivery", recipient, value=sequence)
        return self._mark(id, update, f"{update.path('delivery', recipient)} < {update.value(sequence)}")

    def postpone(self, seen: ServiceRequest, due_at: datetime) -> bool:
        """Move the reconciler's next look. False if the service request changed meanwhile."""
        update = Update()
        update.put("due_at", value=written(due_at))
        return self._mark(seen.id, update, f"{update.path('sequence')} = {update.value(seen.sequence)}")

    def pass_over(self, seen: ServiceRequest, photo_id: str, sequencer: str) -> bool:
        """Let no upload of a photo be accepted any more, up to this one. False if the service request changed
        meanwhile."""
        return self._note(seen, "passed_over", photo_id, sequencer)

    def note_blur(self, seen: ServiceRequest, entry_id: str, digest: str) -> bool:
        """Note what a blurring is to be that will make this entry. False if the service request changed meanwhile."""
        return self._note(seen, "blurs", entry_id, digest)

    def _note(self, seen: ServiceRequest, name: str, key: str, value: str) -> bool:
        update = Update()
        update.put(name, value={**getattr(seen, name), key: value})
        condition = f"{update.path('sequence')} = {update.value(seen.sequence)}"
        return self._mark(seen.id, update, f"{condition} AND {_noted_as_seen(update, name, seen)}")

    def _mark(self, id: str, update: Update, condition: str) -> bool:
        try:
            self._client.update_item(TableName=self._table, Key=key_of(id), **update.arguments(condition))
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def due(self, unit: str, until: datetime, limit: int) -> list[str]:
        """Ids of what the reconciler must look at, longest due first. One query."""
        return self._due(unit, "due_at <= :time", until, limit)

    def due_beyond(self, unit: str, horizon: datetime, limit: int) -> list[str]:
        """Ids of what would only be looked at beyond `horizon`: a clock had jumped when they were written."""
        return self._due(unit, "due_at > :time", horizon, limit)

    def _due(self, unit: str, range_: str, time: datetime, limit: int) -> list[str]:
        answer = self._client.query(
            TableName=self._table,
            IndexName=BY_UNIT_AND_DUE,
            KeyConditionExpression=f"#unit = :unit AND {range_}",
            ExpressionAttributeNames={"#unit": "unit"},
            ExpressionAttributeValues={":unit": serialized(unit), ":time": serialized(written(time))},
            Limit=limit,
        )
        return [item["id"]["S"] for item in answer["Items"]]

    def of_unit(self, unit: str, status: Status, *, after: datetime | None, start: Key | None, limit: int) -> Page:
        """Ids of a unit's service requests of one stored status, longest unchanged first. One query."""
        # "~" sorts after every digit and letter of a time.
        low = f"{status}#{written(after)}" if after else f"{status}#"
        answer = self._client.query(
            TableName=self._table,
            IndexName=BY_UNIT_AND_STATUS,
            KeyConditionExpression="#unit = :unit AND status_updated BETWEEN :low AND :high",
            ExpressionAttributeNames={"#unit": "unit"},
            ExpressionAttributeValues={
                ":unit": serialized(unit),
                ":low": serialized(low),
                ":high": serialized(f"{status}#~"),
            },
            Limit=limit,
            **starting_from(start),
        )
        return Page([item["id"]["S"] for item in answer["Items"]], last_key_of(answer))

    def of_cell(
        self, cell: str, *, is_open: bool, after: datetime | None = None, before: datetime | None = None, limit: int
    ) -> Page:
        """Summaries of what is open, or closed, in an H3 cell, submitted in a period, newest first. One query."""
        return self._newest_first(BY_CELL, "cell", cell, (is_open, after, before), None, limit)

    def of_borough(
        self,
        borough: str,
        *,
        is_open: bool,
        after: datetime | None = None,
        before: datetime | None = None,
        start: Key | None = None,
        limit: int,
    ) -> Page:
        """Summaries of what is open, or closed, in a borough, submitted in a period, newest first. One query."""
        return self._newest_first(BY_BOROUGH, "borough", borough, (is_open, after, before), start, limit)

    def _newest_first(
        self,
        index: str,
        name: str,
        key: str,
        range_: tuple[bool, datetime | None, datetime | None],
        start: Key | None,
        limit: int,
    ) -> Page:
        is_open, after, before = range_
        answer = self._client.query(
            TableName=self._table,
            IndexName=index,
            KeyConditionExpression=f"{name} = :key AND open_submitted BETWEEN :after AND :before",
            ExpressionAttributeValues={
                ":key": serialized(key),
                ":after": serialized(open_submitted(written(after) if after else "", is_open=is_open)),
                ":before": serialized(open_submitted(written(before) if before else "~", is_open=is_open)),
            },
            ScanIndexForward=False,
            Limit=limit,
            **starting_from(start),
        )
        return Page([to_summary(item) for item in answer["Items"]], last_key_of(answer))


def _noted_as_seen(update: Update, name: str, seen: ServiceRequest) -> str:
    path, noted = update.path(name), getattr(seen, name)
    return f"{path} = {update.value(dict(noted))}" if noted else f"attribute_not_exists({path})"


@cache
def store() -> ServiceRequestStore:
    return ServiceRequestStore(aws.dynamodb(), settings().service_requests_table)
