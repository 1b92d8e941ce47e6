"""What follows once it is clear what a ticket asks: by the recogniser, or by a person of the staff."""

import dataclasses
from collections.abc import Sequence

from handlers import answering, clocks, identity, letters, objection, planning
from handlers.crm import Person
from handlers.desk import Desk
from handlers.law.facts import Extension
from handlers.law.grounds import article_of
from handlers.law.regimes import PauseReason
from handlers.policy import Policy
from handlers.ports import Unit
from handlers.rights import STOP_RIGHTS, Right
from handlers.staff import NotAllowed, Staff, may_approve
from handlers.tickets import SETTLED, Request, Status, Ticket, new_id

CLARIFICATION = "clarification"
OPEN_FOR_REFUSAL = (Status.RECEIVED, Status.TRIAGE, Status.IDENTITY_ASKED, Status.APPROVAL_ASKED)


def proceed(unit: Unit, ticket: Ticket, persons: Sequence[Person], *, policy: Policy, actor: str) -> Ticket:
    """Acknowledge, stop what has to stop at once, and ask for proof of identity where the rest needs it."""
    stops, others = _split(ticket, decided=bool(actor))
    ticket = ticket.replace(*stops)
    ticket = dataclasses.replace(ticket, question=next((r.reason for r in stops if r.reason), ""))
    if not others:
        ticket = unit.save(ticket, actor=actor)
    elif len(persons) == 1:
        ticket = identity.ask(unit, ticket, persons[0], others, policy=policy, actor=actor)
    else:
        ticket = _unknown(unit, ticket, others, several=bool(persons), policy=policy, actor=actor)
    if (others or ticket.question) and not unit.was_written(ticket.id, "acknowledgement"):
        unit.add_letter(ticket, letters.acknowledgement(ticket, policy=policy))
    return ticket


def _split(ticket: Ticket, *, decided: bool) -> tuple[list[Request], list[Request]]:
    """Return the moved stop requests, and those that need identity."""
    stops, others = [], []
    for request in ticket.having(Status.RECEIVED, Status.TRIAGE):
        if request.right not in STOP_RIGHTS:
            others.append(request)
        elif request.right is Right.OBJECTION and not decided and not objection.is_marketing(request):
            stops.append(request.move(Status.TRIAGE, reason="not_marketing"))
        else:
            stops.append(request.move(Status.CARRYING_OUT, due_at=ticket.opened_at))
    return stops, others


def _unknown(
    unit: Unit, ticket: Ticket, requests: list[Request], *, several: bool, policy: Policy, actor: str
) -> Ticket:
    """Leave to a person what cannot be challenged; the sender must not learn which it was."""
    reason = "several_persons" if several else "unknown_sender"
    # The acknowledgement asks everybody alike to write from the address on file; so everybody's silence is alike too.
    ticket = clocks.asked(ticket, PauseReason.IDENTITY, at=unit.now, controller=policy.controller)
    moved = [request if request.status is Status.TRIAGE else request.move(Status.TRIAGE) for request in requests]
    ticket = ticket.replace(*(dataclasses.replace(request, reason=reason) for request in moved))
    return unit.save(dataclasses.replace(ticket, question=reason), actor=actor)


def decide(unit: Unit, ticket: Ticket, rights: Sequence[Right], *, staff: Staff, desk: Desk) -> Ticket:
    """Take a person's word for what a ticket asks; no rights: it asks nothing."""
    triage = ticket.having(Status.TRIAGE)
    dropped = [request.move(Status.CLOSED) for request in triage if request.right not in rights]
    decided = [dataclasses.replace(request, decided_by=staff.id) for request in triage if request.right in rights]
    there = {request.right for request in ticket.requests if request.status not in SETTLED}
    added = tuple(
        Request(new_id(), right, Status.TRIAGE, decided_by=staff.id) for right in rights if right not in there
    )
    ticket = ticket.replace(*dropped, *decided)
    ticket = dataclasses.replace(ticket, requests=(*ticket.requests, *added), decided_by=staff.id)
    controller = desk.policy.controller
    ticket = clocks.reckoned(ticket, controller=controller)
    ticket = clocks.answered(ticket, PauseReason.CLARIFICATION, at=unit.now, controller=controller)
    unit.note("decided", reference=ticket.reference, actor=staff.id, rights=[str(right) for right in rights])
    if not rights:
        return _dismiss(unit, dataclasses.replace(ticket, question=""), dropped, policy=desk.policy, actor=staff.id)
    persons = desk.crm.find_by_email(ticket.requester.address)
    return proceed(unit, ticket, persons, policy=desk.policy, actor=staff.id)


def _dismiss(unit: Unit, ticket: Ticket, dropped: Sequence[Request], *, policy: Policy, actor: str) -> Ticket:
    """Close what was asked in doubt; where nothing was, the question was about a reply, and all goes on as it was."""
    if not dropped:
        return unit.save(ticket, actor=actor)
    return answering.save_and_answer(unit, ticket, policy=policy, actor=actor)


def approve(unit: Unit, ticket: Ticket, *, staff: Staff, policy: Policy) -> Ticket:
    """Approve what waits for approval, as planned. Raises NotAllowed with the reason word."""
    waiting = ticket.having(Status.APPROVAL_ASKED)
    if not waiting:
        raise NotAllowed("nothing_to_approve")
    may_approve(staff, ticket)
    unit.note("approved", reference=ticket.reference, actor=staff.id, rights=[str(r.right) for r in waiting])
    return planning.begin(unit, ticket, waiting, policy=policy, actor=staff.id)


def refuse(unit: Unit, ticket: Ticket, ground: str, *, staff: Staff, policy: Policy) -> Ticket:
    """Refuse what is not carried out yet, as far as the ground holds against it. Raises NotAllowed with the reason."""
    staff.require("approver")
    if not ticket.having(*OPEN_FOR_REFUSAL):
        raise NotAllowed("nothing_to_refuse")
    open_ones = [request for request in ticket.having(*OPEN_FOR_REFUSAL) if article_of(ground, request.right)]
    if not open_ones:
        raise NotAllowed("wrong_ground")
    unit.note("refused", reference=ticket.reference, actor=staff.id, ground=ground)
    if ground == answering.NOTHING_FOUND:
        moved = [_nothing_found(request) for request in open_ones]
    else:
        moved = [request.move(Status.REFUSED, reason=ground) for request in open_ones]
    ticket = dataclasses.replace(ticket.replace(*moved), decided_by=staff.id)
    return answering.save_and_answer(unit, ticket, policy=policy, actor=staff.id)


def _nothing_found(request: Request) -> Request:
    """Only a request whose sender nobody found can be answered so. Raises NotAllowed."""
    if request.status is not Status.TRIAGE or request.reason != "unknown_sender":
        raise NotAllowed("nothing_to_refuse")
    return request.move(Status.CARRIED_OUT, reason=answering.NOTHING_FOUND)


def clarify(unit: Unit, ticket: Ticket, question: str, *, staff: Staff, policy: Policy) -> Ticket:
    """Ask the person what is meant, and wait for the answer (GDPR recital 63). Raises NotAllowed."""
    staff.require("agent")
    if ticket.closed_at or not ticket.having(Status.TRIAGE):
        raise NotAllowed("nothing_to_clarify")
    ticket = clocks.asked(ticket, PauseReason.CLARIFICATION, at=unit.now, controller=policy.controller)
    ticket = unit.save(dataclasses.replace(ticket, question=CLARIFICATION), actor=staff.id)
    unit.note("clarification.asked", reference=ticket.reference, actor=staff.id)
    _send(unit, ticket, letters.clarification(ticket, question, policy=policy))
    return ticket


def _send(unit: Unit, ticket: Ticket, letter: letters.Letter) -> None:
    """Queue a letter that is the deed itself: held back, nothing must have happened. Raises NotAllowed."""
    if unit.add_letter(ticket, letter).is_held:
        raise NotAllowed("letter_incomplete")


def extend(
    unit: Unit, ticket: Ticket, extension: Extension, explanation: str, *, staff: Staff, policy: Policy
) -> Ticket:
    """Take the longer period and tell the person why (GDPR Art. 12(3) s. 2). Raises NotAllowed."""
    staff.require("approver")
    if ticket.closed_at or ticket.is_settled:
        raise NotAllowed("is_settled")
    ticket = unit.save(clocks.extended(ticket, extension, controller=policy.controller), actor=staff.id)
    reasons = [str(reason) for reason in extension.reasons]
    unit.note("extended", reference=ticket.reference, actor=staff.id, reasons=reasons)
    respond_by = ticket.clock.last_date
    letter = letters.extension(ticket, reasons=reasons, explanation=explanation, respond_by=respond_by, policy=policy)
    _send(unit, ticket, letter)
    # A refusal of one right cannot wait for the others (GDPR Art. 12(4)).
    return answering.tell(unit, ticket, policy=policy, actor=staff.id) if ticket.to_tell else ticket


def choose_law(unit: Unit, ticket: Ticket, law: str, *, staff: Staff, policy: Policy) -> Ticket:
    """Put a ticket under another law, so that its dates follow. Raises NotAllowed, UnknownRegime."""
    staff.require("approver")
    if ticket.closed_at:
        raise NotAllowed("is_settled")
    ticket = clocks.choose(ticket, controller=policy.controller, staff_choice=law)
    return unit.save(ticket, actor=staff.id)
