"""Ending the restrictions of which the people were told some days ago."""

import logging

from bot.cases import Cases
from handlers import restriction
from handlers.cards import failure_card
from handlers.crm import CrmError, CrmUnavailable
from handlers.lifting import LIFTED_AFTER
from handlers.restrictions import Restriction
from handlers.tickets import Ticket
from storage import restrictions

log = logging.getLogger(__name__)


def lift_due(cases: Cases) -> None:
    """End every restriction whose notice has left and whose days are over; what the CRM refuses, a person sees."""
    with cases.store.database.read() as connection:
        told = restrictions.told_before(connection, cases.clock() - LIFTED_AFTER)
    for ticket_id in told:
        try:
            _lift(cases, ticket_id)
        except CrmUnavailable:
            return  # with the next tick
        except CrmError as problem:
            log.warning("lift.failed problem=%s", type(problem).__name__)
            _ask_person(cases, ticket_id, problem)


def _lift(cases: Cases, ticket_id: str) -> None:
    found = _found(cases, ticket_id)
    if found is None:
        return
    ticket, one = found
    ended = restriction.lift(one, cases.desk.crm, ticket.known_person, now=cases.clock())
    with cases.unit() as unit:
        unit.save_restriction(ended)
        unit.note("lifted", reference=ticket.reference)


def _found(cases: Cases, ticket_id: str) -> tuple[Ticket, Restriction] | None:
    """Return the ticket and its restriction; None while the notice has not left."""
    with cases.store.unit(now=cases.clock()) as unit:
        ticket, one = unit.ticket(ticket_id), unit.restriction(ticket_id)
        return (ticket, one) if ticket and one and not unit.has_unsent(ticket_id) else None


def _ask_person(cases: Cases, ticket_id: str, problem: CrmError) -> None:
    with cases.unit() as unit:
        ticket = unit.ticket(ticket_id)
        if ticket is not None:
            topic, detail = f"lift:{ticket.reference}", type(problem).__name__
            unit.put_card(failure_card(ticket, topic=topic, reason="lift_failed", detail=detail), once=True)
