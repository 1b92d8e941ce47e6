"""Exact matching on normalised values: Ann's address never meets Joann's."""

import re
import unicodedata
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from storage.crm.charsets import EVERY_CHARACTER, can_hold

SQLITE_FOLD = "rightsdesk_fold"
# In a column's `info`.
CASELESS, CODEC = "rightsdesk_caseless", "rightsdesk_codec"
_Number = int | Decimal | uuid.UUID
# How a text becomes a value of a column's class; where fractions are floating, whole numbers alone are exact.
_READ: Mapping[type, Callable[[str], _Number]] = {
    int: int,
    float: int,
    Decimal: Decimal,
    uuid.UUID: uuid.UUID,
}
_LARGEST_KEY = 2**63 - 1  # beyond it the drivers themselves fail
# What imports leave at the ends of a value, and SQL's trim() leaves there too.
_REMNANTS = ("\t", "\n", "\r", "\r\n", "\u00a0")
_ENDS = (
    ("", ""),
    *((before, "") for one in _REMNANTS for before in (one, f"{one} ")),
    *(("", after) for one in _REMNANTS for after in (one, f" {one}")),
    *((before, after) for one in _REMNANTS for before in (one, f"{one} ") for after in (one, f" {one}")),
)
# What may not stand before and after a token, lest it is the middle of another one. A low line that joins nothing only
# emphasises. It may be part of an address and of a name; numbers are written between low lines in names of files.
_ADDRESS_EDGES = (r"(?<![^\W_])(?<![^\W_][.+%_-])(?<![^\W_][.+%_-]{2})", r"(?![^\W_]|@)(?![.-]\w)")
_NAME_EDGES = (r"(?<![^\W_])(?<![^\W_][_-])", r"(?![^\W_])(?![_-][^\W_])")
_NUMBER_EDGES = (r"(?<![^\W_])(?<![^\W_]-)", r"(?![^\W_])(?!-[^\W_])")
_DIGIT = re.compile(r"\d")
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


class _equals_any(FunctionElement[bool]):  # noqa: N801 - likewise
    """A text's equality with any of many; one value is bound, so no bound on their number is met."""

    type = sa.Boolean()
    inherit_cache = True

    def __init__(self, text: sa.ColumnElement[str], values: Collection[str]) -> None:
        # The last is for databases that have to be told each by itself.
        each = text.in_(sa.bindparam(None, values, sa.Text(), expanding=True))
        super().__init__(text, sa.literal(values, sa.JSON()), each)

    def self_group(self, against: object = None) -> Self:  # noqa: ARG002 - the library's signature
        """Stand without "= 1", behind which no index is seen."""
        return self


@compiles(_equals_any)
def _in_list(element: _equals_any, compiler: SQLCompiler, **options: Any) -> str:
    _, _, each = element.clauses
    return compiler.process(each, **options)


@compiles(_equals_any, "postgresql")
def _in_json(element: _equals_any, compiler: SQLCompiler, **options: Any) -> str:
    text, packed = _processed(element, compiler, **options)
    # As an array, not a sub-select: an index serves each of its elements.
    return f"({text} = ANY (ARRAY(SELECT json_array_elements_text({packed}))))"


@compiles(_equals_any, "sqlite")
def _in_json_sqlite(element: _equals_any, compiler: SQLCompiler, **options: Any) -> str:
    text, packed = _processed(element, compiler, **options)
    return f"({text} IN (SELECT value FROM json_each({packed})))"  # noqa: S608 - expressions that the library wrote


def _processed(element: _equals_any, compiler: SQLCompiler, **options: Any) -> tuple[str, str]:
    text, packed, _ = element.clauses
    return compiler.process(text, **options), compiler.process(packed, **options)


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


def spelled(value: str) -> Iterator[str]:
    """Yield how a column may hold what `normalise` returned, once its case is folded and blanks are trimmed.

    Composed or decomposed, and with what imports leave at the ends. All of them an index on the column serves; what
    else stands before or behind a value makes it another one.
    """
    for form in dict.fromkeys((value, unicodedata.normalize("NFD", value))):
        for before, after in _ENDS:
            yield f"{before}{form}{after}"


def same(column: sa.ColumnElement[Any], value: str) -> sa.ColumnElement[bool]:
    """Return the equality of a column and a value that `normalise` returned; nothing equals ""."""
    return among(column, (value,))


def among(column: sa.ColumnElement[Any], values: Collection[str]) -> sa.ColumnElement[bool]:
    """Return the equality of a column and any of many values that `normalise` returned; nothing equals ""."""
    wanted = sorted(set(values) - {""})
    if not isinstance(column.type, sa.String):
        stored = [as_stored(column, value) for value in wanted]
        return column.in_([one for one in stored if one is not None])
    plain = [value for value in wanted if value.isascii()]
    other = [value for value in wanted if not value.isascii()]
    ways = [_among(column, folded(column), plain), _among(column, folded_all(column), other)]
    return sa.or_(sa.false(), *(way for way in ways if way is not None))


def _among(
    column: sa.ColumnElement[Any], text: sa.ColumnElement[str], values: Collection[str]
) -> sa.ColumnElement[bool] | None:
    codec = column.info.get(CODEC, EVERY_CHARACTER) if isinstance(column, sa.Column) else EVERY_CHARACTER
    spellings = [spelling for value in values for spelling in spelled(value) if can_hold(codec, spelling)]
    if not spellings:
        return None
    exact = _equals_any(text, spellings)
    if not is_caseless(column):
        return exact
    # No index serves the exact comparison; these, which say less, are served by one on the column itself.
    blank_before = column.like(" %")
    blank_after = (column.startswith(f"{value} ", autoescape=True) for value in values if can_hold(codec, value))
    return sa.and_(sa.or_(column.in_(spellings), blank_before, *blank_after), exact)


def as_stored(column: sa.ColumnElement[Any], text: str) -> object | None:
    """Return a key or number as the column's type, None if none such can exist; only its canonical spelling counts.

    A database that compares a number with a text itself refuses, or as MariaDB does takes every word for 0.
    """
    try:
        kind = column.type.python_type
    except NotImplementedError:
        return None
    if issubclass(kind, str):
        return text if text.isprintable() else None
    if kind not in _READ:
        return None
    try:
        value = _READ[kind](text)
        plain = _plain(value)
        too_large = isinstance(value, int | Decimal) and not -_LARGEST_KEY <= value <= _LARGEST_KEY
    except (ValueError, ArithmeticError):
        return None
    return None if too_large or plain != text else value


def _plain(value: _Number) -> str:
    # Neither an exponent nor a sign before nothing.
    return f"{value + 0:f}" if isinstance(value, Decimal) else str(value)


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
    before, after = _edges(token)
    return re.search(before + re.escape(token) + after, text.lower()) is not None


def _edges(token: str) -> tuple[str, str]:
    if "@" in token:
        return _ADDRESS_EDGES
    return _NUMBER_EDGES if _DIGIT.search(token) else _NAME_EDGES
