"""Which tickets are of the same person, as far as that can be known without asking."""

from handlers.ports import Unit
from handlers.tickets import Ticket


def is_same_person(one: Ticket, other: Ticket) -> bool:
    """Are these tickets of the same person on file, or, where that is not known of both, from the same address?

    Two different persons on file are never the same, even behind one address: families share addresses, and lawyers
    write for many.
    """
    if one.person is not None and other.person is not None:
        return one.person.key == other.person.key
    return one.requester.address == other.requester.address


def other_open_tickets(unit: Unit, ticket: Ticket) -> list[Ticket]:
    """Return the other open tickets of a ticket's person, the oldest first."""
    found = unit.open_tickets_of(ticket.requester.address, ticket.person.key if ticket.person else "")
    return [other for other in found if other.id != ticket.id and is_same_person(ticket, other)]
