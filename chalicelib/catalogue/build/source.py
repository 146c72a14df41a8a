"""Reads the data files, entry by entry. What one entry lacks does not hide what is wrong with the next."""

from datetime import date
from pathlib import Path
from typing import Any, Final, Generic, NamedTuple, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from ...foundation.languages import Text
from .faults import DataError, Fault, faults_of
from .files import read_yaml
from .schema import (
    BoroughCode,
    BoroughEntry,
    CatalogueEntry,
    Code,
    ExceptionEntry,
    GroupEntry,
    ServiceEntry,
    UnitCode,
    UnitEntry,
)

_T = TypeVar("_T", bound=BaseModel)

BOROUGHS: Final = "boroughs.yaml"
UNITS: Final = "units.yaml"
GROUPS: Final = "groups.yaml"
EXCEPTIONS: Final = "exceptions.yaml"
HOLIDAYS: Final = "holidays.yaml"


class Entries(NamedTuple, Generic[_T]):
    """The entries that are well-formed, and the codes of all: a faulty borough is not an unknown one."""

    valid: dict[str, _T]
    codes: tuple[str, ...]


class Source(NamedTuple):
    """All that the data files say, before anything is compared with anything else."""

    boroughs: Entries[BoroughEntry]
    units: Entries[UnitEntry]
    groups: Entries[GroupEntry]
    services: dict[str, Entries[ServiceEntry]]
    """By group."""
    exceptions: Entries[ExceptionEntry]
    catalogues: Entries[CatalogueEntry]
    holidays: Entries[Text]


def read_source(root: Path, faults: list[Fault]) -> Source:
    """Every data file but the boundaries; what is wrong is added to `faults`."""
    boroughs = _entries(read_yaml(root, BOROUGHS, faults), BOROUGHS, BoroughCode, BoroughEntry, faults)
    units = _entries(read_yaml(root, UNITS, faults), UNITS, UnitCode, UnitEntry, faults)
    groups, services = _read_groups(root, faults)
    exceptions = _entries(read_yaml(root, EXCEPTIONS, faults), EXCEPTIONS, Code, ExceptionEntry, faults)
    catalogues = _read_catalogues(root, faults)
    holidays = _entries(read_yaml(root, HOLIDAYS, faults), HOLIDAYS, date, Text, faults)
    return Source(boroughs, units, groups, services, exceptions, catalogues, holidays)


def read_boroughs(root: Path) -> dict[str, BoroughEntry]:
    """The boroughs alone, for what is built before the rest can be read. Raises DataError."""
    faults: list[Fault] = []
    boroughs = _entries(read_yaml(root, BOROUGHS, faults), BOROUGHS, BoroughCode, BoroughEntry, faults)
    if faults:
        raise DataError(faults)
    return boroughs.valid


def _entries(content: Any, file: str, key: Any, shape: type[_T], faults: list[Fault]) -> Entries[_T]:
    """The entries of a map, each under a key that is a `key` and of the shape `shape`."""
    if not isinstance(content, dict):
        # What could not be read was already said.
        if content is not None:
            faults.append(Fault(file, "", "", "should be a map of entries"))
        return Entries({}, ())
    valid = {}
    key_adapter: TypeAdapter[Any] = TypeAdapter(key)
    for code, entry in content.items():
        try:
            key_adapter.validate_python(code)
        except ValidationError as error:
            faults += faults_of(error, file, str(code))
        if (built := _entry(entry, file, str(code), shape, faults)) is not None:
            valid[str(code)] = built
    return Entries(valid, tuple(map(str, content)))


def _entry(content: Any, file: str, entry: str, shape: type[_T], faults: list[Fault]) -> _T | None:
    try:
        return shape.model_validate(content)
    except ValidationError as error:
        faults += faults_of(error, file, entry)
        return None


def _read_groups(root: Path, faults: list[Fault]) -> tuple[Entries[GroupEntry], dict[str, Entries[ServiceEntry]]]:
    codes = _read_group_codes(root, faults)
    groups, services = {}, {}
    for code in codes:
        file = f"services/{code}.yaml"
        content = read_yaml(root, file, faults)
        if content is None:
            continue
        if not isinstance(content, dict):
            faults.append(Fault(file, "", "", "should be a map"))
            continue
        entries = content.pop("services", None)
        if not entries:
            faults.append(Fault(file, "", "services", "is missing or empty"))
        services[code] = _entries(entries, file, Code, ServiceEntry, faults)
        if (group := _entry(content, file, "", GroupEntry, faults)) is not None:
            groups[code] = group
    return Entries(groups, tuple(codes)), services


def _read_group_codes(root: Path, faults: list[Fault]) -> list[str]:
    """The groups in their order: that of the list, against the files there are."""
    files = {path.stem for path in (root / "services").glob("*.yaml")}
    content = read_yaml(root, GROUPS, faults)
    if not isinstance(content, list):
        if content is not None:
            faults.append(Fault(GROUPS, "", "", "should be a list of the groups' codes"))
        return sorted(files)
    codes = list(map(str, content))
    distinct = list(dict.fromkeys(codes))
    faults += [Fault(GROUPS, code, "", "is listed twice") for code in distinct if codes.count(code) > 1]
    unlisted = sorted(files.difference(codes))
    faults += [Fault(f"services/{code}.yaml", "", "", f"is not listed in {GROUPS}") for code in unlisted]
    return distinct


def _read_catalogues(root: Path, faults: list[Fault]) -> Entries[CatalogueEntry]:
    names = sorted(path.stem for path in (root / "catalogues").glob("*.yaml"))
    valid = {}
    for name in names:
        file = f"catalogues/{name}.yaml"
        content = read_yaml(root, file, faults)
        if content is not None and (built := _entry(content, file, "", CatalogueEntry, faults)) is not None:
            valid[name] = built
    return Entries(valid, tuple(names))
