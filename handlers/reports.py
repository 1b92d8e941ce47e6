"""Reminders that are due, and the figures of the week for the data protection officer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from handlers.cards import Card, reminder_card, reminder_step
from handlers.law.deadlines import days_left
from handlers.policy import Policy
from handlers.tickets import Ticket

SUMMARY_HOUR = time(8)


@dataclass(frozen=True)
class TicketLine:
    """What the summary says about one ticket."""

    reference: str
    safe_date: date
    last_date: date


@dataclass(frozen=True)
class WeekFigures:
    """One week, Monday to Sunday."""

    first_day: date
    last_day: date
    opened: int
    answered: int
    open: int
    triage: int
    at_risk: tuple[TicketLine, ...]
    late: tuple[TicketLine, ...]
    journal_count: int
    journal_head: str


def reminders_due(tickets: Sequence[Ticket], *, now: datetime, policy: Policy) -> list[Card]:
    """Return the reminder that each open ticket has reached; the same one has the same topic, so it is sent once."""
    today = policy.today(now)
    cards = []
    for ticket in tickets:
        step = reminder_step(days_left(ticket.clock, today), policy)
        if step is not None:
            cards.append(reminder_card(ticket, days=step if step < 0 else days_left(ticket.clock, today), step=step))
    return cards


def reminder_horizon(now: datetime, policy: Policy) -> date:
    """Return the latest safe date for which a reminder can be due."""
    return policy.today(now) + timedelta(days=max(policy.reminder_days, default=0))


def week_due(now: datetime, policy: Policy) -> tuple[date, date]:
    """Return Monday and Sunday of the last week whose summary is due: from the Monday after it, 8 o'clock."""
    local = now.astimezone(policy.controller.zone)
    monday = local.date() - timedelta(days=local.weekday())
    if local.date() == monday and local.time() < SUMMARY_HOUR:
        monday -= timedelta(days=7)
    return monday - timedelta(days=7), monday - timedelta(days=1)


def week_number(first_day: date) -> str:
    """Return the ISO 8601 week, such as 2026-W47."""
    year, week, _ = first_day.isocalendar()
    return f"{year}-W{week:02}"


def summary_card(figures: WeekFigures) -> Card:
    """Return the summary as a card: figures and references only."""
    content = {
        "kind": "summary",
        "week": week_number(figures.first_day),
        "opened": figures.opened,
        "answered": figures.answered,
        "open": figures.open,
        "triage": figures.triage,
        "at_risk": [line.reference for line in figures.at_risk],
        "late": [line.reference for line in figures.late],
    }
    return Card(f"summary:{week_number(figures.first_day)}", content)
