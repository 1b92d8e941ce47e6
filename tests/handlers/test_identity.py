"""Identity: the challenge travels to the contact on file, and only its code or link lets anything happen."""

import dataclasses
from datetime import timedelta

import pytest

from handlers import identity
from handlers.challenge import ChallengeState
from handlers.crm import CrmUnavailable
from handlers.rights import Right
from handlers.tickets import Status, Ticket
from tests.fakes import FakeCrm, FakeUnit, a_desk
from tests.people import ANNA, BERND, NOW, POLICY, a_request, a_ticket

DESK = a_desk()


def asked(*requests: object) -> tuple[FakeUnit, Ticket]:
    """Return a unit and Anna's ticket in it, whose challenge has just left."""
    unit = FakeUnit()
    opened = a_ticket(*(requests or (a_request(Right.ACCESS),)), person=None)  # type: ignore[arg-type]  # requests
    return unit, identity.ask(unit, opened, ANNA, policy=POLICY)


def code_in(unit: FakeUnit) -> str:
    return str(unit.letters[0].context["code"])


def token_in(unit: FakeUnit) -> str:
    return str(unit.letters[0].context["url"]).rpartition("/")[2]


def statuses(ticket: Ticket) -> list[Status]:
    return [request.status for request in ticket.requests]


def test_asking_lets_wait_only_what_needs_identity() -> None:
    unit, ticket = asked(
        a_request(Right.ACCESS),
        a_request(Right.DELETION, Status.TRIAGE),
        a_request(Right.WITHDRAWAL, Status.CARRYING_OUT),
        a_request(Right.CORRECTION, Status.CLOSED),
    )
    assert ticket.person == ANNA
    assert statuses(ticket) == [
        Status.IDENTITY_ASKED,
        Status.IDENTITY_ASKED,
        Status.CARRYING_OUT,
        Status.CLOSED,
    ]
    assert [(letter.kind, letter.to) for letter in unit.letters] == [("challenge", ANNA.email)]


def test_code_and_link_are_kept_as_hashes_only() -> None:
    unit, ticket = asked()
    challenge = unit.challenges[0]
    assert (challenge.expires_at, challenge.tries_left) == (NOW + timedelta(hours=72), 3)
    kept = repr(challenge) + repr(unit.entries) + repr(unit.cards)
    for secret in (code_in(unit), code_in(unit).replace(" ", ""), token_in(unit), ANNA.email):
        assert secret not in kept
    code = code_in(unit).replace(" ", "")
    # The ticket's id goes into the hash: six digits alone would be found by trying a million.
    assert challenge.code_hash == unit.hash("code", f"{ticket.id} {code}")


@pytest.mark.parametrize("text", ["{code}", "Yes, that was me: {code}. Not 000000!", "{code}\n-- \nAnna"])
def test_the_code_confirms(text: str) -> None:
    unit, ticket = asked()
    ticket = identity.answer_by_code(unit, ticket, text=text.format(code=code_in(unit)), arrived_at=unit.now, desk=DESK)
    assert statuses(ticket) == [Status.APPROVAL_ASKED]
    assert unit.challenges[0].state is ChallengeState.CONFIRMED
    assert unit.kinds == ["challenge"]
    assert "identity.confirmed" in unit.events


def test_the_link_confirms_once() -> None:
    unit, _ = asked()
    confirmed = identity.answer_by_link(unit, token_in(unit), desk=DESK)
    assert confirmed is not None
    assert statuses(confirmed) == [Status.APPROVAL_ASKED]
    assert identity.answer_by_link(unit, token_in(unit), desk=DESK) is None


@pytest.mark.parametrize("token", ["", "wrong", "' OR 1=1 --"])
def test_another_link_confirms_nothing(token: str) -> None:
    unit, ticket = asked()
    assert identity.answer_by_link(unit, token, desk=DESK) is None
    assert unit.tickets[ticket.id] == ticket


def test_a_code_of_another_ticket_is_wrong() -> None:
    unit, ticket = asked()
    other = dataclasses.replace(a_ticket(a_request(Right.DELETION)), id="f" * 32, reference="R-22222", person=None)
    other = identity.ask(unit, other, BERND, policy=POLICY)
    identity.answer_by_code(unit, other, text=code_in(unit), arrived_at=unit.now, desk=DESK)
    assert statuses(unit.tickets[other.id]) == [Status.IDENTITY_ASKED]
    assert (unit.letters[-1].kind, unit.letters[-1].to) == ("code_wrong", BERND.email)
    assert unit.tickets[ticket.id] == ticket


def wrong_code(unit: FakeUnit) -> str:
    right = int(code_in(unit).replace(" ", ""))
    return f"{(right + 1) % 1_000_000:06}"


def test_a_reply_full_of_codes_is_a_try_for_each() -> None:
    unit, ticket = asked()
    many = " ".join(f"{number:06}" for number in range(2_000) if f"{number:06}" != code_in(unit).replace(" ", ""))
    ticket = identity.answer_by_code(unit, ticket, text=f"{many} {code_in(unit)}", arrived_at=unit.now, desk=DESK)
    assert statuses(ticket) == [Status.TRIAGE]
    assert unit.challenges[0].state is ChallengeState.FAILED


def test_wrong_codes_run_out_and_a_person_decides() -> None:
    unit, ticket = asked(a_request(Right.ACCESS), a_request(Right.WITHDRAWAL, Status.CARRYING_OUT))
    for left in (2, 1, 0):
        ticket = identity.answer_by_code(unit, ticket, text=wrong_code(unit), arrived_at=unit.now, desk=DESK)
        assert (unit.letters[-1].kind, unit.letters[-1].context["tries_left"]) == ("code_wrong", left)
    assert statuses(ticket) == [Status.TRIAGE, Status.CARRYING_OUT]
    assert (ticket.question, ticket.requests[0].reason) == ("tries_used_up", "tries_used_up")
    # The right code comes too late now.
    assert identity.answer_by_code(unit, ticket, text=code_in(unit), arrived_at=unit.now, desk=DESK) is None
    assert unit.tickets[ticket.id] == ticket


def test_a_reply_without_code_counts_as_no_try() -> None:
    unit, ticket = asked()
    assert identity.answer_by_code(unit, ticket, text="Who is this?", arrived_at=unit.now, desk=DESK) is None
    assert unit.tickets[ticket.id] == ticket
    assert (unit.challenges[0].tries_left, unit.kinds) == (3, ["challenge"])


def test_a_code_that_arrived_in_time_may_be_read_late() -> None:
    unit, ticket = asked()
    unit.now = NOW + timedelta(hours=80)
    answered = identity.answer_by_code(
        unit, ticket, text=code_in(unit), arrived_at=NOW + timedelta(hours=71), desk=DESK
    )
    assert answered is not None
    assert statuses(answered) == [Status.APPROVAL_ASKED]


def test_a_challenge_of_a_refused_ticket_asks_nobody_when_it_expires() -> None:
    unit, ticket = asked()
    refused = ticket.replace(*(request.move(Status.REFUSED, reason="excessive") for request in ticket.requests))
    unit.save(refused, actor="")
    assert identity.expire(unit, unit.tickets[ticket.id], unit.challenges[0]).question == ""


@pytest.mark.parametrize("by", ["code", "link"])
def test_what_comes_after_the_end_is_too_late(by: str) -> None:
    unit, ticket = asked()
    unit.now = NOW + timedelta(hours=72)
    if by == "code":
        identity.answer_by_code(unit, ticket, text=code_in(unit), arrived_at=unit.now, desk=DESK)
    else:
        assert identity.answer_by_link(unit, token_in(unit), desk=DESK) is None
    after = unit.tickets[ticket.id]
    assert (statuses(after), after.question) == ([Status.TRIAGE], "challenge_expired")
    assert unit.challenges[0].state is ChallengeState.EXPIRED
    assert unit.kinds == ["challenge"]


def test_a_challenge_that_nobody_answers_expires() -> None:
    unit, ticket = asked()
    after = identity.expire(unit, ticket, unit.challenges[0])
    assert (statuses(after), after.question) == ([Status.TRIAGE], "challenge_expired")
    assert unit.open_challenge(ticket_id=ticket.id) is None


def test_without_crm_the_proof_is_not_used_up() -> None:
    unit, ticket = asked()
    down = a_desk(crm=FakeCrm(problem=CrmUnavailable()))
    with pytest.raises(CrmUnavailable):
        identity.answer_by_link(unit, token_in(unit), desk=down)
    assert unit.tickets[ticket.id] == ticket  # the store rolls back the rest
