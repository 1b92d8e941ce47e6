"""How long the law wants records kept that erasure must leave (GDPR Art. 17(3)(b)); retention.csv has the periods.

A row of the table names the kind of record in words, and in `records` the kinds by which data maps call it; rows
without are for people to read. `start` and the period are for reckoning, `period` and `counted_from` for reading.
"""

import calendar
import csv
import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from types import MappingProxyType

from dateutil.relativedelta import relativedelta

from handlers.law.regimes import EEA

DECEMBER = 12
# The longest period verified for any country, counted from the latest start: erases late rather than unlawfully early.
DEFAULT_YEARS = 10
DEFAULT_LAW = "GDPR Art. 17(3)(b)"


@enum.unique
class Start(enum.StrEnum):
    """The day on which a period begins to run."""

    DOCUMENT_DATE = "document_date"
    QUARTER_END = "quarter_end"  # the longest VAT period, where the law counts from the end of the tax period
    YEAR_END = "year_end"  # of the calendar year
    NEXT_YEAR_END = "next_year_end"  # of the calendar year in which the tax on the document falls due
    FINANCIAL_YEAR_END = "financial_year_end"
    EVENT = "event"  # the one that `counted_from` names
    HOLD = "hold"  # no date: as long as something lasts


@dataclass(frozen=True)
class Rule:
    """One period of one law: a row of the table."""

    start: Start
    law: str
    years: int = 0
    months: int = 0
    country: str = ""
    kind: str = ""
    records: frozenset[str] = frozenset()
    period: str = ""
    counted_from: str = ""
    verified: bool = False
    note: str = ""


@dataclass(frozen=True)
class RetentionRow:
    """A period of the table and the last day it asks for; None where it lasts as long as something does."""

    rule: Rule
    until: date | None


@dataclass(frozen=True)
class Retention:
    """The last day on which a record has to be kept, and the law that says so."""

    law: str
    until: date


def retain_until(
    country: str,
    record: str,
    document_date: date,
    *,
    financial_year_ends: int = DECEMBER,
    default_years: int = DEFAULT_YEARS,
) -> Retention | None:
    """Return the longest duty to keep a record, None for a kind of record that no law here names.

    `country` is where the keeper of the books is established (ISO 3166-1 alpha-2); one without a verified period gets
    `default_years`. `financial_year_ends` is the month in which the keeper's financial year closes.
    """
    if record not in record_kinds():
        return None
    default = (Rule(start=Start.NEXT_YEAR_END, law=DEFAULT_LAW, years=default_years),)
    applicable = _by_record().get((country.strip().upper(), record), default)
    ends = [Retention(rule.law, _end(rule, document_date, financial_year_ends)) for rule in applicable]
    latest = max(end.until for end in ends)
    return Retention(law=", ".join(end.law for end in ends if end.until == latest), until=latest)


def retention_rows(
    country: str, day: date, *, record: str = "", financial_year_ends: int = DECEMBER
) -> tuple[RetentionRow, ...]:
    """Return the periods of a country (in the EEA those of the Union too) for a record or event of a day.

    `record` is a data map's kind of record, "" for all periods.
    """
    code = country.strip().upper()
    places = {code, "EU"} if code in EEA else {code}
    return tuple(
        RetentionRow(rule, None if rule.start is Start.HOLD else _end(rule, day, financial_year_ends))
        for rule in _rules()
        if rule.country in places and (not record or record in rule.records)
    )


def record_kinds() -> frozenset[str]:
    """Return the kinds of record that have a period in some country."""
    return frozenset(kind for _, kind in _by_record())


def retention_countries() -> frozenset[str]:
    """Return the countries whose periods are known for some kind of record."""
    return frozenset(country for country, _ in _by_record())


def _end(rule: Rule, document_date: date, financial_year_ends: int) -> date:
    if rule.start is Start.FINANCIAL_YEAR_END:
        start = _financial_year_end(document_date, financial_year_ends)
    else:
        start = _STARTS[rule.start](document_date)
    end = start + relativedelta(years=rule.years, months=rule.months)
    # 28 February plus years may land before a leap year's month end, which the period includes.
    return end if rule.start in _BY_THE_DAY else _month_end(end.year, end.month)


def _financial_year_end(day: date, month: int) -> date:
    return _month_end(day.year if day.month <= month else day.year + 1, month)


def _quarter_end(day: date) -> date:
    return _month_end(day.year, (day.month + 2) // 3 * 3)


def _month_end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


_STARTS: Mapping[Start, Callable[[date], date]] = MappingProxyType(
    {
        Start.DOCUMENT_DATE: lambda day: day,
        Start.EVENT: lambda day: day,
        Start.QUARTER_END: _quarter_end,
        Start.YEAR_END: lambda day: date(day.year, DECEMBER, 31),
        Start.NEXT_YEAR_END: lambda day: date(day.year + 1, DECEMBER, 31),
    }
)


_BY_THE_DAY = frozenset({Start.DOCUMENT_DATE, Start.EVENT})


@cache
def _rules() -> Sequence[Rule]:
    text = resources.files(__package__).joinpath("retention.csv").read_text(encoding="utf-8")
    return tuple(_rule(row) for row in csv.DictReader(text.splitlines()))


@cache
def _by_record() -> Mapping[tuple[str, str], Sequence[Rule]]:
    found: dict[tuple[str, str], list[Rule]] = {}
    for rule in _rules():
        for record in rule.records:
            found.setdefault((rule.country, record), []).append(rule)
    return MappingProxyType(found)


def _rule(row: Mapping[str, str]) -> Rule:
    return Rule(
        start=Start(row["start"]),
        law=row["law"],
        years=int(row["years"] or 0),
        months=int(row["months"] or 0),
        country=row["country"],
        kind=row["kind"],
        records=frozenset(row["records"].split()),
        period=row["period"],
        counted_from=row["counted_from"],
        verified=row["verified"] == "yes",
        note=row["note"],
    )
