"""Corrections (Art. 16): proposed as changes from old to new, then written only where everything still stands so.

A new street beside a town that somebody else wrote meanwhile is no address. So a change carries a mark of all that it
was proposed upon: which rows there are, which of them are meant, and what stands in the columns beside.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from handlers.crm import Action, Change, CrmConflict, CrmError, CrmIncomplete, Done, Person, PlanStep
from handlers.recognition import Correction
from storage.crm.changelog import Write
from storage.crm.datamap import Target
from storage.crm.find import NOBODY, on_file, person_of, with_key
from storage.crm.restrict import refuse_restricted
from storage.crm.rows import Key, as_text, batches, with_keys
from storage.crm.schema import MappedDatabase
from storage.crm.values import as_column, shown, split
from storage.crm.walk import Condition, conditions

Row = sa.Row[*tuple[Any, ...]]
Where = tuple[tuple[str, str], ...]
Place = tuple[str, Where]  # a table, and which of its rows
_CONFLICT = "what is to be corrected is no longer as it was when that was proposed; propose the correction again"


def plan_correction(
    connection: sa.Connection, crm: MappedDatabase, key: str, corrections: Sequence[Correction]
) -> tuple[Change, ...]:
    """Return the changes; what the map does not allow, cannot be read or could mean several rows is left out.

    Raises CrmError if nobody is there, CrmRestricted.
    """
    person, mine = _writable(connection, crm, key)
    changes = [
        change
        for correction in corrections
        for target in crm.map.correctable.get(correction.field, ())
        for change in _changes(connection, crm, mine, target, correction, country=person.country)
    ]
    by_field: dict[tuple[Place, str], list[Change]] = {}
    for change in changes:
        by_field.setdefault((_place(change), change.field), []).append(change)
    # Two new values for one field contradict each other; neither is a safe guess.
    agreed = [group[0] for group in by_field.values() if len({change.new for change in group}) == 1]
    marks = {
        place: _mark(crm, place, _read(connection, crm, mine, place, group), group)
        for place, group in _grouped(agreed).items()
    }
    return tuple(replace(change, seen=marks[_place(change)]) for change in agreed)


def correct(
    connection: sa.Connection, crm: MappedDatabase, key: str, changes: Sequence[Change], writes: list[Write]
) -> Done:
    """Write the new values within the caller's transaction, and say in `writes` which.

    Raises CrmConflict, before anything is written, if what the changes were proposed upon is not there any more;
    CrmError if nobody is there or the map forbids a change; CrmRestricted.
    """
    _, mine = _writable(connection, crm, key)
    # All rows are chosen before any is written: an address that links tables would lose them half-way.
    pending = [
        (place[0], group, _pending(connection, crm, mine, place, group)) for place, group in _grouped(changes).items()
    ]
    for table, group, rows in pending:
        writes.extend(_writes(crm, table, rows, group))
    return Done(steps=tuple(_write(connection, crm, table, rows, group) for table, group, rows in pending))


def _writable(connection: sa.Connection, crm: MappedDatabase, key: str) -> tuple[Person, Mapping[str, Condition]]:
    """Return the person and what picks their rows; raises CrmError if nobody is there, CrmRestricted."""
    row = on_file(connection, crm, key)
    if row is None:
        raise CrmError(NOBODY)
    refuse_restricted(crm, row)
    return person_of(crm, row), conditions(connection, crm, with_key(crm, key), alone=True, unshared=True)


def _changes(
    connection: sa.Connection,
    crm: MappedDatabase,
    mine: Mapping[str, Condition],
    target: Target,
    correction: Correction,
    *,
    country: str,
) -> list[Change]:
    new = _new_values(crm, target, correction, country)
    if new is None:
        return []
    columns = crm.columns(target.table, list(new))
    rows = connection.execute(sa.select(*columns).distinct().where(_rows(crm, mine, target))).all()
    current = {tuple(shown(value) for value in row) for row in rows}
    if len(current) > 1 and correction.old:
        current = {row for row in current if ", ".join(row) == correction.old or correction.old in row}
    if len(current) != 1:
        return []
    return [
        Change(
            table=target.table,
            field=field,
            label=crm.map.label(target.table, field),
            old=old,
            new=value,
            where=_where(target),
        )
        for (field, value), old in zip(new.items(), current.pop(), strict=True)
        if old != value
    ]


def _new_values(crm: MappedDatabase, target: Target, correction: Correction, country: str) -> dict[str, str] | None:
    columns = dict(target.columns)
    parts = split(target.validator, columns.keys(), correction.new, country=country)
    if parts is None:
        return None
    table = crm.tables[target.table]
    values = {column: as_column(table.c[column].type, parts[part]) for part, column in columns.items() if part in parts}
    if len(values) != len(columns) or None in values.values():
        return None
    return {column: shown(value) for column, value in values.items()}


def _rows(crm: MappedDatabase, mine: Mapping[str, Condition], target: Target) -> Condition:
    columns = crm.tables[target.table].c
    return sa.and_(mine[target.table], *(columns[name] == value for name, value in target.where))


def _where(target: Target) -> Where:
    return tuple((name, shown(value)) for name, value in target.where)


def _place(change: Change) -> Place:
    return change.table, change.where


def _grouped(changes: Sequence[Change]) -> dict[Place, list[Change]]:
    grouped: dict[Place, list[Change]] = {}
    for change in changes:
        grouped.setdefault(_place(change), []).append(change)
    return grouped


def _targets(crm: MappedDatabase, place: Place, changes: Sequence[Change]) -> list[Target]:
    """Return all that the map says of where the changes go; raises CrmError if it does not allow one of them."""
    same_rows = [
        target
        for targets in crm.map.correctable.values()
        for target in targets
        if (target.table, _where(target)) == place
    ]
    fields = {change.field for change in changes}
    found = [target for target in same_rows if fields.intersection(dict(target.columns).values())]
    if fields - {column for target in found for _, column in target.columns}:
        raise CrmError("the data map does not let this field be corrected")
    return found


def _read(
    connection: sa.Connection,
    crm: MappedDatabase,
    mine: Mapping[str, Condition],
    place: Place,
    changes: Sequence[Change],
    *,
    locked: bool = False,
) -> Sequence[Row]:
    """Return the rows that changes may mean: their keys, then every column that belongs to what is corrected."""
    targets = _targets(crm, place, changes)
    table = place[0]
    names = dict.fromkeys(column for target in targets for _, column in target.columns)
    statement = sa.select(*crm.key(table), *crm.columns(table, names)).where(_rows(crm, mine, targets[0]))
    return connection.execute(statement.with_for_update() if locked else statement).all()


def _mark(crm: MappedDatabase, place: Place, rows: Sequence[Row], changes: Sequence[Change]) -> str:
    """Return a hash over the rows, over which of them fit the changes, and over what stands beside those.

    Writing the changes, or doing it again, does not alter it; anything else does.
    """
    width, changed = len(crm.key(place[0])), {change.field for change in changes}
    facts = []
    for row in rows:
        fits = all(_fits(row, change) for change in changes)
        beside = [shown(row._mapping[name]) for name in row._fields[width:] if fits and name not in changed]
        facts.append([as_text(tuple(row[:width])), fits, beside])
    return hashlib.sha256(json.dumps(sorted(facts)).encode()).hexdigest()


def _pending(
    connection: sa.Connection,
    crm: MappedDatabase,
    mine: Mapping[str, Condition],
    place: Place,
    changes: Sequence[Change],
) -> list[Row]:
    """Return the rows that are meant; raises CrmConflict if they are not as they were, unless nothing is left to do."""
    rows = _read(connection, crm, mine, place, changes, locked=True)
    if rows and not _open(rows, changes):
        return list(rows)
    if {change.seen for change in changes} != {_mark(crm, place, rows, changes)}:
        raise CrmConflict(_CONFLICT)
    return [row for row in rows if all(_fits(row, change) for change in changes)]


def _open(rows: Sequence[Row], changes: Sequence[Change]) -> list[Row]:
    """Return the rows of which something is to be written."""
    return [row for row in rows if not all(_is_new(row, change) for change in changes)]


def _fits(row: Row, change: Change) -> bool:
    return shown(row._mapping[change.field]) in (change.old, change.new)


def _is_new(row: Row, change: Change) -> bool:
    return shown(row._mapping[change.field]) == change.new


def _writes(crm: MappedDatabase, table: str, rows: Sequence[Row], changes: Sequence[Change]) -> Iterator[Write]:
    for row in rows:
        key = as_text(_key(crm, table, row))
        for change in changes:
            yield Write(Action.CHANGE, table, key, change.field, shown(row._mapping[change.field]), change.new)


def _key(crm: MappedDatabase, table: str, row: Row) -> Key:
    return tuple(row[: len(crm.key(table))])


def _write(
    connection: sa.Connection, crm: MappedDatabase, table: str, rows: Sequence[Row], changes: Sequence[Change]
) -> PlanStep:
    keys = [_key(crm, table, row) for row in _open(rows, changes)]
    columns = crm.tables[table].c
    values = {change.field: as_column(columns[change.field].type, change.new) for change in changes}
    affected = sum(
        connection.execute(sa.update(crm.tables[table]).where(with_keys(crm, table, portion)).values(values)).rowcount
        for portion in batches(keys)
    )
    if affected != len(keys):
        raise CrmIncomplete(f"correcting {table} affected {affected} rows instead of {len(keys)}")
    return crm.changed(table, affected)
