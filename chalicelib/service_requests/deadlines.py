"""By when: how what happens to a service request moves the date that the city expects to be done by. Pure."""

from datetime import datetime, timedelta

from ..catalogue import Catalogue
from . import lifecycle
from .lifecycle import Action, Status
from .model import ServiceRequest
from .timeline import Change


def dated(before: ServiceRequest, change: Change, catalogue: Catalogue, at: datetime) -> Change:
    """The change with the date it moves the expected one to, if it does.

    Reopened, the unit has its whole target again; sent on for another service or to another borough, the target is
    the new one, still counted from the submission or reopening, since when the citizen waits. The clock stands still
    between a question and its answer, or its closing without one: the date moves by the working days that passed
    (`docs/decisions/0009`).
    """
    expected_at = before.expected_at
    service_code, borough = change.service_code or before.service_code, change.borough or before.borough
    if service_code in catalogue.services:
        days = catalogue.assign(service_code, borough).target_working_days
        if change.action is Action.REOPEN:
            expected_at = catalogue.expected_at(at, days)
        elif (service_code, borough) != (before.service_code, before.borough):
            since, pauses = _counted(before)
            expected_at = catalogue.expected_at(since, days)
            for asked_at, left_at in pauses:
                expected_at = catalogue.later(expected_at, asked_at, left_at)
    sent_on = change.unit is not None
    after = lifecycle.after(before.status, change.action, before.resumed, sent_on=sent_on)
    if before.asked_at and expected_at and after is not Status.INFO_REQUESTED:
        expected_at = catalogue.later(expected_at, before.asked_at, at)
    dates = {"expected_at": expected_at} if expected_at != before.expected_at else {}
    unit = change.unit or (before.unit if change.action is Action.REOPEN else None)
    if unit and (by := acknowledge_by(unit, catalogue, at)):
        dates["acknowledge_by"] = by
    return change.model_copy(update=dates) if dates else change


def acknowledge_by(unit: str, catalogue: Catalogue, at: datetime) -> datetime | None:
    """By when a unit that gets it now is to acknowledge it; None for one that takes no part any more."""
    if unit not in catalogue.units:
        return None
    return at + timedelta(hours=catalogue.units[unit].acknowledge_within_hours)


def _counted(found: ServiceRequest) -> tuple[datetime, list[tuple[datetime, datetime]]]:
    """Since when the target counts, and the questions that stopped the clock since then and are over."""
    since, pauses = found.submitted_at, list[tuple[datetime, datetime]]()
    asked_at: datetime | None = None
    for state in found.replay():
        entry = state.timeline[-1]
        if entry.action is Action.REOPEN and entry.applied:
            since, pauses = entry.at, []
        if asked_at and state.status is not Status.INFO_REQUESTED:
            pauses.append((asked_at, entry.at))
        asked_at = state.asked_at
    return since, pauses


def is_late(expected_at: datetime | None, closed_at: datetime | None, status: Status, at: datetime) -> bool:
    """Whether it was not, or is not yet, done by when the city expected. Not while it waits for the citizen."""
    if expected_at is None or status is Status.INFO_REQUESTED:
        return False
    return (closed_at or at) > expected_at
