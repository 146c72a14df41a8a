"""Whether whoever relies on a JSON Schema can go on relying on a later one."""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final

Schema = Mapping[str, Any]

_TEXTS: Final = frozenset(
    {"title", "description", "examples", "example", "deprecated", "$comment", "readOnly", "writeOnly"}
)
_AT_LEAST: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_AT_MOST: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_ALL_OR_NOTHING: Final = ("pattern", "format", "multipleOf", "uniqueItems", "contentEncoding", "contentMediaType")
_COMPARED: Final = frozenset(
    {"type", "enum", "const", "anyOf", "oneOf", "properties", "required", "additionalProperties", "items"}
    | {"prefixItems", "default", *_AT_LEAST, *_AT_MOST, *_ALL_OR_NOTHING}
)


class Way(Enum):
    """Which way what the schema describes goes: the API must take what it took, and answer as it answered."""

    SENT = "sent"
    ANSWERED = "answered"


class Comparison:
    """Of the schemas of two documents."""

    def __init__(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        self._old = old
        self._new = new
        self._under_way: set[tuple[str, str, Way]] = set()

    def breaks(self, old: Schema, new: Schema, way: Way, where: str) -> Iterator[str]:
        """What breaks, and where; nothing if everybody can go on as before."""
        pair = (old.get("$ref", ""), new.get("$ref", ""), way)
        if all(pair[:2]):
            if pair in self._under_way:  # a schema that holds itself
                return
            self._under_way.add(pair)
        old, new = resolved(self._old, old), resolved(self._new, new)
        before, after = _alternatives(old), _alternatives(new)
        if len(before) == len(after) == 1:
            yield from self._single(before[0], after[0], way, where)
        else:
            yield from self._several(before, after, way, where)
        if way is Way.SENT and old.get("default") != new.get("default"):
            yield f"{where}: default changed, {old.get('default')!r} → {new.get('default')!r}"
        self._under_way.discard(pair)

    def _several(self, before: list[Schema], after: list[Schema], way: Way, where: str) -> Iterator[str]:
        """What could be sent must find an alternative that takes it; what is answered, one that was known."""
        for each in before if way is Way.SENT else after:
            others = [(each, one) for one in after] if way is Way.SENT else [(one, each) for one in before]
            yield from min((list(self.breaks(*pair, way, where)) for pair in others), key=len)

    def _single(self, old: Schema, new: Schema, way: Way, where: str) -> Iterator[str]:
        old, new = resolved(self._old, old), resolved(self._new, new)
        yield from _values(old, new, way, where)
        yield from _limits(old, new, way, where)
        yield from self._members(old, new, way, where)
        for keyword in sorted((old.keys() | new.keys()) - _COMPARED - _TEXTS):
            if not keyword.startswith("x-") and old.get(keyword) != new.get(keyword):
                yield f"{where}: {keyword} changed, which this check cannot judge"

    def _members(self, old: Schema, new: Schema, way: Way, where: str) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in before:
            if name not in after:
                yield f"{where}/{name}: removed"
            else:
                yield from self.breaks(before[name], after[name], way, f"{where}/{name}")
        required, now = set(old.get("required", [])), set(new.get("required", []))
        if way is Way.SENT:
            yield from (f"{where}/{name}: now required" for name in sorted(now - required))
        else:
            yield from (f"{where}/{name}: may now be absent" for name in sorted((required - now) & after.keys()))
        yield from self._additional(old, new, way, where)
        for keyword in ("items", "prefixItems"):
            yield from self._items(old.get(keyword), new.get(keyword), way, f"{where}/{keyword}")

    def _additional(self, old: Schema, new: Schema, way: Way, where: str) -> Iterator[str]:
        before, after = old.get("additionalProperties", True), new.get("additionalProperties", True)
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from self.breaks(before, after, way, f"{where}/*")
        # Whoever reads an answer has to live with members that are new.
        elif way is Way.SENT and before is not False and after is not True and before != after:
            yield f"{where}: other members are not taken any more"
        elif way is Way.ANSWERED and isinstance(before, Mapping) and after is True:
            yield f"{where}/*: may now be anything"

    def _items(self, old: Any, new: Any, way: Way, where: str) -> Iterator[str]:
        if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
            for index, (before, after) in enumerate(zip(old, new, strict=True)):
                yield from self.breaks(before, after, way, f"{where}/{index}")
        elif isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from self.breaks(old, new, way, where)
        elif old != new and (new if way is Way.SENT else old) is not None:
            yield f"{where}: changed"


def resolved(document: Mapping[str, Any], found: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a local reference stands for, with what stands beside it."""
    while "$ref" in found:
        target: Any = document
        for step in found["$ref"].removeprefix("#/").split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        found = {**target, **{name: value for name, value in found.items() if name != "$ref"}}
    return found


def _alternatives(schema: Schema) -> list[Schema]:
    """`anyOf`, `oneOf` and lists of types as one list; a schema without is its only alternative."""
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            return [each for one in schema[keyword] for each in _alternatives(one)]
    if isinstance(schema.get("type"), list):
        return [{**schema, "type": each} for each in schema["type"]]
    return [schema]


def _values(old: Schema, new: Schema, way: Way, where: str) -> Iterator[str]:
    narrow, wide = (new, old) if way is Way.SENT else (old, new)
    types = (narrow.get("type"), wide.get("type"))
    if types[0] is not None and types[0] != types[1] and types != ("number", "integer"):
        yield f"{where}: type {old.get('type', 'any')} → {new.get('type', 'any')}"
    before, after = _enumerated(old), _enumerated(new)
    if way is Way.SENT and after is not None:
        gone = "other values" if before is None else ", ".join(str(each) for each in before if each not in after)
        if gone:
            yield f"{where}: not taken any more: {gone}"
    # A new value in an answer is an addition: whoever reads answers has to live with values that are new.
    if way is Way.ANSWERED and before is not None and after is None:
        yield f"{where}: may now be any {new.get('type', 'value')}"


def _enumerated(schema: Schema) -> list[Any] | None:
    found: list[Any] | None = [schema["const"]] if "const" in schema else schema.get("enum")
    return found


def _limits(old: Schema, new: Schema, way: Way, where: str) -> Iterator[str]:
    narrow, wide = (new, old) if way is Way.SENT else (old, new)
    for keyword in (*_AT_LEAST, *_AT_MOST, *_ALL_OR_NOTHING):
        limit, other = narrow.get(keyword), wide.get(keyword)
        within = (keyword in _AT_LEAST and other is not None and limit is not None and other >= limit) or (
            keyword in _AT_MOST and other is not None and limit is not None and other <= limit
        )
        if limit is not None and limit != other and not within:
            yield f"{where}: {keyword} {old.get(keyword, 'none')} → {new.get(keyword, 'none')}"
