"""The compiled form: all that a catalogue's functions need, and nothing else, in the shape that loads fastest."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from ..model import TRIAGE
from .checks import ALL, BOROUGH_UNIT, service_codes
from .earlier import Kept
from .outlines import Outlines
from .schema import AttributeEntry, BurstEntry, CatalogueEntry, ServiceEntry
from .source import Source


def compile_boundaries(outlines: Outlines) -> bytes:
    """What `geography.Boundaries.from_json` reads."""
    return _json(outlines._asdict())


def compile_catalogue(source: Source, name: str, boundaries: bytes, kept: Iterable[Kept]) -> bytes:
    """One catalogue, from data without faults: a line for all but the services, then a line for each.

    Only the lines of the services that are looked at are ever parsed. The version ends in a digest of all that the
    catalogue holds, boundaries included; not of which earlier versions it takes, for to keep this one must not make
    another of it.
    """
    entry = source.catalogues.valid[name]
    boroughs = _participating(entry.boroughs, source.boroughs.valid)
    services = _services(source, entry)
    routing = {code: _routing(source, code, service, boroughs) for code, (_, service) in services.items()}
    units = _units_needed(routing, boroughs)
    content = {
        "name": name,
        "timezone": entry.timezone,
        "phone": entry.phone,
        "all_borough_names": {code: each.name.model_dump() for code, each in source.boroughs.valid.items()},
        "boroughs": {code: _borough(source, code) for code in boroughs},
        "all_units": sorted(source.units.valid),
        "units": {code: _unit(source, code) for code in source.units.valid if code in units},
        "groups": {
            code: group.name.model_dump()
            for code, group in source.groups.valid.items()
            if any(home == code for home, _ in services.values())
        },
        "holidays": list(source.holidays.codes),
        "routing": routing,
        "burst": _burst(entry.burst),
        "bursts": {
            code: _burst(service.burst)
            for code, (_, service) in services.items()
            if "burst" in service.model_fields_set
        },
    }
    lines = [_json(_service(code, group, service)) for code, (group, service) in services.items()]
    digest = hashlib.sha256(b"\n".join([_json(content), *lines, boundaries])).hexdigest()
    earlier = [each.version for each in kept if each.catalogue in (name, entry.succeeds)]
    return b"\n".join([_json({"version": f"{name}-{digest[:10]}", "earlier": earlier, **content}), *lines])


def _participating(listed: list[str], all_codes: Iterable[str]) -> list[str]:
    """In the order of the data, whatever the order of the catalogue's list."""
    return [code for code in all_codes if listed == [ALL] or code in listed]


def _services(source: Source, catalogue: CatalogueEntry) -> dict[str, tuple[str, ServiceEntry]]:
    """The participating services with their groups."""
    participating = set(_participating(catalogue.services, service_codes(source)))
    return {
        code: (group, service)
        for group, services in source.services.items()
        for code, service in services.valid.items()
        if code in participating
    }


def _routing(source: Source, code: str, service: ServiceEntry, boroughs: list[str]) -> dict[str, Any]:
    exceptions: dict[str, dict[str, Any]] = {}
    not_offered = []
    for exception in source.exceptions.valid.values():
        if code not in exception.services:
            continue
        concerned = [borough for borough in boroughs if borough in exception.boroughs]
        if exception.offered is False:
            not_offered += concerned
            continue
        here = exception.model_dump(include={"unit", "target_working_days"}, exclude_none=True)
        exceptions |= dict.fromkeys(concerned, here)
    return {
        "unit": service.unit,
        "target_working_days": service.target_working_days,
        "exceptions": exceptions,
        "not_offered": not_offered,
    }


def _burst(entry: BurstEntry | None) -> dict[str, int] | None:
    return entry.model_dump() if entry else None


def _units_needed(routing: dict[str, dict[str, Any]], boroughs: list[str]) -> set[str]:
    central = {service["unit"] for service in routing.values()}
    central |= {here.get("unit") for service in routing.values() for here in service["exceptions"].values()}
    return {TRIAGE, *boroughs, *central} - {BOROUGH_UNIT, None}


def _borough(source: Source, code: str) -> dict[str, Any]:
    return {"code": code, **source.boroughs.valid[code].model_dump(exclude={"election_district"})}


def _unit(source: Source, code: str) -> dict[str, Any]:
    borough = code if code in source.boroughs.valid else None
    return {"code": code, "borough": borough, **source.units.valid[code].model_dump()}


def _service(code: str, group: str, service: ServiceEntry) -> dict[str, Any]:
    attributes = [_attribute(each) for each in service.attributes]
    return {
        "service_code": code,
        "group": group,
        **service.model_dump(exclude={"unit", "attributes", "burst"}),
        "attributes": attributes,
    }


def _attribute(entry: AttributeEntry) -> dict[str, Any]:
    values = [{"key": key, "name": name.model_dump()} for key, name in entry.values.items()]
    return {**entry.model_dump(exclude={"values"}), "values": values}


def _json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
