"""An erasure waits for a copy in any ticket of the same person, and is woken by it; but not for ever."""

import dataclasses
import itertools
from datetime import timedelta

import pytest

from handlers import carrying_out
from handlers.carrying_out import LOOK_AGAIN
from handlers.copy_first import waits_for_copy
from handlers.crm import Person
from handlers.rights import COPY_RIGHTS, Right
from handlers.tickets import Request, Requester, Status, Ticket
from tests.fakes import FakeUnit, a_desk
from tests.people import ANNA, BERND, NOW, PLAN, STRANGER, a_request, a_ticket

S = Status
ERASURE = a_request(Right.DELETION, S.CARRYING_OUT, plan=PLAN, attempt=1, due_at=NOW)
COPYING = a_request(Right.ACCESS, S.CARRYING_OUT, attempt=1, due_at=NOW)
# Said a second time on purpose: identity is confirmed, and the copy is not made.
HOLDS_UP = {S.IDENTIFIED, S.APPROVAL_ASKED, S.CARRYING_OUT}


def saved(*others: Ticket, erasure: Request = ERASURE) -> tuple[FakeUnit, Ticket]:
    """Return a unit with these tickets, and the one with the erasure."""
    unit = FakeUnit()
    for other in others:
        unit.save(other, actor="")
    return unit, unit.save(a_ticket(erasure), actor="")


def elsewhere(request: Request, **changes: object) -> Ticket:
    return a_ticket(request, **{"id": "other", "reference": "R-22222", **changes})


@pytest.mark.parametrize(("right", "status"), list(itertools.product(Right, S)))
def test_a_copy_elsewhere_is_waited_for_once_identity_is_confirmed(right: Right, status: Status) -> None:
    unit, ticket = saved(elsewhere(a_request(right, status)))
    assert waits_for_copy(unit, ticket) is (right in COPY_RIGHTS and status in HOLDS_UP)


@pytest.mark.parametrize(("reason", "waits"), [("carry_out_failed", True), ("challenge_expired", False)])
def test_in_triage_only_one_that_failed_is_waited_for(reason: str, waits: bool) -> None:
    unit, ticket = saved(elsewhere(a_request(Right.ACCESS, S.TRIAGE, reason=reason)))
    assert waits_for_copy(unit, ticket) is waits


@pytest.mark.parametrize(
    ("person", "address", "waits"),
    [(ANNA, STRANGER, True), (BERND, ANNA.email, False), (BERND, BERND.email, False)],
)
def test_only_for_the_same_person(person: Person, address: str, waits: bool) -> None:
    unit, ticket = saved(elsewhere(COPYING, person=person, requester=Requester(address)))
    assert waits_for_copy(unit, ticket) is waits


def intended(unit: FakeUnit, ticket: Ticket, request: Request) -> carrying_out.Job | None:
    return carrying_out.intend(unit, ticket.id, request.id, attempt=request.attempt, desk=a_desk())


def test_the_copy_wakes_the_erasure_in_the_other_ticket() -> None:
    unit, ticket = saved(elsewhere(COPYING))
    assert intended(unit, ticket, ERASURE) is None
    assert unit.tickets[ticket.id].requests == (dataclasses.replace(ERASURE, due_at=NOW + LOOK_AGAIN),)
    job = intended(unit, unit.tickets["other"], COPYING)
    assert job
    unit.now = NOW + timedelta(minutes=5)
    carrying_out.conclude(unit, job, carrying_out.do(job), desk=a_desk())
    assert unit.tickets[ticket.id].requests == (dataclasses.replace(ERASURE, due_at=unit.now),)
    assert intended(unit, ticket, ERASURE)


def test_a_copy_wakes_nothing_that_waits_for_another_copy_or_has_begun() -> None:
    begun = dataclasses.replace(ERASURE, id="begun", started=True)
    unit, ticket = saved(elsewhere(COPYING), a_ticket(begun, id="begun", reference="R-33333"))
    held = unit.save(
        dataclasses.replace(ticket, requests=(ERASURE, a_request(Right.PORTABILITY, S.APPROVAL_ASKED))), actor=""
    )
    job = intended(unit, unit.tickets["other"], COPYING)
    assert job
    unit.now = NOW + timedelta(minutes=5)
    carrying_out.conclude(unit, job, carrying_out.do(job), desk=a_desk())
    assert unit.tickets[ticket.id] == held
    assert unit.tickets["begun"].requests == (begun,)


def test_an_erasure_that_has_begun_is_brought_to_its_end() -> None:
    begun = dataclasses.replace(ERASURE, started=True)
    unit, ticket = saved(elsewhere(COPYING), erasure=begun)
    job = intended(unit, ticket, begun)
    assert job
    assert job.resumed
