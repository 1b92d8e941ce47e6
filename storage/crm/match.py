"""Exact matching on normalised values: Ann's address never meets Joann's."""

import re
import unicodedata
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

SQLITE_FOLD = "rightsdesk_fold"
CASELESS = "rightsdesk_caseless"  # in a column's `info`
_LARGEST_KEY = 2**63 - 1  # beyond it the drivers themselves fail
# What may not stand before and after a token, lest it is the middle of another one.
_ADDRESS_EDGES = (r"(?<!\w)(?<!\w[.+%-])", r"(?![\w@])(?![.-]\w)")
_NUMBER_EDGES = (r"(?<!\w)(?<!\w-)", r"(?!\w)(?!-\w)")
# What divides words of plain letters and digits. At its edges a whole token is divided from the rest in any case, so a
# text that holds it holds each of its words.
_BETWEEN_WORDS = "[^a-z0-9]+"


class lower_all(FunctionElement[str]):  # noqa: N801 - named like the SQL function it stands for
    """Lower case in every script; SQLite's own lower() knows only ASCII."""

    type = sa.Text()
    inherit_cache = True


class folded(FunctionElement[str]):  # noqa: N801 - likewise
    """A column as it is compared; an index on lower(trim(column)) serves it."""

    type = sa.Text()
    inherit_cache = True


class folded_all(folded):  # noqa: N801 - likewise
    """A column as it is compared where SQLite's own lower() does not reach; no index serves it there."""

    inherit_cache = True


@compiles(lower_all)
def _lower(element: lower_all, compiler: SQLCompiler, **options: Any) -> str:
    return f"lower({compiler.process(element.clauses, **options)})"


@compiles(lower_all, "sqlite")
def _lower_sqlite(element: lower_all, compiler: SQLCompiler, **options: Any) -> str:
    return f"{SQLITE_FOLD}({compiler.process(element.clauses, **options)})"


@compiles(folded)
def _folded(element: folded, compiler: SQLCompiler, **options: Any) -> str:
    return f"lower(trim({compiler.process(element.clauses, **options)}))"


@compiles(folded, "mysql")
@compiles(folded, "mariadb")
def _folded_mariadb(element: folded, compiler: SQLCompiler, **options: Any) -> str:
    # By its own collation Ann is Änn; only the binary one is exact, and only a Unicode text has it.
    text = compiler.process(element.clauses, **options)
    return f"(CONVERT(lower(trim({text})) USING utf8mb4) COLLATE utf8mb4_bin)"


@compiles(folded_all, "sqlite")
def _folded_all_sqlite(element: folded_all, compiler: SQLCompiler, **options: Any) -> str:
    return f"{SQLITE_FOLD}(trim({compiler.process(element.clauses, **options)}))"


def fold(value: str | None) -> str | None:
    """Lower a value for SQLite, as PostgreSQL's lower() does."""
    return value.lower() if isinstance(value, str) else value


def normalise(value: str) -> str:
    """Return a value as it is compared, "" for one that no database could hold or that only looks like another."""
    stripped = value.strip()
    text = unicodedata.normalize("NFC", stripped)
    if not text.isprintable():
        return ""
    lowered = text.lower()
    # The Kelvin sign becomes a plain k: what turns ASCII only by normalising is a look-alike.
    return "" if lowered.isascii() and not stripped.isascii() else lowered


def same(column: sa.ColumnElement[Any], value: str) -> sa.ColumnElement[bool]:
    """Return the equality of a column and a value that `normalise` returned; nothing equals ""."""
    if not value:
        return sa.false()
    if not isinstance(column.type, sa.String):
        number = as_stored(column, value)
        return sa.false() if number is None else column == number
    exact = (folded(column) if value.isascii() else folded_all(column)) == value
    if not is_caseless(column):
        return exact
    # No index serves the exact comparison; these, which say less, are served by one on the column itself.
    blank_before, blank_after = column.like(" %"), column.startswith(f"{value} ", autoescape=True)
    return sa.and_(sa.or_(column == value, blank_before, blank_after), exact)


def as_stored(column: sa.ColumnElement[Any], text: str) -> object | None:
    """Return a key or number as the column's type, None if none such can exist; only its canonical spelling counts."""
    kind = column.type.python_type
    if kind not in (int, uuid.UUID):
        return text if text.isprintable() else None
    try:
        value: int | uuid.UUID = kind(text)
    except ValueError:
        return None
    if str(value) != text or (isinstance(value, int) and abs(value) > _LARGEST_KEY):
        return None
    return value


def is_caseless(column: sa.ColumnElement[Any]) -> bool:
    """Does the database compare the column without regard to case, by its collation?"""
    return bool(isinstance(column, sa.Column) and column.info.get(CASELESS))


def ascii_words(token: str) -> list[str]:
    """Return the words of a normalised token; none of a token in another script."""
    return [word for word in re.split(_BETWEEN_WORDS, token) if word]


def ascii_words_of(text: sa.ColumnElement[str]) -> sa.ColumnElement[Any]:
    """Return PostgreSQL's array of a text's words, which a GIN index on the same expression serves."""
    # A constant, not a bound value: by that an index is recognised.
    between: sa.ColumnElement[str] = sa.literal_column(f"'{_BETWEEN_WORDS}'")
    return sa.func.regexp_split_to_array(lower_all(text), between, type_=ARRAY(sa.Text))


def holds_token(text: str, token: str) -> bool:
    """Does the text hold the normalised token as a whole, not as a part of a longer address or number?"""
    before, after = _ADDRESS_EDGES if "@" in token else _NUMBER_EDGES
    return re.search(before + re.escape(token) + after, text.lower()) is not None
