"""Questions to the store that need no decryption, and those that pick tickets for a unit of work."""

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Select, delete, func, select, update
from sqlalchemy.sql.elements import ColumnElement

from handlers.reports import TicketLine
from storage import tables

_columns = tables.tickets.c
_OPEN = _columns.closed_at.is_(None)


def open_tickets(*, limit: int) -> Select[*tuple[Any, ...]]:
    """Pick the open tickets, the most urgent first."""
    return select(tables.tickets).where(_OPEN).order_by(_columns.safe_date, _columns.reference).limit(limit)


def newest_tickets(*, limit: int) -> Select[*tuple[Any, ...]]:
    """Pick the tickets that were opened last."""
    return select(tables.tickets).order_by(_columns.opened_at.desc()).limit(limit)


def to_look_at(connection: Connection, *, now: datetime, limit: int) -> list[str]:
    """Return the ids of the open tickets for which something may have fallen due, the longest due first."""
    query = select(_columns.id).where(_OPEN, _columns.look_at <= now).order_by(_columns.look_at).limit(limit)
    return list(connection.execute(query).scalars())


def reckoned_otherwise(connection: Connection, *, fingerprint: str) -> list[str]:
    """Return the ids of the open tickets whose dates follow from other holiday tables or settings."""
    return list(connection.execute(select(_columns.id).where(_OPEN, _columns.reckoned_by != fingerprint)).scalars())


def look_at_all(connection: Connection, *, at: datetime) -> None:
    """Let every open ticket be looked at: what falls due may follow from other settings now."""
    connection.execute(update(tables.tickets).where(_OPEN).values(look_at=at))


def look_later(connection: Connection, ticket_id: str, *, at: datetime) -> None:
    """Put off the look at a ticket with which something is wrong."""
    connection.execute(update(tables.tickets).where(_columns.id == ticket_id).values(look_at=at))


def waiting_is_over(connection: Connection, *, now: datetime) -> list[str]:
    """Return the ids of the tickets with an erasure whose waiting period is over."""
    requests = tables.requests.c
    query = select(requests.ticket_id).where(requests.status == "waiting", requests.due_at <= now)
    return list(dict.fromkeys(connection.execute(query).scalars()))


def expired_challenges(connection: Connection, *, now: datetime) -> list[str]:
    """Return the ids of the tickets with an open challenge that has expired."""
    columns = tables.challenges.c
    query = select(columns.ticket_id).where(columns.state == "open", columns.expires_at <= now)
    return list(dict.fromkeys(connection.execute(query).scalars()))


def drop_expired_links(connection: Connection, *, now: datetime) -> None:
    """Forget links, and the copies behind them, that have expired."""
    connection.execute(delete(tables.links).where(tables.links.c.expires_at <= now))


def has_card(connection: Connection, topic: str) -> bool:
    """Was there ever a card with this topic?"""
    return connection.execute(select(tables.cards.c.id).where(tables.cards.c.topic == topic)).first() is not None


def started_at(connection: Connection) -> datetime | None:
    """Return when the journal began."""
    return connection.execute(select(tables.journal.c.at).order_by(tables.journal.c.seq).limit(1)).scalar()


def count_opened(connection: Connection, since: datetime, until: datetime) -> int:
    """Count the tickets opened from `since` until before `until`."""
    return _count(connection, (_columns.opened_at >= since) & (_columns.opened_at < until))


def count_answered(connection: Connection, since: datetime, until: datetime) -> int:
    """Count the tickets answered from `since` until before `until`."""
    return _count(connection, (_columns.answered_at >= since) & (_columns.answered_at < until))


def count_open(connection: Connection) -> int:
    """Count the open tickets."""
    return _count(connection, _OPEN)


def count_questions(connection: Connection) -> int:
    """Count the open tickets that a person has to look at."""
    return _count(connection, _OPEN & (_columns.question != ""))


def _count(connection: Connection, condition: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(tables.tickets).where(condition)).scalar_one()


def lines(connection: Connection, *, after: date | None, until: date) -> tuple[TicketLine, ...]:
    """Return the open tickets with a safe date after one day and up to another; not those of people who are silent."""
    due = (_columns.safe_date <= until) & ~_columns.silent
    query = select(_columns.reference, _columns.safe_date, _columns.last_date).where(_OPEN, due)
    if after is not None:
        query = query.where(_columns.safe_date > after)
    rows = connection.execute(query.order_by(_columns.safe_date, _columns.reference))
    return tuple(TicketLine(row.reference, row.safe_date, row.last_date) for row in rows)


def day_start(day: date, zone: Any) -> datetime:
    """Return the first moment of a local day."""
    return datetime.combine(day, time(), tzinfo=zone)


def day_end(day: date, zone: Any) -> datetime:
    """Return the moment at which a local day is over."""
    return day_start(day + timedelta(days=1), zone)
