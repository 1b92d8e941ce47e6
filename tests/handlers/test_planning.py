"""Planning: what is counted before anybody approves, what begins at once, what waits and can be cancelled."""

import dataclasses
from datetime import date, timedelta

import pytest

from handlers import planning
from handlers.crm import CrmError, CrmIncomplete, CrmUnavailable, Person
from handlers.links import CANCEL
from handlers.rights import Right
from handlers.tickets import Request, Status, Ticket
from tests.fakes import FakeCrm, FakeUnit, a_desk
from tests.people import ANNA, CHANGE, NOW, OLGA, PLAN, POLICY, a_request, a_ticket

S = Status
FREE = dataclasses.replace(POLICY, approvals=frozenset())


def saved(*requests: Request) -> tuple[FakeUnit, Ticket]:
    unit = FakeUnit()
    return unit, unit.save(a_ticket(*requests), actor="")


def moved(ticket: Ticket | None) -> list[tuple[str, Status, str]]:
    assert ticket is not None
    return [(request.right, request.status, request.reason) for request in ticket.requests]


def test_everything_is_planned_and_waits_for_approval() -> None:
    crm = FakeCrm()
    rights = (Right.ACCESS, Right.PORTABILITY, Right.CORRECTION, Right.DELETION, Right.RESTRICTION)
    unit, ticket = saved(*(a_request(right, S.IDENTIFIED) for right in rights), a_request(Right.OBJECTION, S.ANSWERED))
    ticket = planning.plan(unit, ticket, desk=a_desk(crm=crm))
    assert moved(ticket) == [(right, S.APPROVAL_ASKED, "") for right in rights] + [("objection", S.ANSWERED, "")]
    access, portability, correction, deletion, _, _ = ticket.requests
    assert [table.rows for table in access.tables] == [1, 2]
    assert [table.rows for table in portability.tables] == [1]  # orders were not provided by the person
    assert (correction.changes, deletion.plan) == ((CHANGE,), PLAN)
    assert ("plan_deletion", ANNA.key, date(2026, 11, 23)) in crm.calls
    assert (unit.kinds, ticket.question) == ([], "")


@pytest.mark.parametrize(
    ("right", "crm", "reason"),
    [
        (Right.CORRECTION, FakeCrm(changes=()), "nothing_to_correct"),
        (Right.DELETION, FakeCrm(problem=CrmError()), "carry_out_failed"),
        (Right.ACCESS, FakeCrm(problem=CrmIncomplete()), "carry_out_failed"),
    ],
)
def test_what_cannot_be_planned_goes_to_a_person(right: Right, crm: FakeCrm, reason: str) -> None:
    unit, ticket = saved(a_request(right, S.IDENTIFIED), a_request(Right.RESTRICTION, S.IDENTIFIED))
    ticket = planning.plan(unit, ticket, desk=a_desk(crm=crm))
    beside = (S.TRIAGE, reason) if crm.problem else (S.APPROVAL_ASKED, "")
    assert moved(ticket) == [(right, S.TRIAGE, reason), ("restriction", *beside)]
    assert ticket.question == reason


@pytest.mark.parametrize(
    "found",
    [dataclasses.replace(ANNA, name="Mia Novak"), dataclasses.replace(ANNA, email="mia@example.org")],
)
def test_a_key_that_was_given_to_somebody_else_goes_to_a_person(found: Person) -> None:
    # An erasure commits, the process is killed, the CRM gives the key away: the next plan would be Mia's.
    crm = FakeCrm(persons=(found,))
    unit, ticket = saved(a_request(Right.DELETION, S.CARRYING_OUT, plan=PLAN))
    ticket = planning.replan(unit, ticket, ticket.requests[0], desk=a_desk(crm=crm))
    assert moved(ticket) == [("deletion", S.TRIAGE, "another_person")]
    assert ticket.question == "another_person"
    assert [call[0] for call in crm.calls] == ["person"]


def test_without_crm_nothing_is_decided() -> None:
    unit, ticket = saved(a_request(Right.ACCESS, S.IDENTIFIED))
    with pytest.raises(CrmUnavailable):
        planning.plan(unit, ticket, desk=a_desk(crm=FakeCrm(problem=CrmUnavailable())))
    assert unit.tickets[ticket.id] == ticket


def test_what_needs_no_approval_begins_at_once_but_an_erasure_waits() -> None:
    unit, ticket = saved(a_request(Right.ACCESS, S.IDENTIFIED), a_request(Right.DELETION, S.IDENTIFIED))
    ticket = planning.plan(unit, ticket, desk=a_desk(policy=FREE))
    access, deletion = ticket.requests
    assert (access.status, access.due_at, access.attempt) == (S.CARRYING_OUT, NOW, 1)
    assert (deletion.status, deletion.due_at, deletion.plan) == (S.WAITING, NOW + timedelta(days=3), PLAN)
    [letter] = unit.letters
    assert (letter.kind, letter.to, letter.context["carried_out_on"]) == ("waiting", ANNA.email, date(2026, 11, 26))
    [link] = unit.links.values()
    assert (link.kind, link.request_id, link.expires_at) == (CANCEL, "deletion", deletion.due_at)
    assert str(letter.context["url"]).endswith(f"/x/{link.token}")


def test_without_waiting_period_nobody_is_promised_one() -> None:
    unit, ticket = saved(a_request(Right.DELETION, S.APPROVAL_ASKED))
    policy = dataclasses.replace(POLICY, waiting_days=0)
    ticket = planning.begin(unit, ticket, ticket.requests, policy=policy, actor=OLGA.id)
    assert moved(ticket) == [("deletion", S.CARRYING_OUT, "")]
    assert (ticket.requests[0].approved_by, unit.letters, unit.links) == (OLGA.id, [], {})


def waiting(*others: Request) -> tuple[FakeUnit, str]:
    """Return a unit with an approved erasure that waits, and its link's token."""
    unit, ticket = saved(a_request(Right.DELETION, S.APPROVAL_ASKED, plan=PLAN), *others)
    planning.begin(unit, ticket, ticket.having(S.APPROVAL_ASKED), policy=POLICY, actor=OLGA.id)
    return unit, next(iter(unit.links))


@pytest.mark.parametrize(
    ("later", "status"),
    [(timedelta(days=3, seconds=-1), S.WAITING), (timedelta(days=3), S.CARRYING_OUT), (timedelta(9), S.CARRYING_OUT)],
)
def test_a_waiting_period_ends(later: timedelta, status: Status) -> None:
    unit, token = waiting()
    unit.now = NOW + later
    [ticket] = unit.tickets.values()
    ticket = planning.end_waiting(unit, ticket)
    assert moved(ticket) == [("deletion", status, "")]
    assert ticket.requests[0].approved_by == OLGA.id
    assert (token in unit.links) == (status is S.WAITING)


def test_a_cancelled_erasure_is_withdrawn_and_the_ticket_closed() -> None:
    unit, token = waiting()
    ticket = planning.cancel(unit, token, policy=POLICY, actor="person")
    assert ticket is not None
    assert (moved(ticket), ticket.closed_at) == ([("deletion", S.WITHDRAWN, "")], NOW)
    assert unit.links == {}
    assert unit.kinds == ["waiting"]
    assert unit.entries[-1].actor == "person"
    assert planning.cancel(unit, token, policy=POLICY, actor="person") is None


def test_cancelling_the_last_open_request_answers_the_others() -> None:
    unit, token = waiting(a_request(Right.WITHDRAWAL, S.CARRIED_OUT))
    ticket = planning.cancel(unit, token, policy=POLICY, actor="person")
    assert moved(ticket) == [("deletion", S.WITHDRAWN, ""), ("withdrawal", S.CARRIED_OUT, "")]
    assert unit.kinds == ["waiting", "answer"]
    sections = unit.letters[-1].context["sections"]
    assert [section["right"] for section in sections] == ["withdrawal"]  # type: ignore[attr-defined]  # a list


@pytest.mark.parametrize(("token", "later"), [("wrong", timedelta(0)), ("", timedelta(0)), (None, timedelta(days=3))])
def test_nothing_else_cancels(token: str | None, later: timedelta) -> None:
    unit, real = waiting()
    unit.now = NOW + later
    assert planning.cancel(unit, real if token is None else token, policy=POLICY, actor="person") is None
    [ticket] = unit.tickets.values()
    assert moved(ticket) == [("deletion", S.WAITING, "")]


def test_a_new_plan_needs_a_new_approval() -> None:
    request = a_request(Right.DELETION, S.CARRYING_OUT, plan=PLAN, approved_by=OLGA.id, attempt=1)
    unit, ticket = saved(request)
    newer = dataclasses.replace(PLAN, fingerprint="0" * 16)
    ticket = planning.replan(unit, ticket, request, desk=a_desk(crm=FakeCrm(plan=newer), policy=FREE))
    again = a_request(Right.DELETION, S.APPROVAL_ASKED, plan=newer, attempt=1)
    assert ticket.requests == (again,)


@pytest.mark.parametrize(
    ("right", "crm", "reason"),
    [
        (Right.CORRECTION, FakeCrm(changes=()), "nothing_to_correct"),
        (Right.DELETION, FakeCrm(problem=CrmError()), "carry_out_failed"),
    ],
)
def test_what_can_no_longer_be_planned_goes_to_a_person(right: Right, crm: FakeCrm, reason: str) -> None:
    request = a_request(right, S.CARRYING_OUT, attempt=1)
    unit, ticket = saved(request)
    ticket = planning.replan(unit, ticket, request, desk=a_desk(crm=crm))
    assert (moved(ticket), ticket.question) == ([(right, S.TRIAGE, reason)], reason)
