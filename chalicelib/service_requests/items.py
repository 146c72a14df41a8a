"""A service request as an item of its table: its attributes, its keys in the indexes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from ..foundation.dynamo import attributes, deserialized, serialized
from ..foundation.times import written
from .lateness import late_key, overdue_since
from .model import ServiceRequest
from .record import Summary

BY_UNIT_AND_STATUS: Final = "by-unit-and-status"
BY_UNIT_AND_DUE: Final = "by-unit-and-due"
BY_UNIT_AND_LATE: Final = "by-unit-and-late"
BY_UNIT_AND_OVERDUE: Final = "by-unit-and-overdue"
BY_BOROUGH: Final = "by-borough"
BY_CELL: Final = "by-cell"

# A time that the sort key of an index says after its `#`, which no item says again.
SAID_BY_KEYS: Final = {"submitted_at": "open_submitted", "updated_at": "status_updated"}

Key = dict[str, Any]


def as_item(new: ServiceRequest) -> dict[str, Any]:
    """A new service request as its item."""
    # Each support counts in it, without reading what is there.
    supporters = {"supporters": serialized({})}
    keys = {name: serialized(value) for name, value in derived(new).items() if value}
    said = {name: value for name, value in attributes(new).items() if name not in SAID_BY_KEYS}
    return said | supporters | keys


def from_item(item: Mapping[str, Any]) -> ServiceRequest:
    """A service request from its item, as DynamoDB and its streams write it."""
    values = _state_of(item)
    # What a newer release wrote, and an older one reads after a rollback, is passed over; updates leave it in place.
    return ServiceRequest.model_validate(values, extra="ignore")


def to_summary(item: Mapping[str, Any]) -> Summary:
    return Summary.model_validate(_state_of(item), extra="ignore")


def _state_of(item: Mapping[str, Any]) -> dict[str, Any]:
    values = values_of(item)
    return values | {name: values[key].partition("#")[2] for name, key in SAID_BY_KEYS.items()}


def borough_key(borough: str, *, is_open: bool, submitted_at: datetime, id: str) -> Key:
    """The key in the index by borough to go on from, after that id."""
    return {"id": id, "borough": borough, "open_submitted": open_submitted(written(submitted_at), is_open=is_open)}


def open_submitted(submitted_at: str, *, is_open: bool) -> str:
    """The sort key of both public lists: what is open, of any age, is one range; so is what was closed lately."""
    return f"{'open' if is_open else 'closed'}#{submitted_at}"


def values_of(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: deserialized(value) for name, value in item.items()}


def key_of(id: str) -> Any:
    return {"id": {"S": id}}


def derived(state: ServiceRequest) -> dict[str, str | None]:
    """Sort keys of indexes; None where it stands in none."""
    return {
        "status_updated": f"{state.status}#{written(state.updated_at)}",
        "open_submitted": open_submitted(written(state.submitted_at), is_open=state.status.is_open),
        "late_key": late_key(state),
        "overdue_since": overdue_since(state),
    }


def starting_from(start: Key | None) -> Any:
    return {"ExclusiveStartKey": {name: serialized(value) for name, value in start.items()}} if start else {}


def last_key_of(answer: Mapping[str, Any]) -> Key | None:
    return values_of(answer["LastEvaluatedKey"]) if "LastEvaluatedKey" in answer else None


def old_item(failed: Any) -> Mapping[str, Any]:
    """The item that failed a condition, as asked for with ALL_OLD; empty if there was none."""
    found: Mapping[str, Any] = failed.response.get("Item", {})
    return found


def holds_last_of(mine: ServiceRequest, stored: ServiceRequest) -> bool:
    """Whether my entry is stored: then my first try had succeeded, and only its answer was lost."""
    place = mine.sequence - 1
    return place < len(stored.timeline) and stored.timeline[place].entry_id == mine.timeline[-1].entry_id
