"""Setting a letter anew that was held back: after its template or the settings were mended."""

import dataclasses
from collections.abc import Callable, Mapping
from types import MappingProxyType

from handlers import answering, letters
from handlers.policy import Policy
from handlers.ports import Unit
from handlers.tickets import Ticket


def rewrite(unit: Unit, ticket: Ticket, letter_id: str, kind: str, *, policy: Policy) -> bool:
    """Queue a held letter anew from what its ticket holds; False where that is not possible, or nobody needs it."""
    way = _WAYS.get(kind)
    return way is not None and way(unit, ticket, letter_id, policy)


def _answer(unit: Unit, ticket: Ticket, letter_id: str, policy: Policy) -> bool:
    outcomes = [request for request in ticket.requests if request.told_in == letter_id]
    again = ticket.replace(*(dataclasses.replace(request, told_in="") for request in outcomes))
    again = dataclasses.replace(again, unsent=tuple(one for one in ticket.unsent if one != letter_id))
    if outcomes:
        answering.tell(unit, again, policy=policy, actor="")
    return bool(outcomes)


def _acknowledgement(unit: Unit, ticket: Ticket, _letter_id: str, policy: Policy) -> bool:
    unit.add_letter(ticket, letters.acknowledgement(ticket, policy=policy))
    return True


def _silence(unit: Unit, ticket: Ticket, _letter_id: str, policy: Policy) -> bool:
    missing, closes_on = ticket.basis.waiting_for, ticket.closes_on
    if missing is None or closes_on is None:  # the person has answered meanwhile
        return False
    unit.add_letter(ticket, letters.silence(ticket, missing=str(missing), closes_on=closes_on, policy=policy))
    return True


# The others carry a code, a link or words of the staff that are kept nowhere else: the step before them is repeated.
_WAYS: Mapping[str, Callable[[Unit, Ticket, str, Policy], bool]] = MappingProxyType(
    {"answer": _answer, "acknowledgement": _acknowledgement, "silence": _silence}
)
