"""What must agree between the data files: every name known, nothing said twice, nothing left unsaid."""

from collections.abc import Iterable, Iterator
from datetime import date
from zoneinfo import ZoneInfo

from ..model import TRIAGE
from .faults import Fault
from .source import BOROUGHS, EXCEPTIONS, HOLIDAYS, UNITS, Source

BOROUGH_UNIT = "borough"
"""What a service or an exception calls the borough's own unit."""

ALL = "all"
"""What a catalogue says when every borough or every service takes part."""


def check(source: Source, today: date) -> Iterator[Fault]:
    """Every disagreement between the files, as of a day (the holidays must reach beyond it)."""
    yield from _boroughs(source)
    yield from _units(source)
    yield from _services(source)
    yield from _exceptions(source)
    yield from _catalogues(source)
    yield from _holidays(source, today)


def _boroughs(source: Source) -> Iterator[Fault]:
    for field in ("election_district", "mamh"):
        owner: dict[object, str] = {}
        for code, borough in source.boroughs.valid.items():
            value = getattr(borough, field)
            if value in owner:
                yield Fault(BOROUGHS, code, field, f"{value} is already that of {owner[value]}")
            owner.setdefault(value, code)


def _units(source: Source) -> Iterator[Fault]:
    for code in (TRIAGE, *source.boroughs.codes):
        if code not in source.units.codes:
            yield Fault(UNITS, code, "", "is missing: every borough has its unit, and 311 is the triage unit")
    if BOROUGH_UNIT in source.units.codes:
        yield Fault(UNITS, BOROUGH_UNIT, "", "is no code for a unit: services say it for the borough's own")


def _services(source: Source) -> Iterator[Fault]:
    home: dict[str, str] = {}
    for group, services in source.services.items():
        file = f"services/{group}.yaml"
        for code in services.codes:
            if code in home:
                yield Fault(file, code, "", f"is already a service in {home[code]}")
            home.setdefault(code, file)
        for code, service in services.valid.items():
            if not _is_unit(source, service.unit):
                yield Fault(file, code, "unit", f"there is no unit {service.unit}")


def _exceptions(source: Source) -> Iterator[Fault]:
    services = service_codes(source)
    said: dict[tuple[str, str], str] = {}
    for name, exception in source.exceptions.valid.items():
        yield from _unknown(EXCEPTIONS, name, "services", exception.services, services, "service")
        yield from _unknown(EXCEPTIONS, name, "boroughs", exception.boroughs, source.boroughs.codes, "borough")
        if exception.unit is not None and not _is_unit(source, exception.unit):
            yield Fault(EXCEPTIONS, name, "unit", f"there is no unit {exception.unit}")
        for pair in ((service, borough) for service in exception.services for borough in exception.boroughs):
            if pair in said:
                yield Fault(EXCEPTIONS, name, "", f"{pair[0]} in {pair[1]} is already said by {said[pair]}")
            said.setdefault(pair, name)


def _catalogues(source: Source) -> Iterator[Fault]:
    for name, catalogue in source.catalogues.valid.items():
        file = f"catalogues/{name}.yaml"
        for field, known in (("boroughs", source.boroughs.codes), ("services", service_codes(source))):
            listed: list[str] = getattr(catalogue, field)
            if listed != [ALL]:
                yield from _unknown(file, "", field, listed, known, field.removesuffix("s"))
        if catalogue.succeeds is not None and catalogue.succeeds not in source.catalogues.codes:
            yield Fault(file, "", "succeeds", f"there is no catalogue {catalogue.succeeds}")
        try:
            ZoneInfo(catalogue.timezone)
        except (LookupError, ValueError, OSError):
            yield Fault(file, "", "timezone", f"there is no time zone {catalogue.timezone}")


def _holidays(source: Source, today: date) -> Iterator[Fault]:
    covered = {day[:4] for day in source.holidays.codes}
    for year in (today.year, today.year + 1):
        if str(year) not in covered:
            yield Fault(HOLIDAYS, "", "", f"has nothing for {year}: generate it again")


def service_codes(source: Source) -> list[str]:
    """The codes of all services, in the order of the groups."""
    return [code for services in source.services.values() for code in services.codes]


def _is_unit(source: Source, code: str) -> bool:
    return code == BOROUGH_UNIT or code in source.units.codes


def _unknown(file: str, entry: str, field: str, listed: list[str], known: Iterable[str], what: str) -> Iterator[Fault]:
    for index, code in enumerate(listed):
        if code not in known:
            yield Fault(file, entry, f"{field}.{index}", f"there is no {what} {code}")
        elif code in listed[:index]:
            yield Fault(file, entry, f"{field}.{index}", f"{code} is listed twice")
