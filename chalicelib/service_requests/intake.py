"""What the catalogue says of a submission: its service, its borough and unit, by when, or all that is wrong with it.

A stale app answers the questions of an earlier version of the catalogue. What the present one refuses is judged again
by the version that the submission names, if that is kept (`docs/decisions/0007`).
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from pydantic import TypeAdapter, ValidationError

from ..catalogue import TRIAGE, Assignment, Catalogue, EarlierVersion, Outside, Service, Stopper
from ..catalogue.problems import MIRRORED, NO_SUCH_BOROUGH, NO_SUCH_SERVICE, SWAPPED
from ..foundation.languages import Text
from ..foundation.problems import Fault, InvalidInput
from .answers import Answer, AnswerValue, checked
from .problems import Stopped
from .submission import Location, Submission
from .timeline import Place

_LOCATION: Final = TypeAdapter(Location)
_ANSWER: Final[TypeAdapter[AnswerValue]] = TypeAdapter(Answer)

_NO_SUCH_VERSION: Final = Text(
    fr="Cette version du catalogue n'est pas ou n'est plus connue; demandez /v1/services, puis répondez de nouveau aux "
    "questions du service.",
    en="This version of the catalogue is not known, or no longer; get /v1/services, then answer the service's "
    "questions again.",
)


class Routed(NamedTuple):
    """A submission that may be stored, with all that the catalogue says of it.

    `catalogue_version` is the version it was accepted under; `service` is what that version says of the service, the
    unit and the date are what the present one says.
    """

    submission: Submission
    catalogue_version: str
    service: Service
    borough: str
    unit: str
    attributes: dict[str, AnswerValue]
    expected_at: datetime


class Relocated(NamedTuple):
    """Another place for what was asked already, and the unit that does it there."""

    borough: str
    unit: str
    place: Place


def routed(submission: Submission, catalogue: Catalogue, *, anonymous: bool, at: datetime) -> Routed:
    """The submission with its service, borough, unit and expected date.

    Raises:
        InvalidInput: the service does not exist or is not offered there, or an answer does not fit it. All faults at
            once; outside the city it also names the nearest borough, its distance in metres and the telephone number.
        Stopped: an answer says that it is not for the counter, whatever else is wrong.
    """
    judged = _judged(submission.catalogue_version, catalogue, lambda now: now.submission(submission), anonymous)
    service, borough = judged.found_service, judged.found_borough
    if judged.faults or service is None or borough is None:
        raise judged.refusal()
    assignment = _assignment(service, borough, catalogue)
    expected_at = catalogue.expected_at(at, assignment.target_working_days)
    return Routed(
        submission, judged.terms.version, service, borough, assignment.unit, judged.found_attributes, expected_at
    )


def relocated(location: Location, service_code: str, catalogue: Catalogue) -> Relocated:
    """Where a service request is after a correction of its place, and who does it there.

    What the catalogue no longer knows can be anywhere in the city, and is for triage.

    Raises:
        InvalidInput: the place is outside the city, says too little, or the service is not offered there.
    """
    judged = _Judgement(catalogue, catalogue, anonymous=False)
    service = catalogue.services.get(service_code)
    borough = judged.borough(location, service)
    if borough is None or judged.faults:
        raise judged.refusal()
    unit = catalogue.assign(service_code, borough).unit if service else TRIAGE
    return Relocated(borough, unit, location.place)


def assignable(service_code: str, catalogue: Catalogue) -> tuple[str, ...]:
    """The units that triage can give a service request to: those that do the service somewhere, then all others."""
    offering = catalogue.boroughs_offering(service_code) if service_code in catalogue.services else ()
    usual = (catalogue.assign(service_code, borough).unit for borough in offering)
    return tuple(dict.fromkeys([*usual, *catalogue.units]))


def slip_of(lat: float, lon: float, catalogue: Catalogue) -> Text | None:
    """What was probably meant by a position outside the city that would be inside with its numbers otherwise."""
    meant = {(lon, lat): SWAPPED, (lat, -lon): MIRRORED}
    return next((slip for place, slip in meant.items() if isinstance(catalogue.locate(*place), str)), None)


def check_readable(body: Mapping[str, Any], catalogue: Catalogue) -> None:
    """What the catalogue refuses in a body that is not even well formed, as far as its parts can be read.

    Raises:
        InvalidInput, Stopped: as `routed` does.
    """
    judged = _judged(body.get("catalogue_version"), catalogue, lambda now: now.body(body), anonymous=True)
    if judged.faults or judged.stoppers:
        raise judged.refusal()


def _judged(
    version: object, catalogue: Catalogue, judge: Callable[["_Judgement"], None], anonymous: bool
) -> "_Judgement":
    """By the present version; what it refuses, by the one that is named, if that knows the service.

    A danger of today stands: whoever gives such an answer must be told, however old the form.
    """
    now = _Judgement(catalogue, catalogue, anonymous=anonymous)
    judge(now)
    if not isinstance(version, str) or version == catalogue.version:
        return now
    earlier = catalogue.earlier(version)
    if earlier is None:
        # What is right today is taken, whatever it says it answers.
        now.faults += [Fault(("catalogue_version",), _NO_SUCH_VERSION)] if now.faults else []
        return now
    if now.stoppers or not now.faults:
        return now
    then = _Judgement(catalogue, earlier, anonymous=anonymous)
    judge(then)
    return then if then.found_service else now


def _assignment(service: Service, borough: str, catalogue: Catalogue) -> Assignment:
    if service.service_code in catalogue.services:
        return catalogue.assign(service.service_code, borough)
    return Assignment(TRIAGE, service.target_working_days)


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
    """Collects what is found, and the faults, while the parts of a submission are looked up.

    `terms` is the version by which it is judged; where and who is always as the present catalogue says.
    """

    def __init__(self, catalogue: Catalogue, terms: Catalogue | EarlierVersion, *, anonymous: bool) -> None:
        self._catalogue = catalogue
        self.terms = terms
        self._anonymous = anonymous
        self.faults: list[Fault] = []
        self.stoppers: list[Stopper] = []
        self.told: dict[str, Any] = {}
        self.found_service: Service | None = None
        self.found_borough: str | None = None
        self.found_attributes: dict[str, AnswerValue] = {}

    def submission(self, submission: Submission) -> None:
        self.found_service = self.service(submission.service_code)
        self.found_borough = self.borough(submission.location, self.found_service)
        self.found_attributes = self.attributes(submission.attributes, self.found_service)

    def body(self, body: Mapping[str, Any]) -> None:
        code = body.get("service_code")
        self.found_service = self.service(code) if isinstance(code, str) else None
        if location := _readable_location(body.get("location")):
            self.found_borough = self.borough(location, self.found_service)
        given = body.get("attributes", {})
        if not isinstance(given, Mapping):
            return
        readable = {name: value for name, value in given.items() if _read(_ANSWER, value) is not None}
        self.found_attributes = self.attributes(readable, self.found_service)
        unreadable = {("attributes", name) for name in given.keys() - readable.keys()}
        self.faults = [fault for fault in self.faults if fault.where not in unreadable]

    def refusal(self) -> InvalidInput:
        if self.stoppers:
            return Stopped(self.stoppers[0], self.faults, **self.told)
        return InvalidInput(self.faults, **self.told)

    def _refuse(self, *where: str, fr: str, en: str) -> None:
        self.faults.append(Fault(where, Text(fr=fr, en=en)))

    def service(self, code: str) -> Service | None:
        service = self.terms.services.get(code)
        if service is None:
            self.faults.append(Fault(("service_code",), NO_SUCH_SERVICE))
        elif self._anonymous and not service.anonymous:
            self._refuse(
                "service_code",
                fr=f"Ce service demande une personne connue : connectez-vous ou téléphonez au {self._catalogue.phone}.",
                en=f"This service needs a known person: sign in, or call {self._catalogue.phone}.",
            )
        return service

    def attributes(self, given: Mapping[str, AnswerValue], service: Service | None) -> dict[str, AnswerValue]:
        if service is None:
            return {}
        kept, faults = checked(given, service)
        self.stoppers = list(service.stopped_by(kept))
        faults += [Fault((stopper.attribute,), stopper.say) for stopper in self.stoppers if stopper.attribute]
        self.faults += [fault.inside("attributes") for fault in faults]
        return kept

    def borough(self, location: Location, service: Service | None) -> str | None:
        if location.lat is not None and location.lon is not None:
            located = self._catalogue.locate(location.lat, location.lon)
            if isinstance(located, Outside):
                if slip := slip_of(location.lat, location.lon, self._catalogue):
                    self.faults.append(Fault(("location",), slip))
                else:
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
        if borough in self.terms.boroughs_offering(service.service_code):
            return True
        name, phone = self._catalogue.all_borough_names[borough], self._catalogue.phone
        self._refuse(
            *where,
            fr=f"{name.fr} n'offre pas encore ce service par ce guichet; téléphonez au {phone}.",
            en=f"{name.en} does not offer this service through this counter yet; call {phone}.",
        )
        self.told |= {"borough": borough, "phone": phone}
        return False

    def _refuse_outside(self, outside: Outside) -> None:
        name, phone = self._catalogue.all_borough_names[outside.nearest], self._catalogue.phone
        distance = _distance(outside.distance_m)
        self._refuse(
            "location",
            fr=f"Ce lieu est hors de la ville, à {distance} de {name.fr}. Si le lieu est bon, téléphonez au {phone}.",
            en=f"This place is outside the city, {distance} from {name.en}. If the place is right, call {phone}.",
        )
        self.told |= {
            "nearest_borough": outside.nearest,
            "distance_m": round(outside.distance_m),
            "phone": phone,
        }


def _distance(metres: float) -> str:
    return f"{metres:.0f} m" if metres < 1000 else f"{metres / 1000:.0f} km"
