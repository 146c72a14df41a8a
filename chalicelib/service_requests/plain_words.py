"""What became of a service request, in a sentence or two that anybody understands, in both languages."""

from datetime import datetime, tzinfo
from typing import Final

from ..foundation.languages import Text
from .deadlines import is_late
from .lifecycle import RefusalReason, Resolution, Status
from .model import ServiceRequest

_MONTHS_FR: Final = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
_MONTHS_EN: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

_HELD: Final = Text(
    fr="Nous avons reçu la demande. Une personne la vérifie avant de la transmettre.",
    en="We have received the request. Somebody looks at it before it is sent on.",
)
_STANDS: Final = {
    Status.SUBMITTED: Text(
        fr="Nous avons reçu la demande et la transmettons à : {unit}.",
        en="We have received the request and are sending it to: {unit}.",
    ),
    Status.QUEUED: Text(fr="La demande est transmise à : {unit}.", en="The request has been sent to: {unit}."),
    Status.ACKNOWLEDGED: Text(fr="La demande est acceptée par : {unit}.", en="The request is accepted by: {unit}."),
    Status.IN_PROGRESS: Text(
        fr="Le travail est commencé. Responsable : {unit}.", en="Work has started. Responsible: {unit}."
    ),
    Status.INFO_REQUESTED: Text(
        fr="Une question attend une réponse; le délai est suspendu jusque-là. Responsable : {unit}.",
        en="A question awaits an answer; the clock is stopped until then. Responsible: {unit}.",
    ),
    Status.REOPENED: Text(
        fr="La demande est rouverte. Responsable : {unit}.", en="The request is reopened. Responsible: {unit}."
    ),
    Status.WITHDRAWN: Text(fr="Demande annulée le {on}.", en="Cancelled on {on}."),
    Status.DUPLICATE: Text(
        fr="Déjà signalé : le suivi se fait avec la demande {original}.",
        en="Already reported: follow service request {original}.",
    ),
}
_RESOLVED: Final = {
    Resolution.FIXED: Text(fr="C'est fait : terminé le {on}.", en="Done on {on}."),
    Resolution.NOTHING_FOUND: Text(
        fr="Vérifié le {on} : il n'y avait rien à faire sur place.",
        en="Checked on {on}: there was nothing to be done there.",
    ),
}
_REFUSED: Final = {
    RefusalReason.NOT_OURS: Text(
        fr="Demande fermée le {on} : ce n'est pas du ressort de la Ville.",
        en="Closed on {on}: this is not the city's to do.",
    ),
    RefusalReason.POLICY: Text(
        fr="Demande fermée le {on} : la Ville n'intervient pas dans ce cas.",
        en="Closed on {on}: the city does not act in such a case.",
    ),
    RefusalReason.INCOMPLETE: Text(
        fr="Demande fermée le {on} : il manquait des renseignements.", en="Closed on {on}: information was missing."
    ),
}
_EXPECTED: Final = Text(fr="Prévu au plus tard le {by}.", en="Expected by {by}.")
_LATE: Final = Text(
    fr="C'était prévu au plus tard le {by} : nous sommes en retard.", en="It was expected by {by}: we are late."
)


def so_far(found: ServiceRequest, unit: Text, at: datetime, timezone: tzinfo) -> Text:
    """Where it stands, who has it, and by when it is expected or was; `unit` is the unit's name."""
    waits = found.status is Status.INFO_REQUESTED
    checked_first = found.held and found.status.is_open and not waits
    story = _closed(found) or (_HELD if checked_first else _STANDS[found.seen_status])
    if found.status.is_open and found.expected_at and not checked_first and not waits:
        late = is_late(found.expected_at, found.closed_at, found.status, at)
        story = _joined(story, _LATE if late else _EXPECTED)
    values = {"original": found.duplicate_of or ""}
    on, by = (_day(moment, timezone) for moment in (found.closed_at or at, found.expected_at or at))
    return Text(
        fr=story.fr.format(**values, unit=unit.fr, on=on.fr, by=by.fr),
        en=story.en.format(**values, unit=unit.en, on=on.en, by=by.en),
    )


def _closed(found: ServiceRequest) -> Text | None:
    closing = next((e for e in reversed(found.timeline) if e.applied and (e.resolution or e.reason)), None)
    if found.status is Status.RESOLVED and closing and closing.resolution:
        return _RESOLVED[closing.resolution]
    if found.status is Status.REFUSED and closing and closing.reason:
        return _REFUSED[closing.reason]
    return None


def _joined(first: Text, second: Text) -> Text:
    return Text(fr=f"{first.fr} {second.fr}", en=f"{first.en} {second.en}")


def _day(moment: datetime, timezone: tzinfo) -> Text:
    day = moment.astimezone(timezone).date()
    of_month = "1er" if day.day == 1 else str(day.day)
    return Text(
        fr=f"{of_month} {_MONTHS_FR[day.month - 1]} {day.year}",
        en=f"{_MONTHS_EN[day.month - 1]} {day.day}, {day.year}",
    )
