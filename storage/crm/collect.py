"""All mapped data of a person (Art. 15), one statement a table; what may not leave is marked in its place."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from handlers.crm import Copy, HeldNote, Row, TableCopy, Withheld
from storage.crm import consents
from storage.crm.datamap import Field
from storage.crm.find import require
from storage.crm.notes import NoteGate, as_note, text_of
from storage.crm.schema import MappedDatabase
from storage.crm.walk import Condition, conditions

Found = sa.Row[*tuple[Any, ...]]


def collect(connection: sa.Connection, crm: MappedDatabase, key: str, *, gate: NoteGate) -> Copy:
    """Return the copy, tables in the map's order; raises CrmError if nobody is there.

    Rows found only by an address that somebody else uses too are left out: they may be the other's (Art. 15(4)).
    """
    mine = conditions(connection, crm, require(connection, crm, key), alone=True)
    found = {name: _read(connection, crm, name, mine[name]) for name in crm.map.tables if name in mine}
    held = gate.hold([note for name, rows in found.items() for note in _notes(crm, name, rows)])
    tables = tuple(_table(crm, name, rows, held) for name, rows in found.items())
    return Copy(tables, consents=consents.given(connection, crm, mine))


def _read(connection: sa.Connection, crm: MappedDatabase, name: str, mine: Condition) -> Sequence[Found]:
    """Return a table's rows: first the key, then the personal columns."""
    key = crm.key(name)
    columns = crm.columns(name, [field.name for field in _personal(crm, name)])
    return connection.execute(sa.select(*key, *columns).where(mine).order_by(*key)).all()


def _personal(crm: MappedDatabase, name: str) -> list[Field]:
    return [field for field in crm.map.tables[name].fields if field.personal]


def _notes(crm: MappedDatabase, name: str, rows: Sequence[Found]) -> Iterator[HeldNote]:
    width = len(crm.map.tables[name].key)
    places = [(place, field.name) for place, field in enumerate(_personal(crm, name), start=width) if field.note]
    for row in rows if places else ():
        for place, field in places:
            text = text_of(row[place])
            if text is not None:
                yield as_note(name, row[:width], field, text)


def _table(crm: MappedDatabase, name: str, rows: Sequence[Found], held: Collection[HeldNote]) -> TableCopy:
    handling, fields = crm.map.handling(name), _personal(crm, name)
    mine = tuple(note for note in held if note.table == name)
    ids = {note.id for note in mine}
    width = len(crm.map.tables[name].key)
    return TableCopy(
        name=name,
        label=handling.label,
        purpose=handling.purpose,
        recipients=handling.recipients,
        retention=handling.retention,
        columns=tuple(field.name for field in fields),
        column_labels=tuple(field.label for field in fields),
        rows=tuple(_row(name, fields, row[:width], row[width:], ids) for row in rows),
        provided=any(field.provided for field in fields),
        source=handling.source,
        basis=handling.basis or "",
        column_categories=tuple(field.categories for field in fields),
        portable=tuple(field.name for field in fields if field.provided),
        held=mine,
    )


def _row(table: str, fields: Sequence[Field], key: Sequence[object], values: Sequence[object], held: set[str]) -> Row:
    return {field.name: _given(table, field, key, value, held) for field, value in zip(fields, values, strict=True)}


def _given(table: str, field: Field, key: Sequence[object], value: object, held: set[str]) -> object:
    if field.third_person and value not in (None, ""):
        return Withheld.THIRD_PERSON
    text = text_of(value) if held and field.note else None
    if text is not None and as_note(table, key, field.name, text).id in held:
        return Withheld.HELD
    return value
