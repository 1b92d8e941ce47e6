"""What is due: found by partial indexes, so the cost does not grow with the tickets that are done."""

import enum
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BindParameter, Connection, bindparam, select, update

from storage import tables

BATCH = 200


@enum.unique
class Kind(enum.StrEnum):
    """The kinds of durable work; the values begin the ids of the engine's workflows."""

    INTAKE = "intake"
    CARRY_OUT = "carry-out"
    DELIVER = "deliver"
    NOTIFY = "notify"


@dataclass(frozen=True)
class Work:
    """One piece of work that is due: ids and a number only, never personal data."""

    kind: Kind
    id: str
    attempt: int
    ticket_id: str = ""

    @property
    def workflow_id(self) -> str:
        """The deterministic id under which the engine does it once."""
        return f"{self.kind}:{self.id}:{self.attempt}"


# Spelled out in the statement: SQLite uses an index on some states for no query that binds a list of them.
_TO_SEND: BindParameter[list[str]] = bindparam("to_send", ["ready", "sending"], expanding=True, literal_execute=True)
_SOURCES = (
    (Kind.INTAKE, tables.mails, tables.mails.c.next_attempt_at, tables.mails.c.state == "new"),
    (
        Kind.CARRY_OUT,
        tables.requests,
        tables.requests.c.due_at,
        tables.requests.c.status == "carrying_out",
    ),
    (Kind.DELIVER, tables.letters, tables.letters.c.next_attempt_at, tables.letters.c.state.in_(_TO_SEND)),
    (Kind.NOTIFY, tables.cards, tables.cards.c.next_attempt_at, tables.cards.c.state.in_(_TO_SEND)),
)
_TABLES = {kind: table for kind, table, _, _ in _SOURCES}


def due(connection: Connection, *, kinds: Collection[Kind], now: datetime) -> list[Work]:
    """Return the work that is due, the oldest first of each kind."""
    found = []
    for kind, table, at, open_ones in _SOURCES:
        if kind not in kinds:
            continue
        query = select(table.c.id, table.c.attempt, table.c.ticket_id).where(open_ones, at <= now).order_by(at)
        rows = connection.execute(query.limit(BATCH))
        found += [Work(kind, row.id, row.attempt, row.ticket_id or "") for row in rows]
    return found


def try_again(connection: Connection, work: Work, *, at: datetime) -> None:
    """Let another attempt follow; nothing happens if one was begun already."""
    table = _TABLES[work.kind]
    moment = "due_at" if work.kind is Kind.CARRY_OUT else "next_attempt_at"
    mine = (table.c.id == work.id) & (table.c.attempt == work.attempt)
    connection.execute(update(table).where(mine).values({"attempt": work.attempt + 1, moment: at}))
