"""DynamoDB's capacity units by arithmetic, from what is read and written.

The rules are those of AWS's Developer Guide ("DynamoDB read and write operations", "Working with item sizes and
formats", "Global secondary indexes: write activity"); no emulator counts them all.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

Item = Mapping[str, Mapping[str, Any]]
"""As DynamoDB writes it: `{"id": {"S": "…"}}`."""

WRITE_UNIT: Final = 1024
READ_UNIT: Final = 4096
_OF_A_CONTAINER: Final = 3
_OF_AN_ELEMENT: Final = 1
_OF_A_FLAG: Final = 1


class Index(NamedTuple):
    """A global secondary index: its keys, and what it holds of an item."""

    name: str
    keys: tuple[str, ...]
    projected: frozenset[str]

    def entry(self, item: Item) -> Item | None:
        """What the index holds of an item; None if it lacks a key."""
        if any(key not in item for key in self.keys):
            return None
        return {name: value for name, value in item.items() if name in self.projected}


def indexes_of(table: Mapping[str, Any]) -> list[Index]:
    """The indexes, from what DescribeTable says."""
    keys = {part["AttributeName"] for part in table["KeySchema"]}
    found = []
    for index in table["GlobalSecondaryIndexes"]:
        own = tuple(part["AttributeName"] for part in index["KeySchema"])
        also = index["Projection"].get("NonKeyAttributes", ())
        found.append(Index(index["IndexName"], own, frozenset({*keys, *own, *also})))
    return found


def item_size(item: Item) -> int:
    """Bytes."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(typed: Mapping[str, Any]) -> int:
    ((kind, value),) = typed.items()
    match kind:
        case "S":
            return len(str(value).encode())
        case "N":
            digits: str = value.strip("-").replace(".", "").strip("0")
            return math.ceil(len(digits) / 2) + 1 + str(value).startswith("-")
        case "BOOL" | "NULL":
            return _OF_A_FLAG
        case "L":
            return _OF_A_CONTAINER + sum(_OF_AN_ELEMENT + _value_size(each) for each in value)
        case "M":
            return _OF_A_CONTAINER + item_size(value) + _OF_AN_ELEMENT * len(value)
    raise ValueError(f"no size is known for type {kind}")


def write_units(before: Item | None, after: Item | None, indexes: Iterable[Index]) -> dict[str, int]:
    """Write units of one change of one item, by index; the table itself is `""`. What costs nothing is left out."""
    found = {"": _units(before, after, WRITE_UNIT)}
    for index in indexes:
        found[index.name] = _index_units(index, before and index.entry(before), after and index.entry(after))
    return {name: units for name, units in found.items() if units}


def _index_units(index: Index, old: Item | None, new: Item | None) -> int:
    if old == new:
        return 0
    if old and new and any(old[key] != new[key] for key in index.keys):  # it moves: one goes, one comes
        return _units(old, None, WRITE_UNIT) + _units(None, new, WRITE_UNIT)
    return _units(old, new, WRITE_UNIT)


def _units(before: Item | None, after: Item | None, unit: int) -> int:
    """The larger counts."""
    return math.ceil(max(item_size(each) for each in (before or {}, after or {})) / unit)


def get_units(item: Item | None) -> float:
    """Read units of one strongly consistent read of one item; half of one is asked for what is not there, rounded."""
    return math.ceil(item_size(item) / READ_UNIT) if item else 1


def query_units(items: Iterable[Item]) -> float:
    """Read units of one eventually consistent query, whose items are added up before rounding."""
    return max(1, math.ceil(sum(map(item_size, items)) / READ_UNIT)) / 2
