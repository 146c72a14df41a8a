"""Texts people write: kept as they are, in any language, but for what no one writes on purpose."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, StringConstraints
from pydantic_core import PydanticCustomError

CODE_LENGTH: Final = 60
LINE_LENGTH: Final = 200
REMARK_LENGTH: Final = 2000
PROSE_LENGTH: Final = 4000  # GeoReport v2's limit for a description

# Unicode's control characters (Cc). And U+FFFE and U+FFFF, which are no characters at all: SQS refuses a message that
# holds one.
_CONTROLS_OR_BREAKS: Final = re.compile("[\x00-\x1f\x7f-\x9f\ufffe\uffff]")
_CONTROLS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")


def _one_line_ending(value: object) -> object:
    return value.replace("\r\n", "\n").replace("\r", "\n") if isinstance(value, str) else value


def _without_controls(text: str) -> str:
    return _without(_CONTROLS, text)


def _without_controls_or_breaks(text: str) -> str:
    return _without(_CONTROLS_OR_BREAKS, text)


def _without(refused: re.Pattern[str], text: str) -> str:
    if refused.search(text):
        raise PydanticCustomError("control_character", "control character")
    return text


# The constraints stand next to `str`: laid over a validator, pydantic would count items of anything, and trim nothing.
Code = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=CODE_LENGTH),
    AfterValidator(_without_controls_or_breaks),
]
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LINE_LENGTH),
    AfterValidator(_without_controls_or_breaks),
]
Remark = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=REMARK_LENGTH),
    BeforeValidator(_one_line_ending),
    AfterValidator(_without_controls),
]
Prose = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=PROSE_LENGTH),
    BeforeValidator(_one_line_ending),
    AfterValidator(_without_controls),
]
