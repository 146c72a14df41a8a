"""What the catalogue holds: boroughs, units, services and what each service asks. Pure and frozen."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from ..foundation.languages import Language, Text

Place = Literal["point", "borough"]
"""What a service needs to know of where: a point (or an address), or only a borough, for what has no place."""

Datatype = Literal["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]
"""The attribute types of Open311 GeoReport v2; all six occur."""

StopperKind = Literal["danger", "not_ours"]
"""Why something is not for the counter: too urgent for it, or somebody else's."""

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
    """What is not for the counter: when it is so, what to do instead, the number to call.

    Where it is tied to an answer (`value` to the question `attribute`), whoever gives that answer is stopped.
    """

    kind: StopperKind
    when: Text
    say: Text
    phone: str
    attribute: str | None
    value: str | None

    def stops(self, answers: Mapping[str, object]) -> bool:
        """Whether one of the answers means that it is so."""
        if self.attribute is None:
            return False
        answer = answers.get(self.attribute)
        return self.value in answer if isinstance(answer, list) else answer == self.value


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
    stoppers: tuple[Stopper, ...]

    def stopped_by(self, answers: Mapping[str, object]) -> tuple[Stopper, ...]:
        """What the answers say is not for the counter, dangers first."""
        stopping = [stopper for stopper in self.stoppers if stopper.stops(answers)]
        return tuple(sorted(stopping, key=lambda stopper: stopper.kind != "danger"))


class Assignment(NamedTuple):
    """The unit that does a service in a borough, and its target there."""

    unit: str
    target_working_days: int


class BurstLimit(NamedTuple):
    """How many service requests for one service, from one neighbourhood, are still nothing strange."""

    most: int
    within: timedelta
