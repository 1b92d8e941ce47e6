"""The journal: append-only, hash-chained, without identities (GDPR Art. 5(2))."""

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select, update

from handlers.journal import Entry
from storage import tables

START = "0" * 64
PAGE_ROWS = 5_000


@dataclass(frozen=True)
class Head:
    """The journal's last entry; write its digest down elsewhere to be able to prove that nothing was cut off."""

    seq: int
    digest: str


@dataclass(frozen=True)
class Verdict:
    """The outcome of a verification: the entries read, and what is wrong with the first bad one ('' if none)."""

    entries: int
    head: Head
    problem: str = ""


def digest(key: bytes, before: str, seq: int, entry: Entry) -> str:
    """Return an entry's digest: a keyed hash over the digest before it and its own content."""
    content = json.dumps(
        [before, seq, entry.at.astimezone(UTC).isoformat(), entry.event, entry.reference, entry.actor, entry.data],
        sort_keys=True,
        ensure_ascii=False,
    )
    return hmac.new(key, content.encode(), hashlib.sha256).hexdigest()


def _sign(key: bytes, head: Head) -> str:
    return hmac.new(key, f"head {head.seq} {head.digest}".encode(), hashlib.sha256).hexdigest()


def read_head(connection: Connection) -> Head:
    """Return the noted head; the start of the chain if there is none."""
    row = connection.execute(select(tables.journal_head.c.seq, tables.journal_head.c.digest)).first()
    return Head(row.seq, row.digest) if row else Head(0, START)


def append(connection: Connection, key: bytes, entries: Iterable[Entry]) -> Head:
    """Add entries and move the head. The caller holds the store's writer lock, so the chain cannot fork."""
    head = before = read_head(connection)
    rows = []
    for entry in entries:
        head = Head(head.seq + 1, digest(key, head.digest, head.seq + 1, entry))
        rows.append(
            {
                "seq": head.seq,
                "at": entry.at,
                "event": entry.event,
                "reference": entry.reference,
                "actor": entry.actor,
                "data": entry.data,
                "digest": head.digest,
            }
        )
    if not rows:
        return head
    connection.execute(insert(tables.journal), rows)
    values = {"seq": head.seq, "digest": head.digest, "signature": _sign(key, head)}
    if before.seq:
        connection.execute(update(tables.journal_head), values)
    else:
        connection.execute(insert(tables.journal_head), {"id": 1, **values})
    return head


def _rows(connection: Connection) -> Iterator[tuple[int, Entry, str]]:
    """Yield all entries in order, a page at a time."""
    last = -1
    while True:
        page = connection.execute(
            select(tables.journal).where(tables.journal.c.seq > last).order_by(tables.journal.c.seq).limit(PAGE_ROWS)
        ).all()
        for row in page:
            yield row.seq, Entry(row.at, row.event, row.reference, row.actor, row.data), row.digest
        if len(page) < PAGE_ROWS:
            return
        last = page[-1].seq


def read(connection: Connection, *, reference: str = "") -> list[tuple[int, Entry]]:
    """Return the entries of a ticket, or all, oldest first."""
    query = select(tables.journal).order_by(tables.journal.c.seq)
    if reference:
        query = query.where(tables.journal.c.reference == reference)
    return [
        (row.seq, Entry(row.at, row.event, row.reference, row.actor, row.data)) for row in connection.execute(query)
    ]


def verify(connection: Connection, key: bytes, *, noted: str = "") -> Verdict:
    """Walk the whole chain; name the first entry that was changed, removed or inserted.

    `noted` is a digest, or the beginning of one, that was written down earlier: it must be in the chain.
    """
    head = Head(0, START)
    is_seen = not noted
    for seq, entry, stored in _rows(connection):
        if seq != head.seq + 1:
            return Verdict(head.seq, head, f"entry {head.seq + 1} is missing: after {head.seq} comes {seq}")
        if digest(key, head.digest, seq, entry) != stored:
            return Verdict(head.seq, head, f"entry {seq} ({_moment(entry.at)}) was changed, or one before it was")
        head = Head(seq, stored)
        is_seen = is_seen or stored.startswith(noted)
    if not is_seen:
        return Verdict(
            head.seq,
            head,
            "the digest that was noted is not in the chain: entries were cut off, or it is not of this journal",
        )
    return Verdict(head.seq, head, _head_problem(connection, key, head))


def _head_problem(connection: Connection, key: bytes, head: Head) -> str:
    row = connection.execute(select(tables.journal_head)).first()
    if row is None:
        return "the head is missing" if head.seq else ""
    noted = Head(row.seq, row.digest)
    if not hmac.compare_digest(row.signature, _sign(key, noted)):
        return "the head was changed"
    if noted.seq > head.seq:
        return f"entries {head.seq + 1} to {noted.seq} are missing at the end"
    return "" if noted == head else f"entries after {noted.seq} were inserted"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
