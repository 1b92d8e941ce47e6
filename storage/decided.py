"""What staff decided about mails: the journal's word for it, with the mail that it was about."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select

from handlers.rights import Right
from storage import tables
from storage.crypto import Keyring
from storage.mails import KeptMail, of_tickets

EVENT = "decided"  # handlers.deciding notes it, with the rights


@dataclass(frozen=True)
class Decided:
    """A ticket's first mail, and the rights that a person found in it."""

    mail: KeptMail
    rights: tuple[Right, ...]


def decided(connection: Connection, keyring: Keyring) -> Iterator[Decided]:
    """Yield what was decided, oldest first; of several decisions about a ticket the last."""
    journal, tickets = tables.journal.c, tables.tickets.c
    query = (
        select(tickets.id, journal.data)
        .join(tables.tickets, tickets.reference == journal.reference)
        .where(journal.event == EVENT)
        .order_by(journal.seq)
    )
    for ticket_id, rights in {row.id: row.data["rights"] for row in connection.execute(query)}.items():
        mails = of_tickets(connection, keyring, [ticket_id])
        if mails:
            yield Decided(mails[0], tuple(map(Right, rights)))
