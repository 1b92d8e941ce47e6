"""Decisions: what begins at once, what asks for identity, what staff decide, approve and refuse."""

import dataclasses
from datetime import date

import pytest

from handlers import answering, deciding
from handlers.crm import CrmUnavailable, Person
from handlers.law.facts import Extension, ExtensionReason
from handlers.law.regimes import PauseReason
from handlers.rights import Right
from handlers.staff import NotAllowed, Staff
from handlers.tickets import Request, Requester, Status, Ticket
from tests.fakes import FakeCrm, FakeUnit, a_desk
from tests.people import ANNA, ANNA_AT_WORK, BERND, GRETA, NOW, OLGA, PLAN, POLICY, SIMON, STRANGER, a_request, a_ticket

S = Status
A, D, W, O = Right.ACCESS, Right.DELETION, Right.WITHDRAWAL, Right.OBJECTION  # noqa: E741  (the rights' initials)
MARKETING = a_request(O, consents=("email_marketing",))


def states(ticket: Ticket) -> list[tuple[Right, Status, str]]:
    return [(request.right, request.status, request.reason) for request in ticket.requests]


@pytest.mark.parametrize(
    ("requests", "persons", "after", "question", "letters"),
    [
        # One person on file: the challenge leaves, and the acknowledgement.
        ((a_request(A),), (ANNA,), [(A, S.IDENTITY_ASKED, "")], "", ["challenge", "acknowledgement"]),
        # Nobody, or several: the sender reads the same, a person decides.
        ((a_request(A),), (), [(A, S.TRIAGE, "unknown_sender")], "unknown_sender", ["acknowledgement"]),
        ((a_request(D),), (ANNA, BERND), [(D, S.TRIAGE, "several_persons")], "several_persons", ["acknowledgement"]),
        # Stops begin at once, whoever writes; the answer itself follows in a moment.
        ((a_request(W),), (), [(W, S.CARRYING_OUT, "")], "", []),
        ((MARKETING,), (ANNA, BERND), [(O, S.CARRYING_OUT, "")], "", []),
        # An objection to anything else has to be weighed.
        ((a_request(O),), (ANNA,), [(O, S.TRIAGE, "not_marketing")], "not_marketing", ["acknowledgement"]),
        (
            (a_request(W), a_request(D)),
            (ANNA,),
            [(W, S.CARRYING_OUT, ""), (D, S.IDENTITY_ASKED, "")],
            "",
            ["challenge", "acknowledgement"],
        ),
        (
            (a_request(W), a_request(D)),
            (),
            [(W, S.CARRYING_OUT, ""), (D, S.TRIAGE, "unknown_sender")],
            "unknown_sender",
            ["acknowledgement"],
        ),
    ],
)
def test_what_follows_once_it_is_clear_what_is_asked(
    requests: tuple[Request, ...],
    persons: tuple[Person, ...],
    after: list[tuple[Right, Status, str]],
    question: str,
    letters: list[str],
) -> None:
    unit = FakeUnit()
    ticket = deciding.proceed(unit, a_ticket(*requests, person=None), persons, policy=POLICY, actor="")
    assert (states(ticket), ticket.question, unit.kinds) == (after, question, letters)
    assert [r.due_at for r in ticket.requests if r.status is S.CARRYING_OUT] in ([], [NOW])
    # Nothing that would tell a sender whether the address is on file.
    acknowledgement = [letter for letter in unit.letters if letter.kind == "acknowledgement"]
    assert all(letter.to == ANNA.email for letter in acknowledgement)


def in_triage(*requests: Request, **changes: object) -> tuple[FakeUnit, Ticket]:
    unit = FakeUnit()
    return unit, unit.save(a_ticket(*requests, person=None, question="low_score", **changes), actor="")


GUESS = a_request(A, S.TRIAGE, reason="low_score", evidence="my data please")


def test_staff_confirm_the_guess_and_add_what_was_missed() -> None:
    unit, ticket = in_triage(GUESS)
    ticket = deciding.decide(unit, ticket, [A, D], staff=GRETA, desk=a_desk())
    assert states(ticket) == [(A, S.IDENTITY_ASKED, ""), (D, S.IDENTITY_ASKED, "")]
    assert (ticket.question, ticket.decided_by) == ("", GRETA.id)
    assert ticket.requests[0].evidence == "my data please"
    assert unit.kinds == ["challenge", "acknowledgement"]


def test_staff_replace_the_guess() -> None:
    unit, ticket = in_triage(GUESS, a_request(W, S.TRIAGE))
    ticket = deciding.decide(unit, ticket, [D], staff=GRETA, desk=a_desk())
    assert states(ticket) == [(A, S.CLOSED, ""), (W, S.CLOSED, ""), (D, S.IDENTITY_ASKED, "")]


def test_an_objection_that_staff_weighed_is_carried_out() -> None:
    unit, ticket = in_triage(a_request(O, S.TRIAGE, reason="not_marketing"))
    ticket = deciding.decide(unit, ticket, [O], staff=GRETA, desk=a_desk())
    assert (states(ticket), ticket.question) == ([(O, S.CARRYING_OUT, "")], "")


def test_nothing_is_asked_so_the_ticket_closes_without_a_letter() -> None:
    unit, ticket = in_triage(GUESS)
    ticket = deciding.decide(unit, ticket, [], staff=GRETA, desk=a_desk())
    assert (states(ticket), ticket.closed_at, unit.letters) == ([(A, S.CLOSED, "")], NOW, [])


def test_nothing_more_is_asked_so_the_rest_is_answered() -> None:
    unit, ticket = in_triage(GUESS, a_request(W, S.CARRIED_OUT))
    ticket = deciding.decide(unit, ticket, [], staff=GRETA, desk=a_desk())
    assert (states(ticket), ticket.question) == ([(A, S.CLOSED, ""), (W, S.CARRIED_OUT, "")], "")
    assert unit.kinds == ["answer"]


def test_a_question_about_a_reply_is_put_away_and_all_goes_on() -> None:
    unit, ticket = in_triage(a_request(A, S.IDENTITY_ASKED), a_request(W, S.CARRIED_OUT))
    ticket = deciding.decide(unit, ticket, [], staff=GRETA, desk=a_desk())
    assert (states(ticket), ticket.question) == ([(A, S.IDENTITY_ASKED, ""), (W, S.CARRIED_OUT, "")], "")
    assert unit.letters == []


def test_a_request_is_acknowledged_once() -> None:
    unit = FakeUnit()
    ticket = deciding.proceed(unit, a_ticket(a_request(A), person=None), (), policy=POLICY, actor="")
    deciding.decide(unit, ticket, [A], staff=GRETA, desk=a_desk())
    assert unit.kinds == ["acknowledgement", "challenge"]


def test_a_sender_nobody_knows_stays_with_the_staff() -> None:
    unit, ticket = in_triage(GUESS, requester=Requester(STRANGER))
    ticket = deciding.decide(unit, ticket, [A], staff=GRETA, desk=a_desk())
    assert (states(ticket), ticket.question) == ([(A, S.TRIAGE, "unknown_sender")], "unknown_sender")


def test_without_crm_nothing_is_decided() -> None:
    unit, ticket = in_triage(GUESS)
    with pytest.raises(CrmUnavailable):
        deciding.decide(unit, ticket, [A], staff=GRETA, desk=a_desk(crm=FakeCrm(problem=CrmUnavailable())))
    assert unit.tickets[ticket.id] == ticket


def waiting_for_approval(*others: Request, **changes: object) -> tuple[FakeUnit, Ticket]:
    unit = FakeUnit()
    requests = (a_request(D, S.APPROVAL_ASKED, plan=PLAN), a_request(A, S.APPROVAL_ASKED), *others)
    return unit, unit.save(a_ticket(*requests, **changes), actor="")


def test_an_approval_is_of_everything_that_waits_for_it() -> None:
    unit, ticket = waiting_for_approval(a_request(W, S.ANSWERED), decided_by=SIMON.id)
    ticket = deciding.approve(unit, ticket, staff=OLGA, policy=POLICY)
    assert states(ticket) == [(D, S.WAITING, ""), (A, S.CARRYING_OUT, ""), (W, S.ANSWERED, "")]
    assert [request.approved_by for request in ticket.requests] == [OLGA.id, OLGA.id, ""]
    approved = next(entry for entry in unit.entries if entry.event == "approved")
    assert (approved.actor, approved.data) == (OLGA.id, {"rights": ["deletion", "access"]})


@pytest.mark.parametrize(
    ("staff", "decider", "why_not"),
    [(GRETA, "", "not_allowed"), (ANNA_AT_WORK, "", "own_request"), (OLGA, OLGA.id, "own_request")],
)
def test_not_everybody_may_approve(staff: Staff, decider: str, why_not: str) -> None:
    unit, ticket = waiting_for_approval()
    ticket = unit.save(ticket.replace(dataclasses.replace(ticket.requests[0], decided_by=decider)), actor="")
    with pytest.raises(NotAllowed, match=why_not):
        deciding.approve(unit, ticket, staff=staff, policy=POLICY)
    assert unit.tickets[ticket.id] == ticket


@pytest.mark.parametrize("status", sorted(set(Status) - {S.APPROVAL_ASKED}))
def test_only_what_waits_for_approval_can_be_approved(status: Status) -> None:
    unit = FakeUnit()
    ticket = unit.save(a_ticket(a_request(D, status, plan=PLAN)), actor="")
    with pytest.raises(NotAllowed, match="nothing_to_approve"):
        deciding.approve(unit, ticket, staff=OLGA, policy=POLICY)


@pytest.mark.parametrize("status", Status)
def test_what_is_not_under_way_yet_can_be_refused(status: Status) -> None:
    unit = FakeUnit()
    ticket = unit.save(a_ticket(a_request(A, status)), actor="")
    if status not in deciding.OPEN_FOR_REFUSAL:
        with pytest.raises(NotAllowed, match="nothing_to_refuse"):
            deciding.refuse(unit, ticket, "unfounded", staff=OLGA, policy=POLICY)
        return
    ticket = deciding.refuse(unit, ticket, "unfounded", staff=OLGA, policy=POLICY)
    assert (states(ticket), ticket.decided_by) == ([(A, S.REFUSED, "unfounded")], OLGA.id)
    assert unit.kinds == ["answer"]


def test_agents_do_not_refuse() -> None:
    unit, ticket = in_triage(GUESS)
    with pytest.raises(NotAllowed, match="not_allowed"):
        deciding.refuse(unit, ticket, "unfounded", staff=GRETA, policy=POLICY)


def test_nothing_found_is_an_answer_to_the_sender() -> None:
    unit, ticket = in_triage(a_request(A, S.TRIAGE, reason="unknown_sender"), requester=Requester(STRANGER))
    ticket = deciding.refuse(unit, ticket, answering.NOTHING_FOUND, staff=OLGA, policy=POLICY)
    assert states(ticket) == [(A, S.CARRIED_OUT, "nothing_found")]
    assert [(letter.kind, letter.to) for letter in unit.letters] == [("answer", STRANGER)]


@pytest.mark.parametrize(
    "request_", [GUESS, a_request(A, S.IDENTITY_ASKED), a_request(D, S.APPROVAL_ASKED, reason="unknown_sender")]
)
def test_nothing_found_is_said_only_where_nobody_was_found(request_: Request) -> None:
    unit, ticket = in_triage(a_request(W, S.TRIAGE, reason="unknown_sender"), request_)
    with pytest.raises(NotAllowed, match="nothing_to_refuse"):
        deciding.refuse(unit, ticket, answering.NOTHING_FOUND, staff=OLGA, policy=POLICY)
    assert dataclasses.replace(unit.tickets[ticket.id]) == ticket


def test_a_question_back_waits_for_the_person() -> None:
    unit, ticket = FakeUnit(), a_ticket(a_request(A, S.TRIAGE, reason="low_score"), question="low_score")
    saved = unit.save(ticket, actor="")
    after = deciding.clarify(unit, saved, "A copy, or all of it gone?", staff=GRETA, policy=POLICY)
    assert (after.question, after.basis.waiting_for) == ("clarification", PauseReason.CLARIFICATION)
    [letter] = unit.letters
    assert (letter.kind, letter.to, letter.context["question"]) == (
        "clarification",
        ANNA.email,
        "A copy, or all of it gone?",
    )
    assert ("clarification.asked", GRETA.id) in [(entry.event, entry.actor) for entry in unit.entries]


@pytest.mark.parametrize(
    ("ticket", "staff", "why"),
    [
        (a_ticket(a_request(A, S.APPROVAL_ASKED)), GRETA, "nothing_to_clarify"),
        (a_ticket(a_request(A, S.TRIAGE), closed_at=NOW), GRETA, "nothing_to_clarify"),
        (a_ticket(a_request(A, S.TRIAGE)), Staff("U0", frozenset()), "not_allowed"),
    ],
)
def test_there_must_be_something_to_ask_and_somebody_who_may(ticket: Ticket, staff: Staff, why: str) -> None:
    with pytest.raises(NotAllowed, match=why):
        deciding.clarify(FakeUnit(), ticket, "?", staff=staff, policy=POLICY)


NOTICE = Extension(NOW.date(), (ExtensionReason.COMPLEXITY,))


def test_an_extension_is_told_with_the_new_date() -> None:
    unit, ticket = FakeUnit(), a_ticket(a_request(A, S.APPROVAL_ASKED))
    saved = unit.save(ticket, actor="")
    after = deciding.extend(unit, saved, NOTICE, explanation="Three archives.", staff=OLGA, policy=POLICY)
    assert after.clock.last_date == date(2027, 2, 23)
    [letter] = unit.letters
    assert (letter.kind, letter.context["respond_by"]) == ("extension", date(2027, 2, 23))
    assert letter.context["explanation"] == "Three archives."
    assert "extended" in unit.events


@pytest.mark.parametrize(
    ("ticket", "staff", "why"),
    [
        (a_ticket(a_request(A, S.APPROVAL_ASKED)), GRETA, "not_allowed"),
        (a_ticket(a_request(A, S.CARRIED_OUT)), OLGA, "is_settled"),
        (a_ticket(a_request(A, S.TRIAGE), closed_at=NOW), OLGA, "is_settled"),
    ],
)
def test_what_is_done_is_not_extended_and_not_by_everybody(ticket: Ticket, staff: Staff, why: str) -> None:
    unit = FakeUnit()
    with pytest.raises(NotAllowed, match=why):
        deciding.extend(unit, ticket, NOTICE, explanation="Why.", staff=staff, policy=POLICY)
    assert (unit.letters, unit.tickets) == ([], {})


def test_an_approver_puts_a_ticket_under_another_law() -> None:
    unit = FakeUnit()
    saved = unit.save(a_ticket(a_request(A, S.TRIAGE)), actor="")
    after = deciding.choose_law(unit, saved, "US-CA", staff=OLGA, policy=POLICY)
    assert (after.basis.law, after.clock.last_date) == ("US-CA", date(2027, 1, 7))
    for staff, ticket, why in ((GRETA, after, "not_allowed"), (OLGA, a_ticket(closed_at=NOW), "is_settled")):
        with pytest.raises(NotAllowed, match=why):
            deciding.choose_law(unit, ticket, "EU", staff=staff, policy=POLICY)


def test_what_cannot_be_told_is_not_done() -> None:
    unit = FakeUnit(held_kinds=frozenset({"extension", "clarification"}))
    extendable, unclear = a_ticket(a_request(A, S.APPROVAL_ASKED)), a_ticket(a_request(A, S.TRIAGE), id="b" * 32)
    with pytest.raises(NotAllowed, match="letter_incomplete"):
        deciding.extend(unit, unit.save(extendable, actor=""), NOTICE, explanation="?", staff=OLGA, policy=POLICY)
    with pytest.raises(NotAllowed, match="letter_incomplete"):
        deciding.clarify(unit, unit.save(unclear, actor=""), "?", staff=OLGA, policy=POLICY)


def test_an_extension_comes_with_the_outcomes_that_are_known() -> None:
    unit = FakeUnit()
    ticket = a_ticket(a_request(Right.CORRECTION, S.REFUSED, reason="unfounded"), a_request(A, S.APPROVAL_ASKED))
    deciding.extend(unit, unit.save(ticket, actor=""), NOTICE, explanation="Why.", staff=OLGA, policy=POLICY)
    assert unit.kinds == ["extension", "answer"]


def test_a_decision_answers_the_question_that_was_put_to_the_person() -> None:
    unit = FakeUnit()
    asked = deciding.clarify(
        unit, unit.save(a_ticket(a_request(A, S.TRIAGE)), actor=""), "A copy?", staff=GRETA, policy=POLICY
    )
    after = deciding.decide(unit, asked, [A], staff=GRETA, desk=a_desk())
    assert after.basis.waiting_for is PauseReason.IDENTITY
