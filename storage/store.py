"""Rightsdesk's own store, as one thing to open and to work with."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import select

from handlers.ports import Typesetter
from storage import mails, tables
from storage.crypto import KeyProblem, Keyring, MasterKey
from storage.database import Database, make_engine
from storage.migrate import upgrade
from storage.unit import SqlUnit


class Store:
    """The store behind the doors: units of work for decisions, short transactions for the plumbing."""

    def __init__(self, database: Database, keyring: Keyring, typesetter: Typesetter) -> None:
        self.database = database
        self.keyring = keyring
        self._typesetter = typesetter

    @classmethod
    def open(cls, url: str, master: MasterKey, typesetter: Typesetter) -> "Store":
        """Open the store, bring its tables up to date and check the key.

        Raises KeyProblem under another master key, StoreProblem or SQLAlchemyError if it cannot be opened.
        """
        database = Database(make_engine(url))
        upgrade(database.engine)
        store = cls(database, Keyring(master), typesetter)
        store.check_key()
        return store

    def check_key(self) -> None:
        """Raise KeyProblem if the store was made with another master key."""
        with self.database.read() as connection:
            row = connection.execute(select(tables.keys).limit(1)).first()
        if row is None:
            return
        try:
            self.keyring.unwrap(row.id, row.wrapped)
        except KeyProblem:
            raise KeyProblem(
                "this store was made with another master key: put the right key file in place (key [store] key_file)"
            ) from None

    @contextmanager
    def unit(self, *, now: datetime) -> Iterator[SqlUnit]:
        """Yield a unit of work; it is committed at the end, and nothing of it stays after an error."""
        with self.database.write() as connection:
            unit = SqlUnit(self.database, connection, keyring=self.keyring, typesetter=self._typesetter, now=now)
            yield unit
            unit.flush()

    def keep_mail(self, raw: bytes, *, arrived_at: datetime, now: datetime, size: int | None = None) -> str | None:
        """Keep a raw mail; None if it is there already."""
        with self.database.write() as connection:
            return mails.keep(connection, self.keyring, raw, arrived_at=arrived_at, now=now, size=size)

    def mail(self, mail_id: str) -> mails.KeptMail | None:
        """Return a raw mail."""
        with self.database.read() as connection:
            return mails.read(connection, self.keyring, mail_id)

    def close(self) -> None:
        """Close all connections."""
        self.database.close()
