"""Reminders and the weekly summary: which are due, at which local hour, under which topic."""

import dataclasses
from datetime import UTC, date, datetime, timedelta

import pytest

from handlers.cards import Card
from handlers.reports import (
    TicketLine,
    WeekFigures,
    reminder_horizon,
    reminders_due,
    summary_card,
    week_due,
    week_number,
)
from handlers.rights import Right
from tests.people import NOW, POLICY, a_request, a_ticket

TICKET = a_ticket(a_request(Right.ACCESS))  # safe date Wednesday, 23 December 2026


@pytest.mark.parametrize(
    ("now", "topic", "days"),
    [
        (datetime(2026, 12, 15, 12, tzinfo=UTC), None, None),
        (datetime(2026, 12, 15, 23, 30, tzinfo=UTC), "7", 7),  # the 16th in Berlin already
        (datetime(2026, 12, 18, 12, tzinfo=UTC), "7", 5),
        (datetime(2026, 12, 20, 12, tzinfo=UTC), "3", 3),
        (datetime(2026, 12, 22, 12, tzinfo=UTC), "1", 1),
        (datetime(2026, 12, 23, 12, tzinfo=UTC), "1", 0),
        (datetime(2026, 12, 23, 23, 30, tzinfo=UTC), "overdue", -1),
        (datetime(2027, 3, 1, 12, tzinfo=UTC), "overdue", -1),
    ],
)
def test_the_reminder_of_the_day(now: datetime, topic: str | None, days: int | None) -> None:
    cards = reminders_due([TICKET], now=now, policy=POLICY)
    found = [(card.topic, card.content["days"]) for card in cards]
    assert found == ([] if topic is None else [(f"reminder:R-7KQ4M:2026-12-23:{topic}", days)])


def test_the_horizon_is_where_reminders_begin() -> None:
    assert reminder_horizon(NOW, POLICY) == date(2026, 11, 30)
    assert reminder_horizon(NOW, dataclasses.replace(POLICY, reminder_days=())) == date(2026, 11, 23)


@pytest.mark.parametrize(
    ("now", "monday", "sunday"),
    [
        # Monday 23 November 2026, 8 o'clock in Berlin is 7 in UTC.
        (datetime(2026, 11, 23, 6, 59, tzinfo=UTC), date(2026, 11, 9), date(2026, 11, 15)),
        (datetime(2026, 11, 23, 7, 0, tzinfo=UTC), date(2026, 11, 16), date(2026, 11, 22)),
        (datetime(2026, 11, 29, 22, 59, tzinfo=UTC), date(2026, 11, 16), date(2026, 11, 22)),
        (datetime(2026, 11, 29, 23, 1, tzinfo=UTC), date(2026, 11, 16), date(2026, 11, 22)),  # Monday, before eight
        # Summer time began on Sunday 29 March 2026: eight o'clock is 6 in UTC.
        (datetime(2026, 3, 30, 5, 59, tzinfo=UTC), date(2026, 3, 16), date(2026, 3, 22)),
        (datetime(2026, 3, 30, 6, 0, tzinfo=UTC), date(2026, 3, 23), date(2026, 3, 29)),
        # It ended on Sunday 25 October 2026.
        (datetime(2026, 10, 26, 6, 30, tzinfo=UTC), date(2026, 10, 12), date(2026, 10, 18)),
        (datetime(2026, 10, 26, 7, 0, tzinfo=UTC), date(2026, 10, 19), date(2026, 10, 25)),
        # The year's last week reaches into the next.
        (datetime(2027, 1, 4, 12, tzinfo=UTC), date(2026, 12, 28), date(2027, 1, 3)),
    ],
)
def test_the_week_whose_summary_is_due(now: datetime, monday: date, sunday: date) -> None:
    assert (monday.isoweekday(), sunday - monday) == (1, timedelta(6))
    assert week_due(now, POLICY) == (monday, sunday)


@pytest.mark.parametrize(
    ("first_day", "week"),
    [(date(2026, 11, 16), "2026-W47"), (date(2026, 12, 28), "2026-W53"), (date(2027, 1, 4), "2027-W01")],
)
def test_weeks_are_numbered_by_iso_8601(first_day: date, week: str) -> None:
    assert week_number(first_day) == week


def test_the_summary_is_figures_and_references() -> None:
    line = TicketLine("R-7KQ4M", date(2026, 11, 30), date(2026, 11, 30))
    figures = WeekFigures(date(2026, 11, 16), date(2026, 11, 22), 4, 3, 2, 1, (line,), (), 99, "abcd")
    content = {
        "kind": "summary",
        "week": "2026-W47",
        "opened": 4,
        "answered": 3,
        "open": 2,
        "triage": 1,
        "at_risk": ["R-7KQ4M"],
        "late": [],
    }
    assert summary_card(figures) == Card("summary:2026-W47", content)
