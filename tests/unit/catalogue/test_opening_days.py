from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.catalogue import load
from chalicelib.catalogue.build.public_holidays import YEARS
from chalicelib.catalogue.opening_days import expected_at, is_working_day, later

MONTREAL = ZoneInfo("America/Toronto")
HOLIDAYS = {date(2025, 12, 25), date(2026, 1, 1), date(2026, 6, 24), date(2026, 7, 1)}

moments = st.datetimes(datetime(YEARS[0], 1, 1), datetime(YEARS[-2], 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
targets = st.integers(1, 120)


def due(submitted_at, target):
    return expected_at(submitted_at, target, HOLIDAYS, MONTREAL)


def local(*moment):
    return datetime(*moment, tzinfo=MONTREAL)


@pytest.mark.parametrize(
    ("submitted_at", "target", "expected"),
    [
        pytest.param(local(2026, 6, 1, 9), 1, local(2026, 6, 2, 17), id="the day of submission does not count"),
        pytest.param(local(2026, 6, 1, 23, 59), 1, local(2026, 6, 2, 17), id="nor at its last minute"),
        pytest.param(local(2026, 6, 5, 9), 1, local(2026, 6, 8, 17), id="from Friday to Monday"),
        pytest.param(local(2026, 6, 6, 9), 1, local(2026, 6, 8, 17), id="Saturday counts from Monday"),
        pytest.param(local(2026, 6, 1, 9), 5, local(2026, 6, 8, 17), id="five working days are a week"),
        pytest.param(local(2026, 6, 23, 9), 1, local(2026, 6, 25, 17), id="over Saint-Jean"),
        pytest.param(local(2026, 6, 24, 9), 1, local(2026, 6, 25, 17), id="submitted on Saint-Jean"),
        pytest.param(local(2025, 12, 31, 9), 1, local(2026, 1, 2, 17), id="over New Year's Day"),
        pytest.param(local(2026, 3, 6, 9), 1, local(2026, 3, 9, 17), id="clocks go forward"),
        pytest.param(local(2026, 10, 30, 9), 1, local(2026, 11, 2, 17), id="clocks go back"),
    ],
)
def test_a_service_request_is_due_at_the_end_of_the_nth_working_day(submitted_at, target, expected):
    assert due(submitted_at, target) == expected


def test_what_is_due_at_five_in_the_afternoon_stays_so_when_the_clocks_change():
    assert due(datetime(2026, 3, 5, 15, tzinfo=UTC), 1) == datetime(2026, 3, 6, 22, tzinfo=UTC)
    assert due(datetime(2026, 3, 6, 15, tzinfo=UTC), 1) == datetime(2026, 3, 9, 21, tzinfo=UTC)


def test_the_day_is_the_citys_not_that_of_utc():
    assert due(datetime(2026, 6, 2, 3, 30, tzinfo=UTC), 1) == local(2026, 6, 2, 17)


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        due(datetime(2026, 6, 2, 3, 30), 1)  # noqa: DTZ001 - that is the point


@given(moments, targets)
def test_a_deadline_is_at_closing_time_of_a_working_day_with_just_enough_working_days_before_it(submitted_at, target):
    city = load("city")
    expected = city.expected_at(submitted_at, target)
    assert expected.tzinfo is UTC
    there = expected.astimezone(MONTREAL)
    assert (there.hour, there.minute, there.second, there.microsecond) == (17, 0, 0, 0)
    day, counted = submitted_at.astimezone(MONTREAL).date(), 0
    while day < there.date():
        day += timedelta(days=1)
        counted += is_working_day(day, city.holidays)
    assert counted == target
    assert is_working_day(there.date(), city.holidays)
    assert there.weekday() < 5


@given(moments, moments, targets, targets)
def test_what_is_submitted_later_or_promised_for_later_is_never_due_earlier(one, another, target, larger):
    city = load("city")
    first, second = sorted([one, another])
    less, more = sorted([target, larger])
    assert city.expected_at(first, less) <= city.expected_at(second, less) <= city.expected_at(second, more)


def test_the_citys_own_holidays_count(city):
    assert city.expected_at(local(2026, 6, 23, 9), 1) == local(2026, 6, 25, 17)
    assert city.expected_at(local(2029, 6, 22, 9), 1) == local(2029, 6, 26, 17), "the 24th is a Sunday: the 25th is off"


@pytest.mark.parametrize(
    ("paused_from", "paused_until", "expected"),
    [
        pytest.param(local(2026, 6, 2, 9), local(2026, 6, 2, 16), local(2026, 6, 8, 17), id="within a day, none"),
        pytest.param(local(2026, 6, 2, 16), local(2026, 6, 3, 9), local(2026, 6, 9, 17), id="to the next day, one"),
        pytest.param(local(2026, 6, 5, 9), local(2026, 6, 8, 9), local(2026, 6, 9, 17), id="over a weekend, one"),
        pytest.param(local(2026, 6, 6, 9), local(2026, 6, 7, 9), local(2026, 6, 8, 17), id="in a weekend, none"),
        pytest.param(local(2026, 6, 23, 9), local(2026, 6, 25, 9), local(2026, 6, 9, 17), id="over Saint-Jean, one"),
        pytest.param(local(2026, 6, 2, 9), local(2026, 6, 16, 9), local(2026, 6, 22, 17), id="ten, to ten later"),
        pytest.param(local(2026, 6, 2, 23, 30), local(2026, 6, 3, 0, 30), local(2026, 6, 9, 17), id="past midnight"),
        pytest.param(local(2026, 6, 2, 20, 30), local(2026, 6, 2, 23), local(2026, 6, 8, 17), id="past UTC's midnight"),
    ],
)
def test_a_promise_moves_by_the_working_days_of_a_pause(paused_from, paused_until, expected):
    assert later(local(2026, 6, 8, 17), paused_from, paused_until, HOLIDAYS, MONTREAL) == expected


def test_what_is_promised_past_a_holiday_moves_over_it():
    assert later(local(2026, 6, 23, 17), local(2026, 6, 1, 9), local(2026, 6, 2, 9), HOLIDAYS, MONTREAL) == local(
        2026, 6, 25, 17
    )


def test_a_promise_keeps_its_hour_when_the_clocks_change_on_the_way():
    assert later(local(2026, 3, 6, 17), local(2026, 3, 4, 9), local(2026, 3, 5, 9), HOLIDAYS, MONTREAL) == local(
        2026, 3, 9, 17
    )


@given(moments, targets, st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_two_pauses_that_touch_move_a_promise_as_far_as_one(submitted_at, target, first, second, third):
    city = load("city")
    promised = city.expected_at(submitted_at, target)
    start, middle, end = (submitted_at + timedelta(days=d) for d in (first, first + second, first + second + third))
    assert city.later(city.later(promised, start, middle), middle, end) == city.later(promised, start, end)
    assert city.later(promised, start, start) == promised
    assert city.later(promised, start, end) >= promised
