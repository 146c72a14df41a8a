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
