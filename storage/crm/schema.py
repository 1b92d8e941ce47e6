"""The database's own tables, read from it, and whether the data map fits them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.engine.interfaces import ReflectedColumn

from handlers.crm import Action, PlanStep
from storage.crm.charsets import codec_of, server_codec
from storage.crm.datamap import DataMap, MapError, MappedTable
from storage.crm.foreignkeys import UNREADABLE, ForeignKey, foreign_keys
from storage.crm.match import CASELESS, CODEC

MARIADB = ("mysql", "mariadb")  # how its dialects are called
_Texts = Mapping[tuple[str, str], Mapping[str, object]]  # by table and column, for a column's `info`
_FOLLOWS = ("CASCADE", "SET NULL", "SET DEFAULT", UNREADABLE)


@dataclass(frozen=True)
class Reference:
    """A foreign key of the database itself, from one mapped table to another or to itself."""

    table: str
    columns: tuple[str, ...]
    referred: str


@dataclass(frozen=True)
class MappedDatabase:
    """The data map joined with the database's tables."""

    map: DataMap
    tables: Mapping[str, sa.Table]
    references: tuple[Reference, ...] = ()
    followers: tuple[ForeignKey, ...] = ()  # by which the database changes rows when what they refer to goes

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
    inspector = sa.inspect(connection)
    found = inspector.get_multi_columns(filter_names=list(map_.tables))
    texts, codec = _texts(connection), server_codec(connection)
    tables = {name: _table(name, columns, texts, codec) for (_, name), columns in found.items()}
    _refuse(finding for name in tables for finding in _missing_columns(map_.tables[name], tables[name]))
    keys = foreign_keys(connection)
    return MappedDatabase(
        map=map_,
        tables=tables,
        references=tuple(_references(keys, map_)),
        followers=tuple(_followers(keys, map_)),
    )


def _table(name: str, columns: Sequence[ReflectedColumn], texts: _Texts, codec: str) -> sa.Table:
    # Columns are all that is needed; what else hangs on a table may be beyond reflection.
    own = (
        sa.Column(
            column["name"],
            as_used(column["type"]),
            nullable=column["nullable"],
            info={CODEC: codec, **texts.get((name, column["name"]), {})},
        )
        for column in columns
    )
    return sa.Table(name, sa.MetaData(), *own)


def as_used(type_: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
    """Return the type as it is used, which the database may hide behind another one."""
    if isinstance(type_, mysql.TINYINT) and type_.display_width == 1:
        return sa.Boolean()  # a number of one digit is how MariaDB stores one
    if isinstance(type_, postgresql.DOMAIN):
        return type_.data_type
    # A column of SQLite need not have a type; then it holds texts as they are.
    return sa.Text() if isinstance(type_, sa.types.NullType) else type_


def _texts(connection: sa.Connection) -> _Texts:
    """Return of the columns of text, of MariaDB only, whether capitals count, and which characters they hold."""
    if connection.dialect.name not in MARIADB:
        return {}
    query = sa.text(
        "SELECT table_name, column_name, collation_name, character_set_name FROM information_schema.columns"
        " WHERE table_schema = DATABASE() AND character_set_name IS NOT NULL"
    )
    return {
        (table, column): {CASELESS: collation.endswith("_ci"), CODEC: _codec_of_column(charset)}
        for table, column, collation, charset in connection.execute(query)
    }


def _codec_of_column(charset: str) -> str:
    return codec_of("cp1252" if charset == "latin1" else charset)  # as MariaDB understands that name


def _references(keys: Sequence[ForeignKey], map_: DataMap) -> Iterator[Reference]:
    for key in keys:
        if key.schema is None and key.table in map_.order and key.referred in map_.order:
            yield Reference(key.table, key.columns, key.referred)


def _followers(keys: Sequence[ForeignKey], map_: DataMap) -> Iterator[ForeignKey]:
    for key in keys:
        if key.action.startswith(_FOLLOWS) and key.referred in map_.order:
            yield key


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
