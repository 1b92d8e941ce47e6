"""Setting a letter anew that was held back: after its template or the settings were mended."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from handlers import answering, letters
from handlers.policy import Policy
from handlers.ports import Unit
from handlers.tickets import TO_ANSWER, Ticket


def rewrite(unit: Unit, ticket: Ticket, kind: str, *, policy: Policy) -> None:
    """Queue a letter of one of the REWRITABLE kinds from what the ticket holds."""
    REWRITABLE[kind](unit, ticket, policy)


def _answer(unit: Unit, ticket: Ticket, policy: Policy) -> None:
    told = [request for request in ticket.having(*TO_ANSWER) if request.told]
    answering.write(unit, ticket, told, policy=policy)


def _acknowledgement(unit: Unit, ticket: Ticket, policy: Policy) -> None:
    unit.add_letter(ticket, letters.acknowledgement(ticket, policy=policy))


def _silence(unit: Unit, ticket: Ticket, policy: Policy) -> None:
    missing, closes_on = ticket.basis.waiting_for, ticket.closes_on
    if missing is not None and closes_on is not None:  # else the person has answered meanwhile
        unit.add_letter(ticket, letters.silence(ticket, missing=str(missing), closes_on=closes_on, policy=policy))


# The others carry a code, a link or words of the staff that are kept nowhere else: the step before them is repeated.
REWRITABLE: Mapping[str, Callable[[Unit, Ticket, Policy], None]] = MappingProxyType(
    {"answer": _answer, "acknowledgement": _acknowledgement, "silence": _silence}
)
