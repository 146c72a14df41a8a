"""Working days, and the date by which something promised in working days is due."""

from collections.abc import Container
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

CLOSING: Final = time(17)
"""Local time at which a working day ends."""

_SATURDAY: Final = 5


def is_working_day(day: date, holidays: Container[date]) -> bool:
    """Monday to Friday, public holidays excepted."""
    return day.weekday() < _SATURDAY and day not in holidays


def expected_at(
    submitted_at: datetime, target_working_days: int, holidays: Container[date], timezone: tzinfo
) -> datetime:
    """The end of the n-th working day after the day of submission, in UTC.

    The day of submission never counts, whatever the hour: what comes in on Saturday is counted from Monday on, like
    what came in on Friday. (As the Code of Civil Procedure counts, art. 83.)
    """
    if submitted_at.tzinfo is None:
        raise ValueError("submitted_at has no time zone")
    day = submitted_at.astimezone(timezone).date()
    remaining = target_working_days
    while remaining > 0:
        day += timedelta(days=1)
        remaining -= is_working_day(day, holidays)
    return datetime.combine(day, CLOSING, timezone).astimezone(UTC)


def later(
    promised: datetime, paused_from: datetime, paused_until: datetime, holidays: Container[date], timezone: tzinfo
) -> datetime:
    """The end of the working day to which a promised date moves, in UTC, when the clock stood still in between.

    As many working days later as went by after the day of the pause, up to that of its end: within a day, none.
    """
    first, last = (moment.astimezone(timezone).date() for moment in (paused_from, paused_until))
    days = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
    return expected_at(promised, sum(is_working_day(day, holidays) for day in days), holidays, timezone)
