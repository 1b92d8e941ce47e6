"""What falls due for a ticket, on which local day, and when to look next."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from handlers import clocks
from handlers.due import Task, closing_day, next_look, tasks
from handlers.law.facts import Extension, ExtensionReason
from handlers.law.regimes import PauseReason
from handlers.rights import Right
from handlers.tickets import Status, Ticket
from tests.people import NOW, POLICY, SHOP, a_request, a_ticket, noon

ASKED = a_request(Right.ACCESS, Status.IDENTITY_ASKED)


def due(ticket: Ticket, **policy: Any) -> list[tuple[str, str, int]]:
    found = tasks(ticket, policy=replace(POLICY, **policy))
    return [(one.at.isoformat(sep=" ", timespec="minutes"), str(one.task), one.days) for one in found]


def waiting(*, asked_on: date, **changes: Any) -> Ticket:
    ticket = a_ticket(ASKED, **changes)
    return clocks.asked(ticket, PauseReason.IDENTITY, at=noon(asked_on), controller=SHOP)


def test_an_open_ticket_is_reminded_of_and_its_extension_suggested() -> None:
    # Safe date Wednesday 23 December 2026; three working days before it is Friday the 18th.
    assert due(a_ticket(a_request(Right.ACCESS, Status.APPROVAL_ASKED))) == [
        ("2026-12-16 00:00+01:00", "remind", 7),
        ("2026-12-18 00:00+01:00", "extend", 0),
        ("2026-12-20 00:00+01:00", "remind", 3),
        ("2026-12-22 00:00+01:00", "remind", 1),
        ("2026-12-24 00:00+01:00", "remind", -1),
    ]


def test_an_extended_ticket_is_not_extended_again() -> None:
    notice = Extension(date(2026, 12, 1), (ExtensionReason.COMPLEXITY,))
    ticket = clocks.extended(a_ticket(a_request(Right.ACCESS, Status.APPROVAL_ASKED)), notice, controller=SHOP)
    assert due(ticket, reminder_days=()) == [("2027-02-24 00:00+01:00", "remind", -1)]


def test_who_does_not_answer_is_told_why_before_the_month_is_over() -> None:
    found = due(waiting(asked_on=NOW.date()), reminder_days=())
    assert found == [("2026-12-18 00:00+01:00", "tell_why", 0), ("2026-12-24 00:00+01:00", "remind", -1)]


@pytest.mark.parametrize(
    ("asked_on", "told_on"),
    [
        (date(2026, 12, 15), "2026-12-18"),
        (date(2026, 12, 17), "2026-12-20"),  # three days to answer …
        (date(2026, 12, 22), "2026-12-23"),  # … but not beyond the safe date
        (date(2026, 12, 23), "2026-12-26"),  # where it is too late anyway, the person has the three days
        (date(2027, 1, 10), "2027-01-13"),
    ],
)
def test_a_question_that_was_put_late_leaves_time_to_answer(asked_on: date, told_on: str) -> None:
    [found] = [one for one in due(waiting(asked_on=asked_on)) if one[1] == Task.TELL_WHY]
    assert found[0].startswith(told_on)


def test_once_told_only_the_closing_is_left() -> None:
    told = replace(waiting(asked_on=NOW.date()), closes_on=date(2027, 2, 21))
    assert due(told) == [("2027-02-22 00:00+01:00", "close", 0)]  # all of the day that the letter names is left


def test_what_can_go_on_is_reminded_of_although_the_person_is_silent_about_the_rest() -> None:
    other = a_request(Right.CORRECTION, Status.APPROVAL_ASKED)
    told = replace(waiting(asked_on=NOW.date()), closes_on=date(2027, 2, 21))
    tasks_found = {one[1] for one in due(replace(told, requests=(ASKED, other)))}
    assert tasks_found == {"close", "remind"}


def test_a_stop_is_due_within_a_day_by_the_clock_of_the_world() -> None:
    # Summer time ends on Sunday 25 October 2026: twenty-four hours later it is an hour earlier by the wall clock.
    at = datetime(2026, 10, 24, 16, 30, tzinfo=UTC)
    ticket = a_ticket(a_request(Right.WITHDRAWAL, Status.CARRYING_OUT), received_at=at)
    assert due(ticket)[0] == ("2026-10-25 17:30+01:00", "stop", 0)
    done = a_ticket(a_request(Right.WITHDRAWAL, Status.CARRIED_OUT), received_at=at)
    assert "stop" not in {one[1] for one in due(done)}


def test_california_wants_an_acknowledgement_in_ten_business_days() -> None:
    ticket = clocks.choose(a_ticket(ASKED), controller=SHOP, staff_choice="US-CA")
    [found] = [one for one in due(ticket) if one[1] == Task.ACKNOWLEDGE]
    assert found[0].startswith("2026-12-07")


def test_an_answer_that_is_held_back_is_still_reminded_of() -> None:
    ticket = a_ticket(a_request(Right.ACCESS, Status.CARRIED_OUT, told_in="letter-1"))
    assert {one[1] for one in due(ticket)} == {"remind"}


def test_a_closed_ticket_needs_nothing() -> None:
    closed = a_ticket(ASKED, closed_at=NOW)
    assert tasks(closed, policy=POLICY) == []
    assert next_look(closed, now=NOW, policy=POLICY) is None


def test_the_next_look_is_at_what_falls_due_next() -> None:
    ticket = a_ticket(a_request(Right.ACCESS, Status.APPROVAL_ASKED))
    looks, now = [], NOW
    while (at := next_look(ticket, now=now, policy=POLICY)) is not None:
        looks.append(at.astimezone(SHOP.zone).date().isoformat())
        now = at
    assert looks == ["2026-12-16", "2026-12-18", "2026-12-20", "2026-12-22", "2026-12-24"]


def test_ninety_days_of_silence_and_never_on_the_day_of_the_notice() -> None:
    assert closing_day(date(2026, 11, 23), told_on=date(2026, 12, 18)) == date(2027, 2, 21)
    late = date(2026, 11, 23) + timedelta(days=200)
    assert closing_day(date(2026, 11, 23), told_on=late) == late + timedelta(days=3)
