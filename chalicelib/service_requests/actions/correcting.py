"""Correcting where or what."""

from ...catalogue.chosen import catalogue
from ..intake import relocated
from ..lifecycle import Action
from ..model import ServiceRequest
from ..submission import Location
from ..timeline import Actor, Change
from .submitting import made_public


def corrected(before: ServiceRequest, by: Actor, location: Location | None, description: str | None) -> Change:
    """The change that puts the place or the description right; a place of another unit sends it on to that one.

    Within its borough it stays with whoever it was given to, and what is held for triage with the triage unit.

    Raises:
        InvalidInput: the place is outside the city, or where the service is not offered.
    """
    change = Change(action=Action.CORRECT, by=by, text=description)
    if location is None:
        return change
    found = relocated(location, before.service_code, catalogue())
    service = catalogue().services.get(before.service_code)
    public_position, cell = made_public(found.place, exact=service is not None and service.on_public_way)
    # What is no longer in the catalogue stays where triage has put it.
    another = found.borough != before.borough and found.unit != before.unit
    moves = service is not None and another and not before.held
    return change.model_copy(
        update={
            "place": found.place,
            "public_position": public_position,
            "cell": cell,
            "borough": found.borough if found.borough != before.borough else None,
            "unit": found.unit if moves else None,
        }
    )
