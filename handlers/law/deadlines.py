"""When a request has to be answered: one month, rolled forward to a working day."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
from dateutil.relativedelta import relativedelta

SATURDAY = 5


@dataclass(frozen=True)
class Clock:
    """The dates of one ticket: plan against `safe_date`; `last_date` is the last day by law, `rule` says which."""

    received_on: date
    nominal_date: date
    safe_date: date
    last_date: date
    rule: str


class UnknownCountry(ValueError):
    """There is no holiday calendar for this country code."""


@lru_cache(maxsize=64)
def calendar(country: str) -> holidays.HolidayBase:
    """Return the nationwide public holidays of a country (ISO 3166-1 alpha-2). Raises UnknownCountry."""
    try:
        found = holidays.country_holidays(country)
    except NotImplementedError:
        found = None
    # The library takes "Germany" and "DEU" too, but authorities and retention periods are found by the two letters.
    if found is None or getattr(found, "country", "") != country:
        raise UnknownCountry(f"there is no holiday calendar for country {country!r}")
    return found


def add_month(day: date) -> date:
    """Return the same day of the next month, or its last day if it has none (Reg. 1182/71 Art. 3(2)(c))."""
    return day + relativedelta(months=1)


def next_working_day(day: date, *, country: str) -> date:
    """Roll a last day that is no working day forward (Reg. 1182/71 Art. 3(4)); any other day stays."""
    off = calendar(country)
    while day.weekday() >= SATURDAY or day in off:
        day += timedelta(days=1)
    return day


def start_clock(received_at: datetime, *, zone: ZoneInfo, country: str) -> Clock:
    """Start the month of GDPR Art. 12(3): it counts from the local day of receipt at the controller's seat."""
    received_on = received_at.astimezone(zone).date()
    nominal = add_month(received_on)
    return Clock(
        received_on=received_on,
        nominal_date=nominal,
        safe_date=nominal,
        last_date=next_working_day(nominal, country=country),
        rule="GDPR Art. 12(3); Reg. 1182/71 Art. 3(2)(c), 3(4)",
    )


def days_left(clock: Clock, today: date) -> int:
    """Return the days until the safe date; negative when it has passed."""
    return (clock.safe_date - today).days
