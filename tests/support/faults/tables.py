"""DynamoDB's tables in memory, made from the template that AWS gets: items, indexes, stream, transactions.

Fast enough for thousands of service requests, where moto is not; `test_stub` replays what is asked of it on moto.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .expressions import Invalid, Item, Value, holds, plain, updated

Answer = dict[str, Any]


class Refused(Exception):
    """An answer that is an error: DynamoDB's code for it, and what comes with it."""

    def __init__(self, code: str, **told: Any) -> None:
        super().__init__(code)
        self.code = code
        self.told = told


class Index(NamedTuple):
    hash: str
    range: str | None
    kept: frozenset[str] | None
    """Names of the attributes it holds; None for all."""


@dataclass
class Table:
    key: tuple[str, ...]
    indexes: Mapping[str, Index]
    items: dict[tuple[str, ...], Item] = field(default_factory=dict)
    before: dict[tuple[str, ...], Item | None] = field(default_factory=dict)
    """What the last write of each replaced: what a lagging index still shows."""
    on_write: Callable[[Item], None] = lambda _: None
    """The stream: told of every image, in order."""

    def key_of(self, item: Item) -> tuple[str, ...]:
        return tuple(item[name]["S"] for name in self.key)

    def write(self, key: tuple[str, ...], item: Item | None) -> None:
        self.before[key] = self.items.get(key)
        if item is None:
            self.items.pop(key, None)
        else:
            self.items[key] = item
            self.on_write(item)


def from_template(resources: Mapping[str, Any], stage: str) -> dict[str, Table]:
    """By name, the tables of a CloudFormation template."""
    properties = [resource["Properties"] for resource in resources.values()]
    return {_named(each["TableName"], stage): Table(_keys(each), _indexes(each)) for each in properties}


def _named(name: Any, stage: str) -> str:
    text: str = name if isinstance(name, str) else name["Fn::Sub"]
    return text.replace("${Stage}", stage)


def _keys(schema: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(key["AttributeName"] for key in schema["KeySchema"])


def _indexes(table: Mapping[str, Any]) -> dict[str, Index]:
    found = {}
    for index in table.get("GlobalSecondaryIndexes", []):
        hash_, *range_ = _keys(index)
        kept = None
        if index["Projection"]["ProjectionType"] != "ALL":
            named = index["Projection"].get("NonKeyAttributes", [])
            kept = frozenset([*_keys(table), hash_, *range_, *named])
        found[index["IndexName"]] = Index(hash_, range_[0] if range_ else None, kept)
    return found


class Tables:
    """Answers calls. `lags` says of a key whether an index shows what stood there before; `chance` is the world's."""

    def __init__(self, tables: dict[str, Table]) -> None:
        self.tables = tables
        self.lags: Callable[[tuple[str, ...]], bool] = lambda _: False

    def answer(self, operation: str, asked: Mapping[str, Any]) -> Answer:
        """What DynamoDB answers.

        Raises:
            Refused: with an error.
        """
        try:
            found: Answer = getattr(self, f"_{operation}")(asked)
        except Invalid as invalid:
            raise Refused("ValidationException") from invalid
        return found

    def _PutItem(self, asked: Mapping[str, Any]) -> Answer:  # noqa: N802 - named as AWS does, here and below
        table = self.tables[asked["TableName"]]
        self._check(table, table.key_of(asked["Item"]), asked)
        table.write(table.key_of(asked["Item"]), asked["Item"])
        return {}

    def _GetItem(self, asked: Mapping[str, Any]) -> Answer:  # noqa: N802
        table = self.tables[asked["TableName"]]
        item = table.items.get(table.key_of(asked["Key"]))
        return {} if item is None else {"Item": item}

    def _BatchGetItem(self, asked: Mapping[str, Any]) -> Answer:  # noqa: N802
        found = {}
        for name, wanted in asked["RequestItems"].items():
            table = self.tables[name]
            items = [table.items.get(table.key_of(key)) for key in wanted["Keys"]]
            found[name] = [item for item in items if item is not None]
        return {"Responses": found, "UnprocessedKeys": {}}

    def _UpdateItem(self, asked: Mapping[str, Any]) -> Answer:  # noqa: N802
        table, key, before = self._meant(asked)
        self._check(table, key, asked)
        table.write(key, _updated(asked, before))
        return {}

    def _TransactWriteItems(self, asked: Mapping[str, Any]) -> Answer:  # noqa: N802
        writes = [next(iter(each.items())) for each in asked["TransactItems"]]
        reasons = [self._reason(kind, write) for kind, write in writes]
        if any(reason["Code"] != "None" for reason in reasons):
            raise Refused("TransactionCanceledException", CancellationReasons=reasons)
        for kind, write in writes:
            self._write(kind, write)
        return {}

    def _write(self, kind: str, write: Mapping[str, Any]) -> None:
        if kind == "Put":
            self._PutItem(write)
        elif kind == "Update":
            self._UpdateItem(write)
        else:
            table, key, _ = self._meant(write)
            table.write(key, None)

    def _reason(self, kind: str, write: Mapping[str, Any]) -> dict[str, Any]:
        table = self.tables[write["TableName"]]
        key = table.key_of(write["Item"] if kind == "Put" else write["Key"])
        try:
            self._check(table, key, write)
        except Refused as refused:
            return {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed", **refused.told}
        return {"Code": "None"}

    def _Query(self, asked: Mapping[str, Any]) -> Answer:  # noqa: N802
        table = self.tables[asked["TableName"]]
        index = table.indexes[asked["IndexName"]] if "IndexName" in asked else Index(*_pair(table.key), None)
        shown = self._shown(table, lags="IndexName" in asked)
        given = asked.get("ExpressionAttributeNames", {}), asked["ExpressionAttributeValues"]
        found = [
            item
            for item in shown
            if index.hash in item
            and (index.range is None or index.range in item)
            and holds(asked["KeyConditionExpression"], item, *given)
        ]

        def place(item: Item) -> Any:
            return plain(item[index.range]) if index.range else "", table.key_of(item)

        forward = asked.get("ScanIndexForward", True)
        found.sort(key=place, reverse=not forward)
        if start := asked.get("ExclusiveStartKey"):
            found = [item for item in found if (place(item) > place(start) if forward else place(item) < place(start))]
        limit = asked.get("Limit", len(found))
        page = found[:limit]
        answer: Answer = {"Items": [_only(item, index.kept) for item in page], "Count": len(page)}
        if len(found) > limit:
            last = {*table.key, index.hash, index.range}
            answer["LastEvaluatedKey"] = {name: value for name, value in page[-1].items() if name in last}
        return answer

    def _shown(self, table: Table, *, lags: bool) -> Iterable[Item]:
        if not lags:
            return table.items.values()
        shown = (table.before.get(key) if self.lags(key) else item for key, item in table.items.items())
        return [item for item in shown if item is not None]

    def _meant(self, asked: Mapping[str, Any]) -> tuple[Table, tuple[str, ...], Item]:
        table = self.tables[asked["TableName"]]
        key = table.key_of(asked["Key"])
        return table, key, table.items.get(key, asked["Key"])

    def _check(self, table: Table, key: tuple[str, ...], asked: Mapping[str, Any]) -> None:
        condition = asked.get("ConditionExpression")
        item = table.items.get(key)
        given = asked.get("ExpressionAttributeNames", {}), asked.get("ExpressionAttributeValues", {})
        if condition and not holds(condition, item or {}, *given):
            shows = asked.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and item is not None
            raise Refused("ConditionalCheckFailedException", **({"Item": item} if shows else {}))


def _updated(asked: Mapping[str, Any], before: Item) -> dict[str, Value]:
    given = asked.get("ExpressionAttributeNames", {}), asked.get("ExpressionAttributeValues", {})
    return updated(asked["UpdateExpression"], before, *given)


def _pair(key: tuple[str, ...]) -> tuple[str, str | None]:
    return key[0], key[1] if len(key) > 1 else None


def _only(item: Item, kept: frozenset[str] | None) -> Item:
    return item if kept is None else {name: value for name, value in item.items() if name in kept}
