"""The one answer of a ticket: written when the outcome of every request is known."""

import dataclasses
from collections.abc import Sequence
from datetime import timedelta

from handlers import letters
from handlers.by_right import HANDLERS
from handlers.desk import Section
from handlers.law.grounds import article_of
from handlers.policy import Policy
from handlers.ports import Unit
from handlers.tickets import Request, Status, Ticket

NOTHING_FOUND = "nothing_found"


def save(unit: Unit, ticket: Ticket, *, actor: str) -> Ticket:
    """Save a ticket, closed if its requests are settled and nobody is owed a letter."""
    if ticket.is_settled and not ticket.to_tell and not ticket.unsent and ticket.closed_at is None:
        ticket = dataclasses.replace(ticket, closed_at=unit.now, question="")
    return unit.save(ticket, actor=actor)


def save_and_answer(unit: Unit, ticket: Ticket, *, policy: Policy, actor: str) -> Ticket:
    """Save a ticket whose request was just settled; when it was the last one, queue the answer."""
    if not ticket.is_settled or not ticket.to_tell:
        return save(unit, ticket, actor=actor)
    return tell(unit, dataclasses.replace(ticket, question=""), policy=policy, actor=actor)


def tell(unit: Unit, ticket: Ticket, *, policy: Policy, actor: str) -> Ticket:
    """Save a ticket and queue the answer about every outcome that the person was not told yet."""
    outcomes = ticket.to_tell
    ticket = unit.save(ticket, actor=actor)  # a new ticket has its key, and the journal its moves, before the letter
    queued = unit.add_letter(ticket, _letter(unit, ticket, outcomes, policy=policy))
    ticket = ticket.replace(*(dataclasses.replace(request, told_in=queued.id) for request in outcomes))
    return unit.save(dataclasses.replace(ticket, unsent=(*ticket.unsent, queued.id)), actor=actor)


def _letter(unit: Unit, ticket: Ticket, outcomes: Sequence[Request], *, policy: Policy) -> letters.Letter:
    """Return the answer about some outcomes; whatever copy they give stays open from now on."""
    until = unit.now + timedelta(days=policy.copy_days)
    for request in outcomes:
        if request.link:
            unit.extend_link(request.link, until=until)
    language = policy.language(ticket.language)
    valid_until = policy.today(until)
    sections = [
        {**_section(request, language=language, policy=policy), "valid_until": valid_until} for request in outcomes
    ]
    return letters.answer(ticket, outcomes, sections=sections, policy=policy)


def _section(request: Request, *, language: str, policy: Policy) -> Section:
    base = {"right": str(request.right)}
    article = article_of(request.reason, request.right)
    if request.status is Status.REFUSED:
        return {**base, "template": "refusal", "ground": request.reason, "article": article}
    if request.reason == NOTHING_FOUND:
        return {**base, "template": NOTHING_FOUND, "article": article}
    filled = HANDLERS[request.right].section(request, language=language, policy=policy)
    return {**base, "template": str(request.right), **filled}


def answered(unit: Unit, ticket: Ticket, letter_id: str) -> Ticket:
    """Note that an answer has left; the ticket is done if that was the last one and every outcome is known."""
    told = [request for request in ticket.having(Status.CARRIED_OUT) if request.told_in == letter_id]
    unsent = tuple(one for one in ticket.unsent if one != letter_id)
    ticket = ticket.replace(*(request.move(Status.ANSWERED) for request in told))
    return save(unit, dataclasses.replace(ticket, unsent=unsent, answered_at=unit.now), actor="")
