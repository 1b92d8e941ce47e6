"""What the CRM's database user needs, and nothing more: it follows from the data map."""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from handlers.crm import Action
from storage.crm.datamap import DataMap, Erasure
from storage.crm.schema import MARIADB, MappedDatabase
from storage.crm.sharing import loosened


@dataclass(frozen=True)
class Privilege:
    """What is done to one table beside reading it."""

    table: str
    deletes: bool
    updates: tuple[str, ...]


def privileges(crm: MappedDatabase) -> tuple[Privilege, ...]:
    """Return what each mapped table needs, in the map's order."""
    return tuple(
        Privilege(table, _deletes(crm.map, table), tuple(dict.fromkeys(_updates(crm, table))))
        for table in crm.map.tables
    )


def grants(crm: MappedDatabase, dialect: sa.Dialect, user: str) -> Iterator[str]:
    """Yield the statements that give a user of PostgreSQL or MariaDB exactly that."""
    quote = dialect.identifier_preparer.quote
    for privilege in privileges(crm):
        table = quote(privilege.table)
        yield f"GRANT SELECT ON {table} TO {user};"
        if privilege.deletes:
            yield f"GRANT DELETE ON {table} TO {user};"
        if privilege.updates:
            yield f"GRANT UPDATE ({', '.join(map(quote, privilege.updates))}) ON {table} TO {user};"
    yield from dict.fromkeys(_for_followers(crm, dialect, user))


def _for_followers(crm: MappedDatabase, dialect: sa.Dialect, user: str) -> Iterator[str]:
    """Yield what lets the user see whether the database would change rows outside the map with those that go."""
    quote = dialect.identifier_preparer.quote
    for key in crm.followers:
        if key.schema is None and key.table in crm.map.tables:
            continue
        if key.schema and dialect.name not in MARIADB:
            yield f"GRANT USAGE ON SCHEMA {quote(key.schema)} TO {user};"
        table = ".".join(quote(name) for name in (key.schema, key.table) if name)
        # MariaDB describes a table to nobody who may only read some columns of it.
        also = ", REFERENCES" if dialect.name in MARIADB else ""
        yield f"GRANT SELECT ({', '.join(map(quote, key.columns))}){also} ON {table} TO {user};"


def _deletes(map_: DataMap, table: str) -> bool:
    handling = map_.tables[table].handling
    if map_.read_only or handling is None:
        return False
    stops = any(stop.delete and stop.table == table for stops in map_.consents.values() for stop in stops)
    # What the law keeps goes as well, on its day.
    return stops or handling.erase in (Action.DELETE, Action.KEEP)


def _updates(crm: MappedDatabase, table: str) -> Iterator[str]:
    map_, identity = crm.map, crm.map.identity
    if map_.read_only:
        return
    yield from map_.tables[table].erased_fields()
    if table in map_.order and map_.tables[table].erased_fields():
        yield from loosened(crm, table, both=set(map_.order), going=set())
    if table == identity.table:
        # Also what lets a row be locked while its person is erased.
        yield from filter(None, (identity.erased, identity.restricted, identity.suppressed))
    for stops in map_.consents.values():
        yield from (name for stop in stops if stop.table == table for name, _ in stop.values)
    for targets in map_.correctable.values():
        yield from (name for target in targets if target.table == table for _, name in target.columns)
    yield from _circular(crm, table)


def _circular(crm: MappedDatabase, table: str) -> Iterator[str]:
    """Yield the columns of references that may have to be emptied before the rows can go."""
    columns = crm.tables[table].c
    for reference in crm.references:
        if reference.table == table:
            yield from (name for name in reference.columns if columns[name].nullable and _may_empty(crm, table, name))


def _may_empty(crm: MappedDatabase, table: str, column: str) -> bool:
    return _deletes(crm.map, table) or crm.map.tables[table].erased_fields().get(column) is Erasure.NULL
