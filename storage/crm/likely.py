"""What a database can say of where an identifier may stand: more than is true, never less. The rest is read by us."""

from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from storage.crm.match import ascii_words, ascii_words_of, lower_all
from storage.crm.schema import MARIADB
from storage.crm.walk import Condition
from storage.crm.written import BEFORE_WORDS, ESCAPED, ESCAPED_ASCII, spellings_in_text

# SQLite bounds how deep an expression goes, and goes one deeper with each alternative.
ALTERNATIVES = 400
_NO_TEXT = (sa.Integer, sa.Numeric, sa.Date, sa.DateTime, sa.Time, sa.Interval, sa.Boolean, sa.Uuid)
_BINARY = sa.types._Binary
# Tables that the connection does not see without their schema, and what is no table of this database but may be read.
_ELSEWHERE = """
    SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f', 'm') AND (c.relkind IN ('f', 'm') OR NOT pg_table_is_visible(c.oid))
      AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' ORDER BY 1
"""


def is_legible(connection: sa.Connection, type_: sa.types.TypeEngine[Any], *, deep: bool = False) -> bool:
    """May a column of this type hold text? In SQLite any may, which is worth a look if `deep`."""
    if isinstance(type_, sa.types.NullType):
        # MariaDB has types that it turns into no text, and gives no hint which.
        return connection.dialect.name not in MARIADB
    return (deep and _is_sqlite(connection)) or not isinstance(type_, (*_NO_TEXT, _BINARY))


def unsearched(connection: sa.Connection) -> tuple[str, ...]:
    """Return what no search reads: columns of bytes, and on PostgreSQL tables of other schemas and copies of tables."""
    columns = [
        f"{table}.{column['name']}"
        for (_, table), found in sa.inspect(connection).get_multi_columns().items()
        for column in found
        if not isinstance(column["type"], _NO_TEXT) and not is_legible(connection, column["type"])
    ]
    elsewhere = connection.scalars(sa.text(_ELSEWHERE)) if connection.dialect.name == "postgresql" else ()
    return (*columns, *elsewhere)


def as_text(connection: sa.Connection, column: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """Return a column as text; of a column of SQLite that is not one of texts only the texts in it."""
    text = sa.cast(column, sa.Text)
    if not _is_sqlite(connection) or isinstance(column.type, sa.String | sa.JSON):
        return text
    return sa.case((sa.func.typeof(column) == "text", text))


def likely(
    connection: sa.Connection, columns: Collection[sa.ColumnElement[Any]], tokens: Sequence[str], *, deep: bool = False
) -> Iterator[Condition]:
    """Yield, for each of the columns, conditions of which every row that holds one of the tokens meets one.

    What may be missed unless `deep`: on PostgreSQL an ASCII character that a text, but no JSON column, has as its
    number; the words by which an index serves the search would be no words any longer.
    """
    if not tokens:
        return
    postgres = connection.dialect.name == "postgresql"
    for column in columns:
        text = as_text(connection, column)
        yield from (_contains(connection, text, each) for token in tokens for each in spellings_in_text(token))
        escapes = isinstance(column.type, sa.JSON) and not isinstance(column.type, postgresql.JSONB)
        if deep or escapes or not postgres:
            yield sa.and_(text.contains(ESCAPED, autoescape=True), text.regexp_match(ESCAPED_ASCII))


def alternatives(conditions: Iterator[Condition]) -> Iterator[Condition]:
    """Yield the conditions as few that are met where any of theirs is."""
    while portion := list(islice(conditions, ALTERNATIVES)):
        yield sa.or_(*portion)


def _contains(connection: sa.Connection, text: sa.ColumnElement[str], spelling: str) -> Condition:
    # SQLite's LIKE folds ASCII by itself, and much faster than our function for other scripts.
    folds = _is_sqlite(connection) and spelling.isascii()
    found = (text if folds else lower_all(text)).contains(spelling, autoescape=True)
    words = ascii_words(spelling) if connection.dialect.name == "postgresql" else []
    if not words:
        return found
    # The words say less, but an index serves them; without one they are looked at only in what is likely.
    first, *rest = words
    in_text = ascii_words_of(text)
    begins = in_text.overlap([first, *(f"{remnant}{first}" for remnant in BEFORE_WORDS)])
    return sa.and_(found, begins, *([in_text.contains(rest)] if rest else []))


def _is_sqlite(connection: sa.Connection) -> bool:
    return connection.dialect.name == "sqlite"
