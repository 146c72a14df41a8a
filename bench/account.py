"""What calls of AWS were made, and what they cost in capacity. Listens to botocore's events, on moto."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType

from chalicelib.foundation.settings import settings
from local.stages import REGION
from tests.support.gateway import ACCOUNT

from .capacity import Index, Item, get_units, indexes_of, query_units, write_units
from .results import Line

_WRITES: Final = ("PutItem", "UpdateItem")


@dataclass
class Bill:
    """Calls by name, read units, and write units by index (the table itself is `""`)."""

    calls: Counter[str] = field(default_factory=Counter)
    reads: float = 0.0
    writes: Counter[str] = field(default_factory=Counter)
    items: int = 0
    """That queries and reads gave."""

    @property
    def write_units(self) -> int:
        return self.writes.total()

    def __add__(self, other: "Bill") -> "Bill":
        return Bill(
            self.calls + other.calls, self.reads + other.reads, self.writes + other.writes, self.items + other.items
        )


class Least(NamedTuple):
    """The least that an operation could do. `docs/performance.md` says why of each."""

    calls: dict[str, int]
    reads: float = 0
    writes: int = 0


class Operation(NamedTuple):
    """One operation, counted."""

    name: str
    bill: Bill
    least: Least

    def lines(self) -> list[Line]:
        made, least = self.bill.calls.total(), sum(self.least.calls.values())
        units, least_units = self.bill.reads + self.bill.write_units, self.least.reads + self.least.writes
        ours = f"{_named(self.bill.calls)}; {_units(self.bill.reads, self.bill.write_units)}"
        beside = f"{_named(self.least.calls)}; {_units(self.least.reads, self.least.writes)}"
        more = max(_part(made, least), _part(units, least_units))
        return [Line(self.name, ours, beside, ratio=more, goal=1.0)]


def _part(ours: float, least: float) -> float:
    return ours / least if least else 1.0 + ours


def _named(calls: dict[str, int]) -> str:
    return " + ".join(name if number == 1 else f"{number} {name}" for name, number in sorted(calls.items())) or "none"


def _units(reads: float, writes: int) -> str:
    return " + ".join([*([f"{reads:g} read"] if reads else []), *([f"{writes} write"] if writes else [])]) or "no units"


class Accountant:
    """Counts what the app asks of one table and of the queues."""

    def __init__(self, clients: Mapping[str, Any]) -> None:
        self._table = settings().service_requests_table
        self._indexes: list[Index] = indexes_of(clients["dynamodb"].describe_table(TableName=self._table)["Table"])
        self._bill = Bill()
        self._before: Item | None = None
        self._key = ""
        for client in clients.values():
            client.meta.events.register("provide-client-params", self._note_key)
            client.meta.events.register("after-call", self._add)

    @contextmanager
    def counting(self) -> Iterator[Bill]:
        self._bill = bill = Bill()
        yield bill
        self._bill = Bill()

    def stored(self, id: str) -> Item | None:
        """Asked of moto itself, so that it is not counted."""
        table = dynamodb_backends[ACCOUNT][REGION].get_table(self._table)
        found = table.get_item(DynamoType({"S": id}))
        # By way of JSON: moto would go on to change it.
        item: Item | None = json.loads(json.dumps(found.to_json()["Attributes"])) if found else None
        return item

    def _note_key(self, params: Mapping[str, Any], model: Any, **_: Any) -> None:
        if model.name in _WRITES and params["TableName"] == self._table:
            self._key = (params.get("Key") or params["Item"])["id"]["S"]
            self._before = self.stored(self._key)

    def _add(self, parsed: Mapping[str, Any], model: Any, **_: Any) -> None:
        bill = self._bill
        bill.calls[model.name] += 1
        match model.name:
            case "PutItem" | "UpdateItem" if "Error" not in parsed:
                bill.writes.update(write_units(self._before, self.stored(self._key), self._indexes))
            case "GetItem":
                bill.reads += get_units(parsed.get("Item"))
                bill.items += 1
            case "BatchGetItem":
                found = parsed["Responses"].get(self._table, [])
                bill.reads += sum(map(get_units, found))
                bill.items += len(found)
            case "Query":
                bill.reads += query_units(parsed["Items"])
                bill.items += len(parsed["Items"])
