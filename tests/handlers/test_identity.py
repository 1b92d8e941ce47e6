"""Identity: the challenge travels to the contact on file, and only its code or link lets anything happen."""

import dataclasses
from datetime import timedelta

import pytest

from handlers import identity
from handlers.challenge import ChallengeState
from handlers.crm import CrmUnavailable
from handlers.rights import Right
from handlers.tickets import Request, Status, Ticket
from tests.fakes import FakeCrm, FakeUnit, a_desk
from tests.people import ANNA, BERND, NOW, POLICY, a_request, a_ticket

DESK = a_desk()
LATE = NOW + timedelta(hours=POLICY.challenge_hours)


def asked(*requests: Request) -> tuple[FakeUnit, Ticket]:
    """Return a unit and Anna's ticket in it, whose challenge about what was received has just left."""
    unit = FakeUnit()
    opened = a_ticket(*(requests or (a_request(Right.ACCESS),)), person=None)
    return unit, identity.ask(unit, opened, ANNA, opened.having(Status.RECEIVED), policy=POLICY, actor="")


def asked_twice(*, tries: tuple[int, int] = (3, 3)) -> tuple[FakeUnit, Ticket, str, str]:
    """Return a ticket with two open challenges, about a copy and an erasure, and their codes."""
    unit, ticket = asked(a_request(Right.ACCESS), a_request(Right.DELETION, Status.TRIAGE))
    erasure = ticket.having(Status.TRIAGE)
    ticket = identity.ask(unit, ticket, ANNA, erasure, policy=POLICY, actor="")
    for one, left in zip(unit.challenges, tries, strict=True):
        unit.save_challenge(dataclasses.replace(one, tries_left=left))
    return unit, ticket, code_in(unit), code_in(unit, letter=1)


def code_in(unit: FakeUnit, *, letter: int = 0) -> str:
    return str(unit.letters[letter].context["code"])


def wrong_for(*codes: str) -> str:
    """Return a code that is none of these."""
    right = {code.replace(" ", "") for code in codes}
    return next(wrong for wrong in ("000000", "000001", "000002") if wrong not in right)


def token_in(unit: FakeUnit) -> str:
    return str(unit.letters[0].context["url"]).rpartition("/")[2]


def statuses(ticket: Ticket) -> list[Status]:
    return [request.status for request in ticket.requests]


def test_asking_lets_wait_exactly_what_the_letter_names() -> None:
    unit, ticket = asked(
        a_request(Right.ACCESS),
        a_request(Right.DELETION, Status.TRIAGE),
        a_request(Right.WITHDRAWAL, Status.CARRYING_OUT),
        a_request(Right.PORTABILITY),
    )
    assert ticket.person == ANNA
    assert statuses(ticket) == [Status.IDENTITY_ASKED, Status.TRIAGE, Status.CARRYING_OUT, Status.IDENTITY_ASKED]
    assert [(letter.kind, letter.to) for letter in unit.letters] == [("challenge", ANNA.email)]
    assert unit.letters[0].context["rights"] == ["access", "portability"]
    assert unit.challenges[0].requests == ("access", "portability")


def test_code_and_link_are_kept_as_hashes_only() -> None:
    unit, ticket = asked()
    challenge = unit.challenges[0]
    assert (challenge.expires_at, challenge.tries_left) == (NOW + timedelta(hours=72), 3)
    kept = repr(challenge) + repr(unit.entries) + repr(unit.cards)
    for secret in (code_in(unit), code_in(unit).replace(" ", ""), token_in(unit), ANNA.email):
        assert secret not in kept
    code = code_in(unit).replace(" ", "")
    # The challenge's id goes into the hash: six digits alone would be found by trying a million.
    assert challenge.code_hash == unit.hash("code", f"{challenge.id} {code}")
    assert challenge.ticket_id == ticket.id


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
    other = identity.ask(unit, other, BERND, other.requests, policy=POLICY, actor="")
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
    assert identity.expire(unit, unit.tickets[ticket.id], before=LATE).question == ""
    assert unit.challenges[0].state is ChallengeState.EXPIRED


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
    assert identity.expire(unit, ticket, before=LATE - timedelta(seconds=1)) == ticket
    after = identity.expire(unit, ticket, before=LATE)
    assert (statuses(after), after.question) == ([Status.TRIAGE], "challenge_expired")
    assert unit.open_challenges(ticket.id) == []


def states(unit: FakeUnit) -> list[ChallengeState]:
    return [one.state for one in unit.challenges]


C = ChallengeState


@pytest.mark.parametrize(
    ("which", "after", "challenges"),
    [
        ((0,), [Status.APPROVAL_ASKED, Status.IDENTITY_ASKED], [C.CONFIRMED, C.OPEN]),
        ((1,), [Status.IDENTITY_ASKED, Status.APPROVAL_ASKED], [C.OPEN, C.CONFIRMED]),
        ((1, 0), [Status.APPROVAL_ASKED, Status.APPROVAL_ASKED], [C.CONFIRMED, C.CONFIRMED]),
    ],
)
def test_a_code_confirms_the_requests_that_its_letter_named(
    which: tuple[int, ...], after: list[Status], challenges: list[ChallengeState]
) -> None:
    # Even with no try to spare: whoever answers two letters one after the other guesses nothing.
    tries = len(which)
    unit, ticket, *codes = asked_twice(tries=(tries, tries))
    text = " and ".join(codes[number] for number in which)
    ticket = identity.answer_by_code(unit, ticket, text=text, arrived_at=unit.now, desk=DESK)
    assert (statuses(ticket), states(unit)) == (after, challenges)
    assert [one.tries_left for one in unit.challenges] == [tries, tries]
    assert unit.kinds == ["challenge", "challenge"]


def test_a_link_confirms_the_requests_that_its_letter_named() -> None:
    unit, _, _, _ = asked_twice()
    ticket = identity.answer_by_link(unit, token_in(unit), desk=DESK)
    assert ticket is not None
    assert statuses(ticket) == [Status.APPROVAL_ASKED, Status.IDENTITY_ASKED]


def test_a_second_challenge_about_the_same_takes_the_place_of_the_first() -> None:
    unit, ticket = asked()
    identity.send_challenge(unit, ticket, ticket.requests, policy=POLICY)
    assert len(unit.challenges) == 1
    assert identity.answer_by_link(unit, token_in(unit), desk=DESK) is None


def test_a_wrong_code_is_a_try_at_every_open_challenge() -> None:
    unit, ticket, *codes = asked_twice(tries=(1, 2))
    wrong = wrong_for(*codes)
    ticket = identity.answer_by_code(unit, ticket, text=wrong, arrived_at=unit.now, desk=DESK)
    assert (states(unit), [one.tries_left for one in unit.challenges]) == ([C.FAILED, C.OPEN], [0, 1])
    assert statuses(ticket) == [Status.TRIAGE, Status.IDENTITY_ASKED]
    assert unit.letters[-1].context["tries_left"] == 1
    ticket = identity.answer_by_code(unit, ticket, text=codes[1], arrived_at=unit.now, desk=DESK)
    assert statuses(ticket) == [Status.TRIAGE, Status.APPROVAL_ASKED]


def test_each_challenge_looks_at_no_more_codes_than_it_has_tries() -> None:
    unit, ticket, first, second = asked_twice(tries=(1, 3))
    text = f"{wrong_for(first, second)} {first} {second}"
    ticket = identity.answer_by_code(unit, ticket, text=text, arrived_at=unit.now, desk=DESK)
    assert states(unit) == [C.FAILED, C.CONFIRMED]
    assert statuses(ticket) == [Status.TRIAGE, Status.APPROVAL_ASKED]


def test_what_another_challenge_still_asks_is_not_given_up() -> None:
    unit, ticket = asked(a_request(Right.ACCESS), a_request(Right.PORTABILITY))
    identity.send_challenge(unit, ticket, ticket.requests[:1], policy=POLICY)
    unit.save_challenge(dataclasses.replace(unit.challenges[1], expires_at=LATE + timedelta(days=1)))
    after = identity.expire(unit, ticket, before=LATE)
    assert statuses(after) == [Status.IDENTITY_ASKED, Status.TRIAGE]


@pytest.mark.parametrize("by", ["code", "link"])
def test_a_challenge_whose_requests_have_moved_on_confirms_nothing(by: str) -> None:
    unit, ticket = asked()
    refused = ticket.replace(*(request.move(Status.REFUSED, reason="excessive") for request in ticket.requests))
    refused = unit.save(refused, actor="")
    if by == "code":
        answered = identity.answer_by_code(unit, refused, text=code_in(unit), arrived_at=unit.now, desk=DESK)
    else:
        answered = identity.answer_by_link(unit, token_in(unit), desk=DESK)
    assert (answered, unit.tickets[ticket.id]) == (None, refused)


def test_without_crm_the_proof_is_not_used_up() -> None:
    unit, ticket = asked()
    down = a_desk(crm=FakeCrm(problem=CrmUnavailable()))
    with pytest.raises(CrmUnavailable):
        identity.answer_by_link(unit, token_in(unit), desk=down)
    assert unit.tickets[ticket.id] == ticket  # the store rolls back the rest
