"""Ending the restrictions of which the people were told some days ago."""

import logging

from bot.cases import Cases
from handlers import restriction
from handlers.cards import failure_card
from handlers.crm import CrmError, CrmUnavailable, Person
from handlers.lifting import LIFTED_AFTER
from handlers.mailheaders import normalise_address
from handlers.ports import ADDRESS
from handlers.restrictions import Restriction
from handlers.tickets import Ticket
from storage import restrictions, suppressions

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
    with cases.store.database.read() as connection:
        others = restrictions.others_in_force(connection, ticket_id)
    ended: tuple[Restriction, ...]
    if others:
        ended = restriction.hand_over(one, others[0], now=cases.clock())
    else:
        crm, objected = cases.desk.crm, _has_objected(cases, ticket.known_person)
        ended = (restriction.lift(one, crm, ticket.known_person, now=cases.clock(), objected=objected),)
    with cases.unit() as unit:
        for state in ended:
            unit.save_restriction(state)
        unit.note("lifted", reference=ticket.reference)


def _has_objected(cases: Cases, person: Person) -> bool:
    """Are all mailings stopped to an address of the person's, as it was in the ticket or is now?"""
    now = cases.desk.crm.person(person.key) or person
    hashes = [cases.store.keyring.lookup(ADDRESS, normalise_address(each.email)) for each in (person, now)]
    with cases.store.database.read() as connection:
        stopped = suppressions.since(connection, hashes)
    return any(suppressions.EVERYTHING in consents for consents in stopped.values())


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
