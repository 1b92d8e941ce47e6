"""The database's own tables, read from it, and whether the data map fits them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import ReflectedColumn

from handlers.crm import Action, PlanStep
from storage.crm.datamap import DataMap, Erasure, MapError, MappedTable

# Replacing a value by a word needs a column for words.
_TEXT_ONLY = frozenset({Erasure.REDACT, Erasure.RANDOM, Erasure.HASH})


@dataclass(frozen=True)
class MappedDatabase:
    """The data map joined with the database's tables."""

    map: DataMap
    tables: Mapping[str, sa.Table]

    def columns(self, table: str, names: Collection[str]) -> list[sa.Column[object]]:
        """Return columns by name."""
        return [self.tables[table].c[name] for name in names]

    def key(self, table: str) -> list[sa.Column[object]]:
        """Return the primary key's columns, as the map names them."""
        return self.columns(table, self.map.tables[table].key)

    def changed(self, table: str, rows: int) -> PlanStep:
        """Return the proof of rows that were changed and stay."""
        return PlanStep(table=table, label=self.map.handling(table).label, action=Action.CHANGE, rows=rows)


def reflect(connection: sa.Connection, map_: DataMap) -> MappedDatabase:
    """Read the mapped tables' columns and types; raises MapError if a table or column is missing."""
    present = set(sa.inspect(connection).get_table_names())
    _refuse(_missing_tables(map_, present))
    found = sa.inspect(connection).get_multi_columns(filter_names=list(map_.tables))
    tables = {name: _table(name, columns) for (_, name), columns in found.items()}
    _refuse(finding for name in tables for finding in _missing_columns(map_.tables[name], tables[name]))
    return MappedDatabase(map=map_, tables=tables)


def check(connection: sa.Connection, map_: DataMap) -> None:
    """Compare map and database; raises MapError that names every difference with its remedy."""
    database = reflect(connection, map_)
    _refuse(finding for name in map_.tables for finding in _misfits(map_.tables[name], database.tables[name]))
    _refuse(_unmapped_references(connection, map_))


def _table(name: str, columns: Sequence[ReflectedColumn]) -> sa.Table:
    # Columns are all that is needed; what else hangs on a table may be beyond reflection.
    own = (sa.Column(column["name"], column["type"], nullable=column["nullable"]) for column in columns)
    return sa.Table(name, sa.MetaData(), *own)


def _refuse(findings: Iterator[str]) -> None:
    text = "\n".join(findings)
    if text:
        raise MapError(text)


def _missing_tables(map_: DataMap, present: Collection[str]) -> Iterator[str]:
    for name in map_.tables:
        if name not in present:
            yield f"table '{name}' of the data map is not in the database; correct its name in the map or remove it"


def _missing_columns(mapped: MappedTable, table: sa.Table) -> Iterator[str]:
    for field in mapped.fields:
        if field.name not in table.c:
            name = f"{mapped.name}.{field.name}"
            yield f"column '{name}' of the data map is not in the database; correct its name in the map or remove it"


def _misfits(mapped: MappedTable, table: sa.Table) -> Iterator[str]:
    known = {field.name for field in mapped.fields}
    for column in table.c:
        name = f"{mapped.name}.{column.name}"
        erasure = mapped.erased_fields().get(column.name)
        if column.name not in known:
            # A column nobody mapped would be left out of copies and survive erasures.
            yield f"column '{name}' is not in the data map; add it with its data_categories"
        elif erasure is Erasure.NULL and not column.nullable:
            yield f"column '{name}' cannot be empty; erase it by redact or random instead of null"
        elif erasure in _TEXT_ONLY and not isinstance(column.type, sa.String):
            yield f"column '{name}' holds no text; erase it by null instead of {erasure}"


def _unmapped_references(connection: sa.Connection, map_: DataMap) -> Iterator[str]:
    inspector = sa.inspect(connection)
    for name in inspector.get_table_names():
        if name in map_.tables:
            continue
        for reference in inspector.get_foreign_keys(name):
            if reference["referred_table"] in map_.order:
                yield f"table '{name}' refers to '{reference['referred_table']}' but is not in the data map; add it"
