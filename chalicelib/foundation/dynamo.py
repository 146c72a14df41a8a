"""What every store needs to speak DynamoDB: values, and update expressions without hand-numbered placeholders."""

import json
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from pydantic import BaseModel


class _Numbers(TypeDeserializer):
    """Numbers as Python's own, not as Decimal: all of ours are counts or coordinates."""

    def _deserialize_n(self, value: str) -> int | float:
        return int(value) if value.lstrip("-").isdecimal() else float(value)


serialized = TypeSerializer().serialize
deserialized = _Numbers().deserialize


def attributes(model: BaseModel) -> dict[str, Any]:
    """A model as serialized attributes; what is None is left out."""
    return {name: serialized(value) for name, value in plain(model).items()}


def plain(model: BaseModel, *, include: set[str] | None = None) -> dict[str, Any]:
    """A model, or some of its fields, as plain values that `serialized` takes; what is None is left out."""
    # DynamoDB's serializer refuses floats, for they are not exact: the shortest text that reads back the same is.
    found: dict[str, Any] = json.loads(model.model_dump_json(include=include, exclude_none=True), parse_float=Decimal)
    return found


class Update:
    """An UpdateItem being put together."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._values: dict[str, Any] = {}
        self._sets: list[str] = []
        self._removes: list[str] = []

    def path(self, *keys: str) -> str:
        return ".".join(self._names.setdefault(key, f"#{len(self._names)}") for key in keys)

    def value(self, value: Any) -> str:
        name = f":{len(self._values)}"
        self._values[name] = serialized(value)
        return name

    def set(self, *keys: str, to: str) -> None:
        """`to` is an expression over `path` and `value`."""
        self._sets.append(f"{self.path(*keys)} = {to}")

    def put(self, *keys: str, value: Any) -> None:
        """Set to `value`, or remove where it is None."""
        if value is None:
            self._removes.append(self.path(*keys))
        else:
            self.set(*keys, to=self.value(value))

    def arguments(self, condition: str) -> dict[str, Any]:
        """The arguments of `update_item`. `condition` is an expression over `path` and `value` of this update."""
        clauses = [
            f"{word} {', '.join(parts)}" for word, parts in (("SET", self._sets), ("REMOVE", self._removes)) if parts
        ]
        return {
            "UpdateExpression": " ".join(clauses),
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {placeholder: name for name, placeholder in self._names.items()},
            "ExpressionAttributeValues": self._values,
        }
