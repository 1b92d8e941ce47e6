"""Why a clock stands as it does: its dates, the law, and each stretch with its rule, in the reader's language."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from babel.dates import format_date
from babel.units import format_unit

from bot.typeset import LOCALES, words
from handlers import clocks
from handlers.law.calendars import NAMES_IN
from handlers.law.choosing import ChoiceReason
from handlers.law.counting import Span, Unit
from handlers.law.deadlines import Clock, Reckoning, reckon
from handlers.law.facts import Facts
from handlers.law.segments import Segment, SegmentKind, segments
from handlers.policy import Controller
from handlers.tickets import Ticket

CLOCK_TITLES = ("received", "nominal", "safe date", "last date", "rule")
SEGMENT_TITLES = ("from", "to", "what", "law")
Row = tuple[str, ...]
Words = Mapping[str, Any]


@dataclass(frozen=True)
class Explained:
    """A clock to show: CLOCK_TITLES, SEGMENT_TITLES for each of its stretches, the law, and remarks."""

    clock: Clock
    law: str
    steps: list[Row]
    remarks: tuple[str, ...] = ()

    @property
    def row(self) -> Row:
        """The CLOCK_TITLES."""
        clock = self.clock
        days = (clock.received_on, clock.nominal_date, clock.safe_date, clock.last_date)
        return (*(day.isoformat() for day in days), clock.rule)


def explain_ticket(ticket: Ticket, *, controller: Controller, language: str) -> Explained:
    """Return a ticket's dates as they stand, and how they come about."""
    doubt = ticket.requester.date_doubt
    remark = (words("law", language)["doubt"][doubt],) if doubt else ()
    facts = clocks.facts_of(ticket, controller=controller)
    found = explain(facts, reason=ticket.basis.reason, is_told=ticket.basis.extension is not None, language=language)
    return replace(found, clock=ticket.clock, remarks=(*remark, *found.remarks))


def explain(facts: Facts, *, reason: ChoiceReason, is_told: bool, language: str) -> Explained:
    """Return the dates that facts give; `is_told`: an extension needs no notice any more. Raises UnknownRegion."""
    catalogue, found = words("law", language), reckon(facts)
    law = catalogue["clock"]["law"].format(law=catalogue["law"][facts.regime.key], why=catalogue["choice"][reason])
    return Explained(found.clock, law, segment_rows(facts, language=language), tuple(_beside(found, is_told, language)))


def _beside(found: Reckoning, is_told: bool, language: str) -> Iterator[str]:
    """Yield the dates of what is due beside the answer."""
    catalogue = words("law", language)["clock"]
    if found.notice_by and found.notice_last_date and not is_told:
        days = {"notice_by": found.notice_by, "notice_last_date": found.notice_last_date}
        yield catalogue["notice"].format(**{name: _day(day, language) for name, day in days.items()})
    if found.acknowledge_by:
        yield catalogue["acknowledge"].format(acknowledge_by=_day(found.acknowledge_by, language))


def _day(day: date, language: str) -> str:
    return format_date(day, "medium", locale=LOCALES.get(language, language))


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
