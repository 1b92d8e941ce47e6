"""The explanation of a clock as data, for templates to print in the reader's language."""

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from handlers.law.calendars import NAMES_IN
from handlers.law.counting import Span
from handlers.law.course import Course, run
from handlers.law.facts import Facts
from handlers.law.pauses import Stop
from handlers.law.provisions import CITATIONS, Provision
from handlers.law.regimes import PauseReason


@enum.unique
class SegmentKind(enum.StrEnum):
    """What a stretch of a clock is."""

    RECEIPT = "receipt"
    PERIOD = "period"
    PAUSE = "pause"
    EXTENSION = "extension"
    ROLL_FORWARD = "roll_forward"
    END = "end"


@dataclass(frozen=True)
class Segment:
    """One stretch of a clock from `starts` to `ends`, both included, and the key of its rule.

    `counts` is False for what was tried and moves no date; the provision then says why. `days` are the days a pause
    leaves out, `span` the length of a period or extension, `holiday` the name of a day off, "" for a weekend.
    """

    kind: SegmentKind
    starts: date
    ends: date
    provision: Provision
    counts: bool = True
    span: Span | None = None
    days: int = 0
    reason: PauseReason | None = None
    disputed: bool = False
    holiday: str = ""

    @property
    def citation(self) -> str:
        """Return the provision as cited; "" for a reason that no text gives."""
        return CITATIONS.get(self.provision, "")


def segments(facts: Facts, *, language: str = NAMES_IN) -> tuple[Segment, ...]:
    """Explain a clock from receipt to end, holidays named in a language. Raises UnknownCountry or UnknownRegion."""
    course = run(facts)
    counting = facts.regime.counting_provision or facts.regime.provision
    return (
        Segment(SegmentKind.RECEIPT, course.received_on, course.received_on, counting),
        *(_pause(stop) for stop in course.stops),
        _period(facts, course),
        *_extension(facts, course),
        *_rolls(facts, course, language),
        Segment(SegmentKind.END, course.last, course.last, counting),
    )


def _pause(stop: Stop) -> Segment:
    return Segment(
        SegmentKind.PAUSE,
        starts=stop.pause.asked_on,
        ends=stop.starts_on or stop.pause.answered_on or stop.pause.asked_on,
        provision=stop.provision,
        counts=stop.counts,
        days=len(stop.left_out),
        reason=stop.pause.reason,
        disputed=stop.disputed,
    )


def _period(facts: Facts, course: Course) -> Segment:
    reading, regime = course.generous, facts.regime
    return Segment(SegmentKind.PERIOD, reading.start, reading.first_end, regime.provision, span=regime.period)


def _extension(facts: Facts, course: Course) -> Iterator[Segment]:
    reading, regime, notice = course.generous, facts.regime, facts.extension
    if notice is None:
        return
    if reading.denied is not None:
        yield Segment(SegmentKind.EXTENSION, notice.sent_on, notice.sent_on, reading.denied, counts=False)
    elif regime.extension_provision is not None:
        span = regime.extension
        yield Segment(SegmentKind.EXTENSION, reading.first_end, reading.end, regime.extension_provision, span=span)


def _rolls(facts: Facts, course: Course, language: str) -> Iterator[Segment]:
    """Yield each day that the end moves over, with the holiday's name."""
    if facts.regime.roll_provision is None:
        return
    for offset in range((course.last - course.nominal).days):
        day = course.nominal + timedelta(days=offset)
        name = course.days_off.holiday(day, language=language)
        yield Segment(SegmentKind.ROLL_FORWARD, day, day, facts.regime.roll_provision, holiday=name)
