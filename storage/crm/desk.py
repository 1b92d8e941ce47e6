"""The CRM as the desk uses it: `handlers.ports.Crm` over a data map and any database that SQLAlchemy reaches."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Self

import sqlalchemy as sa

from handlers.crm import Change, Copy, Done, Person, Plan
from handlers.ports import Crm
from handlers.recognition import Correction
from storage.crm import collect, correct, erase, find, plan, schema, suppress
from storage.crm.connect import flush, open_engine, reading, writing
from storage.crm.datamap import DataMap
from storage.crm.mapload import load


class SqlCrm(Crm):
    """The CRM database behind a data map; connects when first used. Safe to share between threads."""

    def __init__(self, engine: sa.Engine, datamap: DataMap) -> None:
        """Take an engine from `open_engine` and a map from `load`."""
        self._engine = engine
        self._map = datamap

    @classmethod
    def open(cls, url: str, map_path: Path) -> Self:
        """Join a database URL and a data map's file; raises CrmError if either cannot be used."""
        return cls(open_engine(url), load(map_path))

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    def check(self) -> None:
        """Connect and compare the data map with the database; raise CrmError with the remedy."""
        with reading(self._engine) as connection:
            schema.check(connection, self._map)

    def find_by_email(self, address: str) -> tuple[Person, ...]:
        """Return everyone on file under the address, in the order of their keys."""
        with self._reading() as (connection, crm):
            return find.find_by_email(connection, crm, address)

    def person(self, key: str) -> Person | None:
        """Return the person with this key, None if gone or anonymised."""
        with self._reading() as (connection, crm):
            return find.find_by_key(connection, crm, key)

    def collect(self, key: str) -> Copy:
        """Return all mapped data of a person; raises CrmError if nobody is there."""
        with self._reading() as (connection, crm):
            return collect.collect(connection, crm, key)

    def plan_correction(self, key: str, corrections: Sequence[Correction]) -> tuple[Change, ...]:
        """Return the field changes that the map allows; raises CrmError if nobody is there."""
        with self._reading() as (connection, crm):
            return correct.plan_correction(connection, crm, key, corrections)

    def correct(self, key: str, changes: Sequence[Change]) -> Done:
        """Write the new values; raises CrmConflict if a value is neither old nor new."""
        with self._writing() as (connection, crm):
            return correct.correct(connection, crm, key, changes)

    def plan_deletion(self, key: str, *, today: date) -> Plan:
        """Return what erasing would do per table; raises CrmError if nobody is there."""
        with self._reading() as (connection, crm):
            return plan.plan_deletion(connection, crm, key, today=today)

    def delete(self, key: str, plan: Plan, *, today: date, resumed: bool) -> Done:
        """Carry out the plan and search for traces; raises CrmConflict or CrmIncomplete, having committed nothing."""
        with self._writing() as (connection, crm):
            done = erase.delete(connection, crm, key, plan, today=today, resumed=resumed)
        flush(self._engine)
        return done

    def suppress(self, address: str, consents: Sequence[str]) -> Done:
        """Stop mailings to an address at once; raises CrmError if the map does not know a consent."""
        with self._writing() as (connection, crm):
            return suppress.suppress(connection, crm, address, consents)

    def restrict(self, key: str) -> Done:
        """Set the restriction flag; raises CrmError if nobody is there."""
        with self._writing() as (connection, crm):
            return suppress.restrict(connection, crm, key)

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
        crm = self._crm
        with writing(self._engine) as connection:
            yield connection, crm
