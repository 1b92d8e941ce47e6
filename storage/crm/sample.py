"""A look at the database itself: its tables, how they refer to each other, and some rows of each."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import ReflectedColumn

from storage.crm.spot import Column

# So many rows tell what a column holds.
SAMPLE_ROWS = 200
SAMPLE_LETTERS = 500


@dataclass(frozen=True)
class Reference:
    """A foreign key of one column."""

    column: str
    table: str
    other_column: str


@dataclass(frozen=True)
class LiveTable:
    """A table as the database describes it."""

    name: str
    columns: Mapping[str, ReflectedColumn]
    key: tuple[str, ...]
    unique: frozenset[tuple[str, ...]]  # other sets of columns that cannot repeat
    references: tuple[Reference, ...]

    def is_key(self, names: Sequence[str]) -> bool:
        """Do the columns tell the table's rows apart?"""
        return sorted(names) in [sorted(self.key), *map(sorted, self.unique)]


def read_tables(connection: sa.Connection) -> dict[str, LiveTable]:
    """Return the tables of the database by name; a few statements, however many tables there are."""
    inspector = sa.inspect(connection)
    keys = inspector.get_multi_pk_constraint()
    unique = _unique(inspector)
    foreign = inspector.get_multi_foreign_keys()
    return {
        place[1]: LiveTable(
            name=place[1],
            columns={column["name"]: column for column in columns},
            key=tuple(keys[place]["constrained_columns"]),
            unique=unique.get(place[1], frozenset()),
            references=tuple(
                Reference(entry["constrained_columns"][0], entry["referred_table"], entry["referred_columns"][0])
                for entry in foreign.get(place, ())
                if len(entry["constrained_columns"]) == 1
            ),
        )
        for place, columns in sorted(inspector.get_multi_columns().items(), key=lambda item: item[0][1])
    }


def describe(table: LiveTable) -> list[Column]:
    """Return a table's columns without looking into its rows."""
    return [Column(name=name, type=_python_type(entry["type"])) for name, entry in table.columns.items()]


def read_columns(connection: sa.Connection, table: LiveTable) -> list[Column]:
    """Return a table's columns with what stands in its latest rows; one statement."""
    columns = describe(table)
    legible = {column.name: column.type for column in columns if issubclass(column.type, str | date)}
    if not legible:
        return columns
    # Without their types, lest a value that its type does not allow ends the look.
    own = sa.table(table.name, *(sa.column(name) for name in table.columns))
    wanted = [_beginning(own.c[name]) if type_ is str else own.c[name] for name, type_ in legible.items()]
    statement = sa.select(*wanted).limit(SAMPLE_ROWS)
    if table.key:
        statement = statement.order_by(*(own.c[name].desc() for name in table.key))
    rows = connection.execute(statement).all()
    values = {name: [_value(row[place], type_) for row in rows] for place, (name, type_) in enumerate(legible.items())}
    return [replace(column, values=values.get(column.name, ())) for column in columns]


def _beginning(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.func.substr(column, 1, SAMPLE_LETTERS)


def _value(value: object, type_: type) -> object:
    if not issubclass(type_, date) or not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value[:10])  # SQLite keeps dates as text
    except ValueError:
        return None


def _unique(inspector: sa.Inspector) -> dict[str, frozenset[tuple[str, ...]]]:
    """Return, by table, the columns that cannot repeat: databases have them as constraints or as indexes."""
    found: dict[str, set[tuple[str, ...]]] = {}
    with warnings.catch_warnings():
        # An index on an expression is no column's, and so none of ours.
        warnings.filterwarnings("ignore", message="Skipped unsupported reflection of expression-based index")
        constraints = inspector.get_multi_unique_constraints().items()
        indexes = inspector.get_multi_indexes().items()
    for (_, table), entries in constraints:
        found.setdefault(table, set()).update(tuple(entry["column_names"]) for entry in entries)
    for (_, table), listed in indexes:
        unique = [entry["column_names"] for entry in listed if entry["unique"]]
        found.setdefault(table, set()).update(tuple(filter(None, names)) for names in unique if all(names))
    return {table: frozenset(names) for table, names in found.items()}


def _python_type(type_: sa.types.TypeEngine[Any]) -> type:
    try:
        return type_.python_type
    except NotImplementedError:
        return object
