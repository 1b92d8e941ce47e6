"""Staff: who they are, and what they may do."""

from dataclasses import dataclass

from handlers.rights import Right
from handlers.tickets import Status, Ticket


class NotAllowed(Exception):
    """The argument is a word of the catalogue, saying why not; `role` is the one that is missing, if that is why.

    `reference` is the ticket that it is about, where several were named.
    """

    def __init__(self, reason: str, *, role: str = "", reference: str = "") -> None:
        super().__init__(reason)
        self.role = role
        self.reference = reference


@dataclass(frozen=True)
class Staff:
    """A member of staff, by Slack user id; `address` is their own e-mail address, "" if unknown."""

    id: str
    roles: frozenset[str]
    address: str = ""

    def require(self, role: str) -> None:
        """Raise NotAllowed without the role."""
        if role not in self.roles:
            raise NotAllowed("not_allowed", role=role)


def may_approve(staff: Staff, ticket: Ticket) -> None:
    """Raise NotAllowed unless this person may approve the ticket.

    Nobody approves their own request, neither as the data subject nor as the one who opened it; and an erasure takes
    a second person after the one who decided that it was asked for.
    """
    staff.require("approver")
    addresses = ticket.addresses
    erasures = [r for r in ticket.having(Status.APPROVAL_ASKED) if r.right is Right.DELETION]
    decided = any(r.decided_by == staff.id for r in erasures)
    if staff.address in addresses or staff.id == ticket.opened_by or decided:
        raise NotAllowed("own_request")
