"""A day of the city, made up: what its citizens ask for, when, where, how and in which words."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

import yaml

from chalicelib.catalogue import Attribute, Catalogue, load

from .figures import WEEKDAYS, Figures
from .places import Places

TEXTS: Final = Path(__file__).parent / "data" / "texts.yaml"
IN_ENGLISH: Final = 0.25
OPTIONAL_ANSWERED: Final = 0.5
ADDS_WORDS: Final = 0.25
MOST_WORDS: Final = 3


class Planned(NamedTuple):
    """A service request that a citizen will send."""

    hour: float
    """Of the day, with its fraction."""
    unit: str
    """That must get it."""
    language: str
    key: str
    """For `Idempotency-Key`. Never the same on two days, even of one seed: a stack may remember the first."""
    body: dict[str, Any]
    words: tuple[str, ...] = ()
    """What the citizen adds at once, one after the other: so that there is an order to keep."""


class Day(NamedTuple):
    weekday: str
    planned: list[Planned]

    @property
    def units(self) -> list[str]:
        """Those that get something to do."""
        return sorted({planned.unit for planned in self.planned}, key=lambda unit: (len(unit), unit))


def make_up(number: int, seed: int, catalogue: Catalogue, figures: Figures) -> Day:
    """A day of so many service requests; the same for the same seed, but for the keys."""
    chance = Random(seed)  # noqa: S311
    (weekday,) = chance.choices(range(7), figures.weekdays)
    maker = _Maker(chance, catalogue, figures)
    hours = chance.choices(range(24), figures.requests_by_weekday_and_hour[weekday], k=number)
    return Day(WEEKDAYS[weekday], [maker.planned(at) for at in sorted(hour + chance.random() for hour in hours)])


class _Maker:
    def __init__(self, chance: Random, catalogue: Catalogue, figures: Figures) -> None:
        self._chance = chance
        self._catalogue = catalogue
        self._services = figures.services(catalogue, load("city"))
        self._channels = figures.channels
        self._texts = yaml.safe_load(TEXTS.read_text(encoding="utf-8"))
        self._places = Places(catalogue, self._texts["crossings"])

    def planned(self, hour: float) -> Planned:
        code = self._one_of(self._services)
        service = self._catalogue.services[code]
        offered = self._catalogue.boroughs_offering(code)
        borough = self._one_of({code: self._catalogue.boroughs[code].population for code in offered})
        location = {"borough": borough} if service.place == "borough" else self._places.location(self._chance, borough)
        language = "en" if self._chance.random() < IN_ENGLISH else "fr"
        body = {
            "service_code": code,
            "location": location,
            "description": self._chance.choice(self._texts["descriptions"].get(code, self._texts["any"])[language]),
            "attributes": {
                attribute.code: self._answer(attribute)
                for attribute in service.attributes
                if attribute.required or self._chance.random() < OPTIONAL_ANSWERED
            },
            "channel": self._one_of(self._channels),
        }
        said = self._chance.randint(1, MOST_WORDS) if self._chance.random() < ADDS_WORDS else 0
        words = tuple(f"{number}. {body['description']}" for number in range(1, said + 1))
        return Planned(hour, self._catalogue.assign(code, borough).unit, language, uuid.uuid4().hex, body, words)

    def _one_of(self, weights: Mapping[str, float]) -> str:
        (chosen,) = self._chance.choices(list(weights), list(weights.values()))
        return chosen

    def _answer(self, attribute: Attribute) -> str | float | list[str]:
        match attribute.datatype:
            case "singlevaluelist":
                return self._chance.choice(attribute.values).key
            case "multivaluelist":
                number = self._chance.randint(1, len(attribute.values))
                return [value.key for value in self._chance.sample(attribute.values, number)]
            case "number":
                return self._chance.randint(1, 20)
            case "datetime":
                day = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=self._chance.randrange(365))
                return day.date().isoformat()
            case "string" | "text":
                return f"{self._chance.randrange(100, 1000)}-{self._chance.randrange(100, 1000)}"
