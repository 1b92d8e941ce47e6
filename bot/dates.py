"""What the command line says about dates: a clock with its explanation, many at once, and how long records are kept."""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, TextIO

from babel.units import format_unit

from bot.cases import Cases
from bot.offline import NotThere, Row
from bot.settings import Settings
from bot.typeset import LOCALES, words
from handlers.law.calendars import NAMES_IN
from handlers.law.counting import Span, Unit
from handlers.law.deadlines import Clock, reckon
from handlers.law.facts import Facts
from handlers.law.regimes import EU
from handlers.law.retention import RetentionRow, record_kinds, retention_rows
from handlers.law.segments import Segment, SegmentKind, segments
from handlers.law.whatif import OUTPUT_COLUMNS, BadRow, reckon_row

CLOCK_TITLES = ("received", "nominal", "safe date", "last date", "rule")
SEGMENT_TITLES = ("from", "to", "what", "law")
RETENTION_TITLES = ("kind of record", "period", "counted from", "law", "kept until")
Words = Mapping[str, Any]


@dataclass(frozen=True)
class Explained:
    """A clock to show: CLOCK_TITLES, SEGMENT_TITLES for each of its stretches, and a remark, "" if there is none."""

    row: Row
    steps: list[Row]
    remark: str = ""


def ticket_clock(cases: Cases, reference: str, settings: Settings) -> Explained:
    """Return a ticket's dates and how they come about. Raises NotThere."""
    ticket = cases.ticket(reference.upper())
    if ticket is None:
        raise NotThere(f"there is no ticket {reference}: see `rightsdesk tickets`")
    seat, language = settings.to_policy().controller, settings.slack.language
    facts = Facts(received_at=ticket.received_at, zone=seat.zone, region=seat.country, regime=EU)
    doubt = ticket.requester.date_doubt
    remark = words("law", language)["doubt"][doubt] if doubt else ""
    return Explained(_clock_row(ticket.clock), segment_rows(facts, language=language), remark)


def what_if_clock(settings: Settings, received: datetime, *, country: str) -> Explained:
    """Return the dates of a request received on a day; days off in a region count if one is named ("DE-BY").

    Raises UnknownCountry or UnknownRegion.
    """
    seat = settings.to_policy().controller
    region = country.upper() or seat.country
    at = datetime.combine(received.date(), time(12), tzinfo=seat.zone)
    facts = Facts(received_at=at, zone=seat.zone, region=region, regime=EU, regional="-" in region)
    return Explained(_clock_row(reckon(facts).clock), segment_rows(facts, language=settings.slack.language))


def _clock_row(clock: Clock) -> Row:
    days = (clock.received_on, clock.nominal_date, clock.safe_date, clock.last_date)
    return (*(day.isoformat() for day in days), clock.rule)


def segment_rows(facts: Facts, *, language: str) -> list[Row]:
    """Return a clock's explanation in a language. Raises UnknownCountry or UnknownRegion."""
    names = NAMES_IN if language == "en" else language
    return [_segment_row(segment, language=language) for segment in segments(facts, language=names)]


def _segment_row(segment: Segment, *, language: str) -> Row:
    catalogue = words("law", language)
    text = _TEXTS[segment.kind](segment, catalogue, language)
    if segment.disputed:
        text = f"{text} ({catalogue['segment']['disputed']})"
    return (segment.starts.isoformat(), segment.ends.isoformat(), text, segment.citation)


def _span(span: Span | None, catalogue: Words, language: str) -> str:
    if span is None:
        return ""
    if span.unit is Unit.BUSINESS_DAY:
        return str(catalogue["unit"][span.unit].format(count=span.count))
    return format_unit(span.count, f"duration-{span.unit}", locale=LOCALES.get(language, language))


def _simple(segment: Segment, catalogue: Words, language: str) -> str:
    text: str = catalogue["segment"][segment.kind]
    return text.format(span=_span(segment.span, catalogue, language))


def _pause(segment: Segment, catalogue: Words, _language: str) -> str:
    reason, why = catalogue["pause"][segment.reason], catalogue["why"].get(segment.provision)
    if why:
        return str(catalogue["segment"]["pause_none"].format(reason=reason, why=why))
    # A question that was answered on the same day is no later start: it leaves no day out.
    name = "pause_restart" if segment.counts and not segment.days else "pause"
    return str(catalogue["segment"][name].format(reason=reason, days=segment.days))


def _extension(segment: Segment, catalogue: Words, language: str) -> str:
    if not segment.counts:
        return str(catalogue["segment"]["extension_none"].format(why=catalogue["why"][segment.provision]))
    if segment.span is None:
        return str(catalogue["segment"]["extension_named"])
    return _simple(segment, catalogue, language)


def _roll(segment: Segment, catalogue: Words, _language: str) -> str:
    holiday = segment.holiday or catalogue["segment"]["weekend"]
    return str(catalogue["segment"]["roll_forward"].format(holiday=holiday))


_TEXTS: Mapping[SegmentKind, Callable[[Segment, Words, str], str]] = {
    SegmentKind.RECEIPT: _simple,
    SegmentKind.PERIOD: _simple,
    SegmentKind.PAUSE: _pause,
    SegmentKind.EXTENSION: _extension,
    SegmentKind.ROLL_FORWARD: _roll,
    SegmentKind.END: _simple,
}


def reckon_csv(source: TextIO, target: TextIO) -> Iterator[str]:
    """Write the dates of each row as it is read; yield what is wrong with a row, by its line and column."""
    rows = csv.DictReader(source, restval="")
    writer = csv.DictWriter(target, OUTPUT_COLUMNS, lineterminator="\n")
    writer.writeheader()
    try:
        for row in rows:
            try:
                writer.writerow(reckon_row(row))
            except BadRow as problem:
                yield f"line {rows.line_num}: {problem}"
    except csv.Error as problem:  # raised before the line is counted; what follows cannot be told apart into rows
        yield f"line {rows.line_num + 1}: {problem}"


def retention_table(country: str, day: date, *, record: str) -> list[Row]:
    """Return the RETENTION_TITLES of a country's periods for a record of a day. Raises NotThere."""
    if record and record not in record_kinds():
        raise NotThere(f"no law names records {record!r}; write one of {', '.join(sorted(record_kinds()))}")
    found = retention_rows(country, day, record=record)
    if not found:
        raise NotThere(f"no periods are known for {' '.join(filter(None, (country.upper(), record)))}")
    return [_retention_row(row) for row in found]


def _retention_row(row: RetentionRow) -> Row:
    until = row.until.isoformat() if row.until else "as long as it lasts"
    return (row.rule.kind, row.rule.period, row.rule.counted_from, row.rule.law, until)
