"""A case as a row of text, read into values; every fault names its column.

Columns: id, jurisdiction, law_profile, request_type, expected_kind, received_at, timezone, controller_country,
holiday_region, region_policy, events. `events` is "key=value;key=value".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from handlers.law.calendars import UnknownCountry, UnknownRegion, calendar

# Beyond these years the holiday tables of many countries are empty, and an empty table gives a wrong date silently.
FIRST_YEAR, LAST_YEAR = 2000, 2080
MOST_DAYS = 3_660
NATIONAL, REGIONAL = "national", "regional"
DATED_EVENTS = frozenset(
    {
        "extension_sent",
        "id_asked",
        "id_received",
        "clar_asked",
        "clar_received",
        "fee_paid",
        "fee_notice",
        "promised",
        "reached_controller",
    }
)
NUMBERED_EVENTS = frozenset({"days", "hours"})
WORDED_EVENTS = frozenset({"channel", "data_subject_country", "reading", "roll"})


class Fault(ValueError):
    """A column's text cannot be used."""

    def __init__(self, column: str, problem: str) -> None:
        super().__init__(problem)
        self.column = column


@dataclass(frozen=True)
class Events:
    """What happened to a case, by key."""

    days_on: Mapping[str, date]
    numbers: Mapping[str, int]
    words: Mapping[str, str]


@dataclass(frozen=True)
class Case:
    """The input columns of one row."""

    jurisdiction: str
    profile: str
    request_type: str
    kind: str
    received_at: datetime
    zone: ZoneInfo
    region: str
    regional: bool
    events: Events

    @property
    def received_on(self) -> date:
        """Return the local day of receipt."""
        return self.received_at.astimezone(self.zone).date()


def read_case(row: Mapping[str, str]) -> Case:
    """Read the input columns of a row. Raises Fault."""
    country = _text(row, "controller_country")
    region = row.get("holiday_region") or country
    policy = row.get("region_policy") or NATIONAL
    _check_place(country, "controller_country")
    _check_place(region, "holiday_region")
    if policy not in {NATIONAL, REGIONAL}:
        raise Fault("region_policy", f"there is no policy {policy!r}; write {NATIONAL} or {REGIONAL}")
    return Case(
        jurisdiction=row.get("jurisdiction") or "",
        profile=_text(row, "law_profile"),
        request_type=row.get("request_type") or "",
        kind=row.get("expected_kind") or "",
        received_at=_moment(_text(row, "received_at")),
        zone=_zone(_text(row, "timezone")),
        region=region,
        regional=policy == REGIONAL,
        events=_events(row.get("events") or ""),
    )


def _text(row: Mapping[str, str], column: str) -> str:
    value = row.get(column)
    if not value:
        raise Fault(column, "the column is missing or empty")
    return value


def _check_place(code: str, column: str) -> None:
    try:
        calendar(code)
    except (UnknownCountry, UnknownRegion) as problem:
        raise Fault(column, str(problem)) from None


@lru_cache(maxsize=1_024)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a name too long, or that of a folder
        raise Fault("timezone", f"there is no time zone {name!r}; write one such as Europe/Berlin") from None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Fault("received_at", f"{text!r} is no time; write one such as 2026-03-05T10:00+01:00") from None
    if moment.tzinfo is None:
        raise Fault("received_at", f"{text!r} has no offset; write one such as 2026-03-05T10:00+01:00")
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise Fault("received_at", f"{text!r} is outside of the years {FIRST_YEAR} to {LAST_YEAR}")
    return moment


@lru_cache(maxsize=1_024)
def _events(text: str) -> Events:
    days_on: dict[str, date] = {}
    numbers: dict[str, int] = {}
    words: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        key, _, value = (half.strip() for half in part.partition("="))
        if key in days_on or key in numbers or key in words:
            raise Fault("events", f"{key} is given twice")
        if key in DATED_EVENTS:
            days_on[key] = _day(key, value)
        elif key in NUMBERED_EVENTS:
            numbers[key] = _number(key, value)
        elif key in WORDED_EVENTS and value:
            words[key] = value
        else:
            raise Fault("events", f"{part!r} is no event; write key=value with a key that is known")
    return Events(days_on, numbers, words)


def _day(key: str, value: str) -> date:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise Fault("events", f"{key}={value!r} is no date; write one such as 2026-03-05") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Fault("events", f"{key}={value!r} is outside of the years {FIRST_YEAR} to {LAST_YEAR}")
    return day


def _number(key: str, value: str) -> int:
    if not value.isascii() or not value.isdigit() or not 0 < int(value) <= MOST_DAYS:
        raise Fault("events", f"{key}={value!r} is no number from 1 to {MOST_DAYS}")
    return int(value)
