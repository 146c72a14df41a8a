"""The shape of each data file's entries. Strict: what is not asked for is refused, and nothing is converted."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, field_validator, model_validator
from pydantic_core.core_schema import ValidationInfo

from ...foundation.languages import Text, Words
from ..model import Datatype, Place, StopperKind

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=50)]
"""Lower case, digits, hyphens: it is seen in addresses and in Open311."""

UnitCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$", max_length=50)]
BoroughCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
WorkingDays = Annotated[int, Field(ge=1, le=250)]
"""A year has some 250 working days: a longer target is no target."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class BoroughEntry(_Entry):
    name: Text
    election_district: Annotated[int, Field(ge=1)]
    mamh: Annotated[str, StringConstraints(pattern=r"^REM\d\d$")]
    population: Annotated[int, Field(ge=1)]
    bilingual: bool = False


class UnitEntry(_Entry):
    name: Text
    acknowledge_within_hours: Annotated[int, Field(ge=1)] = 1


class AttributeEntry(_Entry):
    code: Code
    datatype: Datatype
    required: bool
    name: Text
    values: Annotated[dict[Code, Text], Field(validate_default=True)] = {}

    @field_validator("values")
    @classmethod
    def _lists_have_values(cls, values: dict[str, Text], info: ValidationInfo) -> dict[str, Text]:
        datatype = info.data.get("datatype", "")
        if datatype.endswith("list") and not values:
            raise ValueError(f"is empty: a {datatype} offers values")
        if values and not datatype.endswith("list"):
            raise ValueError(f"has values, which a {datatype or 'wrong datatype'} does not offer")
        return values


class Keywords(_Entry):
    fr: Annotated[list[Words], Field(min_length=1)]
    en: Annotated[list[Words], Field(min_length=1)]


class StopperEntry(_Entry):
    kind: StopperKind
    phone: Annotated[str, StringConstraints(pattern=r"^[0-9]([0-9 -]*[0-9])?$")]
    attribute: Code | None = None
    value: Code | None = None
    when: Text
    say: Text

    @model_validator(mode="after")
    def _tells_the_number(self) -> "StopperEntry":
        if silent := [language for language, say in self.say if self.phone not in say]:
            raise ValueError(f"the phone {self.phone} is not in what it says in: {', '.join(silent)}")
        return self

    @model_validator(mode="after")
    def _is_tied_to_an_answer_or_to_none(self) -> "StopperEntry":
        if (self.attribute is None) != (self.value is None):
            raise ValueError("should say both attribute and value, or neither")
        return self


class BurstEntry(_Entry):
    most: Annotated[int, Field(ge=1)]
    minutes: Annotated[int, Field(ge=1, le=1440)]


class ServiceEntry(_Entry):
    name: Text
    description: Text
    place: Place
    on_public_way: bool
    anonymous: bool
    unit: UnitCode
    target_working_days: WorkingDays
    burst: BurstEntry | None = None
    """Instead of the catalogue's; null: no limit."""
    keywords: Keywords
    activities: Annotated[list[Words], Field(min_length=1)]
    attributes: list[AttributeEntry] = []
    stoppers: list[StopperEntry] = []

    @field_validator("on_public_way")
    @classmethod
    def _on_the_public_way_is_somewhere(cls, on_public_way: bool, info: ValidationInfo) -> bool:
        if on_public_way and info.data.get("place") == "borough":
            raise ValueError("is true, but the place is only a borough")
        return on_public_way

    @field_validator("attributes")
    @classmethod
    def _codes_are_distinct(cls, attributes: list[AttributeEntry]) -> list[AttributeEntry]:
        codes = [attribute.code for attribute in attributes]
        if repeated := sorted({code for code in codes if codes.count(code) > 1}):
            raise ValueError(f"the same code twice: {', '.join(repeated)}")
        return attributes

    @field_validator("stoppers")
    @classmethod
    def _stop_at_answers_there_are(cls, stoppers: list[StopperEntry], info: ValidationInfo) -> list[StopperEntry]:
        values = {attribute.code: attribute.values for attribute in info.data.get("attributes", [])}
        tied = [(stopper.attribute, stopper.value) for stopper in stoppers if stopper.attribute is not None]
        if "attributes" in info.data and (
            unknown := [f"{code}: {value}" for code, value in tied if value not in values.get(code, {})]
        ):
            raise ValueError(f"no question offers the answer {', '.join(unknown)}")
        return stoppers


class ExceptionEntry(_Entry):
    """Another unit (`borough`: the borough's own), another target, or no service at all, in some boroughs."""

    services: Annotated[list[Code], Field(min_length=1)]
    boroughs: Annotated[list[BoroughCode], Field(min_length=1)]
    unit: UnitCode | None = None
    target_working_days: WorkingDays | None = None
    offered: Literal[False] | None = None
    reason: Text

    @model_validator(mode="after")
    def _says_one_thing(self) -> "ExceptionEntry":
        elsewhere = self.unit is not None or self.target_working_days is not None
        if elsewhere == (self.offered is False):
            raise ValueError("should say either unit or target_working_days (or both), or offered: false")
        return self


def _all_as_list(value: Any) -> Any:
    return ["all"] if value == "all" else value


class CatalogueEntry(_Entry):
    timezone: str
    phone: Words
    burst: BurstEntry | None
    """Of each service that says nothing of its own; null: no limit."""
    succeeds: Code | None = None
    """The catalogue that a stage ran on before, whose earlier versions stay valid."""
    boroughs: Annotated[list[str], Field(min_length=1), BeforeValidator(_all_as_list)]
    services: Annotated[list[str], Field(min_length=1), BeforeValidator(_all_as_list)]


class GroupEntry(_Entry):
    name: Text
