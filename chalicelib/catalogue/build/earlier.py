"""The earlier versions that are kept: what deployments published, so that a stale app's forms stay valid.

A kept version is its services, whole, and where they were offered. It is not edited: it says what was valid then.
"""

import gzip
import json
import zlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from ..loading import EARLIER
from ..model import Service
from .faults import Fault, faults_of
from .files import write_if_changed

MOST_KEPT: Final = 50
"""Of each catalogue. A year, at one a week."""

_SUFFIX: Final = ".jsonl.gz"


class Kept(NamedTuple):
    """A kept version: the catalogue it is of, the day it was kept, and its bytes."""

    version: str
    catalogue: str
    since: date
    content: bytes


class _Heading(BaseModel):
    """The first line. `not_offered` names boroughs by service, where there are any."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    catalogue: str
    kept_since: date
    services: tuple[str, ...]
    boroughs: tuple[str, ...]
    not_offered: dict[str, tuple[str, ...]]


def kept_form(compiled: bytes, today: date) -> Kept:
    """What is kept of a compiled catalogue. The same catalogue and day give the same bytes."""
    first, *services = compiled.splitlines()
    content = json.loads(first)
    heading = _Heading(
        version=content["version"],
        catalogue=content["name"],
        kept_since=today,
        services=tuple(content["routing"]),
        boroughs=tuple(content["boroughs"]),
        not_offered={code: each["not_offered"] for code, each in content["routing"].items() if each["not_offered"]},
    )
    lines = b"\n".join([heading.model_dump_json().encode(), *services])
    return Kept(heading.version, heading.catalogue, today, gzip.compress(lines, mtime=0))


def path_of(version: str, root: Path) -> Path:
    return root / EARLIER / f"{version}{_SUFFIX}"


def read_kept(root: Path, faults: list[Fault]) -> list[Kept]:
    """Every kept version, the oldest first. What can no longer be read is a fault, not a surprise in a function."""
    kept = []
    for path in sorted((root / EARLIER).glob(f"*{_SUFFIX}")):
        found = list(_faults_in(path))
        faults += found
        if not found:
            content = path.read_bytes()
            heading = _heading(content)
            kept.append(Kept(heading.version, heading.catalogue, heading.kept_since, content))
    return sorted(kept, key=lambda each: (each.since, each.version))


def _heading(content: bytes) -> _Heading:
    return _Heading.model_validate_json(gzip.decompress(content).splitlines()[0])


def _faults_in(path: Path) -> Iterator[Fault]:
    file = f"{EARLIER}/{path.name}"
    try:
        first, *lines = gzip.decompress(path.read_bytes()).splitlines()
        heading = _Heading.model_validate_json(first)
    except (OSError, EOFError, ValueError, zlib.error):
        yield Fault(file, "", "", "is not a version that was kept: take it from the repository's history again")
        return
    if f"{heading.version}{_SUFFIX}" != path.name or len(heading.services) != len(lines):
        yield Fault(file, "", "", "does not hold what its name or its first line says")
    for code, line in zip(heading.services, lines, strict=False):
        try:
            Service.model_validate_json(line)
        except ValidationError as error:
            yield from faults_of(error, file, code)


def write_earlier(compiled: Path, kept: list[Kept]) -> None:
    """Put the kept versions where functions read them, and nothing else."""
    wanted = {path_of(each.version, compiled): each.content for each in kept}
    for path, content in wanted.items():
        write_if_changed(path, content)
    for path in set((compiled / EARLIER).glob(f"*{_SUFFIX}")) - wanted.keys():
        path.unlink()
