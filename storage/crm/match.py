"""Exact matching on normalised values: Ann's address never meets Joann's."""

import re
import unicodedata
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

SQLITE_FOLD = "rightsdesk_fold"
# What may not stand before and after a token, lest it is the middle of another one.
_ADDRESS_EDGES = (r"(?<!\w)(?<!\w[.+%-])", r"(?![\w@])(?![.-]\w)")
_NUMBER_EDGES = (r"(?<!\w)(?<!\w-)", r"(?!\w)(?!-\w)")


class lower_all(FunctionElement[str]):  # noqa: N801 - named like the SQL function it stands for
    """Lower case in every script; SQLite's own lower() knows only ASCII."""

    type = sa.Text()
    inherit_cache = True


@compiles(lower_all)
def _lower(element: lower_all, compiler: SQLCompiler, **options: Any) -> str:
    return f"lower({compiler.process(element.clauses, **options)})"


@compiles(lower_all, "sqlite")
def _lower_sqlite(element: lower_all, compiler: SQLCompiler, **options: Any) -> str:
    return f"{SQLITE_FOLD}({compiler.process(element.clauses, **options)})"


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


def folded(column: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """Return a column as it is compared; an index on lower(trim(column)) serves it."""
    return sa.func.lower(sa.func.trim(column))


def same(column: sa.ColumnElement[Any], value: str) -> sa.ColumnElement[bool]:
    """Return the equality of a column and a value that `normalise` returned; nothing equals ""."""
    if not value:
        return sa.false()
    if value.isascii():
        return folded(column) == value
    return lower_all(sa.func.trim(column)) == value


def holds_token(text: str, token: str) -> bool:
    """Does the text hold the normalised token as a whole, not as a part of a longer address or number?"""
    before, after = _ADDRESS_EDGES if "@" in token else _NUMBER_EDGES
    return re.search(before + re.escape(token) + after, text.lower()) is not None
