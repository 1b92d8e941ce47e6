"""The course of one period, from receipt to its end, as law and facts make it; dates and explanation both read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from handlers.law.calendars import WEEKENDS_ONLY, Calendar, calendar
from handlers.law.counting import count, local_day, roll_forward
from handlers.law.facts import Facts
from handlers.law.pauses import Stop, stop_for, without_effect
from handlers.law.provisions import Provision
from handlers.law.regimes import DaysOff, Regime


@dataclass(frozen=True)
class Reading:
    """One way to read the period: its end with and without the extension; `denied` says why a notice has no effect.

    `end` counts an extension from receipt, `end_from_expiry` from the expiry of the first period: BGB § 190 differs.
    """

    start: date
    first_end: date
    first_last: date
    end: date
    end_from_expiry: date
    denied: Provision | None


@dataclass(frozen=True)
class Course:
    """How the period runs: `generous` counts every pause, `strict` only those that nobody disputes."""

    received_on: date
    days_off: Calendar
    stops: tuple[Stop, ...]
    generous: Reading
    strict: Reading
    nominal: date
    safe: date
    last: date


def run(facts: Facts) -> Course:
    """Run a period. Raises UnknownCountry or UnknownRegion for the facts' region."""
    days_off = calendar_for(facts)
    received_on = local_day(facts.received_at, facts.zone)
    stops = _stops(facts, received_on, days_off)
    generous = _read(facts, received_on, stops, days_off)
    disputed = any(stop.disputed for stop in stops)
    undisputed = tuple(stop for stop in stops if not stop.disputed)
    strict = _read(facts, received_on, undisputed, days_off) if disputed else generous
    return Course(
        received_on=received_on,
        days_off=days_off,
        stops=stops,
        generous=generous,
        strict=strict,
        nominal=generous.end,
        safe=min(strict.end, strict.end_from_expiry),
        last=_rolled(generous.end, facts.regime, days_off),
    )


# "Public holidays" are those of the state "in which action is to be taken" (Reg. 1182/71 Art. 2(1)): the controller's.
# Days that are off in a region only are disputed (rule R2) unless the law itself looks at the place.
def calendar_for(facts: Facts) -> Calendar:
    """Return the holidays a law counts by at the controller's place (Reg. 1182/71 Art. 2(1); OR Art. 78)."""
    if facts.regional or facts.regime.days_off is DaysOff.OF_THE_PLACE or facts.region == WEEKENDS_ONLY:
        return calendar(facts.region)
    calendar(facts.region)  # a region that does not exist is an error even where it makes no difference
    return calendar(facts.region.partition("-")[0])


def _stops(facts: Facts, received_on: date, days_off: Calendar) -> tuple[Stop, ...]:
    """Judge the questions in their order: one that was asked when the period had ended cannot stop it."""
    judged: list[Stop] = []
    for pause in sorted(facts.pauses, key=lambda one: one.asked_on):
        stop = stop_for(pause, regime=facts.regime, received_on=received_on)
        if stop.counts and pause.asked_on > _read(facts, received_on, judged, days_off).first_last:
            stop = without_effect(stop, Provision.ASKED_AFTER_END)
        judged.append(stop)
    return tuple(judged)


def _read(facts: Facts, received_on: date, stops: Sequence[Stop], days_off: Calendar) -> Reading:
    """Count the period: (1) its start, (2) its end with the days that are left out, (3) rolled, (4) extended."""
    regime = facts.regime
    start = max((received_on, *(stop.starts_on for stop in stops if stop.starts_on)))
    paused = _days_left_out(stops, start)
    expiry = count(start, regime.period, days_off)
    first_end = _later(expiry, paused)
    first_last = _rolled(first_end, regime, days_off)
    denied = _denied(facts, first_last)
    end = end_from_expiry = first_end
    if facts.extension and denied is None:
        end, end_from_expiry = _extended(facts, start=start, expiry=expiry, paused=paused, days_off=days_off)
    return Reading(start, first_end, first_last, end, end_from_expiry, denied)


def _denied(facts: Facts, first_last: date) -> Provision | None:
    """Return why an extension notice has no effect: in time, with reasons, and known to the law (GDPR Art. 12(3))."""
    notice, regime = facts.extension, facts.regime
    if notice is None:
        return None
    if regime.extension is None and not regime.names_date:
        return Provision.NO_EXTENSION
    if notice.sent_on > first_last:
        return Provision.NOTICE_LATE
    if regime.names_date:
        return None if notice.named_date else Provision.NOTICE_WITHOUT_DATE
    return None if notice.reasons else Provision.NOTICE_WITHOUT_REASONS


# "That period may be extended by two further months": one period of three months from receipt, as the ICO counts; the
# BGB (§ 190) counts the two months from the expiry of the first. Only ends of months tell them apart.
def _extended(facts: Facts, *, start: date, expiry: date, paused: int, days_off: Calendar) -> tuple[date, date]:
    """Return the end counted from receipt and from the first expiry (GDPR Art. 12(3) s. 2; BGB § 190)."""
    notice, further, whole = facts.extension, facts.regime.extension, facts.regime.extended
    if further and whole:
        from_receipt = count(start, whole, days_off)
        return _later(from_receipt, paused), _later(count(expiry, further, days_off), paused)
    named = notice.named_date if notice and notice.named_date else expiry
    end = max(named, _later(expiry, paused))
    return end, end


def _days_left_out(stops: Sequence[Stop], start: date) -> int:
    """Count the days that do not count, each once though two questions were open at a time."""
    if not stops:
        return 0
    first = start.toordinal()
    return len({day for stop in stops for day in stop.left_out if day >= first})


def _later(day: date, days: int) -> date:
    return date.fromordinal(day.toordinal() + days) if days else day


def _rolled(day: date, regime: Regime, days_off: Calendar) -> date:
    return roll_forward(day, days_off) if regime.roll_provision else day
