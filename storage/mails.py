"""Raw mails: kept before anything else, each once, sealed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from handlers.mail import fingerprint
from handlers.tickets import new_id
from storage import tables
from storage.crypto import Keyring, seal, unseal
from storage.keys import Keys


@dataclass(frozen=True)
class KeptMail:
    """A raw mail as it was fetched; `size` is its true size where only its headers were."""

    id: str
    raw: bytes
    arrived_at: datetime
    size: int
    state: str
    reason: str
    attempt: int


@dataclass(frozen=True)
class MailOutcome:
    """What became of a mail."""

    id: str
    arrived_at: datetime
    size: int
    state: str
    reason: str
    ticket_id: str | None


def keep(
    connection: Connection, keyring: Keyring, raw: bytes, *, arrived_at: datetime, now: datetime, size: int | None
) -> str | None:
    """Keep a mail; None if it is there already (the same Message-ID and content)."""
    fingerprint_hash = keyring.lookup("mail", fingerprint(raw))
    if connection.execute(select(tables.mails.c.id).where(tables.mails.c.fingerprint_hash == fingerprint_hash)).first():
        return None
    mail_id = new_id()
    key_id, key = Keys(connection, keyring).make()
    row = {
        "id": mail_id,
        "fingerprint_hash": fingerprint_hash,
        "key_id": key_id,
        "sealed": seal(key, raw, bound_to=f"mail:{mail_id}"),
        "size": len(raw) if size is None else size,
        "arrived_at": arrived_at,
        "fetched_at": now,
        "state": "new",
        "attempt": 1,
        "next_attempt_at": now,
    }
    connection.execute(insert(tables.mails), row)
    return mail_id


def _read(connection: Connection, keyring: Keyring, condition: object) -> list[KeptMail]:
    query = (
        select(tables.mails, tables.keys.c.wrapped)
        .join(tables.keys, tables.keys.c.id == tables.mails.c.key_id)
        .where(condition)  # type: ignore[arg-type]
        .order_by(tables.mails.c.arrived_at)
    )
    return [
        KeptMail(
            row.id,
            unseal(keyring.unwrap(row.key_id, row.wrapped), row.sealed, bound_to=f"mail:{row.id}"),
            row.arrived_at,
            row.size,
            row.state,
            row.reason,
            row.attempt,
        )
        for row in connection.execute(query)
    ]


def read(connection: Connection, keyring: Keyring, mail_id: str) -> KeptMail | None:
    """Return a mail by its id."""
    return next(iter(_read(connection, keyring, tables.mails.c.id == mail_id)), None)


def of_tickets(connection: Connection, keyring: Keyring, ticket_ids: Collection[str]) -> list[KeptMail]:
    """Return the mails of tickets, oldest first."""
    return _read(connection, keyring, tables.mails.c.ticket_id.in_(ticket_ids))


_OUTCOME = select(*(tables.mails.c[name] for name in ("id", "arrived_at", "size", "state", "reason", "ticket_id")))


def outcome(connection: Connection, mail_id: str) -> MailOutcome:
    """Return what became of a mail that is there."""
    return MailOutcome(*connection.execute(_OUTCOME.where(tables.mails.c.id == mail_id)).one())


def outcomes(connection: Connection, *, state: str, limit: int) -> list[MailOutcome]:
    """Return what became of the newest mails, of one state if it is given."""
    query = _OUTCOME.order_by(tables.mails.c.arrived_at.desc()).limit(limit)
    return [
        MailOutcome(*row) for row in connection.execute(query.where(tables.mails.c.state == state) if state else query)
    ]


def find(connection: Connection, prefix: str, *, state: str) -> str | None:
    """Return the id of the mail in a state whose id begins so; None if there is none, or more than one."""
    columns = tables.mails.c
    query = select(columns.id).where(columns.id.startswith(prefix, autoescape=True), columns.state == state).limit(2)
    found = list(connection.execute(query).scalars())
    return found[0] if prefix and len(found) == 1 else None


def count(connection: Connection) -> int:
    """Return how many mails are kept."""
    return connection.execute(select(func.count()).select_from(tables.mails)).scalar_one()
