"""Submissions that are right, for any service of a catalogue."""

from random import uniform
from typing import Any

from hypothesis import strategies as st

from chalicelib.catalogue import Attribute, Catalogue, load
from chalicelib.foundation.problems import Fault, InvalidInput
from chalicelib.service_requests.cells import index_cell
from chalicelib.service_requests.intake import check_readable
from chalicelib.service_requests.timeline import Position

PLACES = {
    "AC": (45.54472, -73.67142),
    "AJ": (45.61238, -73.57367),
    "CN": (45.48365, -73.62685),
    "LC": (45.45085, -73.68732),
    "LS": (45.43605, -73.62345),
    "IS": (45.49451, -73.89484),
    "MH": (45.57216, -73.53133),
    "MN": (45.60331, -73.62806),
    "OM": (45.51618, -73.60850),
    "PR": (45.47915, -73.85760),
    "PM": (45.52258, -73.58544),
    "RP": (45.65956, -73.53157),
    "RO": (45.55394, -73.57580),
    "LR": (45.49644, -73.72260),
    "LN": (45.59030, -73.59589),
    "SO": (45.46767, -73.59184),
    "VD": (45.45551, -73.57215),
    "VM": (45.51310, -73.55826),
    "VS": (45.55407, -73.60973),
}
"""A point inside each borough, from the facts of the field (open data of the city)."""

SHOWN = {"lat": 45.5088, "lon": -73.554}
"""Where the published document's examples are: whatever tries them sends there."""

WESTMOUNT = {"lat": 45.48467, "lon": -73.59942}


def position(borough: str) -> dict[str, float]:
    lat, lon = PLACES[borough]
    return {"lat": lat, "lon": lon}


def somewhere(borough: str) -> dict[str, float]:
    """A point of a borough, another each time, away from where tests send many: what they send is held as a burst."""
    lat, lon = PLACES[borough]
    crowded = {index_cell(Position(**place)) for place in (SHOWN, position(borough))}
    while True:
        near = {"lat": lat + uniform(-0.02, 0.02), "lon": lon + uniform(-0.02, 0.02)}  # noqa: S311
        if load("city").locate(**near) == borough and index_cell(Position(**near)) not in crowded:
            return near


def pothole(borough: str = "VM", **changed: Any) -> dict[str, Any]:
    """A right submission of the pilot, as JSON; `changed` replaces members."""
    right = {"service_code": "nid-de-poule", "location": position(borough), "attributes": {"taille": "grand"}}
    return right | changed


def further_faults(body: dict[str, Any], catalogue: Catalogue) -> list[Fault]:
    """What the catalogue refuses in a body that need not be well formed."""
    try:
        check_readable(body, catalogue)
    except InvalidInput as refused:
        return refused.faults
    return []


_words = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=40)
_dates = st.dates().map(lambda day: day.isoformat())
_times = st.datetimes().map(lambda time: f"{time.isoformat(timespec='seconds')}-05:00")


def answers_to(attribute: Attribute) -> st.SearchStrategy[Any]:
    """Right answers to one question."""
    match attribute.datatype:
        case "number":
            return st.integers(0, 10_000) | st.floats(0.001, 10_000)
        case "datetime":
            return _dates | _times
        case "singlevaluelist":
            return st.sampled_from([value.key for value in attribute.values])
        case "multivaluelist":
            return st.lists(st.sampled_from([value.key for value in attribute.values]), min_size=1, unique=True)
    return _words


@st.composite
def submissions(draw: st.DrawFn, catalogue: Catalogue, service_code: str, borough: str) -> dict[str, Any]:
    """Any right submission for a service in a borough, as JSON."""
    service = catalogue.services[service_code]
    lat, lon = PLACES[borough]
    places: list[dict[str, Any]] = [
        {"lat": lat, "lon": lon},
        {"lat": lat, "lon": lon, "address": draw(_words)},
        {"borough": borough, "address": draw(_words)},
        {"borough": borough, "intersection": [draw(_words), draw(_words)]},
    ]
    if service.place == "borough":
        places.append({"borough": borough})
    submission: dict[str, Any] = {
        "service_code": service_code,
        "location": draw(st.sampled_from(places)),
        "attributes": {
            attribute.code: draw(
                answers_to(attribute).filter(lambda answer, code=attribute.code: not service.stopped_by({code: answer}))
            )
            for attribute in service.attributes
            if attribute.required or draw(st.booleans())
        },
    }
    if draw(st.booleans()):
        submission["description"] = draw(_words)
    if draw(st.booleans()):
        submission["channel"] = draw(st.sampled_from(["web", "mobile", "social", "consultation"]))
    return submission
