"""A second mail of a person: what joins, what is linked, and what leaves then."""

import dataclasses
from datetime import timedelta

import pytest

from handlers import duplicates, identity
from handlers.challenge import ChallengeState
from handlers.crm import Person
from handlers.duplicates import LINKS_MOST
from handlers.recognition import Correction
from handlers.rights import Right
from handlers.tickets import SETTLED, Request, Requester, Status, Ticket
from handlers.trust import Trust
from tests.fakes import FakeUnit
from tests.people import ANNA, BERND, NOW, POLICY, STRANGER, a_request, a_ticket

S = Status
A, C, D, O = Right.ACCESS, Right.CORRECTION, Right.DELETION, Right.OBJECTION  # noqa: E741  (the rights' initials)
PHONE, NAME = (Correction("phone", "", "1"),), (Correction("name", "", "Nowak"),)
MAY_JOIN = dict.fromkeys(sorted(duplicates.SAME_FOR_BOTH), True)


def new(*requests: Request, **changes: object) -> Ticket:
    return a_ticket(*requests, **{"id": "new", "reference": "R-NNNNN", "person": None, **changes})


@pytest.mark.parametrize("status", sorted(set(S) - {S.TRIAGE}))
def test_a_request_joins_one_that_goes_on(status: Status) -> None:
    first = a_ticket(a_request(A, status))
    assert duplicates.first_of(new(a_request(A)), [first]) == (None if status in SETTLED else first)


@pytest.mark.parametrize(
    ("reason", "joins"),
    [*MAY_JOIN.items(), ("low_score", False), ("sender_failed", False), ("rules_disagree", False), ("reply", False)],
)
def test_one_in_triage_only_if_it_would_stand_there_as_well(reason: str, joins: bool) -> None:
    first = a_ticket(a_request(A, S.TRIAGE, reason=reason), question=reason)
    assert duplicates.first_of(new(a_request(A)), [first]) == (first if joins else None)


@pytest.mark.parametrize(
    ("first", "again", "joins"),
    [
        ([a_request(A)], [a_request(A)], True),
        ([a_request(A), a_request(D)], [a_request(D)], True),
        ([a_request(A)], [a_request(D)], False),
        ([a_request(A)], [a_request(A), a_request(D)], False),  # all of it, or a ticket of its own
        ([a_request(C, corrections=PHONE)], [a_request(C, corrections=PHONE)], True),
        ([a_request(C, corrections=PHONE)], [a_request(C)], True),
        ([a_request(C, corrections=PHONE)], [a_request(C, corrections=NAME)], False),
        ([a_request(C)], [a_request(C, corrections=NAME)], False),
        ([a_request(O, consents=("sms",))], [a_request(O, consents=("sms",))], True),
        # No consent named is all of them, and more than one.
        ([a_request(O, consents=("sms",))], [a_request(O)], False),
        ([], [a_request(A)], False),
        ([a_request(A)], [], False),
    ],
)
def test_a_mail_joins_what_asks_all_of_it(first: list[Request], again: list[Request], joins: bool) -> None:
    before = a_ticket(*first)
    assert duplicates.first_of(new(*again), [before]) == (before if joins else None)


@pytest.mark.parametrize(
    "changes",
    [
        {"question": "low_score"},
        {"question": "sender_failed", "trust": Trust.FAILED},
        {"requester": Requester(STRANGER)},  # the acknowledgement would tell the reference to somebody else
    ],
)
def test_an_unsure_mail_or_one_from_another_address_joins_nothing(changes: dict[str, object]) -> None:
    assert duplicates.first_of(new(a_request(A), **changes), [a_ticket(a_request(A))]) is None


def test_the_oldest_is_joined() -> None:
    tickets = [a_ticket(a_request(A), id=name) for name in "abc"]
    assert duplicates.first_of(new(a_request(A)), tickets) == tickets[0]


AGAIN = new(a_request(A), requester=Requester(ANNA.email, message_id="2@customer.example"))


def opened(*requests: Request) -> tuple[FakeUnit, Ticket]:
    """Return a unit and a ticket that was acknowledged, and about which Anna was asked."""
    unit = FakeUnit()
    ticket = a_ticket(*(requests or (a_request(A),)))
    ticket = identity.ask(unit, ticket, ANNA, ticket.having(S.RECEIVED), policy=POLICY, actor="")
    unit.written.append((ticket.id, "acknowledgement", NOW))
    return unit, ticket


def joined(
    unit: FakeUnit, ticket: Ticket, *, again: Ticket = AGAIN, persons: tuple[Person, ...] = (ANNA,), most: int = 5
) -> Ticket:
    open_ones = list(unit.tickets.values())
    limits = {"policy": POLICY, "challenges_a_day": most}
    duplicates.join(unit, "mail", ticket, again, persons=persons, open_ones=open_ones, **limits)
    return unit.tickets[ticket.id]


def test_the_acknowledgement_comes_again_once_a_day() -> None:
    unit, ticket = opened()
    for hours, count in ((1, 1), (2, 1), (24, 1), (26, 2), (49, 2), (51, 3)):
        unit.now = NOW + timedelta(hours=hours)
        ticket = joined(unit, ticket)
        assert unit.kinds.count("acknowledgement") == count


def test_what_was_never_acknowledged_is_not_now() -> None:
    unit = FakeUnit()
    ticket = unit.save(a_ticket(a_request(Right.WITHDRAWAL, S.CARRYING_OUT)), actor="")
    joined(unit, ticket)
    assert unit.letters == []


def ended(reason: str) -> tuple[FakeUnit, Ticket]:
    """Return Anna's ticket about a copy and an erasure whose challenge has ended without proof."""
    unit, ticket = opened(a_request(A), a_request(D))
    state = ChallengeState.EXPIRED if reason == "challenge_expired" else ChallengeState.FAILED
    unit.save_challenge(dataclasses.replace(unit.challenges[0], state=state))
    moved = (request.move(S.TRIAGE, reason=reason) for request in ticket.requests)
    return unit, unit.save(dataclasses.replace(ticket.replace(*moved), question=reason), actor="")


@pytest.mark.parametrize("reason", ["challenge_expired", "tries_used_up"])
def test_a_challenge_that_ended_is_sent_anew_about_what_is_asked_again(reason: str) -> None:
    unit, ticket = ended(reason)
    after = joined(unit, ticket)
    assert [(r.status, r.reason) for r in after.requests] == [(S.IDENTITY_ASKED, ""), (S.TRIAGE, reason)]
    assert after.question == reason  # of the erasure
    assert unit.kinds == ["challenge", "acknowledgement", "challenge"]
    assert unit.letters[-1].context["rights"] == ["access"]
    both = new(a_request(A), a_request(D), requester=AGAIN.requester)
    after = joined(unit, after, again=both)
    assert ([r.status for r in after.requests], after.question) == ([S.IDENTITY_ASKED, S.IDENTITY_ASKED], "")
    assert {one.requests for one in unit.open_challenges(ticket.id)} == {("access",), ("deletion",)}


def test_another_question_of_the_ticket_stays() -> None:
    unit, ticket = ended("tries_used_up")
    ticket = unit.save(dataclasses.replace(ticket, question="reply"), actor="")
    assert joined(unit, ticket).question == "reply"


def test_challenges_have_a_limit_a_day() -> None:
    unit, ticket = ended("challenge_expired")
    for _ in range(3):
        ticket = joined(unit, ticket, most=2)
        unit.challenges = []
        moved = (r.move(S.TRIAGE, reason="challenge_expired") for r in ticket.having(S.IDENTITY_ASKED))
        ticket = unit.save(ticket.replace(*moved), actor="")
    assert unit.kinds.count("challenge") == 2
    unit.now = NOW + timedelta(days=1)
    joined(unit, ticket, most=2)
    assert unit.kinds.count("challenge") == 3


def test_challenges_about_all_tickets_of_a_person_count_together() -> None:
    unit, ticket = ended("challenge_expired")
    other = unit.save(a_ticket(a_request(C), id="other", reference="R-22222"), actor="")
    unit.written += [(other.id, "challenge", NOW)] * 3
    assert joined(unit, ticket, most=4).requests == ticket.requests
    assert joined(unit, ticket, most=5).requests[0].status is S.IDENTITY_ASKED


@pytest.mark.parametrize("persons", [(), (BERND,), (ANNA, BERND)])
def test_only_the_person_who_was_asked_is_asked_again(persons: tuple[Person, ...]) -> None:
    unit, ticket = ended("challenge_expired")
    after = joined(unit, ticket, persons=persons)
    assert after == ticket
    assert unit.kinds == ["challenge", "acknowledgement"]
    card = unit.cards[f"again:{ticket.reference}"]
    assert card.content["reason"] == "duplicate"


def test_a_mail_after_the_end_finds_the_challenge_ended() -> None:
    unit, ticket = opened()
    unit.now = NOW + timedelta(hours=73)
    after = joined(unit, ticket, again=dataclasses.replace(AGAIN, received_at=unit.now))
    assert after.requests[0].status is S.IDENTITY_ASKED
    assert [one.state for one in unit.challenges] == [ChallengeState.EXPIRED, ChallengeState.OPEN]


def test_an_open_challenge_is_left_alone() -> None:
    unit, ticket = opened()
    challenge = unit.challenges[0]
    joined(unit, ticket)
    assert (unit.challenges, unit.tickets[ticket.id]) == ([challenge], ticket)
    assert "again:R-7KQ4M" not in unit.cards


def test_links_go_both_ways_and_end_somewhere() -> None:
    unit = FakeUnit()
    others = [
        unit.save(a_ticket(a_request(A), id=str(number), reference=f"R-{number}"), actor="")
        for number in range(LINKS_MOST + 1)
    ]
    linked = duplicates.link(unit, new(a_request(D)), others)
    assert linked.related == ("R-1", "R-2", "R-3", "R-4", "R-5")
    assert [ticket.related for ticket in unit.tickets.values()] == [(), *[("R-NNNNN",)] * LINKS_MOST]


def test_nothing_is_noted_where_there_is_nothing_to_link() -> None:
    unit = FakeUnit()
    assert duplicates.link(unit, AGAIN, []) == AGAIN
    assert unit.events == []
