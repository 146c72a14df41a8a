"""The shape of each data file's entries. Strict: what is not asked for is refused, and nothing is converted."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, field_validator, model_validator
from pydantic_core.core_schema import ValidationInfo

from ...foundation.languages import Text, Words
from ..model import Datatype, Place, Stopper

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


class ServiceEntry(_Entry):
    name: Text
    description: Text
    stopper: Stopper | None = None
    place: Place
    on_public_way: bool
    anonymous: bool
    unit: UnitCode
    target_working_days: WorkingDays
    keywords: Keywords
    activities: Annotated[list[Words], Field(min_length=1)]
    attributes: list[AttributeEntry] = []

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
    boroughs: Annotated[list[str], Field(min_length=1), BeforeValidator(_all_as_list)]
    services: Annotated[list[str], Field(min_length=1), BeforeValidator(_all_as_list)]


class GroupEntry(_Entry):
    name: Text
