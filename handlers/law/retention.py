"""How long the law wants records kept that erasure must leave (GDPR Art. 17(3)(b)); retention.csv has the periods."""

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


@dataclass(frozen=True)
class Rule:
    """One period of one law."""

    years: int
    start: Start
    law: str


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
    rules = _rules()
    if record not in {kind for _, kind in rules}:
        return None
    default = (Rule(years=default_years, start=Start.NEXT_YEAR_END, law=DEFAULT_LAW),)
    applicable = rules.get((country.strip().upper(), record), default)
    ends = [Retention(rule.law, _end(rule, document_date, financial_year_ends)) for rule in applicable]
    return max(ends, key=lambda retention: retention.until)


def record_kinds() -> frozenset[str]:
    """Return the kinds of record that have a period in some country."""
    return frozenset(kind for _, kind in _rules())


def _end(rule: Rule, document_date: date, financial_year_ends: int) -> date:
    if rule.start is Start.FINANCIAL_YEAR_END:
        start = _financial_year_end(document_date, financial_year_ends)
    else:
        start = _STARTS[rule.start](document_date)
    end = start + relativedelta(years=rule.years)
    # 28 February plus years may land before a leap year's month end, which the period includes.
    return end if rule.start is Start.DOCUMENT_DATE else _month_end(end.year, end.month)


def _financial_year_end(day: date, month: int) -> date:
    return _month_end(day.year if day.month <= month else day.year + 1, month)


def _quarter_end(day: date) -> date:
    return _month_end(day.year, (day.month + 2) // 3 * 3)


def _month_end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


_STARTS: Mapping[Start, Callable[[date], date]] = MappingProxyType(
    {
        Start.DOCUMENT_DATE: lambda day: day,
        Start.QUARTER_END: _quarter_end,
        Start.YEAR_END: lambda day: date(day.year, DECEMBER, 31),
        Start.NEXT_YEAR_END: lambda day: date(day.year + 1, DECEMBER, 31),
    }
)


@cache
def _rules() -> Mapping[tuple[str, str], Sequence[Rule]]:
    found: dict[tuple[str, str], list[Rule]] = {}
    text = resources.files(__package__).joinpath("retention.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        rule = Rule(years=int(row["years"]), start=Start(row["start"]), law=row["law"])
        found.setdefault((row["country"], row["record"]), []).append(rule)
    return MappingProxyType(found)
