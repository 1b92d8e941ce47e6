"""The answer: one letter for all requests, written when the last outcome is known."""

import dataclasses
from datetime import date, timedelta

import pytest

from handlers import answering
from handlers.links import COPY, Link
from handlers.rights import Right
from handlers.tickets import Request, Status
from tests.fakes import FakeUnit
from tests.people import ANNA, DONE, NOW, POLICY, a_request, a_ticket

S = Status


def answered_with(*requests: Request, question: str = "") -> FakeUnit:
    unit = FakeUnit()
    unit.add_link(Link("t0k", COPY, "t", "access", NOW + timedelta(days=1)))
    ticket = unit.save(a_ticket(*requests, question=question), actor="")
    answering.save_and_answer(unit, ticket, policy=POLICY, actor="U1")
    return unit


def test_one_letter_answers_everything_that_has_an_outcome() -> None:
    unit = answered_with(
        a_request(Right.ACCESS, S.CARRIED_OUT, link="t0k"),
        a_request(Right.DELETION, S.CARRIED_OUT, done=DONE),
        a_request(Right.CORRECTION, S.REFUSED, reason="unfounded"),
        a_request(Right.OBJECTION, S.CLOSED),
        a_request(Right.PORTABILITY, S.WITHDRAWN),
        a_request(Right.RESTRICTION, S.CARRIED_OUT, reason="nothing_found"),
        question="reply",
    )
    [letter] = unit.letters
    assert (letter.kind, letter.to) == ("answer", ANNA.email)
    until = date(2026, 12, 7)
    assert letter.context["sections"] == [
        {
            "right": "access",
            "template": "access",
            "tables": [],
            "url": "https://portal.shop.example/d/t0k",
            "third_countries": (),
            "safeguards": "",
            "automated_decisions": False,
            "automated_logic": "",
            "valid_until": until,
        },
        {
            "right": "deletion",
            "template": "deletion",
            "deleted": [{"label": "Customer", "rows": 1, "law": "", "until": None}],
            "anonymised": [{"label": "Complaints", "rows": 2, "law": "", "until": None}],
            "kept": [{"label": "Orders", "rows": 2, "law": "§ 147 AO", "until": date(2036, 12, 31)}],
            "shared": [],
            "valid_until": until,
        },
        {
            "right": "correction",
            "template": "refusal",
            "ground": "unfounded",
            "article": "12(5)(b)",
            "valid_until": until,
        },
        {"right": "restriction", "template": "nothing_found", "article": "12(4)", "valid_until": until},
    ]
    # The copy can be fetched for the full time from now on.
    assert unit.links["t0k"].expires_at == NOW + timedelta(days=14)
    [ticket] = unit.tickets.values()
    assert (ticket.question, ticket.closed_at) == ("", None)


@pytest.mark.parametrize("status", sorted(set(Status) - {S.CARRIED_OUT, S.REFUSED, S.WITHDRAWN, S.CLOSED, S.ANSWERED}))
def test_nothing_is_answered_while_something_is_open(status: Status) -> None:
    unit = answered_with(a_request(Right.ACCESS, S.CARRIED_OUT), a_request(Right.DELETION, status), question="reply")
    [ticket] = unit.tickets.values()
    assert (unit.letters, ticket.question, ticket.closed_at) == ([], "reply", None)


@pytest.mark.parametrize("status", [S.CLOSED, S.WITHDRAWN, S.ANSWERED])
def test_a_ticket_to_which_nobody_is_owed_an_answer_is_closed(status: Status) -> None:
    unit = answered_with(a_request(Right.ACCESS, status), question="reply")
    [ticket] = unit.tickets.values()
    assert (unit.letters, ticket.question, ticket.closed_at) == ([], "", NOW)


def test_the_ticket_is_closed_when_the_answer_has_left() -> None:
    unit = answered_with(a_request(Right.ACCESS, S.CARRIED_OUT), a_request(Right.DELETION, S.REFUSED, reason="claims"))
    [ticket] = unit.tickets.values()
    unit.now = NOW + timedelta(minutes=1)
    after = answering.answered(unit, ticket, "letter-1")
    assert [(r.status, r.reason) for r in after.requests] == [(S.ANSWERED, ""), (S.REFUSED, "claims")]
    assert after.answered_at == after.closed_at == NOW + timedelta(minutes=1)


def test_of_two_answers_the_first_to_leave_does_not_close_the_ticket() -> None:
    """The refusal was told while the copy was still to be made; then both letters were outstanding."""
    unit = FakeUnit()
    first = a_ticket(a_request(Right.ACCESS, S.APPROVAL_ASKED), a_request(Right.DELETION, S.REFUSED, reason="claims"))
    ticket = answering.tell(unit, first, policy=POLICY, actor="")
    done = ticket.replace(dataclasses.replace(ticket.requests[0], status=S.CARRIED_OUT))
    ticket = answering.save_and_answer(unit, done, policy=POLICY, actor="")
    assert ticket.unsent == ("letter-1", "letter-2")
    ticket = answering.answered(unit, ticket, "letter-1")
    assert (ticket.requests[0].status, ticket.closed_at) == (S.CARRIED_OUT, None)
    ticket = answering.answered(unit, ticket, "letter-2")
    assert (ticket.requests[0].status, ticket.closed_at) == (S.ANSWERED, NOW)
