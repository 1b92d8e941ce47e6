"""The CRM as the desk uses it: `handlers.ports.Crm` over a data map and any database that SQLAlchemy reaches."""

import copy
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Self

import sqlalchemy as sa

from handlers.crm import Author, Change, Clue, Copy, CrmError, Done, Person, Plan
from handlers.journal import SYSTEM
from handlers.ports import Crm
from handlers.recognition import Correction
from storage.crm import (
    collect,
    correct,
    due,
    erase,
    find,
    livecheck,
    plan,
    privileges,
    restrict,
    schema,
    seek,
    suppress,
)
from storage.crm.changelog import ERASE, ERASE_DUE, ChangeLog, NoLog, Write
from storage.crm.connect import SQLITE, flush, open_engine, reading, writing
from storage.crm.datamap import DataMap
from storage.crm.mapload import load
from storage.crm.match import normalise
from storage.crm.notes import NoteGate


class SqlCrm(Crm):
    """The CRM database behind a data map; connects when first used. Safe to share between threads."""

    def __init__(
        self, engine: sa.Engine, datamap: DataMap, *, gate: NoteGate | None = None, log: ChangeLog | None = None
    ) -> None:
        """Take an engine from `open_engine` and a map from `load`.

        The gate says which notes a copy leaves out; the log remembers every write.
        """
        self._engine = engine
        self._map = datamap
        self._gate = gate or NoteGate()
        self._log = log or NoLog()
        self._author = Author(SYSTEM)

    @classmethod
    def open(cls, url: str, map_path: Path, *, gate: NoteGate | None = None, log: ChangeLog | None = None) -> Self:
        """Join a database URL and a data map's file; raises CrmError if either cannot be used."""
        return cls(open_engine(url), load(map_path), gate=gate, log=log)

    def signed(self, author: Author) -> Self:
        """Return the same CRM, whose writes are logged as this author's."""
        other = copy.copy(self)
        other._author = author
        return other

    @property
    def map(self) -> DataMap:
        """The data map."""
        return self._map

    @property
    def databases(self) -> tuple[Self, ...]:
        """The CRM itself: it is one database."""
        return (self,)

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    def flush(self) -> None:
        """Leave nothing of what was erased in files beside the database."""
        flush(self._engine)

    def check(self) -> None:
        """Connect and compare the data map with the database; raise CrmError with the remedy."""
        with reading(self._engine) as connection:
            livecheck.check(connection, self._map)

    def find_by_email(self, address: str) -> tuple[Person, ...]:
        """Return everyone on file under the address, in the order of their keys."""
        with self._reading() as (connection, crm):
            return find.find_by_email(connection, crm, address)

    def find(self, clue: Clue) -> tuple[Person, ...]:
        """Return everyone whom any of the clues fits, in the order of their keys."""
        with self._reading() as (connection, crm):
            return seek.find(connection, crm, clue)

    def person(self, key: str) -> Person | None:
        """Return the person with this key, None if gone or anonymised."""
        with self._reading() as (connection, crm):
            return find.find_by_key(connection, crm, key)

    def collect(self, key: str) -> Copy:
        """Return all mapped data of a person; raises CrmError if nobody is there."""
        with self._reading() as (connection, crm):
            return collect.collect(connection, crm, key, gate=self._gate)

    def plan_correction(self, key: str, corrections: Sequence[Correction]) -> tuple[Change, ...]:
        """Return the field changes that the map allows; raises CrmError if nobody is there."""
        with self._reading() as (connection, crm):
            return correct.plan_correction(connection, crm, key, corrections)

    def correct(self, key: str, changes: Sequence[Change]) -> Done:
        """Write the new values; raises CrmConflict if a value is neither old nor new."""
        with self.changing("correct", key) as (connection, crm, writes):
            return correct.correct(connection, crm, key, changes, writes)

    def plan_deletion(self, key: str, *, today: date) -> Plan:
        """Return what erasing would do per table.

        Raises CrmError if nobody is there, CrmRestricted, MapError if the database would by itself do more.
        """
        self._map.refuse_if_read_only()
        with self._reading() as (connection, crm):
            return plan.plan_deletion(connection, crm, key, today=today)

    def delete(
        self,
        key: str,
        plan: Plan,
        *,
        today: date,
        resumed: bool,
        deep: bool = False,
        before_commit: Callable[[], None] = lambda: None,
    ) -> Done:
        """Carry out the plan and search for traces.

        Raises CrmConflict, CrmRestricted or CrmIncomplete, having committed nothing.
        `deep` searches every text column of the database, for as long as that takes. `before_commit` keeps elsewhere
        what must not be lost once this is committed; it is not called if the plan is refused or traces are left.
        """
        resumed = resumed and self.may_have_erased(key)
        with self.changing(ERASE, key) as (connection, crm, writes):
            done = erase.delete(connection, crm, key, plan, writes, today=today, resumed=resumed, deep=deep)
            before_commit()
        self.flush()
        return done

    def may_have_erased(self, key: str) -> bool:
        """Does the log say that an erasure of this person for the same ticket has come as far as its commit?"""
        return self._log.intended(key, operation=ERASE, author=self._author)

    def due_erasures(self, *, today: date) -> tuple[str, ...]:
        """Return the keys of erased persons of whom something was kept that no law keeps any longer."""
        with self._reading() as (connection, crm):
            return due.due_erasures(connection, crm, today=today)

    def erase_due(self, key: str, *, today: date) -> Done:
        """Erase what no law keeps any longer of an erased person; raises CrmIncomplete, having committed nothing."""
        with self.changing(ERASE_DUE, key) as (connection, crm, writes):
            done = due.erase_due(connection, crm, key, writes, today=today)
        self.flush()
        return done

    def suppress(self, address: str, consents: Sequence[str]) -> Done:
        """Stop mailings to an address at once; raises CrmError if the map does not know a consent."""
        with self.changing("suppress", normalise(address)) as (connection, crm, writes):
            return suppress.suppress(connection, crm, suppress.Whom(address), consents, writes)

    def restrict(self, key: str) -> Done:
        """Freeze a person's data and end mailings to them; raises CrmError if nobody is there."""
        with self.changing("restrict", key) as (connection, crm, writes):
            return restrict.restrict(connection, crm, key, writes)

    def lift_restriction(self, key: str, *, mailings: Collection[str]) -> Done:
        """Unfreeze them, with mailings if the restriction ended any; raises CrmError if nobody is there."""
        with self.changing("lift", key) as (connection, crm, writes):
            return restrict.lift(connection, crm, key, writes, mailings=bool(mailings))

    @contextmanager
    def reading(self) -> Iterator[tuple[sa.Connection, schema.MappedDatabase]]:
        """Yield a connection to read and the mapped tables, for work on the whole database."""
        with self._reading() as found:
            yield found

    @contextmanager
    def writing(self) -> Iterator[tuple[sa.Connection, schema.MappedDatabase]]:
        """Yield a connection for one transaction and the mapped tables, for work on the whole database."""
        with self._writing() as found:
            yield found

    def grants(self, user: str) -> tuple[str, ...]:
        """Return the statements that give a database user what the map needs; raises CrmError on SQLite."""
        if self._engine.dialect.name == SQLITE:
            raise CrmError("SQLite has no users: who may write the file may do everything")
        return tuple(privileges.grants(self._crm, self._engine.dialect, user))

    @cached_property
    def _crm(self) -> schema.MappedDatabase:
        with reading(self._engine) as connection:
            return schema.reflect(connection, self._map)

    @contextmanager
    def _reading(self) -> Iterator[tuple[sa.Connection, schema.MappedDatabase]]:
        crm = self._crm
        with reading(self._engine) as connection:
            yield connection, crm

    @contextmanager
    def _writing(self) -> Iterator[tuple[sa.Connection, schema.MappedDatabase]]:
        self._map.refuse_if_read_only()
        crm = self._crm
        with writing(self._engine) as connection:
            yield connection, crm

    @contextmanager
    def changing(self, operation: str, key: str) -> Iterator[tuple[sa.Connection, schema.MappedDatabase, list[Write]]]:
        """Yield what a change of one person works with, and log what it says it has written. Raises as `writing`.

        The intent is kept right before the commit, its result right after: killed in between, the log says that the
        result is unknown, and the next try of the same operation finds out.
        """
        writes: list[Write] = []
        with self._writing() as (connection, crm):
            yield connection, crm, writes
            batch = self._log.intend(key, writes, operation=operation, author=self._author)
        self._log.written(batch)
