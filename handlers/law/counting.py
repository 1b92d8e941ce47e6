"""Counting days, months and working days; nothing here knows a law's period, only how a period is counted."""

import enum
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from handlers.law.calendars import Calendar

MONTHS_A_YEAR = 12
ONE_DAY = timedelta(days=1)


@enum.unique
class Unit(enum.StrEnum):
    """What a period is expressed in."""

    MONTH = "month"
    DAY = "day"
    BUSINESS_DAY = "business_day"


@dataclass(frozen=True)
class Span:
    """A period's length, as a law puts it: one month is never 30 days."""

    count: int
    unit: Unit

    def with_further(self, further: "Span") -> "Span":
        """Return the whole of a period and its extension, which must be in the same unit. Raises ValueError."""
        if further.unit is not self.unit:
            raise ValueError(f"a period in {self.unit} cannot be extended in {further.unit}")
        return Span(self.count + further.count, self.unit)


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """Return the calendar day of a moment in the controller's zone: never the day in UTC."""
    return moment.astimezone(zone).date()


# "Where a period expressed in days, weeks, months or years is to be calculated from the moment at which an event
# occurs ..., the day during which that event occurs ... shall not be considered as falling within the period."
# (Reg. 1182/71 Art. 3(1))
def count(start: date, span: Span, days_off: Calendar) -> date:
    """Return the last day of a period that an event on `start` sets off (Reg. 1182/71 Art. 3(1); OR Art. 77)."""
    if span.unit is Unit.MONTH:
        return add_months(start, span.count)
    if span.unit is Unit.DAY:
        return start + timedelta(days=span.count)
    return add_business_days(start, span.count, days_off)


# "... shall end with the expiry of the last hour of whichever day in the last week, month or year is the same day of
# the week, or falls on the same date, as the day from which the period runs. If ... the day on which it should expire
# does not occur in the last month, the period shall end with the expiry of the last hour of the last day of that
# month." (Reg. 1182/71 Art. 3(2)(c))
def add_months(day: date, months: int) -> date:
    """Return the same day of a later month, or that month's last day if it has none (Reg. 1182/71 Art. 3(2)(c))."""
    years, month = divmod(day.month - 1 + months, MONTHS_A_YEAR)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def add_business_days(day: date, days: int, days_off: Calendar) -> date:
    """Return the nth working day after a day, which itself is day 0 (11 CCR § 7021(a))."""
    while days > 0:
        day += ONE_DAY
        if not days_off.is_off(day):
            days -= 1
    return day


def working_days_before(day: date, days: int, days_off: Calendar) -> date:
    """Return the nth working day before a day, for a task that must be done ahead of it."""
    while days > 0:
        day -= ONE_DAY
        if not days_off.is_off(day):
            days -= 1
    return day


# "Where the last day of a period expressed otherwise than in hours is a public holiday, Sunday or Saturday, the
# period shall end with the expiry of the last hour of the following working day." (Reg. 1182/71 Art. 3(4))
def roll_forward(day: date, days_off: Calendar) -> date:
    """Return the day itself if it is a working day, else the next one (Reg. 1182/71 Art. 3(4); OR Art. 78)."""
    while days_off.is_off(day):
        day += ONE_DAY
    return day


# A period in days, months or years ends "with the expiry of the last hour" of its last day (Reg. 1182/71 Art. 3(2)).
def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the local midnight that follows a day, the first moment that is too late (Reg. 1182/71 Art. 3(2)).

    Where the clocks skip that midnight, it is the next day's first moment.
    """
    midnight = datetime.combine(day + ONE_DAY, time.min, tzinfo=zone)
    return midnight.astimezone(UTC).astimezone(zone)
