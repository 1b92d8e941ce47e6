"""Reading and saving tickets with their requests, in a fixed number of statements."""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, insert, select, update

from handlers.ports import StaleTicket
from handlers.tickets import Request, Ticket
from storage import tables
from storage.keys import Keys
from storage.records import Values, read_request, read_ticket, request_row, ticket_row

FIXED_REQUEST_COLUMNS = {"id", "ticket_id", "right"}
TicketQuery = Select[*tuple[Any, ...]]


class Tickets:
    """The tickets of one unit of work."""

    def __init__(self, connection: Connection, keys: Keys) -> None:
        self._connection = connection
        self._keys = keys
        self._loaded: dict[str, Ticket] = {}
        self._key_ids: dict[str, str] = {}

    def find(self, query: TicketQuery) -> list[Ticket]:
        """Return the tickets of a query on the tickets table."""
        rows = self._connection.execute(query).all()
        if not rows:
            return []
        self._keys.load(row.key_id for row in rows)
        requests = self._requests(rows)
        tickets = [read_ticket(row._mapping, tuple(requests[row.id]), key=self._keys[row.key_id]) for row in rows]
        self._loaded.update({ticket.id: ticket for ticket in tickets})
        self._key_ids.update({row.id: row.key_id for row in rows})
        return tickets

    def _requests(self, rows: Sequence[Row[*tuple[Any, ...]]]) -> dict[str, list[Request]]:
        key_of = {row.id: self._keys[row.key_id] for row in rows}
        columns = tables.requests.c
        query = (
            select(tables.requests).where(columns.ticket_id.in_(key_of)).order_by(columns.ticket_id, columns.position)
        )
        requests: dict[str, list[Request]] = {ticket_id: [] for ticket_id in key_of}
        for row in self._connection.execute(query).mappings():
            requests[row["ticket_id"]].append(read_request(row, key=key_of[row["ticket_id"]]))
        return requests

    def before(self, ticket: Ticket) -> Ticket | None:
        """Return the ticket as it stands in the store."""
        return self._loaded.get(ticket.id)

    def key_id(self, ticket_id: str) -> str:
        """Return the id of the key of a ticket that was read or saved here."""
        return self._key_ids[ticket_id]

    def key(self, ticket_id: str) -> bytes:
        """Return the key of a ticket that was read or saved here."""
        return self._keys[self._key_ids[ticket_id]]

    def save(self, ticket: Ticket, *, hashes: Mapping[str, str], now: datetime) -> Ticket:
        """Insert or update a ticket, to be looked at anew. Raises StaleTicket if it is not the version that was read.

        Whatever changed, the next look finds out what falls due now; so nobody has to reckon that on every change.
        """
        before = self.before(ticket)
        saved = dataclasses.replace(ticket, version=ticket.version + 1)
        if before is None:
            self._key_ids[ticket.id], _ = self._keys.make()
        row = ticket_row(saved, key=self.key(ticket.id), key_id=self._key_ids[ticket.id], hashes=hashes)
        row["look_at"] = None if ticket.closed_at else now
        if before is None:
            self._connection.execute(insert(tables.tickets), row)
        else:
            self._update(row, read_version=ticket.version)
        self._save_requests(before, saved)
        self._loaded[ticket.id] = saved
        return saved

    def look_again(self, ticket: Ticket, *, at: datetime | None) -> None:
        """Note when to look at a ticket next, if nobody has changed it since it was read."""
        columns = tables.tickets.c
        mine = (columns.id == ticket.id) & (columns.version == ticket.version)
        self._connection.execute(update(tables.tickets).where(mine).values(look_at=at))

    def _update(self, row: Values, *, read_version: int) -> None:
        columns = tables.tickets.c
        query = update(tables.tickets).where(columns.id == row["id"], columns.version == read_version)
        if self._connection.execute(query.values(row)).rowcount != 1:
            raise StaleTicket(row["reference"])

    def _save_requests(self, before: Ticket | None, ticket: Ticket) -> None:
        old = {request.id: request for request in before.requests} if before else {}
        rows = [
            request_row(request, ticket_id=ticket.id, position=position, key=self.key(ticket.id))
            for position, request in enumerate(ticket.requests)
            if old.get(request.id) != request
        ]
        added = [row for row in rows if row["id"] not in old]
        changed = [row for row in rows if row["id"] in old]
        if added:
            self._connection.execute(insert(tables.requests), added)
        if changed:
            query = update(tables.requests).where(tables.requests.c.id == bindparam("row_id"))
            self._connection.execute(query, [_changes(row) for row in changed])


def _changes(row: Values) -> Values:
    changed = {name: value for name, value in row.items() if name not in FIXED_REQUEST_COLUMNS}
    return {"row_id": row["id"], **changed}
