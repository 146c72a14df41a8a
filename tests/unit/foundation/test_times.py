import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from chalicelib.foundation.times import Timestamp, now, to_millisecond, written

TIMESTAMP = TypeAdapter(Timestamp)
offsets = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes)))
times = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=offsets)  # noqa: DTZ001 - hypothesis adds the zone


class Report(BaseModel):
    at: Timestamp


@given(times)
def test_a_written_time_always_has_the_same_form(time):
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", written(time))


@given(times, times)
def test_the_order_of_written_times_is_the_order_of_time(one, other):
    assert (written(one) < written(other)) == (to_millisecond(one) < to_millisecond(other))


@given(times, offsets)
def test_the_same_instant_is_written_alike_in_every_zone(time, zone):
    assert written(time.astimezone(zone)) == written(time)


@given(times)
def test_a_written_time_reads_back_as_the_same_millisecond(time):
    assert TIMESTAMP.validate_python(written(time)) == to_millisecond(time)
    assert Report.model_validate_json(Report(at=time).model_dump_json()).at == to_millisecond(time)


@given(times)
def test_times_are_cut_to_the_millisecond_never_rounded_up(time):
    cut = to_millisecond(time)
    assert cut.tzinfo is UTC
    assert timedelta() <= time - cut < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-24T08:15:00-05:00", "2026-11-24T13:15:00.000Z"),
        ("2026-11-24T13:15:00Z", "2026-11-24T13:15:00.000Z"),
        ("2026-11-24T13:15:00.123456789Z", "2026-11-24T13:15:00.123Z"),
        ("2026-11-24T13:15:00.9999Z", "2026-11-24T13:15:00.999Z"),
        ("2026-03-08T02:30:00-05:00", "2026-03-08T07:30:00.000Z"),
        ("2024-02-29T23:59:59+14:00", "2024-02-29T09:59:59.000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
    ],
)
def test_rfc_3339_is_read(text, instant):
    assert written(TIMESTAMP.validate_python(text)) == instant


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-24",
        "2026-11-24T08:15:00",
        "2026-02-30T08:15:00Z",
        "2026-11-24T24:15:00Z",
        "hier",
        "",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "2026-11-24T08:15:00+99:00",
        "２０２６-11-24T08:15:00Z",
        None,
        True,
        1700000000,
        1.5,
        [],
        {},
    ],
)
def test_what_is_no_time_with_a_zone_is_refused(value):
    with pytest.raises(ValidationError):
        TIMESTAMP.validate_python(value)


@pytest.mark.parametrize("digits", ["1700000000", "-1", "1700000000.5", "0", "20261124"])
def test_a_text_of_digits_is_not_taken_for_seconds(digits):
    with pytest.raises(ValidationError):
        TIMESTAMP.validate_python(digits)


@given(st.text() | st.text("0123456789-:TZ+. "))
def test_any_text_is_a_time_in_utc_or_refused(text):
    with suppress(ValidationError):
        assert TIMESTAMP.validate_python(text).tzinfo is UTC


def test_now_is_a_whole_millisecond_in_utc():
    at = now()
    assert at == to_millisecond(at)
    assert at.tzinfo is UTC
