"""What every store needs to speak DynamoDB: values, and update expressions without hand-numbered placeholders."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel


def serialized(value: Any) -> dict[str, Any]:
    """A plain value as DynamoDB writes it: `{"S": "text"}`, `{"N": "1.5"}`, …

    boto3's own takes three times as long, which is a tenth of a request's CPU, and refuses floats, for they are not
    exact: the shortest text that reads back the same is.

    Raises:
        TypeError: DynamoDB has nothing for a value of this type, or we have none for DynamoDB's.
    """
    if isinstance(value, str):
        return {"S": str(value)}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int | float):
        return {"N": repr(value)}
    if isinstance(value, Mapping):
        return {"M": {key: serialized(inner) for key, inner in value.items()}}
    if isinstance(value, list | tuple):
        return {"L": [serialized(inner) for inner in value]}
    raise TypeError(type(value).__name__)


def deserialized(value: Mapping[str, Any]) -> Any:
    """A value from DynamoDB. Numbers are Python's own, not Decimal: all of ours are counts or coordinates.

    Raises:
        TypeError: it is of a type that nothing of ours writes.
    """
    ((kind, held),) = value.items()
    match kind:
        case "S" | "BOOL":
            return held
        case "N":
            return int(held) if held.lstrip("-").isdecimal() else float(held)
        case "M":
            return {key: deserialized(inner) for key, inner in held.items()}
        case "L":
            return [deserialized(inner) for inner in held]
    raise TypeError(kind)


def attributes(model: BaseModel) -> dict[str, Any]:
    """A model as serialized attributes; what is as its default is left out."""
    return {name: serialized(value) for name, value in plain(model).items()}


def plain(model: BaseModel, *, include: set[str] | None = None) -> dict[str, Any]:
    """A model, or some of its fields, as plain values that `serialized` takes.

    What is as its default is left out: a write is paid by the kilobyte, and each value is written and read anew at each
    change. So the defaults of what is stored are part of what is stored.
    """
    return model.model_dump(mode="json", include=include, exclude_defaults=True)


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
