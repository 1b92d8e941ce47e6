"""Staff: who may approve what, and that nobody approves their own request."""

import dataclasses

import pytest

from handlers.rights import Right
from handlers.staff import NotAllowed, Staff, may_approve
from handlers.tickets import Requester, Status, Ticket
from tests.people import ANNA_AT_WORK, BERND, GRETA, GUEST, OLGA, SIMON, a_request, a_ticket

ERASURE = a_ticket(a_request(Right.DELETION, Status.APPROVAL_ASKED))
COPY = a_ticket(a_request(Right.ACCESS, Status.APPROVAL_ASKED), a_request(Right.DELETION, Status.WAITING))
DECIDED = a_ticket(a_request(Right.DELETION, Status.APPROVAL_ASKED, decided_by=OLGA.id))
DECIDED_COPY = a_ticket(
    a_request(Right.ACCESS, Status.APPROVAL_ASKED, decided_by=OLGA.id),
    a_request(Right.DELETION, Status.WAITING, decided_by=OLGA.id),
)


@pytest.mark.parametrize(
    ("staff", "ticket", "why_not"),
    [
        (OLGA, ERASURE, ""),
        (GRETA, ERASURE, "not_allowed"),
        (GUEST, ERASURE, "not_allowed"),
        (ANNA_AT_WORK, ERASURE, "own_request"),
        (ANNA_AT_WORK, COPY, "own_request"),
        # Written from another address, but she is the one on file; and the other way round.
        (ANNA_AT_WORK, dataclasses.replace(COPY, requester=Requester("x@y.example")), "own_request"),
        (ANNA_AT_WORK, dataclasses.replace(COPY, person=BERND), "own_request"),
        (ANNA_AT_WORK, dataclasses.replace(COPY, person=BERND, requester=Requester(BERND.email)), ""),
        (OLGA, dataclasses.replace(COPY, opened_by=OLGA.id), "own_request"),
        (OLGA, DECIDED, "own_request"),
        (SIMON, DECIDED, ""),
        # Only an erasure takes a second person, and only while it is what waits.
        (OLGA, DECIDED_COPY, ""),
        # No address known and nobody on file: nothing equal to nothing.
        (Staff("U1", OLGA.roles), dataclasses.replace(COPY, person=None), ""),
    ],
)
def test_who_may_approve(staff: Staff, ticket: Ticket, why_not: str) -> None:
    if not why_not:
        may_approve(staff, ticket)
        return
    with pytest.raises(NotAllowed, match=f"^{why_not}$"):
        may_approve(staff, ticket)
