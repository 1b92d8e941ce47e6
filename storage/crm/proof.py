"""The search after an erasure: no text may still hold one of the person's identifiers.

Columns of identifiers are compared in everybody's rows, and free text is read in everybody's rows; every other mapped
text is read in the rows that are left of the person. The deep search reads every text column of the database, whether
mapped or not, and takes as long as that takes.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import zip_longest
from typing import Any

import sqlalchemy as sa

from handlers.crm import Action
from storage.crm.datamap import Field, MappedTable
from storage.crm.fates import Fate
from storage.crm.match import among, ascii_words, ascii_words_of, holds_token, lower_all
from storage.crm.rows import Key, batches, with_keys
from storage.crm.schema import MappedDatabase
from storage.crm.walk import Condition

_SEARCHED = (sa.String, sa.JSON, sa.ARRAY)
# Categories of the Fides taxonomy.
_FREE_TEXT = "user.content"
_IDENTIFIERS = ("user.contact.email", "user.contact.phone_number", "user.unique_id", "user.account.username")

Rows = Sequence[sa.Row[*tuple[Any, ...]]]


def leftovers(
    connection: sa.Connection, crm: MappedDatabase, traces: Sequence[str], *, fates: Sequence[Fate], deep: bool = False
) -> tuple[str, ...]:
    """Return every "table.column" that holds a trace as a whole token; one statement a table at most.

    Fields that stay on rows kept by law are no leftovers: the proof names them with their law instead.
    """
    if not traces:
        return ()
    found = [
        f"{mapped.name}.{column}"
        for mapped in crm.map.tables.values()
        for column in _hits(connection, crm, mapped, traces, fates=fates, deep=deep)
    ]
    return tuple(found + (list(_unmapped_hits(connection, crm, traces)) if deep else []))


def _hits(
    connection: sa.Connection,
    crm: MappedDatabase,
    mapped: MappedTable,
    traces: Sequence[str],
    *,
    fates: Sequence[Fate],
    deep: bool,
) -> Iterator[str]:
    fields = [field for field in mapped.fields if isinstance(_column(crm, mapped, field).type, _SEARCHED)]
    if not fields:
        return
    key = crm.key(mapped.name)
    statement = sa.select(*key, *(sa.cast(_column(crm, mapped, field), sa.Text) for field in fields))
    # Anybody's rows and the first portion of what stays go in one statement, each by its own index.
    portions = zip_longest(
        _everywhere(connection, crm, mapped, fields, traces, deep=deep), _what_stays(crm, mapped.name, fates)
    )
    rows = [
        row
        for portion in portions
        for row in connection.execute(sa.union_all(*(statement.where(part) for part in portion if part is not None)))
    ]
    lawful = {
        key
        for fate in fates
        if (fate.table, fate.action) == (mapped.name, Action.KEEP) and not fate.shared
        for key in fate.keys
    }
    for place, field in enumerate(fields, start=len(key)):
        excused = set() if field.name in mapped.erased_fields() else lawful
        if any(_holds(row[place], traces) and tuple(row[: len(key)]) not in excused for row in rows):
            yield field.name


def _everywhere(
    connection: sa.Connection,
    crm: MappedDatabase,
    mapped: MappedTable,
    fields: Sequence[Field],
    traces: Sequence[str],
    *,
    deep: bool,
) -> Iterator[Condition]:
    """Yield the condition that narrows down anybody's rows, if there are columns to search in them."""
    read = [_column(crm, mapped, field) for field in fields if deep or _is_free_text(field)]
    compared = [_column(crm, mapped, field) for field in fields if not deep and _identifies(field)]
    likely = [*_likely(connection, read, traces), *(among(column, traces) for column in compared)]
    if likely:
        yield sa.or_(*likely)


def _what_stays(crm: MappedDatabase, table: str, fates: Sequence[Fate]) -> Iterator[Condition]:
    keys: list[Key] = [
        key for fate in fates if fate.table == table and fate.action is not Action.DELETE for key in fate.keys
    ]
    yield from (with_keys(crm, table, portion) for portion in batches(keys))


def _unmapped_hits(connection: sa.Connection, crm: MappedDatabase, traces: Sequence[str]) -> Iterator[str]:
    inspector = sa.inspect(connection)
    names = [name for name in inspector.get_table_names() if name not in crm.map.tables]
    for (_, table), columns in inspector.get_multi_columns(filter_names=names).items() if names else ():
        texts = [sa.column(one["name"], one["type"]) for one in columns if isinstance(one["type"], _SEARCHED)]
        if not texts:
            continue
        found = sa.select(*(sa.cast(text, sa.Text) for text in texts)).select_from(sa.table(table))
        rows: Rows = connection.execute(found.where(sa.or_(*_likely(connection, texts, traces)))).all()
        for place, text in enumerate(texts):
            if any(_holds(row[place], traces) for row in rows):
                yield f"{table}.{text.name}"


def _likely(
    connection: sa.Connection, columns: Collection[sa.ColumnElement[Any]], traces: Sequence[str]
) -> Iterator[Condition]:
    """Yield conditions by which the database narrows down; only a whole token counts as found."""
    for column in columns:
        text = sa.cast(column, sa.Text)
        for trace in traces:
            # SQLite's LIKE folds ASCII by itself, and much faster than our function for other scripts.
            folds = connection.dialect.name == "sqlite" and trace.isascii()
            likely = (text if folds else lower_all(text)).contains(trace, autoescape=True)
            words = ascii_words(trace) if connection.dialect.name == "postgresql" else []
            # The words say less, but an index serves them; without one they are looked at only in what is likely.
            yield sa.and_(likely, ascii_words_of(text).contains(words)) if words else likely


def _column(crm: MappedDatabase, mapped: MappedTable, field: Field) -> sa.Column[Any]:
    return crm.tables[mapped.name].c[field.name]


def _is_free_text(field: Field) -> bool:
    return field.note or any(category.startswith(_FREE_TEXT) for category in field.categories)


def _identifies(field: Field) -> bool:
    return bool(field.identity) or any(category.startswith(_IDENTIFIERS) for category in field.categories)


def _holds(text: object, traces: Sequence[str]) -> bool:
    return isinstance(text, str) and any(holds_token(text, trace) for trace in traces)
