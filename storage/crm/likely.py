"""What a database can say of where an identifier may stand: more than is true, never less. The rest is read by us."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from storage.crm.charsets import can_hold, server_codec
from storage.crm.match import ascii_words, ascii_words_of, lower_all
from storage.crm.schema import MARIADB
from storage.crm.walk import Condition
from storage.crm.written import BEFORE_WORDS, ESCAPED, ESCAPED_ASCII, spellings_in_text

# SQLite bounds how deep an expression goes, and goes one deeper with each alternative.
ALTERNATIVES = 400
TOKENS = 50  # that PostgreSQL is asked for together
_LIKE = re.compile(r"([\\%_])")
_ESCAPED = r"\\\1"
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
        if postgres:
            yield from _indexed(text, tokens, codec=server_codec(connection))
        else:
            yield from (_contains(connection, text, one) for token in tokens for one in spellings_in_text(token))
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
    return (text if folds else lower_all(text)).contains(spelling, autoescape=True)


def _indexed(text: sa.ColumnElement[str], tokens: Sequence[str], *, codec: str) -> Iterator[Condition]:
    """Yield conditions for PostgreSQL, which an index on words serves, for some tokens each.

    The words say less than the spellings; without an index they are looked at only in what is likely.
    """
    in_text = ascii_words_of(text)
    for start in range(0, len(tokens), TOKENS):
        some = tokens[start : start + TOKENS]
        alike = [spellings for token in some for spellings in _of_as_many_words(token, codec)]
        patterns = [f"%{_LIKE.sub(_ESCAPED, spelling)}%" for spellings in alike for spelling in spellings]
        likely = lower_all(text).like(sa.any_(sa.literal(patterns, postgresql.ARRAY(sa.Text))))
        yield sa.and_(likely, sa.or_(*(_has_words(in_text, spellings) for spellings in alike)))


def _of_as_many_words(token: str, codec: str) -> Iterable[list[str]]:
    found: dict[int, list[str]] = {}
    for spelling in filter(partial(can_hold, codec), spellings_in_text(token)):
        found.setdefault(len(ascii_words(spelling)), []).append(spelling)
    return found.values()


def _has_words(in_text: sa.ColumnElement[Any], spellings: Sequence[str]) -> Condition:
    """Return whether a text has the words of one of the spellings; true if they have none."""
    places = [sorted(set(words)) for words in zip(*map(ascii_words, spellings), strict=True)]
    if not places:
        return sa.true()
    first, *rest = places
    begins = [f"{remnant}{word}" for word in first for remnant in ("", *BEFORE_WORDS)]
    return sa.and_(*(in_text.overlap(words) for words in (begins, *rest)))


def _is_sqlite(connection: sa.Connection) -> bool:
    return connection.dialect.name == "sqlite"
