"""What one citizen of the demo asks for: where, how and in which words."""

import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple, Self

import yaml

from chalicelib.catalogue import Attribute, Catalogue, Service, load

from . import lives
from .figures import Figures
from .lives import Life
from .pictures import picture
from .places import Places

TEXTS: Final = Path(__file__).parent / "data" / "texts.yaml"
IN_ENGLISH: Final = 0.25
OPTIONAL_ANSWERED: Final = 0.5
ADDS_WORDS: Final = 0.25
MOST_WORDS: Final = 3
SENDS_PHOTOS: Final = 0.15
MOST_PHOTOS: Final = 2
PICTURES: Final = 5

Texts = Mapping[str, list[str]]
"""By language, of which one is chosen."""


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
    life: Life
    """What must come of it."""
    words: tuple[str, ...] = ()
    """What the citizen adds at once, one after the other: so that there is an order to keep."""
    photos: tuple[bytes, ...] = ()
    """What the citizen sends with it."""

    def with_photos(self, *photos: bytes) -> Self:
        """The same, with these photos."""
        announced = [{"content_type": "image/jpeg", "size": len(photo)} for photo in photos]
        return self._replace(photos=photos, body=self.body | ({"photos": announced} if photos else {}))


class Want(NamedTuple):
    """A service at a place."""

    service: Service
    borough: str
    location: dict[str, Any]


class Planner:
    """Makes up what citizens ask for, in the city's proportions."""

    def __init__(self, chance: Random, catalogue: Catalogue, figures: Figures) -> None:
        self.chance = chance
        self.catalogue = catalogue
        self.texts = yaml.safe_load(TEXTS.read_text(encoding="utf-8"))
        self._services = figures.services(catalogue, load("city"))
        self._channels = figures.channels
        self._refused_part = figures.refused_part
        self._places = Places(catalogue, self.texts["crossings"])
        self._pictures = [picture(chance) for _ in range(PICTURES)]

    def ordinary(self, hour: float) -> Planned:
        """Anything; in the city's proportion for what is not the city's."""
        service, borough = self._service_and_borough()
        location = {"borough": borough} if service.place == "borough" else self._places.location(self.chance, borough)
        want = Want(service, borough, location)
        if self.chance.random() < self._refused_part:
            planned = self.planned(hour, want, lives.refused, self.texts["not-the-citys"])
        else:
            planned = self.planned(hour, want, lives.done)
        said = self.chance.randint(1, MOST_WORDS) if self.chance.random() < ADDS_WORDS else 0
        shown = self.chance.randint(1, MOST_PHOTOS) if self.chance.random() < SENDS_PHOTOS else 0
        return planned._replace(
            words=tuple(f"{number}. {planned.body['description']}" for number in range(1, said + 1))
        ).with_photos(*self.chance.sample(self._pictures, shown))

    def want(self, suits: Callable[[Want], bool] = lambda want: True) -> Want:
        """A service at a point of the map, that suits."""
        while True:
            service, borough = self._service_and_borough()
            if service.place == "point":
                want = Want(service, borough, self._places.position(self.chance, borough))
                if suits(want):
                    return want

    def elsewhere(self, want: Want) -> Want | None:
        """The same where another unit does it, if there is one."""
        code = want.service.service_code
        unit = self.unit(want)
        others = [b for b in self.catalogue.boroughs_offering(code) if self.catalogue.assign(code, b).unit != unit]
        if not others:
            return None
        borough = self.chance.choice(others)
        return Want(want.service, borough, self._places.position(self.chance, borough))

    def unit(self, want: Want) -> str:
        """Whose it is."""
        return self.catalogue.assign(want.service.service_code, want.borough).unit

    def planned(self, hour: float, want: Want, life: Callable[[str], Life], texts: Texts | None = None) -> Planned:
        """Somebody's ask for it, in the service's own words or in these."""
        service = want.service
        language = "en" if self.chance.random() < IN_ENGLISH else "fr"
        texts = texts or self.texts["descriptions"].get(service.service_code, self.texts["any"])
        body = {
            "service_code": service.service_code,
            "location": want.location,
            "description": self.chance.choice(texts[language]),
            "attributes": {
                attribute.code: self._answer(service, attribute)
                for attribute in service.attributes
                if attribute.required or self.chance.random() < OPTIONAL_ANSWERED
            },
            "channel": self._one_of(self._channels),
        }
        unit = self.unit(want)
        return Planned(hour, unit, language, uuid.uuid4().hex, body, life(unit))

    def _service_and_borough(self) -> tuple[Service, str]:
        code = self._one_of(self._services)
        offered = self.catalogue.boroughs_offering(code)
        borough = self._one_of({code: self.catalogue.boroughs[code].population for code in offered})
        return self.catalogue.services[code], borough

    def _one_of(self, weights: Mapping[str, float]) -> str:
        (chosen,) = self.chance.choices(list(weights), list(weights.values()))
        return chosen

    def _answer(self, service: Service, attribute: Attribute) -> str | float | list[str]:
        keys = [value.key for value in attribute.values if not service.stopped_by({attribute.code: value.key})]
        match attribute.datatype:
            case "singlevaluelist":
                return self.chance.choice(keys)
            case "multivaluelist":
                return self.chance.sample(keys, self.chance.randint(1, len(keys)))
            case "number":
                return self.chance.randint(1, 20)
            case "datetime":
                day = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=self.chance.randrange(365))
                return day.date().isoformat()
            case "string" | "text":
                return f"{self.chance.randrange(100, 1000)}-{self.chance.randrange(100, 1000)}"
