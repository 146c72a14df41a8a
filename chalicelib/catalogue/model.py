"""What the catalogue holds: boroughs, units, services and what each service asks. Pure and frozen."""

from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from ..foundation.languages import Language, Text

Place = Literal["point", "borough"]
"""What a service needs to know of where: a point (or an address), or only a borough, for what has no place."""

Datatype = Literal["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]
"""The attribute types of Open311 GeoReport v2; all six occur."""

TRIAGE = "311"
"""The unit that takes what cannot be routed."""


class _Frozen(BaseModel):
    # Built at first use: a function that never looks at a unit does not pay for the class.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Borough(_Frozen):
    """A territory with a boundary, keyed by its official abbreviation."""

    code: str
    name: Text
    mamh: str
    population: int
    bilingual: bool


class Unit(_Frozen):
    """Who does the work and owns a queue: a borough's unit, or a central one (no borough)."""

    code: str
    name: Text
    borough: str | None
    acknowledge_within_hours: int


class AttributeValue(_Frozen):
    """One of the answers a list offers."""

    key: str
    name: Text


class Attribute(_Frozen):
    """A question that a service asks. `values` are the answers offered; only the two lists have any."""

    code: str
    datatype: Datatype
    required: bool
    name: Text
    values: tuple[AttributeValue, ...]


class Stopper(_Frozen):
    """A danger that is not for the counter: when it is so, and what to do instead."""

    when: Text
    say: Text


class Service(_Frozen):
    """Something the city does on request.

    `activities` are the names of the city's own 311 activities that the service covers; `on_public_way` says that its
    exact position gives no home away; `anonymous` that it may be asked for without a profile. `target_working_days` is
    the usual one: a borough's may differ, see `Catalogue.assign`.
    """

    service_code: str
    name: Text
    description: Text
    group: str
    keywords: dict[Language, tuple[str, ...]]
    activities: tuple[str, ...]
    place: Place
    on_public_way: bool
    anonymous: bool
    target_working_days: int
    attributes: tuple[Attribute, ...]
    stopper: Stopper | None


class Assignment(NamedTuple):
    """The unit that does a service in a borough, and its target there."""

    unit: str
    target_working_days: int
