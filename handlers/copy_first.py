"""An erasure waits for the copy that the same person wants of the data, whichever ticket asks for it."""

import dataclasses

from handlers.ports import Unit
from handlers.rights import COPY_RIGHTS, Right
from handlers.same_person import other_open_tickets
from handlers.tickets import Request, Status, Ticket, blocks_deletion

# A copy in another ticket holds up an erasure only once its identity is confirmed. Else anybody who writes a mail in
# somebody's name, or a request that its sender forgot, would hold up for ever what was confirmed and approved.
CONFIRMED = frozenset({Status.IDENTIFIED, Status.APPROVAL_ASKED, Status.CARRYING_OUT})


def waits_for_copy(unit: Unit, ticket: Ticket) -> bool:
    """Must an erasure of this ticket wait, because its person is still to get a copy, here or in another ticket?"""
    if blocks_deletion(ticket):
        return True
    return any(_is_owed(request) for other in other_open_tickets(unit, ticket) for request in other.requests)


def _is_owed(request: Request) -> bool:
    # One that failed was confirmed before, and the staff were told; it stands in triage, but must not be lost.
    has_failed = request.status is Status.TRIAGE and request.reason == "carry_out_failed"
    return request.right in COPY_RIGHTS and (request.status in CONFIRMED or has_failed)


def wake_deletions(unit: Unit, ticket: Ticket) -> Ticket:
    """Make erasures due that waited for a copy of this ticket; those in others are saved, its own are returned."""
    for other in other_open_tickets(unit, ticket):
        woken = _woken(unit, other)
        if woken != other:
            unit.save(woken, actor="")
    return _woken(unit, ticket)


def _woken(unit: Unit, ticket: Ticket) -> Ticket:
    if blocks_deletion(ticket):
        return ticket
    held = [r for r in ticket.having(Status.CARRYING_OUT) if r.right is Right.DELETION and not r.started]
    return ticket.replace(*(dataclasses.replace(request, due_at=unit.now) for request in held))
