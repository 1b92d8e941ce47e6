"""When a request has to be answered: the dates of a ticket, from the facts and the law that applies."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from handlers.law.calendars import UnknownCountry, UnknownRegion, calendar, table_version
from handlers.law.counting import add_months, count, end_of_day, roll_forward, working_days_before
from handlers.law.course import Course, run
from handlers.law.facts import Extension, Facts
from handlers.law.provisions import CITATIONS, Provision
from handlers.law.regimes import EU, Regime

__all__ = [
    "Clock",
    "Reckoning",
    "UnknownCountry",
    "UnknownRegion",
    "add_month",
    "calendar",
    "changed_clock",
    "days_left",
    "extension_denied",
    "next_working_day",
    "reckon",
    "start_clock",
]

# The notice of an extension is a task of its own, due this many working days before the first period ends (rule R4).
NOTICE_AHEAD_WORKING_DAYS = 3


@dataclass(frozen=True)
class Clock:
    """The dates of one ticket: plan against `safe_date`; `last_date` is the last day by law, `rule` says which."""

    received_on: date
    nominal_date: date
    safe_date: date
    last_date: date
    rule: str


@dataclass(frozen=True)
class Reckoning:
    """A clock with what goes beside it.

    `ends_at` is the first moment that is too late. `notice_by` is when to send an extension notice, `notice_last_date`
    the last day on which it has effect; both None where the law knows no extension. `acknowledge_by` is None where no
    law wants an acknowledgement. `tables` is the version of the holiday tables.
    """

    clock: Clock
    ends_at: datetime
    notice_by: date | None
    notice_last_date: date | None
    acknowledge_by: date | None
    tables: str


def reckon(facts: Facts) -> Reckoning:
    """Return every date that follows from the facts. Raises UnknownCountry or UnknownRegion."""
    course = run(facts)
    regime = facts.regime
    extendable = regime.extension is not None or regime.names_date
    first = course.strict
    return Reckoning(
        clock=_clock(facts, course),
        ends_at=end_of_day(course.last, facts.zone),
        notice_by=_notice_by(course) if extendable else None,
        notice_last_date=first.first_last if extendable else None,
        acknowledge_by=count(course.received_on, regime.acknowledge, course.days_off) if regime.acknowledge else None,
        tables=table_version(),
    )


def start_clock(
    received_at: datetime, *, zone: ZoneInfo, country: str, regime: Regime = EU, regional: bool = False
) -> Clock:
    """Start a clock, by default the month of GDPR Art. 12(3); `country` may be a region. Raises UnknownCountry."""
    facts = Facts(received_at=received_at, zone=zone, region=country, regime=regime, regional=regional)
    return _clock(facts, run(facts))


def changed_clock(clock: Clock, facts: Facts) -> Clock | None:
    """Return the clock that facts and holiday tables give today, None if it is the same."""
    anew = _clock(facts, run(facts))
    return None if anew == clock else anew


def extension_denied(facts: Facts, extension: Extension) -> Provision | None:
    """Return why this notice could not extend the period, None if it would: once, in time, with reasons."""
    if facts.extension is not None and run(facts).strict.denied is None:
        return Provision.ALREADY_EXTENDED
    return run(replace(facts, extension=extension)).strict.denied


def days_left(clock: Clock, today: date) -> int:
    """Return the days until the safe date; negative when it has passed."""
    return (clock.safe_date - today).days


def add_month(day: date) -> date:
    """Return the same day of the next month, or its last day if it has none (Reg. 1182/71 Art. 3(2)(c))."""
    return add_months(day, 1)


def next_working_day(day: date, *, country: str) -> date:
    """Roll a last day that is no working day forward (Reg. 1182/71 Art. 3(4)). Raises UnknownCountry."""
    return roll_forward(day, calendar(country))


def _clock(facts: Facts, course: Course) -> Clock:
    return Clock(
        received_on=course.received_on,
        nominal_date=course.nominal,
        safe_date=course.safe,
        last_date=course.last,
        rule="; ".join(dict.fromkeys(CITATIONS[provision] for provision in _provisions(facts, course))),
    )


def _provisions(facts: Facts, course: Course) -> Iterator[Provision]:
    """Yield the provisions that set the dates, in the order in which they do."""
    regime = facts.regime
    yield regime.provision
    yield from (stop.provision for stop in course.stops if stop.counts)
    if facts.extension and course.generous.denied is None and regime.extension_provision:
        yield regime.extension_provision
    if course.last != course.nominal and regime.roll_provision:
        yield regime.roll_provision


def _notice_by(course: Course) -> date:
    return working_days_before(course.strict.first_end, NOTICE_AHEAD_WORKING_DAYS, course.days_off)
