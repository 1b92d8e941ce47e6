"""Looking at a ticket: each thing that has fallen due is done once."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from handlers import clocks, letters
from handlers.law.regimes import PauseReason
from handlers.looking import look
from handlers.rights import Right
from handlers.tickets import Request, Status, Ticket
from tests.fakes import FakeUnit
from tests.people import ANNA, NOW, POLICY, SHOP, a_request, a_ticket

ASKED = a_request(Right.ACCESS, Status.IDENTITY_ASKED)
STOPPED = a_request(Right.WITHDRAWAL, Status.CARRIED_OUT, consents=("newsletter",))


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


def asked(*requests: Request, **changes: Any) -> Ticket:
    ticket = a_ticket(*(requests or (ASKED,)), **changes)
    return clocks.asked(ticket, PauseReason.IDENTITY, at=NOW, controller=SHOP)


def looked(ticket: Ticket, day: date) -> tuple[FakeUnit, Ticket]:
    """Look twice on a day: the second time nothing more may happen."""
    unit = FakeUnit(now=at(day))
    saved = unit.save(ticket, actor="")
    unit.cards.clear()
    once = look(unit, saved, policy=POLICY)
    written, cards = list(unit.letters), dict(unit.cards)
    again = look(unit, once, policy=POLICY)
    assert (again, unit.letters, unit.cards) == (once, written, cards)
    return unit, once


def due_cards(unit: FakeUnit) -> list[str]:
    return [topic for topic in unit.cards if not topic.startswith("ticket:")]


def test_before_anything_is_due_nothing_happens() -> None:
    ticket = asked()
    unit, after = looked(ticket, date(2026, 12, 1))
    assert (unit.letters, due_cards(unit)) == ([], [])
    assert after == replace(ticket, version=1)


def test_a_silent_person_is_told_why_and_until_when() -> None:
    unit, ticket = looked(asked(), date(2026, 12, 18))
    [letter] = unit.letters
    assert (letter.kind, letter.to) == ("silence", ANNA.email)
    assert (letter.context["missing"], letter.context["closes_on"]) == ("identity", date(2027, 2, 21))
    assert (ticket.closes_on, ticket.is_silent) == (date(2027, 2, 21), True)
    assert "silence.told" in unit.events
    assert not [topic for topic in due_cards(unit) if topic.endswith("extend")]


def test_what_was_done_already_is_answered_with_the_notice_and_not_after_ninety_days() -> None:
    unit, ticket = looked(asked(ASKED, STOPPED), date(2026, 12, 18))
    assert unit.kinds == ["answer", "silence"]
    assert [section["right"] for section in unit.letters[0].context["sections"]] == ["withdrawal"]
    assert [request.told_in for request in ticket.requests] == ["", "letter-1"]
    assert ticket.closed_at is None


def test_somebody_who_has_written_is_not_silent() -> None:
    heard = clocks.heard(asked(question="challenge_expired"), at=at(date(2026, 12, 1)), controller=SHOP)
    unit, ticket = looked(heard, date(2026, 12, 18))
    assert (unit.letters, ticket.closes_on) == ([], None)
    # Asked again, and silent again: so the notice comes after all, before the month is over.
    again = clocks.asked(heard, PauseReason.IDENTITY, at=at(date(2026, 12, 14)), controller=SHOP)
    unit, ticket = looked(again, date(2026, 12, 18))
    assert unit.kinds == ["silence"]


def test_who_writes_after_the_notice_keeps_the_ticket_open() -> None:
    told = replace(asked(), closes_on=date(2027, 2, 21))
    heard = clocks.heard(told, at=at(date(2027, 1, 20)), controller=SHOP)
    unit, ticket = looked(heard, date(2027, 3, 1))
    assert (ticket.closed_at, ticket.closes_on) == (None, None)
    assert "reminder:R-7KQ4M:2026-12-23:overdue" in unit.cards


def test_nothing_closes_while_the_letter_that_says_so_has_not_left() -> None:
    told = replace(asked(), closes_on=date(2027, 2, 21))
    unit = FakeUnit(now=at(date(2027, 2, 22)), unsent=frozenset({told.id}))
    ticket = look(unit, unit.save(told, actor=""), policy=POLICY)
    assert (ticket.closed_at, ticket.closes_on) == (None, date(2027, 2, 22))  # looked at again tomorrow


def test_a_refusal_does_not_wait_for_the_other_rights() -> None:
    refused = a_request(Right.CORRECTION, Status.REFUSED, reason="unfounded")
    unit, ticket = looked(a_ticket(refused, a_request(Right.ACCESS, Status.APPROVAL_ASKED)), date(2026, 12, 18))
    assert unit.kinds == ["answer"]
    assert [section["right"] for section in unit.letters[0].context["sections"]] == ["correction"]
    assert ticket.closed_at is None


def test_after_ninety_days_the_ticket_closes_without_a_further_letter() -> None:
    told = replace(asked(), closes_on=date(2027, 2, 21), question="challenge_expired")
    unit, before = looked(told, date(2027, 2, 21))
    assert before.closed_at is None
    unit, ticket = looked(told, date(2027, 2, 22))
    assert [(r.status, r.reason) for r in ticket.requests] == [(Status.CLOSED, "silence")]
    assert (ticket.closed_at, ticket.question, ticket.closes_on) == (unit.now, "", None)
    assert unit.letters == []


def test_closing_answers_what_was_carried_out_meanwhile() -> None:
    told = replace(asked(ASKED, STOPPED), closes_on=date(2027, 2, 21))
    unit = FakeUnit(now=at(date(2027, 2, 22)))
    ticket = look(unit, unit.save(told, actor=""), policy=POLICY)
    assert unit.kinds == ["answer"]
    assert ticket.closed_at is None  # not before the answer has left


@pytest.mark.parametrize(
    ("request_", "day", "topic"),
    [
        (a_request(Right.WITHDRAWAL, Status.CARRYING_OUT), date(2026, 11, 24), "due:R-7KQ4M:2026-12-23:stop"),
        (a_request(Right.ACCESS, Status.APPROVAL_ASKED), date(2026, 12, 18), "due:R-7KQ4M:2026-12-23:extend"),
        (a_request(Right.ACCESS, Status.APPROVAL_ASKED), date(2026, 12, 24), "reminder:R-7KQ4M:2026-12-23:overdue"),
    ],
)
def test_the_staff_are_told_what_is_due(request_: Request, day: date, topic: str) -> None:
    unit, _ = looked(a_ticket(request_), day)
    assert topic in due_cards(unit)


def test_a_missing_acknowledgement_is_asked_for_where_the_law_wants_one() -> None:
    ticket = clocks.choose(a_ticket(a_request(Right.ACCESS, Status.TRIAGE)), controller=SHOP, staff_choice="US-CA")
    unit, _ = looked(ticket, date(2026, 12, 7))
    assert [topic for topic in due_cards(unit) if topic.endswith("acknowledge")]
    written = FakeUnit(now=at(date(2026, 12, 7)))
    saved = written.save(ticket, actor="")
    written.add_letter(saved, letters.acknowledgement(saved, policy=POLICY))
    look(written, saved, policy=POLICY)
    assert not [topic for topic in due_cards(written) if topic.endswith("acknowledge")]
