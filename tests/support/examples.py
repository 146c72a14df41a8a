"""Service requests for tests, made by the rules that make real ones."""

from datetime import UTC, datetime, timedelta
from itertools import count

from chalicelib.foundation.languages import Text
from chalicelib.service_requests.lifecycle import Action, Kind
from chalicelib.service_requests.model import ServiceRequest
from chalicelib.service_requests.record import Channel
from chalicelib.service_requests.timeline import Actor, Change, Place, Position

NOW = datetime(2026, 1, 5, 14, tzinfo=UTC)
CITIZEN = Actor(kind=Kind.CITIZEN)
AGENT = Actor(kind=Kind.AGENT, code="a1")

_entry_ids = count(1)


def unit_actor(code: str) -> Actor:
    return Actor(kind=Kind.UNIT, code=code)


def entry_id() -> str:
    return f"entry-{next(_entry_ids)}"


def submitted(
    id: str = "7K3Q9XPTM3", unit: str = "VM", *, at: datetime = NOW, text: str | None = "Un trou"
) -> ServiceRequest:
    """A service request as its submission leaves it."""
    blank = ServiceRequest(
        id=id,
        catalogue_version="pilot-0",
        service_code="nid-de-poule",
        service_name=Text(fr="Nid-de-poule", en="Pothole"),
        borough="VM",
        attributes={"taille": "grand"},
        channel=Channel.WEB,
        submitted_at=at,
        updated_at=at,
    )
    asked = Change(
        action=Action.SUBMIT,
        by=CITIZEN,
        text=text,
        place=Place(position=Position(lat=45.5, lon=-73.5), address="275, rue Notre-Dame Est"),
        public_position=Position(lat=45.5, lon=-73.5),
        cell="892baa0b6b7ffff",
        unit=unit,
        borough=blank.borough,
        service_code=blank.service_code,
        service_name=blank.service_name,
        expected_at=at + timedelta(days=5),
    )
    return blank.after(asked, at=at, entry_id=entry_id())
