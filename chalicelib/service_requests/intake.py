"""What the catalogue says of a submission: its service, its borough and unit, by when, or all that is wrong with it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from pydantic import TypeAdapter, ValidationError

from ..catalogue import Catalogue, Outside, Service
from ..catalogue.problems import NO_SUCH_BOROUGH, NO_SUCH_SERVICE
from ..foundation.languages import Text
from ..foundation.problems import Fault, InvalidInput
from .answers import Answer, AnswerValue, checked
from .submission import Location, Submission

_LOCATION: Final = TypeAdapter(Location)
_ANSWER: Final[TypeAdapter[AnswerValue]] = TypeAdapter(Answer)


class Routed(NamedTuple):
    """A submission that may be stored, with all that the catalogue says of it."""

    submission: Submission
    service: Service
    borough: str
    unit: str
    attributes: dict[str, AnswerValue]
    expected_at: datetime


def routed(submission: Submission, catalogue: Catalogue, *, anonymous: bool, at: datetime) -> Routed:
    """The submission with its service, borough, unit and expected date.

    Raises:
        InvalidInput: the service does not exist or is not offered there, or an answer does not fit it. All faults at
            once; outside the city it also names the nearest borough, its distance in metres and the telephone number.
    """
    judged = _Judgement(catalogue, anonymous=anonymous)
    service = judged.service(submission.service_code)
    borough = judged.borough(submission.location, service)
    attributes = judged.attributes(submission.attributes, service)
    if judged.faults or service is None or borough is None:
        raise InvalidInput(judged.faults, **judged.told)
    assignment = catalogue.assign(service.service_code, borough)
    expected_at = catalogue.expected_at(at, assignment.target_working_days)
    return Routed(submission, service, borough, assignment.unit, attributes, expected_at)


def further_faults(body: Mapping[str, Any], catalogue: Catalogue) -> list[Fault]:
    """What the catalogue refuses in a body that is not even well formed, as far as its parts can be read."""
    judged = _Judgement(catalogue, anonymous=True)
    code = body.get("service_code")
    service = judged.service(code) if isinstance(code, str) else None
    if location := _readable_location(body.get("location")):
        judged.borough(location, service)
    given = body.get("attributes", {})
    if not isinstance(given, Mapping):
        return judged.faults
    readable = {name: value for name, value in given.items() if _read(_ANSWER, value) is not None}
    judged.attributes(readable, service)
    unreadable = {("attributes", name) for name in given.keys() - readable.keys()}
    return [fault for fault in judged.faults if fault.where not in unreadable]


def _readable_location(given: object) -> Location | None:
    """As much of a location as says where: a bad address does not hide that a position is outside the city."""
    if not isinstance(given, Mapping):
        return None
    for names in (given.keys(), ("lat", "lon")):
        if location := _read(_LOCATION, {name: given[name] for name in names if name in given}):
            return location  # type: ignore[no-any-return]
    return None


def _read(adapter: TypeAdapter[Any], value: object) -> Any:
    try:
        return adapter.validate_python(value)
    except ValidationError:
        return None


class _Judgement:
    """Collects the faults while the parts of a submission are looked up."""

    def __init__(self, catalogue: Catalogue, *, anonymous: bool) -> None:
        self._catalogue = catalogue
        self._anonymous = anonymous
        self.faults: list[Fault] = []
        self.told: dict[str, Any] = {}

    def _refuse(self, *where: str, fr: str, en: str) -> None:
        self.faults.append(Fault(where, Text(fr=fr, en=en)))

    def service(self, code: str) -> Service | None:
        service = self._catalogue.services.get(code)
        if service is None:
            self.faults.append(Fault(("service_code",), NO_SUCH_SERVICE))
        elif self._anonymous and not service.anonymous:
            self._refuse(
                "service_code",
                fr=f"Ce service demande une personne connue : connectez-vous ou téléphonez au {self._catalogue.phone}.",
                en=f"This service needs a known person: sign in, or telephone {self._catalogue.phone}.",
            )
        return service

    def attributes(self, given: Mapping[str, AnswerValue], service: Service | None) -> dict[str, AnswerValue]:
        if service is None:
            return {}
        kept, faults = checked(given, service)
        self.faults += [fault.inside("attributes") for fault in faults]
        return kept

    def borough(self, location: Location, service: Service | None) -> str | None:
        if location.lat is not None and location.lon is not None:
            located = self._catalogue.locate(location.lat, location.lon)
            if isinstance(located, Outside):
                self._refuse_outside(located)
                return None
            found, where = located, ["location"]
        else:
            found, where = location.borough or "", ["location", "borough"]
            if found not in self._catalogue.all_borough_names:
                self.faults.append(Fault(tuple(where), NO_SUCH_BOROUGH))
                return None
            if service and service.place == "point" and not (location.address or location.intersection):
                self._refuse(
                    "location",
                    fr="Ajoutez une adresse (address) ou une intersection (intersection).",
                    en="Add an address or an intersection.",
                )
        return found if service is None or self._offered(service, found, where) else None

    def _offered(self, service: Service, borough: str, where: list[str]) -> bool:
        if borough in self._catalogue.boroughs_offering(service.service_code):
            return True
        name, phone = self._catalogue.all_borough_names[borough], self._catalogue.phone
        self._refuse(
            *where,
            fr=f"{name.fr} n'offre pas encore ce service ici; téléphonez au {phone}.",
            en=f"{name.en} does not offer this service here yet; telephone {phone}.",
        )
        self.told |= {"borough": borough, "phone": phone}
        return False

    def _refuse_outside(self, outside: Outside) -> None:
        name, phone = self._catalogue.all_borough_names[outside.nearest], self._catalogue.phone
        distance = _distance(outside.distance_m)
        self._refuse(
            "location",
            fr=f"Ce lieu est hors de la ville, à {distance} de {name.fr}. Si le lieu est bon, téléphonez au {phone}.",
            en=f"This place is outside the city, {distance} from {name.en}. If the place is right, telephone {phone}.",
        )
        self.told |= {
            "nearest_borough": outside.nearest,
            "distance_m": round(outside.distance_m),
            "phone": phone,
        }


def _distance(metres: float) -> str:
    return f"{metres:.0f} m" if metres < 1000 else f"{metres / 1000:.0f} km"
