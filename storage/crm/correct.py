"""Corrections (Art. 16): proposed as changes from old to new, then written only where the old value still stands."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from handlers.crm import Action, Change, CrmConflict, CrmError, CrmIncomplete, Done, Person, PlanStep
from handlers.recognition import Correction
from storage.crm.changelog import Write
from storage.crm.datamap import Target
from storage.crm.find import NOBODY, find_by_key, with_key
from storage.crm.restrict import refuse_restricted
from storage.crm.rows import Key, as_text, batches, with_keys
from storage.crm.schema import MappedDatabase
from storage.crm.values import as_column, shown, split
from storage.crm.walk import Condition, conditions

Row = sa.Row[*tuple[Any, ...]]
Where = tuple[tuple[str, str], ...]


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
    by_place: dict[tuple[str, Where, str], list[Change]] = {}
    for change in changes:
        by_place.setdefault((change.table, change.where, change.field), []).append(change)
    # Two new values for one place contradict each other; neither is a safe guess.
    return tuple(group[0] for group in by_place.values() if len({change.new for change in group}) == 1)


def correct(
    connection: sa.Connection, crm: MappedDatabase, key: str, changes: Sequence[Change], writes: list[Write]
) -> Done:
    """Write the new values within the caller's transaction, and say in `writes` which.

    Raises CrmConflict if a value is neither old nor new, CrmError if nobody is there or the map forbids a change,
    CrmRestricted.
    """
    _, mine = _writable(connection, crm, key)
    grouped: dict[Target, list[Change]] = {}
    for change in changes:
        grouped.setdefault(_target(crm, change), []).append(change)
    # All rows are chosen before any is written: an address that links tables would lose them half-way.
    pending = [(target, _pending(connection, crm, mine, target, group)) for target, group in grouped.items()]
    for target, rows in pending:
        writes.extend(_writes(crm, target.table, rows, grouped[target]))
    return Done(steps=tuple(_write(connection, crm, target.table, rows, grouped[target]) for target, rows in pending))


def _writable(connection: sa.Connection, crm: MappedDatabase, key: str) -> tuple[Person, Mapping[str, Condition]]:
    """Return the person and what picks their rows; raises CrmError if nobody is there, CrmRestricted."""
    person = find_by_key(connection, crm, key)
    if person is None:
        raise CrmError(NOBODY)
    refuse_restricted(connection, crm, key)
    return person, conditions(connection, crm, with_key(crm, key), alone=True)


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


def _target(crm: MappedDatabase, change: Change) -> Target:
    for targets in crm.map.correctable.values():
        for target in targets:
            same_rows = (target.table, _where(target)) == (change.table, change.where)
            if same_rows and change.field in dict(target.columns).values():
                return target
    raise CrmError("the data map does not let this field be corrected")


def _pending(
    connection: sa.Connection,
    crm: MappedDatabase,
    mine: Mapping[str, Condition],
    target: Target,
    changes: Sequence[Change],
) -> list[Row]:
    columns = crm.columns(target.table, [change.field for change in changes])
    statement = sa.select(*crm.key(target.table), *columns).where(_rows(crm, mine, target)).with_for_update()
    rows = connection.execute(statement).all()
    matching = [row for row in rows if all(_fits(row, change) for change in changes)]
    if not matching:
        raise CrmConflict("a value to correct is neither the old nor the new one; propose the correction again")
    return [row for row in matching if not all(_is_new(row, change) for change in changes)]


def _fits(row: Row, change: Change) -> bool:
    return shown(row._mapping[change.field]) in (change.old, change.new)


def _is_new(row: Row, change: Change) -> bool:
    return shown(row._mapping[change.field]) == change.new


def _writes(crm: MappedDatabase, table: str, rows: Sequence[Row], changes: Sequence[Change]) -> Iterator[Write]:
    for row in rows:
        key = as_text(_key(crm, table, row))
        for change in changes:
            if not _is_new(row, change):
                yield Write(Action.CHANGE, table, key, change.field, shown(row._mapping[change.field]), change.new)


def _key(crm: MappedDatabase, table: str, row: Row) -> Key:
    return tuple(row[: len(crm.key(table))])


def _write(
    connection: sa.Connection, crm: MappedDatabase, table: str, rows: Sequence[Row], changes: Sequence[Change]
) -> PlanStep:
    keys = [_key(crm, table, row) for row in rows]
    columns = crm.tables[table].c
    values = {change.field: as_column(columns[change.field].type, change.new) for change in changes}
    affected = sum(
        connection.execute(sa.update(crm.tables[table]).where(with_keys(crm, table, portion)).values(values)).rowcount
        for portion in batches(keys)
    )
    if affected != len(keys):
        raise CrmIncomplete(f"correcting {table} affected {affected} rows instead of {len(keys)}")
    return crm.changed(table, affected)
