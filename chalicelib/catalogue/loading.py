"""The catalogue as the functions see it: read from its compiled file, built piece by piece as it is looked at."""

import gzip
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from pydantic_core import from_json

from ..foundation.languages import Text
from . import opening_days
from .geography import Boundaries, Outside
from .model import TRIAGE, Assignment, Borough, BurstLimit, Service, Unit

COMPILED: Final = Path(__file__).parent / "compiled"
EARLIER: Final = "earlier"
"""The folder of the earlier versions, among the data as among what is compiled: `<version>.jsonl.gz`."""

_T = TypeVar("_T")


class _Lazy(Mapping[str, _T]):
    """A mapping that builds each value when it is first asked for. Its order is that of the data."""

    def __init__(self, data: Mapping[str, Any], build: Callable[[Any], _T]) -> None:
        self._data = data
        self._build = build
        self._built: dict[str, _T] = {}

    def __getitem__(self, key: str) -> _T:
        if key not in self._built:
            self._built[key] = self._build(self._data[key])
        return self._built[key]

    def __contains__(self, key: object) -> bool:
        return key in self._data

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)


class EarlierVersion:
    """What an earlier version of a catalogue said of its services, and where it offered them."""

    def __init__(self, kept: bytes) -> None:
        """From its kept form, compressed: a line of JSON for what is not of one service, then a line for each."""
        first, *lines = gzip.decompress(kept).splitlines()
        content = from_json(first)
        self.version: str = content["version"]
        self.services: Mapping[str, Service] = _Lazy(
            dict(zip(content["services"], lines, strict=True)), Service.model_validate_json
        )
        self._boroughs: list[str] = content["boroughs"]
        self._not_offered: Mapping[str, list[str]] = content["not_offered"]

    def boroughs_offering(self, service_code: str) -> tuple[str, ...]:
        """The boroughs where the service was offered, if there was one of that code."""
        return _without(self._boroughs, self._not_offered.get(service_code, ()))


class Catalogue:
    """Which services exist, where they are offered, what they ask, which unit does them, by when.

    `boroughs`, `services` and `units` are those that take part; `all_borough_names` knows the whole city, for the
    answers that say where something is not offered; `all_units` every unit, also those that no longer
    take part. `version` changes with the content, whatever it is.
    """

    def __init__(self, compiled: bytes, folder: Path) -> None:
        """From its compiled form: a line of JSON for all but the services, then a line for each.

        `folder` is where its earlier versions are, for when somebody names one.
        """
        first, *lines = compiled.splitlines()
        content = from_json(first)
        self.name: str = content["name"]
        self.version: str = content["version"]
        self.phone: str = content["phone"]
        self._folder = folder
        self._earlier: list[str] = content["earlier"]
        self._timezone: str = content["timezone"]
        self.all_borough_names: Mapping[str, Text] = _Lazy(content["all_borough_names"], Text.model_validate)
        self.boroughs: Mapping[str, Borough] = _Lazy(content["boroughs"], Borough.model_validate)
        self.all_units: list[str] = content["all_units"]
        self.units: Mapping[str, Unit] = _Lazy(content["units"], Unit.model_validate)
        self.groups: Mapping[str, Text] = _Lazy(content["groups"], Text.model_validate)
        self.services: Mapping[str, Service] = _Lazy(
            dict(zip(content["routing"], lines, strict=True)), Service.model_validate_json
        )
        self._routing: Mapping[str, Any] = content["routing"]
        self._burst: Mapping[str, int] | None = content["burst"]
        self._bursts: Mapping[str, Mapping[str, int] | None] = content["bursts"]
        self._holidays: list[str] = content["holidays"]

    @cached_property
    def timezone(self) -> ZoneInfo:
        return ZoneInfo(self._timezone)

    @cached_property
    def holidays(self) -> frozenset[date]:
        """The public holidays, weekends' included, of the years that were generated."""
        return frozenset(map(date.fromisoformat, self._holidays))

    def boroughs_offering(self, service_code: str) -> tuple[str, ...]:
        """The boroughs where a service is offered. KeyError if there is no such service."""
        return _without(self.boroughs, self._routing[service_code]["not_offered"])

    def assign(self, service_code: str, borough: str) -> Assignment:
        """Who does a service in a borough, and by when. KeyError if there is no such service.

        What is not offered there cannot be routed: it goes to the triage unit.
        """
        routing = self._routing[service_code]
        if borough not in self.boroughs or borough in routing["not_offered"]:
            return Assignment(TRIAGE, routing["target_working_days"])
        here = routing["exceptions"].get(borough, {})
        unit = here.get("unit", routing["unit"])
        return Assignment(
            borough if unit == "borough" else unit,
            here.get("target_working_days", routing["target_working_days"]),
        )

    def burst_limit(self, service_code: str) -> BurstLimit | None:
        """How many at once, for this service, are nothing strange; None: however many.

        For a service of an earlier version, as for any that says nothing of its own.
        """
        limit = self._bursts.get(service_code, self._burst)
        return BurstLimit(limit["most"], timedelta(minutes=limit["minutes"])) if limit else None

    def earlier(self, version: str) -> EarlierVersion | None:
        """An earlier version that is kept, read when it is asked for; None if none of that name is."""
        return _earlier(self._folder / EARLIER / f"{version}.jsonl.gz") if version in self._earlier else None

    def expected_at(self, submitted_at: datetime, target_working_days: int) -> datetime:
        """When something submitted then, with that target, is due, in UTC; see `opening_days`."""
        return opening_days.expected_at(submitted_at, target_working_days, self.holidays, self.timezone)

    def later(self, promised: datetime, paused_from: datetime, paused_until: datetime) -> datetime:
        """When what was promised for then is due, in UTC, after a pause; see `opening_days`."""
        return opening_days.later(promised, paused_from, paused_until, self.holidays, self.timezone)

    def locate(self, lat: float, lon: float) -> str | Outside:
        """The borough of a point, whether it takes part or not; or how far outside it is."""
        return _boundaries().locate(lat, lon)


@cache
def load(name: str) -> Catalogue:
    """The compiled catalogue of that name, once per process.

    Raises:
        LookupError: there is none; perhaps it was not compiled.
    """
    return Catalogue(_read(f"{name}.jsonl"), COMPILED)


# What a stale app names is mostly the last few; all of them would be some 15 MB.
@lru_cache(maxsize=4)
def _earlier(path: Path) -> EarlierVersion:
    return EarlierVersion(path.read_bytes())


def _without(boroughs: Iterable[str], not_offered: Container[str]) -> tuple[str, ...]:
    return tuple(code for code in boroughs if code not in not_offered)


@cache
def _boundaries() -> Boundaries:
    return Boundaries.from_json(_read("boundaries.json"))


def _read(file: str) -> bytes:
    try:
        return (COMPILED / file).read_bytes()
    except FileNotFoundError as missing:
        raise LookupError(f"no compiled {file}: run `python -m chalicelib.catalogue.compile`") from missing
