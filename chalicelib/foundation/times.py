"""Times: UTC, to the millisecond, always written alike, so that text order is time order."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError


def now() -> datetime:
    return to_millisecond(datetime.now(UTC))


def to_millisecond(time: datetime) -> datetime:
    """The same instant in UTC, cut to the millisecond."""
    if time.tzinfo is UTC and not time.microsecond % 1000:
        return time
    time = time.astimezone(UTC)
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def written(time: datetime) -> str:
    """`2026-11-24T08:15:00.000Z` (RFC 3339)."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


# The zone may lack here, to be told of apart.
_WRITTEN = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)


def _as_written(value: object) -> object:
    # Pydantic would take a number, or a text of digits, as seconds since 1970.
    if isinstance(value, datetime) or (isinstance(value, str) and _WRITTEN.fullmatch(value)):
        return value
    raise PydanticCustomError("datetime_parsing", "not an RFC 3339 text")


def _representable(time: datetime) -> datetime:
    try:
        return to_millisecond(time)
    except (OverflowError, ValueError) as beyond:
        raise PydanticCustomError("datetime_parsing", "outside the calendar") from beyond


Timestamp = Annotated[
    AwareDatetime,
    BeforeValidator(_as_written),
    AfterValidator(_representable),
    PlainSerializer(written, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-24T13:15:00.000Z"]}),
]
