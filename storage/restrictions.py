"""Restrictions (GDPR Art. 18) in the own store: whose data are frozen follows from the ticket."""

from datetime import datetime

from sqlalchemy import Connection, RowMapping, insert, select, update

from handlers.restrictions import Restriction
from storage import tables


def save(connection: Connection, restriction: Restriction) -> None:
    """Keep a restriction, or its new state."""
    row = {**vars(restriction), "mailings": list(restriction.mailings)}
    mine = tables.restrictions.c.ticket_id == restriction.ticket_id
    if not connection.execute(update(tables.restrictions).where(mine).values(row)).rowcount:
        connection.execute(insert(tables.restrictions), row)


def read(connection: Connection, ticket_id: str) -> Restriction | None:
    """Return the restriction that a ticket brought about."""
    query = select(tables.restrictions).where(tables.restrictions.c.ticket_id == ticket_id)
    row = connection.execute(query).mappings().first()
    return _restriction(row) if row else None


def told_before(connection: Connection, moment: datetime) -> list[str]:
    """Return the tickets with a restriction in force of whose end the person was told before a moment."""
    columns = tables.restrictions.c
    query = select(columns.ticket_id).where(columns.lifted_at.is_(None), columns.told_at <= moment)
    return list(connection.execute(query).scalars())


def others_in_force(connection: Connection, ticket_id: str) -> list[Restriction]:
    """Return the restrictions in force that other tickets of the same person brought about."""
    columns, person = tables.restrictions.c, tables.tickets.c.person_hash
    mine = select(person).where(tables.tickets.c.id == ticket_id).scalar_subquery()
    theirs = select(tables.restrictions).join(tables.tickets).where(person == mine, person != "")
    query = theirs.where(columns.ticket_id != ticket_id, columns.lifted_at.is_(None)).order_by(columns.since)
    return [_restriction(row) for row in connection.execute(query).mappings()]


def _restriction(row: RowMapping) -> Restriction:
    return Restriction(**{**row, "mailings": tuple(row["mailings"])})
