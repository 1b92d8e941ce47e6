"""How days, months and working days are counted, by the texts of Reg. 1182/71."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from handlers.law.calendars import calendar
from handlers.law.counting import (
    Span,
    Unit,
    add_business_days,
    add_months,
    count,
    end_of_day,
    local_day,
    roll_forward,
    working_days_before,
)
from tests.handlers.law.cases import UNTIMED

DAYS = st.dates(date(2000, 1, 1), date(2090, 1, 1))


@pytest.mark.parametrize(
    ("day", "months", "end"),
    [
        (date(2026, 1, 28), 1, date(2026, 2, 28)),
        (date(2026, 1, 29), 1, date(2026, 2, 28)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 30), 1, date(2028, 2, 29)),  # leap year
        (date(2028, 2, 29), 1, date(2028, 3, 29)),
        (date(2026, 3, 31), 1, date(2026, 4, 30)),
        (date(2026, 12, 31), 1, date(2027, 1, 31)),
        (date(2026, 4, 30), 1, date(2026, 5, 30)),  # not 31 May: the day's number counts, not its place in the month
        (date(2026, 1, 31), 3, date(2026, 4, 30)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
    ],
)
def test_a_month_ends_on_the_same_day_or_the_last(day: date, months: int, end: date) -> None:
    assert add_months(day, months) == end


@given(day=DAYS, months=st.integers(0, 60))
def test_months_are_those_of_the_calendar(day: date, months: int) -> None:
    assert add_months(day, months) == day + relativedelta(months=months)


@pytest.mark.parametrize(
    ("day", "weekday", "days", "last"),
    [
        (date(2026, 3, 2), "Monday", 10, date(2026, 3, 16)),
        (date(2026, 7, 4), "Saturday", 10, date(2026, 7, 17)),  # received on a holiday
        (date(2026, 11, 16), "Monday", 10, date(2026, 12, 1)),  # Thanksgiving
    ],
)
def test_business_days_do_not_count_the_day_of_receipt(day: date, weekday: str, days: int, last: date) -> None:
    assert f"{day:%A}" == weekday
    assert add_business_days(day, days, calendar("US-FED")) == last
    assert count(day, Span(days, Unit.BUSINESS_DAY), calendar("US-FED")) == last


def test_working_days_before_skip_days_off() -> None:
    # Tuesday, 29 December; Monday 28 is the first working day before it, then Thursday 24 and Wednesday 23.
    assert working_days_before(date(2026, 12, 29), 3, calendar("DE")) == date(2026, 12, 23)


@UNTIMED
@given(day=DAYS, country=st.sampled_from(("AT", "CZ", "DE", "ES", "FR", "PL", "SK")))
def test_every_day_that_is_skipped_is_off_and_the_end_is_not(day: date, country: str) -> None:
    off = calendar(country)
    rolled = roll_forward(day, off)
    assert all(off.is_off(day + timedelta(offset)) for offset in range((rolled - day).days))
    assert rolled.isoweekday() <= 5
    assert rolled not in off


def test_a_period_is_extended_in_its_own_unit() -> None:
    assert Span(1, Unit.MONTH).with_further(Span(2, Unit.MONTH)) == Span(3, Unit.MONTH)
    with pytest.raises(ValueError, match="a period in month cannot be extended in day"):
        Span(1, Unit.MONTH).with_further(Span(60, Unit.DAY))


@pytest.mark.parametrize(
    ("zone", "day", "end"),
    [
        ("Europe/Berlin", date(2026, 10, 25), "2026-10-26T00:00:00+01:00"),  # a day of 25 hours
        ("Europe/Berlin", date(2026, 10, 24), "2026-10-25T00:00:00+02:00"),
        ("America/Los_Angeles", date(2026, 3, 8), "2026-03-09T00:00:00-07:00"),
        ("Pacific/Tongatapu", date(2026, 3, 8), "2026-03-09T00:00:00+13:00"),
        # In Cairo the clocks go from 0:00 to 1:00 on 24 April 2026: that day has no midnight.
        ("Africa/Cairo", date(2026, 4, 23), "2026-04-24T01:00:00+03:00"),
    ],
)
def test_a_day_ends_with_the_midnight_that_follows(zone: str, day: date, end: str) -> None:
    assert end_of_day(day, ZoneInfo(zone)).isoformat() == end


@UNTIMED
@given(day=DAYS, zone=st.timezones())
def test_the_end_of_a_day_is_the_first_moment_of_the_next(day: date, zone: ZoneInfo) -> None:
    end = end_of_day(day, zone).astimezone(UTC)
    assert local_day(end, zone) > day
    assert local_day(end - timedelta(microseconds=1), zone) <= day


@pytest.mark.parametrize(
    "moment", [datetime(2026, 3, 31, 22, 10, tzinfo=UTC), datetime(2026, 4, 1, 21, 59, tzinfo=UTC)]
)
def test_the_day_is_the_controllers_not_that_of_utc(moment: datetime) -> None:
    assert local_day(moment, ZoneInfo("Europe/Berlin")) == date(2026, 4, 1)
