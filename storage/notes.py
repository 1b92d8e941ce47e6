"""Which held notes somebody of the staff has released, by keyed hash."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, insert, select

from storage import tables
from storage.crm.notes import NoteGate
from storage.crypto import Keyring
from storage.database import Database

NOTE = "note"


def release(connection: Connection, keyring: Keyring, ids: Collection[str], *, by: str, now: datetime) -> None:
    """Let copies hold these notes from now on."""
    there = released(connection, keyring, ids)
    hashes = [keyring.lookup(NOTE, one) for one in dict.fromkeys(ids) if one not in there]
    if hashes:
        connection.execute(insert(tables.released_notes), [{"note_hash": one, "by": by, "at": now} for one in hashes])


def released(connection: Connection, keyring: Keyring, ids: Collection[str]) -> frozenset[str]:
    """Return which of the notes are released, in one statement."""
    by_hash = {keyring.lookup(NOTE, one): one for one in ids}
    column = tables.released_notes.c.note_hash
    return frozenset(by_hash[found] for found in connection.scalars(select(column).where(column.in_(by_hash))))


def gate(database: Database, keyring: Keyring) -> NoteGate:
    """Return the gate that lets notes pass which somebody has released."""

    def known(ids: Collection[str]) -> Collection[str]:
        with database.read() as connection:
            return released(connection, keyring, ids)

    return NoteGate(released=known)
