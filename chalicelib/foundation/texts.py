"""Texts people write: kept as they are, in any language, but for what no one writes on purpose."""

import unicodedata
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, StringConstraints
from pydantic_core import PydanticCustomError

LINE_LENGTH: Final = 200
PROSE_LENGTH: Final = 4000  # GeoReport v2's limit for a description


def _one_line_ending(value: object) -> object:
    return value.replace("\r\n", "\n").replace("\r", "\n") if isinstance(value, str) else value


def _without_controls(text: str) -> str:
    if any(unicodedata.category(char) == "Cc" and char not in "\n\t" for char in text):
        raise PydanticCustomError("control_character", "control character")
    return text


def _without_controls_or_breaks(text: str) -> str:
    if any(unicodedata.category(char) == "Cc" for char in text):
        raise PydanticCustomError("control_character", "control character")
    return text


Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LINE_LENGTH),
    AfterValidator(_without_controls_or_breaks),
]
Prose = Annotated[
    str,
    BeforeValidator(_one_line_ending),
    StringConstraints(strip_whitespace=True, min_length=1, max_length=PROSE_LENGTH),
    AfterValidator(_without_controls),
]
