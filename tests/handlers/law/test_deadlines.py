"""The clock: a calendar month from the local day of receipt, its last day rolled forward; expectations by statute."""

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.law.authorities import authority_of
from handlers.law.deadlines import (
    Clock,
    UnknownCountry,
    add_month,
    calendar,
    days_left,
    next_working_day,
    start_clock,
)

BERLIN = ZoneInfo("Europe/Berlin")
COUNTRIES = ("AT", "BE", "CZ", "DE", "ES", "FR", "IE", "PL", "SK")
YEARS_AHEAD = 3


def vectors() -> list[dict[str, str]]:
    path = Path(__file__).with_name("deadlines_vectors.csv")
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: f"{vector['id']} {vector['controller_country']}")
def test_the_dates_are_those_of_the_statute(vector: dict[str, str]) -> None:
    received = datetime.fromisoformat(vector["received_at"])
    clock = start_clock(received, zone=ZoneInfo(vector["timezone"]), country=vector["controller_country"])
    expected = tuple(vector[name] for name in ("nominal_date", "expected_due", "safe_due"))
    assert (str(clock.nominal_date), str(clock.last_date), str(clock.safe_date)) == expected


def test_a_clock_names_its_rule() -> None:
    # 25 Dec 2026 is a Friday, 26 Dec a holiday and a Saturday, 27 Dec a Sunday.
    assert start_clock(datetime(2026, 11, 25, 11, tzinfo=UTC), zone=BERLIN, country="DE") == Clock(
        received_on=date(2026, 11, 25),
        nominal_date=date(2026, 12, 25),
        safe_date=date(2026, 12, 25),
        last_date=date(2026, 12, 28),
        rule="GDPR Art. 12(3); Reg. 1182/71 Art. 3(2)(c), 3(4)",
    )


@pytest.mark.parametrize(
    ("day", "month_later"),
    [
        (date(2026, 1, 28), date(2026, 2, 28)),
        (date(2026, 1, 29), date(2026, 2, 28)),
        (date(2026, 1, 31), date(2026, 2, 28)),
        (date(2028, 1, 30), date(2028, 2, 29)),  # leap year
        (date(2028, 2, 29), date(2028, 3, 29)),
        (date(2026, 3, 31), date(2026, 4, 30)),
        (date(2026, 12, 31), date(2027, 1, 31)),
        (date(2026, 4, 30), date(2026, 5, 30)),  # not 31 May: the day's number counts, not its place in the month
    ],
)
def test_a_month_ends_on_the_same_day_or_the_last(day: date, month_later: date) -> None:
    assert add_month(day) == month_later


@pytest.mark.parametrize(
    ("last_day", "weekday", "country", "rolled"),
    [
        (date(2026, 12, 24), "Thursday", "DE", date(2026, 12, 24)),
        (date(2026, 12, 24), "Thursday", "PL", date(2026, 12, 28)),  # a day off in Poland since 2025
        (date(2026, 12, 26), "Saturday", "DE", date(2026, 12, 28)),
        (date(2026, 10, 31), "Saturday", "DE", date(2026, 11, 2)),
        (date(2025, 10, 31), "Friday", "DE", date(2025, 10, 31)),  # Reformation Day is regional
        (date(2027, 3, 26), "Friday", "SK", date(2027, 3, 30)),  # Good Friday to Easter Monday
        (date(2027, 1, 1), "Friday", "AT", date(2027, 1, 4)),
        (date(2026, 11, 23), "Monday", "DE", date(2026, 11, 23)),
    ],
)
def test_only_a_last_day_that_is_off_moves(last_day: date, weekday: str, country: str, rolled: date) -> None:
    assert f"{last_day:%A}" == weekday
    assert next_working_day(last_day, country=country) == rolled


@pytest.mark.parametrize(
    ("received", "local_day"),
    [
        ("2026-03-31T23:59:59+02:00", date(2026, 3, 31)),
        ("2026-04-01T00:10:00+02:00", date(2026, 4, 1)),  # 31 March in UTC
        ("2026-03-31T22:10:00+00:00", date(2026, 4, 1)),  # the same moment
        ("2026-12-31T23:10:00+00:00", date(2027, 1, 1)),
        ("2026-11-23T01:00:00-08:00", date(2026, 11, 23)),
    ],
)
def test_the_day_of_receipt_is_the_controllers(received: str, local_day: date) -> None:
    assert start_clock(datetime.fromisoformat(received), zone=BERLIN, country="DE").received_on == local_day


@pytest.mark.parametrize(
    ("today", "left"), [(date(2026, 12, 20), 3), (date(2026, 12, 23), 0), (date(2026, 12, 24), -1)]
)
def test_days_left_count_to_the_safe_date(today: date, left: int) -> None:
    assert days_left(start_clock(datetime(2026, 11, 23, 9, tzinfo=UTC), zone=BERLIN, country="DE"), today) == left


@pytest.mark.parametrize("country", ["XX", "", "Germany", "DEU", "de"])
def test_an_unknown_country_is_said(country: str) -> None:
    with pytest.raises(UnknownCountry, match=f"no holiday calendar for country {country!r}"):
        calendar(country)


@pytest.mark.parametrize("country", COUNTRIES)
def test_the_holiday_tables_reach_far_enough(country: str) -> None:
    """Fails years before a table ends: then update the `holidays` package."""
    last_needed = datetime.now(UTC).year + YEARS_AHEAD
    assert calendar(country).end_year >= last_needed
    assert date(last_needed, 12, 25) in calendar(country)
    assert authority_of(country) is not None


@given(
    received=st.dates(date(2020, 1, 1), date(2090, 1, 1)),
    hour=st.integers(0, 23),
    country=st.sampled_from(COUNTRIES),
)
def test_a_clock_never_runs_backwards(received: date, hour: int, country: str) -> None:
    clock = start_clock(
        datetime(received.year, received.month, received.day, hour, tzinfo=UTC), zone=BERLIN, country=country
    )
    assert clock.received_on < clock.nominal_date == clock.safe_date <= clock.last_date
    assert timedelta(28) <= clock.nominal_date - clock.received_on <= timedelta(31)
    assert clock.last_date.isoweekday() <= 5
    assert clock.last_date not in calendar(country)


@given(day=st.dates(date(2020, 1, 1), date(2090, 1, 1)), country=st.sampled_from(COUNTRIES))
def test_every_day_that_is_skipped_is_off(day: date, country: str) -> None:
    skipped = (next_working_day(day, country=country) - day).days
    off = [day + timedelta(days) for days in range(skipped)]
    assert all(one.isoweekday() > 5 or one in calendar(country) for one in off)
