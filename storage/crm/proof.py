"""The search after an erasure: no text may still hold one of the person's identifiers.

Columns of identifiers are compared in everybody's rows, and free text is read in everybody's rows; every other mapped
text is read in the rows that are left of the person. The deep search reads every column of the database that may hold
text, whether mapped or not, and takes as long as that takes.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, zip_longest
from typing import Any

import sqlalchemy as sa

from handlers.crm import Action
from storage.crm.datamap import Field, MappedTable
from storage.crm.fates import Fate
from storage.crm.likely import alternatives, as_text, is_legible, likely
from storage.crm.match import among
from storage.crm.rows import Key, batches, with_keys
from storage.crm.schema import MappedDatabase
from storage.crm.walk import Condition
from storage.crm.written import holds_any

# Categories of the Fides taxonomy.
_FREE_TEXT = "user.content"
_IDENTIFIERS = ("user.contact.email", "user.contact.phone_number", "user.unique_id", "user.account.username")


def leftovers(
    connection: sa.Connection, crm: MappedDatabase, traces: Sequence[str], *, fates: Sequence[Fate], deep: bool = False
) -> tuple[str, ...]:
    """Return every "table.column" that holds a trace as a whole token; one statement a table for some 100 traces.

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
    fields = [field for field in mapped.fields if is_legible(connection, _column(crm, mapped, field).type, deep=deep)]
    if not fields:
        return
    key = crm.key(mapped.name)
    texts = [as_text(connection, _column(crm, mapped, field)) for field in fields]
    # Under names of ours: unions tell columns apart by them.
    statement = sa.select(*key, *(text.label(f"text_{place}") for place, text in enumerate(texts)))
    # Anybody's rows and the first portion of what stays go in one statement, each by its own index.
    portions = zip_longest(
        _everywhere(connection, crm, mapped, fields, traces, deep=deep), _what_stays(crm, mapped.name, fates)
    )
    lawful = {
        key
        for fate in fates
        if (fate.table, fate.action) == (mapped.name, Action.KEEP) and not fate.shared
        for key in fate.keys
    }
    found: set[str] = set()
    for portion in portions:
        parts = (statement.where(part) for part in portion if part is not None)
        for row in connection.execute(sa.union_all(*parts)):
            excused = mapped.erased_fields().keys() if tuple(row[: len(key)]) in lawful else None
            for field, text in zip(fields, row[len(key) :], strict=True):
                may_stay = excused is not None and field.name not in excused
                if field.name not in found and not may_stay and holds_any(text, traces):
                    found.add(field.name)
    yield from (field.name for field in fields if field.name in found)


def _everywhere(
    connection: sa.Connection,
    crm: MappedDatabase,
    mapped: MappedTable,
    fields: Sequence[Field],
    traces: Sequence[str],
    *,
    deep: bool,
) -> Iterator[Condition]:
    """Yield what narrows down anybody's rows, if there are columns to search in them."""
    read, compared = [], []
    for field in fields:
        column = _column(crm, mapped, field)
        # Only of texts a database says whether they are equal.
        comparable = isinstance(column.type, sa.String)
        if not deep and _identifies(field) and comparable:
            compared.append(column)
        if deep or _is_free_text(field) or (_identifies(field) and not comparable):
            read.append(column)
    yield from alternatives(
        chain(likely(connection, read, traces, deep=deep), (among(column, traces) for column in compared))
    )


def _what_stays(crm: MappedDatabase, table: str, fates: Sequence[Fate]) -> Iterator[Condition]:
    keys: list[Key] = [
        key for fate in fates if fate.table == table and fate.action is not Action.DELETE for key in fate.keys
    ]
    yield from (with_keys(crm, table, portion) for portion in batches(keys))


def _unmapped_hits(connection: sa.Connection, crm: MappedDatabase, traces: Sequence[str]) -> Iterator[str]:
    inspector = sa.inspect(connection)
    names = [name for name in inspector.get_table_names() if name not in crm.map.tables]
    for (_, table), columns in inspector.get_multi_columns(filter_names=names).items() if names else ():
        own = [sa.column(one["name"], one["type"]) for one in columns if is_legible(connection, one["type"], deep=True)]
        texts = [as_text(connection, column) for column in own]
        statement = sa.select(*(text.label(f"text_{place}") for place, text in enumerate(texts)))
        found: set[str] = set()
        for part in alternatives(likely(connection, own, traces, deep=True)):
            for row in connection.execute(statement.select_from(sa.table(table)).where(part)):
                found |= {str(column.name) for column, text in zip(own, row, strict=True) if holds_any(text, traces)}
        yield from (f"{table}.{column.name}" for column in own if column.name in found)


def _column(crm: MappedDatabase, mapped: MappedTable, field: Field) -> sa.Column[Any]:
    return crm.tables[mapped.name].c[field.name]


def _is_free_text(field: Field) -> bool:
    return field.note or any(category.startswith(_FREE_TEXT) for category in field.categories)


def _identifies(field: Field) -> bool:
    return bool(field.identity) or any(category.startswith(_IDENTIFIERS) for category in field.categories)
