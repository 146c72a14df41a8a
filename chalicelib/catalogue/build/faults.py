"""What is wrong with the data, said to the person who edits it."""

from collections.abc import Iterable
from typing import NamedTuple

from pydantic import ValidationError


class Fault(NamedTuple):
    """One thing that is wrong, and where. `entry` and `field` are empty when the fault is the whole file's."""

    file: str
    entry: str
    field: str
    what: str

    def __str__(self) -> str:
        return ": ".join(part for part in self if part)


class DataError(Exception):
    """The data cannot be compiled. The message lists every fault, one a line."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        count = len(self.faults)
        heading = f"The catalogue's data has {count} fault{'s' if count > 1 else ''}:"
        super().__init__("\n".join([heading, *map(str, self.faults)]))


_PLAIN = {
    "missing": "is missing",
    "extra_forbidden": "is not a known field",
    "string_type": "should be a text (put quotes around a number)",
    "bool_type": "should be true or false",
    "int_type": "should be a whole number",
    "too_short": "is empty",
    "string_too_short": "is empty",
    "dict_type": "should be a map",
    "model_type": "should be a map",
    "list_type": "should be a list",
}


def faults_of(error: ValidationError, file: str, entry: str) -> list[Fault]:
    """pydantic's errors, in the words of whoever edits the file."""
    faults = []
    for detail in error.errors(include_url=False):
        # "[key]" is how pydantic says that a map's key is wrong, not its value.
        field = ".".join(str(step) for step in detail["loc"] if step != "[key]")
        what = _PLAIN.get(detail["type"]) or detail["msg"].removeprefix("Value error, ")
        faults.append(Fault(file, entry, field, what))
    return faults
