"""Lifting a restriction: the person is told first, and it ends some days later (GDPR Art. 18(3))."""

from datetime import timedelta

from handlers import letters
from handlers.policy import Policy
from handlers.ports import Unit
from handlers.staff import NotAllowed, Staff
from handlers.tickets import Ticket

# Time to object after the notice. The number is ours: the article only says "before".
LIFTED_AFTER = timedelta(days=3)


def announce(unit: Unit, ticket: Ticket, *, staff: Staff, policy: Policy) -> Ticket:
    """Tell the person that the restriction ends, and when (GDPR Art. 18(3)). Raises NotAllowed."""
    staff.require("approver")
    restriction = unit.restriction(ticket.id)
    if restriction is None or restriction.told_at is not None:
        raise NotAllowed("nothing_to_lift")
    lifted_on = policy.today(unit.now + LIFTED_AFTER)
    if unit.add_letter(ticket, letters.lifting(ticket, lifted_on=lifted_on, policy=policy)).is_held:
        raise NotAllowed("letter_incomplete")
    unit.save_restriction(restriction.tell(now=unit.now))
    unit.note("lifting.told", reference=ticket.reference, actor=staff.id, lifted_on=lifted_on.isoformat())
    return ticket
