"""Merging and splitting at work: challenges that go along, answers that are due, and the journal of both tickets."""

import dataclasses
from datetime import timedelta

import pytest

from handlers import identity, regrouping
from handlers.crm import Person
from handlers.journal import Entry
from handlers.rights import Right
from handlers.staff import NotAllowed, may_approve
from handlers.tickets import Request, Requester, Status, Ticket
from tests.fakes import FakeUnit, a_desk
from tests.people import ANNA, GRETA, NOW, OLGA, PLAN, POLICY, SIMON, STRANGER, a_request, a_ticket

S = Status
A, D, W = Right.ACCESS, Right.DELETION, Right.WITHDRAWAL
LATER = NOW + timedelta(hours=1)
DESK = a_desk()


def opened(unit: FakeUnit, *requests: Request, person: Person | None = ANNA, **changes: object) -> Ticket:
    """Save a ticket, and ask about what was received if its person is on file."""
    ticket = unit.save(a_ticket(*requests, **{"person": person, **changes}), actor="")
    asked = ticket.having(S.RECEIVED)
    return identity.ask(unit, ticket, person, asked, policy=POLICY, actor="") if person and asked else ticket


def younger(unit: FakeUnit, *requests: Request, **changes: object) -> Ticket:
    named = (dataclasses.replace(request, id=f"young-{request.id}") for request in requests)
    times = {"received_at": LATER, "opened_at": LATER}
    return opened(unit, *named, **{"id": "younger", "reference": "R-22222", **times, **changes})


def merged(unit: FakeUnit, one: Ticket, other: Ticket) -> Ticket:
    return regrouping.merge(unit, one, other, staff=OLGA, policy=POLICY)


def states(ticket: Ticket) -> list[tuple[Right, Status]]:
    return [(request.right, request.status) for request in ticket.requests]


def code_in(unit: FakeUnit, number: int) -> str:
    letter = [letter for letter in unit.letters if letter.kind == "challenge"][number]
    return str(letter.context["code"])


def test_codes_of_both_letters_confirm_in_the_older_ticket() -> None:
    unit = FakeUnit()
    one, other = opened(unit, a_request(A)), younger(unit, a_request(D))
    ticket = merged(unit, one, other)
    assert states(ticket) == [(A, S.IDENTITY_ASKED), (D, S.IDENTITY_ASKED)]
    ticket = identity.answer_by_code(unit, ticket, text=code_in(unit, 1), arrived_at=NOW, desk=DESK) or ticket
    assert states(ticket) == [(A, S.IDENTITY_ASKED), (D, S.APPROVAL_ASKED)]
    ticket = identity.answer_by_code(unit, ticket, text=code_in(unit, 0), arrived_at=NOW, desk=DESK) or ticket
    assert states(ticket) == [(A, S.APPROVAL_ASKED), (D, S.APPROVAL_ASKED)]


def test_a_link_of_the_younger_confirms_what_goes_on_for_it() -> None:
    unit = FakeUnit()
    one, other = opened(unit, a_request(A)), younger(unit, a_request(A))
    merged(unit, one, other)
    token = str(unit.letters[-1].context["url"]).rpartition("/")[2]
    ticket = identity.answer_by_link(unit, token, desk=DESK)
    assert ticket is not None
    assert (ticket.id, states(ticket)) == (one.id, [(A, S.APPROVAL_ASKED)])


def test_both_histories_name_each_other_and_who_did_it() -> None:
    unit = FakeUnit()
    merged(unit, opened(unit, a_request(A)), younger(unit, a_request(D)))
    noted = [entry for entry in unit.entries if entry.event == "merged"]
    facts = {"rights": ["deletion"]}
    assert noted == [
        Entry(NOW, "merged", "R-7KQ4M", OLGA.id, {**facts, "took": "R-22222"}),
        Entry(NOW, "merged", "R-22222", OLGA.id, {**facts, "into": "R-7KQ4M"}),
    ]
    closed = unit.tickets["younger"]
    assert (closed.closed_at, closed.merged_into) == (NOW, "R-7KQ4M")
    assert unit.cards["ticket:R-22222"].content["ties"]["merged_into"] == "R-7KQ4M"
    assert unit.cards["ticket:R-7KQ4M"].content["ties"]["merged"] == ["R-22222"]
    assert unit.kinds == ["challenge", "challenge"]  # the person is told nothing new


def test_what_the_younger_has_settled_is_answered_now() -> None:
    unit = FakeUnit()
    one, other = opened(unit, a_request(A)), younger(unit, a_request(W, S.CARRIED_OUT), a_request(D))
    merged(unit, one, other)
    assert [section["right"] for section in unit.letters[-1].context["sections"]] == ["withdrawal"]
    assert unit.tickets["younger"].closed_at is None  # until it has left


def test_a_ticket_without_requests_closes_too() -> None:
    unit = FakeUnit()
    merged(unit, opened(unit, a_request(A)), younger(unit, question="unreadable"))
    assert unit.tickets["younger"].closed_at == NOW


def test_only_approvers_regroup() -> None:
    unit = FakeUnit()
    one, other = opened(unit, a_request(A), a_request(D)), younger(unit, a_request(D))
    before = dict(unit.tickets)
    with pytest.raises(NotAllowed, match="not_allowed"):
        regrouping.merge(unit, one, other, staff=GRETA, policy=POLICY)
    with pytest.raises(NotAllowed, match="not_allowed"):
        regrouping.split(unit, one, [A], staff=GRETA, policy=POLICY)
    assert unit.tickets == before


def test_nobody_approves_what_they_asked_from_another_address() -> None:
    unit = FakeUnit()
    one = opened(unit, a_request(A))
    asked = a_request(D, S.APPROVAL_ASKED, plan=PLAN)
    ticket = merged(unit, one, younger(unit, asked, requester=Requester(SIMON.address)))
    with pytest.raises(NotAllowed, match="own_request"):
        may_approve(SIMON, ticket)
    may_approve(OLGA, ticket)


def test_a_split_asks_about_what_left() -> None:
    unit = FakeUnit()
    ticket = opened(unit, a_request(A), a_request(D))
    unit.written.append((ticket.id, "acknowledgement", NOW))
    new = regrouping.split(unit, ticket, [D], staff=OLGA, policy=POLICY)
    left = unit.tickets[ticket.id]
    assert states(left) == [(A, S.IDENTITY_ASKED), (D, S.CLOSED)]
    assert states(new) == [(D, S.IDENTITY_ASKED)]
    assert [(letter.kind, letter.context["reference"]) for letter in unit.letters[1:]] == [
        ("acknowledgement", new.reference),
        ("challenge", new.reference),
    ]
    assert unit.letters[-1].context["rights"] == ["deletion"]
    # The first letter named both; it confirms what stayed, and nothing of what left.
    identity.answer_by_code(unit, left, text=code_in(unit, 0), arrived_at=NOW, desk=DESK)
    assert (states(unit.tickets[left.id])[0], states(unit.tickets[new.id])) == (
        (A, S.APPROVAL_ASKED),
        [(D, S.IDENTITY_ASKED)],
    )
    identity.answer_by_code(unit, new, text=code_in(unit, 1), arrived_at=NOW, desk=DESK)
    assert states(unit.tickets[new.id]) == [(D, S.APPROVAL_ASKED)]
    noted = [(entry.reference, entry.actor, dict(entry.data)) for entry in unit.entries if entry.event == "split"]
    assert noted == [
        (left.reference, OLGA.id, {"into": new.reference, "rights": ["deletion"]}),
        (new.reference, OLGA.id, {"out_of": left.reference, "rights": ["deletion"]}),
    ]


def test_a_split_of_what_was_never_acknowledged_tells_nobody() -> None:
    unit = FakeUnit()
    ticket = opened(unit, *(a_request(right, S.TRIAGE, reason="low_score") for right in (A, D)), question="low_score")
    new = regrouping.split(unit, ticket, [D], staff=OLGA, policy=POLICY)
    assert (unit.letters, new.question, unit.tickets[ticket.id].question) == ([], "low_score", "low_score")


def test_what_was_settled_is_answered_when_the_rest_leaves() -> None:
    unit = FakeUnit()
    ticket = opened(unit, a_request(W, S.CARRIED_OUT), a_request(A))
    regrouping.split(unit, ticket, [A], staff=OLGA, policy=POLICY)
    assert "answer" in unit.kinds


def test_a_merged_ticket_leads_to_where_it_goes_on() -> None:
    unit = FakeUnit()
    for reference, into in (("R-1", "R-2"), ("R-2", "R-3"), ("R-3", ""), ("R-4", "R-gone")):
        unit.save(a_ticket(id=reference, reference=reference, merged_into=into), actor="")
    found = [regrouping.goes_on_in(unit, unit.tickets[name]).reference for name in ("R-1", "R-2", "R-3", "R-4")]
    assert found == ["R-3", "R-3", "R-3", "R-4"]


def test_a_story_is_told_by_the_mails_of_all_its_tickets() -> None:
    unit = FakeUnit()
    for reference, merged_ones, split_from in (
        ("R-1", ("R-2", "R-3"), ""),
        ("R-2", (), "R-1"),  # split off, and merged again
        ("R-3", (), "R-4"),
        ("R-4", (), "R-gone"),
        ("R-5", (), ""),
    ):
        unit.save(a_ticket(id=reference, reference=reference, merged=merged_ones, split_from=split_from), actor="")
    stories = {name: {one.id for one in regrouping.sources(unit, unit.tickets[name])} for name in ("R-1", "R-2", "R-5")}
    assert stories == {"R-1": {"R-1", "R-2", "R-3", "R-4"}, "R-2": {"R-1", "R-2", "R-3", "R-4"}, "R-5": {"R-5"}}


def test_who_wrote_from_elsewhere_is_known_after_a_merge() -> None:
    unit = FakeUnit()
    ticket = merged(unit, opened(unit, a_request(A)), younger(unit, a_request(D), requester=Requester(STRANGER)))
    assert ticket.addresses == {ANNA.email, STRANGER}
