"""What else there is of a person: found by keyed hashes, so that the store need not know who it is."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from handlers.repeats import Answered
from handlers.rights import Right
from handlers.tickets import Status
from storage import tables
from storage.tickets import TicketQuery

_tickets = tables.tickets.c
_requests = tables.requests.c


@dataclass(frozen=True)
class PersonHashes:
    """How somebody is found: by the key on file, "" where that is not known, and by the address."""

    requester: str
    person: str = ""

    @property
    def theirs(self) -> ColumnElement[bool]:
        """What is true of their tickets, as handlers.same_person has it: a record goes before an address."""
        by_address = _tickets.requester_hash == self.requester
        if not self.person:
            return by_address
        # By its length: compared with "", SQLite would look all tickets without a known person up in that index.
        is_unknown = func.length(_tickets.person_hash) == 0
        return (_tickets.person_hash == self.person) | (by_address & is_unknown)


def open_tickets(hashes: PersonHashes) -> TicketQuery:
    """Pick the open tickets of a person, the oldest first."""
    query = select(tables.tickets).where(hashes.theirs, _tickets.closed_at.is_(None))
    return query.order_by(_tickets.received_at, _tickets.opened_at, _tickets.reference)


def answered(connection: Connection, hashes: PersonHashes, *, since: datetime) -> list[Answered]:
    """Return a person's requests whose answer, also a refusal, left since then."""
    query = select(_requests.right, _tickets.reference, _tickets.answered_at).join_from(tables.tickets, tables.requests)
    query = query.where(hashes.theirs, _tickets.answered_at >= since)
    rows = connection.execute(query.where(_requests.status.in_([Status.ANSWERED, Status.REFUSED])))
    return [Answered(Right(row.right), row.reference, row.answered_at) for row in rows]
