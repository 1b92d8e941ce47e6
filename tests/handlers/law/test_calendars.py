"""Days off: nationwide, of a region, of nobody; their names; and that the tables do not run out."""

from datetime import UTC, date, datetime

import holidays
import pytest

from handlers.law.calendars import UnknownCountry, UnknownRegion, calendar, table_version
from handlers.law.regimes import EEA

COUNTRIES = sorted(EEA | {"GB", "CH", "US"})
YEARS_AHEAD = 3


@pytest.mark.parametrize(
    ("code", "day", "weekday", "off"),
    [
        ("DE", date(2026, 6, 4), "Thursday", False),  # Corpus Christi
        ("DE-BY", date(2026, 6, 4), "Thursday", True),
        ("DE", date(2025, 10, 31), "Friday", False),  # Reformation Day
        ("PL", date(2025, 12, 24), "Wednesday", True),  # a day off since 2025
        ("PL", date(2024, 12, 24), "Tuesday", False),
        ("SK", date(2026, 5, 8), "Friday", False),  # Act 241/1993 § 4b: not in 2026 ...
        ("SK", date(2027, 9, 15), "Wednesday", True),  # ... but again in 2027
        ("SK", date(2026, 11, 17), "Tuesday", False),  # § 2(3): no day of rest since November 2025
        ("SK", date(2026, 9, 1), "Tuesday", False),
        ("GB-ENG", date(2026, 4, 6), "Monday", True),  # Easter Monday
        ("GB-SCT", date(2026, 4, 6), "Monday", False),
        ("GB", date(2026, 4, 6), "Monday", False),  # not off in the whole of the United Kingdom
        ("CH-ZH", date(2026, 4, 6), "Monday", True),
        ("US-FED", date(2026, 11, 27), "Friday", False),  # the day after Thanksgiving
        ("US-CA", date(2026, 11, 27), "Friday", True),
        ("US", date(2026, 7, 3), "Friday", True),  # Independence Day falls on a Saturday
        ("NONE", date(2026, 12, 25), "Friday", False),
        ("NONE", date(2026, 12, 26), "Saturday", True),
    ],
)
def test_a_day_is_off_or_not(code: str, day: date, weekday: str, off: bool) -> None:
    assert f"{day:%A}" == weekday
    assert calendar(code).is_off(day) is off


@pytest.mark.parametrize(
    ("code", "language", "name"),
    [
        ("SK", "sk", "Prvý sviatok vianočný"),
        ("SK", "en_US", "Christmas Day"),
        ("SK", "eo", "Christmas Day"),  # no such words in the tables
        ("DE", "de", "Erster Weihnachtstag"),
        ("NONE", "de", ""),
    ],
)
def test_a_holiday_has_a_name_in_the_readers_language(code: str, language: str, name: str) -> None:
    assert calendar(code).holiday(date(2026, 12, 25), language=language) == name


@pytest.mark.parametrize("country", ["XX", "", "Germany", "DEU", "de", "XX-BY", "-BY"])
def test_an_unknown_country_is_said(country: str) -> None:
    with pytest.raises(UnknownCountry, match="there is no holiday calendar for country '"):
        calendar(country)


@pytest.mark.parametrize("region", ["DE-XX", "DE-FED", "DE-by"])
def test_an_unknown_region_is_said(region: str) -> None:
    with pytest.raises(UnknownRegion, match="the holiday calendar of DE knows no region"):
        calendar(region)


@pytest.mark.parametrize("country", COUNTRIES)
def test_the_holiday_tables_reach_far_enough(country: str) -> None:
    """Fails years before a table ends: then update the `holidays` package."""
    last_needed = datetime.now(UTC).year + YEARS_AHEAD
    assert holidays.country_holidays(country).end_year >= last_needed
    assert date(last_needed, 1, 1) in calendar(country)


def test_the_tables_have_a_version() -> None:
    assert table_version() == holidays.__version__  # type: ignore[attr-defined] # not in the package's __all__
