"""After identity: plan each request, ask for approval where policy wants it, wait where it must."""

import dataclasses
from datetime import datetime, timedelta

from handlers import answering, letters
from handlers.by_right import HANDLERS
from handlers.crm import CrmError, CrmUnavailable, Person
from handlers.desk import Desk, NeedsPerson
from handlers.links import CANCEL, Link, new_token
from handlers.policy import Policy
from handlers.ports import Crm, Unit
from handlers.rights import Right
from handlers.tickets import Request, Status, Ticket


def plan(unit: Unit, ticket: Ticket, *, desk: Desk) -> Ticket:
    """Plan every identified request. Raises CrmUnavailable; then nothing was decided."""
    ticket = ticket.replace(*(_planned(unit, ticket, r, desk=desk) for r in ticket.having(Status.IDENTIFIED)))
    needs = next((r.reason for r in ticket.having(Status.TRIAGE)), "")
    if needs:
        ticket = dataclasses.replace(ticket, question=needs)
    return start(unit, ticket, policy=desk.policy, actor="")


def _planned(unit: Unit, ticket: Ticket, request: Request, *, desk: Desk) -> Request:
    prepared = _prepared(unit, ticket, request, desk=desk)
    if prepared.status is Status.IDENTIFIED and request.right in desk.policy.approvals:
        return prepared.move(Status.APPROVAL_ASKED)
    return prepared


def _prepared(unit: Unit, ticket: Ticket, request: Request, *, desk: Desk) -> Request:
    """Return the request with its plan, or in triage where nothing can be planned. Raises CrmUnavailable."""
    today = desk.policy.today(unit.now)
    try:
        _refuse_somebody_else(ticket.known_person, desk.crm)
        return HANDLERS[request.right].prepare(request, ticket.known_person, desk.crm, today=today)
    except NeedsPerson as problem:
        return request.move(Status.TRIAGE, reason=str(problem))
    except CrmUnavailable:
        raise
    except CrmError:
        return request.move(Status.TRIAGE, reason="carry_out_failed")


def _refuse_somebody_else(person: Person, crm: Crm) -> None:
    """Raise NeedsPerson if the person's key leads to another name or address by now: it may have been given away."""
    found = crm.person(person.key)
    if found is not None and (found.email, found.name) != (person.email, person.name):
        raise NeedsPerson("another_person")


def replan(unit: Unit, ticket: Ticket, request: Request, *, desk: Desk) -> Ticket:
    """Plan one request again whose data changed since it was approved, and ask for approval again."""
    prepared = _prepared(unit, ticket, request, desk=desk)
    if prepared.status is Status.TRIAGE:
        ticket = dataclasses.replace(ticket, question=prepared.reason)
    else:
        prepared = prepared.move(Status.APPROVAL_ASKED, approved_by="")
    return unit.save(ticket.replace(prepared), actor="")


def start(unit: Unit, ticket: Ticket, *, policy: Policy, actor: str) -> Ticket:
    """Let identified requests that need no approval begin: at once, or after the waiting period."""
    return begin(unit, ticket, ticket.having(Status.IDENTIFIED), policy=policy, actor=actor)


def begin(unit: Unit, ticket: Ticket, requests: tuple[Request, ...], *, policy: Policy, actor: str) -> Ticket:
    """Move approved requests on: erasures wait (and say so to the person), everything else is carried out."""
    cancellable = []
    due_at = unit.now + timedelta(days=policy.waiting_days)
    for request in requests:
        if request.right is Right.DELETION and policy.waiting_days:
            cancellable.append(request.move(Status.WAITING, due_at=due_at, approved_by=actor))
        else:
            moved = request.move(Status.CARRYING_OUT, due_at=unit.now, approved_by=actor)
            ticket = ticket.replace(moved)
    ticket = answering.save(unit, ticket.replace(*cancellable), actor=actor)
    for request in cancellable:
        _announce(unit, ticket, request, due_at=due_at, policy=policy)
    return ticket


def _announce(unit: Unit, ticket: Ticket, request: Request, *, due_at: datetime, policy: Policy) -> None:
    token = new_token()
    unit.add_link(Link(token, CANCEL, ticket.id, request.id, due_at))
    unit.add_letter(ticket, letters.waiting(ticket, ticket.known_person, token=token, due_at=due_at, policy=policy))


def end_waiting(unit: Unit, ticket: Ticket) -> Ticket:
    """Begin the erasures whose waiting period is over."""
    due = [r for r in ticket.having(Status.WAITING) if r.due_at is not None and r.due_at <= unit.now]
    for request in due:
        unit.drop_links(request.id, kind=CANCEL)
    return unit.save(ticket.replace(*(r.move(Status.CARRYING_OUT, due_at=unit.now) for r in due)), actor="")


def cancel(unit: Unit, token: str, *, policy: Policy, actor: str) -> Ticket | None:
    """Cancel an erasure by its link, and answer what else was asked; None if the link is not, or no longer, open."""
    link = unit.link(token, kind=CANCEL)
    ticket = unit.ticket(link.ticket_id) if link else None
    request = ticket.request(link.request_id) if link and ticket else None
    if ticket is None or request is None or request.status is not Status.WAITING:
        return None
    unit.drop_links(request.id, kind=CANCEL)
    withdrawn = ticket.replace(request.move(Status.WITHDRAWN))
    return answering.save_and_answer(unit, withdrawn, policy=policy, actor=actor)
