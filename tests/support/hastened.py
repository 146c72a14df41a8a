"""moto, without what changes no answer and takes most of the time of the tests that call it."""

import base64
from typing import Any

import pytest
from moto.core.serialize import ResponseSerializer
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import SecondaryIndex, StreamRecord, Table

_moto_serializes_member = ResponseSerializer._serialize_structure_member


def hasten(patched: pytest.MonkeyPatch) -> None:
    """Hasten its classes, not one table: a transaction that fails puts a copy in the table's place."""
    patched.setattr(Table, "all_items", _all_items)
    patched.setattr(SecondaryIndex, "project", _project)
    patched.setattr(DynamoType, "to_regular_json", _to_regular_json)
    patched.setattr(StreamRecord, "__deepcopy__", _itself, raising=False)
    patched.setattr(ResponseSerializer, "_serialize_structure_member", _serialize_member)


def _all_items(table: Any) -> list[Item]:
    """In no order: what a query answers is sorted anyway."""
    held = table.items.values()
    return [item for items in held for item in items.values()] if table.has_range_key else list(held)


def _project(index: Any, copied: Item) -> Item:
    """Leave only what the index holds. Moto writes out all of the item anew for each such attribute."""
    if index.projection["ProjectionType"] != "ALL":
        others = index.projection.get("NonKeyAttributes", ())
        for name in copied.attrs.keys() - {*index.table_key_attrs, *index.schema_key_attrs, *others}:
            del copied.attrs[name]
    return copied


def _to_regular_json(stored: Any) -> dict[str, Any]:
    """Moto copies all that is inside at each depth."""
    value = stored.value
    if stored.is_map():
        value = {key: inner.to_regular_json() for key, inner in value.items()}
    elif stored.is_list():
        value = [inner.to_regular_json() for inner in value]
    elif stored.is_set():
        value = list(value)
    elif stored.is_binary() and isinstance(value, str):
        value = base64.b64decode(value)
    return {stored.type: value}


def _itself(record: Any, _: dict[int, Any]) -> Any:
    """A record of a stream does not change: the copy that a transaction keeps of a table need not copy each."""
    return record


def _serialize_member(serializer: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
    """Moto looks for each of the ten types that a value could have, under all the names it might go by."""
    if shape.parent.name != "AttributeValue" or key in value:
        _moto_serializes_member(serializer, serialized, value, shape, key)
