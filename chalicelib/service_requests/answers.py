"""Answers to a service's questions (GeoReport v2's attributes), checked against the service."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import Annotated, Any, Final

from pydantic import PlainValidator, TypeAdapter, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError

from ..catalogue import Attribute, Service
from ..foundation.languages import Text
from ..foundation.problems import Fault
from ..foundation.texts import Line, Prose
from ..foundation.times import Timestamp, written
from ..foundation.wording import faults_of

MOST_VALUES: Final = 50
LEAST: Final = 1e-9
MOST: Final = 1e15

AnswerValue = str | float | list[str]


def _shaped(value: object) -> object:
    is_list = isinstance(value, list) and len(value) <= MOST_VALUES and all(isinstance(item, str) for item in value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if isinstance(value, str) or is_list or is_number:
        return value
    raise PydanticCustomError("answer", "a text, a number or a list of texts")


Answer = Annotated[
    AnswerValue,
    PlainValidator(_shaped),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {"type": "number"},
                {"type": "array", "items": {"type": "string"}, "maxItems": MOST_VALUES},
            ]
        }
    ),
]

_TIMESTAMP: Final[TypeAdapter[datetime]] = TypeAdapter(Timestamp)

_REQUIRED: Final = Text(fr="Ce service demande cette précision.", en="This service needs this answer.")
_ONE_OF: Final = Text(fr="Une de ces valeurs est attendue : {keys}.", en="One of these values is expected: {keys}.")
_SOME_OF: Final = Text(
    fr="Une liste de valeurs différentes est attendue, parmi : {keys}.",
    en="A list of different values is expected, among: {keys}.",
)
_NUMBER: Final = Text(
    fr="Un nombre est attendu, d'une grandeur que l'on mesure.", en="A number is expected, of a size one can measure."
)
_TEXT: Final = Text(fr="Un texte est attendu.", en="A text is expected.")
_DATE: Final = Text(
    fr="Une date, ou une date et une heure avec fuseau, est attendue : 2026-11-24 ou 2026-11-24T08:15:00-05:00.",
    en="A date, or a date and time with zone, is expected: 2026-11-24 or 2026-11-24T08:15:00-05:00.",
)


def checked(given: Mapping[str, AnswerValue], service: Service) -> tuple[dict[str, AnswerValue], list[Fault]]:
    """The answers as they will be kept, and every fault in them."""
    kept: dict[str, AnswerValue] = {}
    faults = [Fault((code,), _unknown(service)) for code in given if code not in {a.code for a in service.attributes}]
    for attribute in service.attributes:
        value = given.get(attribute.code)
        if value is None or value in ("", []):
            if attribute.required:
                faults.append(Fault((attribute.code,), _REQUIRED))
            continue
        try:
            kept[attribute.code] = _CHECKS[attribute.datatype](value, attribute)
        except _Wrong as wrong:
            faults.append(Fault((attribute.code,), wrong.detail))
    return kept, faults


class _Wrong(Exception):
    def __init__(self, detail: Text) -> None:
        self.detail = detail


def _unknown(service: Service) -> Text:
    codes = ", ".join(attribute.code for attribute in service.attributes)
    return Text(
        fr=f"Ce service ne demande pas cela. Il demande : {codes or 'rien'}.",
        en=f"This service does not ask for that. It asks for: {codes or 'nothing'}.",
    )


def _words(kind: Any) -> Callable[[AnswerValue, Attribute], AnswerValue]:
    adapter: TypeAdapter[str] = TypeAdapter(kind)

    def check(value: AnswerValue, _: Attribute) -> str:
        if not isinstance(value, str):
            raise _Wrong(_TEXT)
        try:
            return adapter.validate_python(value)
        except ValidationError as invalid:
            raise _Wrong(faults_of(invalid)[0].detail) from None

    return check


def _number(value: AnswerValue, _: Attribute) -> float:
    # DynamoDB has no numbers nearer to zero than 1e-130.
    if not isinstance(value, int | float) or not (value == 0 or LEAST <= abs(value) < MOST):
        raise _Wrong(_NUMBER)
    return float(value)


def _moment(value: AnswerValue, _: Attribute) -> str:
    if isinstance(value, str):
        with suppress(ValueError):
            if date.fromisoformat(value).isoformat() == value:
                return value
        with suppress(ValidationError):
            return written(_TIMESTAMP.validate_python(value))
    raise _Wrong(_DATE)


def _keys(attribute: Attribute) -> Iterator[str]:
    return (value.key for value in attribute.values)


def _said(text: Text, attribute: Attribute) -> Text:
    keys = ", ".join(_keys(attribute))
    return Text(fr=text.fr.format(keys=keys), en=text.en.format(keys=keys))


def _one_of(value: AnswerValue, attribute: Attribute) -> str:
    if not isinstance(value, str) or value not in _keys(attribute):
        raise _Wrong(_said(_ONE_OF, attribute))
    return value


def _some_of(value: AnswerValue, attribute: Attribute) -> list[str]:
    if not isinstance(value, list) or len(set(value)) != len(value) or not set(value) <= set(_keys(attribute)):
        raise _Wrong(_said(_SOME_OF, attribute))
    return value


_CHECKS: Final[Mapping[str, Callable[[AnswerValue, Attribute], AnswerValue]]] = {
    "string": _words(Line),
    "text": _words(Prose),
    "number": _number,
    "datetime": _moment,
    "singlevaluelist": _one_of,
    "multivaluelist": _some_of,
}
