"""Carrying out one request on the CRM: note the intent, do it, note the result; each may be repeated."""

import dataclasses
from datetime import timedelta

from handlers import answering, planning
from handlers.by_right import HANDLERS
from handlers.cards import failure_card
from handlers.copy_first import waits_for_copy, wake_deletions
from handlers.crm import Author, CrmConflict, CrmError, CrmIncomplete, Done
from handlers.desk import Desk, Job, Outcome
from handlers.journal import SYSTEM
from handlers.ports import Unit
from handlers.rights import COPY_RIGHTS, Right
from handlers.tickets import Request, Status, Ticket
from handlers.withdrawal import consents_of

LOOK_AGAIN = timedelta(hours=1)


def intend(unit: Unit, ticket_id: str, request_id: str, *, attempt: int, desk: Desk) -> Job | None:
    """Note the intent; None if there is nothing to do (done already, another attempt, or a copy comes first)."""
    ticket = unit.ticket(ticket_id)
    request = ticket.request(request_id) if ticket else None
    if ticket is None or request is None:
        return None
    if request.status is not Status.CARRYING_OUT or request.attempt != attempt:
        return None
    # What has begun is brought to its end: the rows that it erased cannot be copied any more.
    if request.right is Right.DELETION and not request.started and waits_for_copy(unit, ticket):
        # The copy, once made, wakes the erasure; this is the net below it.
        unit.save(ticket.replace(dataclasses.replace(request, due_at=unit.now + LOOK_AGAIN)), actor="")
        return None
    resumed = request.started
    if not resumed:
        request = dataclasses.replace(request, started=True)
        ticket = unit.save(ticket.replace(request), actor="")
        unit.note("carrying_out", reference=ticket.reference, right=request.right, attempt=attempt)
    author = Author(request.approved_by or SYSTEM, ticket.reference)
    return Job(ticket, request, desk.crm.signed(author), desk.policy, unit.now, resumed)


def do(job: Job) -> Outcome | CrmError:
    """Do it on the CRM. Raises CrmUnavailable for another try later; other CRM problems are returned."""
    try:
        return HANDLERS[job.request.right].carry_out(job)
    except CrmError as problem:
        if problem.temporary:
            raise
        return problem


def conclude(unit: Unit, job: Job, outcome: Outcome | CrmError, *, desk: Desk) -> Ticket | None:
    """Note the result, and answer if it was the last; None if somebody noted it before."""
    ticket = unit.ticket(job.ticket.id)
    request = ticket.request(job.request.id) if ticket else None
    if ticket is None or request is None or request.status is not Status.CARRYING_OUT:
        return None
    if isinstance(outcome, CrmError):
        return _failed(unit, ticket, request, outcome, desk=desk)
    if outcome.link:
        unit.add_link(outcome.link)
    _remember(unit, ticket, outcome)
    _note(unit, ticket, request, outcome.request.done)
    moved = outcome.request.move(Status.CARRIED_OUT)
    ticket = ticket.replace(moved)
    if request.right in COPY_RIGHTS:
        ticket = wake_deletions(unit, ticket)
    return answering.save_and_answer(unit, ticket, policy=desk.policy, actor="")


def _remember(unit: Unit, ticket: Ticket, outcome: Outcome) -> None:
    """Remember what must survive a restore of the CRM, in the same commit as the result itself."""
    request, done = outcome.request, outcome.request.done or Done(())
    if outcome.suppressed:
        consents = consents_of(request)
        unit.suppress(outcome.suppressed, consents, known_by=done.identifiers)
        unit.keep_consents(outcome.suppressed, request.right, consents, done, reference=ticket.reference)
    if outcome.restricted:
        unit.save_restriction(outcome.restricted)
    if outcome.erased:
        unit.remember_erased(outcome.erased, reference=ticket.reference)


def _note(unit: Unit, ticket: Ticket, request: Request, done: Done | None) -> None:
    rows = {f"{step.table}:{step.action}": step.rows for step in done.steps} if done else {}
    unit.note("carried_out", reference=ticket.reference, right=request.right, rows=rows)


def _failed(unit: Unit, ticket: Ticket, request: Request, problem: CrmError, *, desk: Desk) -> Ticket:
    """Ask for approval of a new plan after a conflict, and for a person after anything else."""
    unit.note("carrying_out_failed", reference=ticket.reference, right=request.right, problem=type(problem).__name__)
    if isinstance(problem, CrmConflict):
        return planning.replan(unit, ticket, request, desk=desk)
    places = problem.places if isinstance(problem, CrmIncomplete) else ()
    detail = ", ".join(places) or type(problem).__name__
    topic = f"failed:{ticket.reference}:{request.right}:{request.attempt}"
    unit.put_card(failure_card(ticket, topic=topic, reason="carry_out_failed", detail=detail))
    moved = request.move(Status.TRIAGE, reason="carry_out_failed")
    return unit.save(dataclasses.replace(ticket.replace(moved), question="carry_out_failed"), actor="")
