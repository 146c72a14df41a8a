"""DynamoDB's expressions over items as DynamoDB writes them: conditions, and updates. `test_stub` holds it to moto."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

Value = dict[str, Any]
"""A typed value: `{"S": "…"}`."""
Item = Mapping[str, Value]
Names = Mapping[str, str]
Values = Mapping[str, Value]
Evaluated = Callable[[Item, Names, Values], Any]

_TOKEN = re.compile(r"\s*([#:]?\w+|<=|>=|<>|[=<>(),.+-])")


class Invalid(Exception):
    """DynamoDB would answer with a ValidationException."""


def holds(condition: str, item: Item, names: Names, values: Values) -> bool:
    return bool(_condition(condition)(item, names, values))


def updated(update: str, item: Item, names: Names, values: Values) -> dict[str, Value]:
    """The item after an update expression; the given one stays as it is."""
    after = dict(item)
    for path, evaluated in _update(update):
        keys = [names.get(key, key) for key in path]
        _put(after, keys, evaluated and evaluated(item, names, values))
    return after


def plain(value: Value | None) -> Any:
    """What can be compared: numbers as numbers."""
    if value is None:
        return None
    ((kind, held),) = value.items()
    return Decimal(held) if kind == "N" else held


def _put(inside: dict[str, Value], keys: list[str], value: Value | None) -> None:
    first, *rest = keys
    if rest:
        if first not in inside:
            raise Invalid(f"the path {'.'.join(keys)} leads nowhere")
        copy = dict(inside[first]["M"])
        _put(copy, rest, value)
        inside[first] = {"M": copy}
    elif value is None:
        inside.pop(first, None)
    else:
        inside[first] = value


def _at(item: Item, path: list[str], names: Names) -> Value | None:
    found: Value | None = {"M": dict(item)}
    for key in path:
        found = (found or {}).get("M", {}).get(names.get(key, key))
    return found


@lru_cache(maxsize=5000)
def _condition(text: str) -> Evaluated:
    parser = _Parser(text)
    found = parser.any_of()
    parser.end()
    return found


@lru_cache(maxsize=5000)
def _update(text: str) -> list[tuple[list[str], Evaluated | None]]:
    parser = _Parser(text)
    found = parser.clauses()
    parser.end()
    return found


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = _TOKEN.findall(text)
        if "".join(self._tokens) != re.sub(r"\s", "", text):
            raise Invalid(text)

    def end(self) -> None:
        if self._tokens:
            raise Invalid(f"not understood: {self._tokens}")

    def _next(self) -> str:
        if not self._tokens:
            raise Invalid("it ends too early")
        found: str = self._tokens.pop(0)
        return found

    def _takes(self, *words: str) -> bool:
        if self._tokens and self._tokens[0].upper() in words:
            self._tokens.pop(0)
            return True
        return False

    def _must(self, word: str) -> None:
        if not self._takes(word):
            raise Invalid(f"{word} is lacking before {self._tokens}")

    # Conditions.

    def any_of(self) -> Evaluated:
        found = self._all_of()
        while self._takes("OR"):
            found = _either(found, self._all_of())
        return found

    def _all_of(self) -> Evaluated:
        found = self._not()
        while self._takes("AND"):
            found = _both(found, self._not())
        return found

    def _not(self) -> Evaluated:
        if self._takes("NOT"):
            inner = self._not()
            return lambda *given: not inner(*given)
        if self._takes("("):
            inner = self.any_of()
            self._must(")")
            return inner
        if self._tokens[0] in ("attribute_exists", "attribute_not_exists"):
            wanted = self._next() == "attribute_exists"
            (path,) = self._paths()
            return lambda item, names, _: (_at(item, path, names) is not None) is wanted
        return self._comparison()

    def _comparison(self) -> Evaluated:
        left = self._operand()
        if self._takes("BETWEEN"):
            low = self._operand()
            self._must("AND")
            return _both(_compared(left, ">=", low), _compared(left, "<=", self._operand()))
        if self._takes("IN"):
            self._must("(")
            found = _compared(left, "=", self._operand())
            while self._takes(","):
                found = _either(found, _compared(left, "=", self._operand()))
            self._must(")")
            return found
        return _compared(left, self._next(), self._operand())

    # Updates.

    def clauses(self) -> list[tuple[list[str], Evaluated | None]]:
        found: list[tuple[list[str], Evaluated | None]] = []
        while self._tokens:
            sets = self._takes("SET")
            if not sets:
                self._must("REMOVE")
            found.append(self._clause(sets=sets))
            while self._takes(","):
                found.append(self._clause(sets=sets))
        return found

    def _clause(self, *, sets: bool) -> tuple[list[str], Evaluated | None]:
        path = self._path()
        if not sets:
            return path, None
        self._must("=")
        value = self._operand()
        if self._takes("+"):
            value = _sum(value, self._operand())
        return path, value

    # Both.

    def _operand(self) -> Evaluated:
        if self._takes("IF_NOT_EXISTS"):
            self._must("(")
            path = self._path()
            self._must(",")
            other = self._operand()
            self._must(")")
            return lambda item, names, values: _at(item, path, names) or other(item, names, values)
        if self._takes("LIST_APPEND"):
            self._must("(")
            first = self._operand()
            self._must(",")
            second = self._operand()
            self._must(")")
            return lambda *given: {"L": [*first(*given)["L"], *second(*given)["L"]]}
        if self._tokens and self._tokens[0].startswith(":"):
            name = self._next()
            return lambda _, __, values: values[name]
        path = self._path()
        return lambda item, names, _: _at(item, path, names)

    def _paths(self) -> list[list[str]]:
        self._must("(")
        found = [self._path()]
        while self._takes(","):
            found.append(self._path())
        self._must(")")
        return found

    def _path(self) -> list[str]:
        found = [self._next()]
        while self._takes("."):
            found.append(self._next())
        return found


def _both(first: Evaluated, second: Evaluated) -> Evaluated:
    return lambda *given: first(*given) and second(*given)


def _either(first: Evaluated, second: Evaluated) -> Evaluated:
    return lambda *given: first(*given) or second(*given)


def _sum(first: Evaluated, second: Evaluated) -> Evaluated:
    return lambda *given: {"N": str(plain(first(*given)) + plain(second(*given)))}


def _compared(left: Evaluated, by: str, right: Evaluated) -> Evaluated:
    def compared(*given: Any) -> bool:
        one, other = left(*given), right(*given)
        if by == "=":
            return one is not None and other is not None and plain(one) == plain(other)
        if by == "<>":
            return plain(one) != plain(other)
        if one is None or other is None or set(one) != set(other):
            return False
        low, high = plain(one), plain(other)
        return bool({"<": low < high, "<=": low <= high, ">": low > high, ">=": low >= high}[by])

    return compared
