"""What erasing a person would do, decided before anything is touched."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

import sqlalchemy as sa

from handlers.crm import Action, CrmError, Plan, PlanStep
from handlers.law.retention import retain_until
from storage.crm import identifiers
from storage.crm.cascades import refuse_cascades
from storage.crm.datamap import Duty, MapError
from storage.crm.dated import COUNTRY, DATED, Row, day_of, keys_of
from storage.crm.fates import Fate
from storage.crm.find import NOBODY, on_file, with_key
from storage.crm.restrict import refuse_restricted
from storage.crm.rows import Key
from storage.crm.schema import MappedDatabase
from storage.crm.sharing import loosened, shared
from storage.crm.traces import traces
from storage.crm.values import shown
from storage.crm.walk import Condition, conditions, is_held


def plan_deletion(connection: sa.Connection, crm: MappedDatabase, key: str, *, today: date) -> Plan:
    """Return the plan for approval.

    Raises CrmError if nobody is there, CrmRestricted, MapError if the database would do more.
    """
    row = on_file(connection, crm, key)
    if row is None:
        raise CrmError(NOBODY)
    refuse_restricted(crm, row)
    mine = rows_of(connection, crm, with_key(crm, key))
    fates = survey(connection, crm, mine, today=today)
    refuse_cascades(connection, crm, fates)
    made = as_plan(crm, fates, traces(connection, crm, mine, row), whose=whose(crm, row))
    return replace(made, identifiers=identifiers.of_person(connection, crm, row, made.traces))


def rows_of(connection: sa.Connection, crm: MappedDatabase, person: Condition) -> Mapping[str, Condition]:
    """Return what picks the rows that are the person's alone, by table."""
    return conditions(connection, crm, person, alone=True, unshared=True)


def whose(crm: MappedDatabase, row: sa.RowMapping) -> str:
    """Return a hash over what tells the person from whoever is given the same key: name, addresses, numbers."""
    identity = crm.map.identity
    numbers = (field.name for field in crm.map.tables[identity.table].fields if field.identity)
    names = sorted({*identity.name, *identity.emails, *numbers})
    return hashlib.sha256(json.dumps([shown(row[name]) for name in names]).encode()).hexdigest()


def as_plan(crm: MappedDatabase, fates: Sequence[Fate], found: tuple[str, ...], *, whose: str = "") -> Plan:
    """Return the fates as a plan, tables in the map's order."""
    places = {name: place for place, name in enumerate(crm.map.tables)}
    shown = sorted(fates, key=lambda fate: places[fate.table])
    return Plan(
        steps=tuple(_step(crm, fate) for fate in shown), fingerprint=_fingerprint(crm, fates, whose), traces=found
    )


def survey(
    connection: sa.Connection, crm: MappedDatabase, mine: Mapping[str, Condition], *, today: date
) -> tuple[Fate, ...]:
    """Return what happens to each of the person's rows, children before parents.

    At most one statement a table, and another one for a table to which several persons' rows may refer.
    """
    fates = list(_shared(connection, crm, mine))
    both = {fate.table for fate in fates}
    staying = set(both)
    rows = keys_of(connection, crm, mine)
    for table in reversed(crm.map.order):
        handling = crm.map.handling(table)
        held = handling.erase is Action.DELETE and is_held(
            crm.map.tables, crm.map.links, table, staying, untouched=both
        )
        found = list(_fates(crm, table, Action.ANONYMISE if held else handling.erase, rows[table], today))
        if held and found:
            _refuse_unsaid(crm, table)
        going = {fate.table for fate in fates if fate.action is Action.DELETE}
        fates.extend(_loosened(crm, fate, both, going) for fate in found)
        if any(fate.action is not Action.DELETE for fate in found):
            staying.add(table)
    return tuple(fates)


def _refuse_unsaid(crm: MappedDatabase, table: str) -> None:
    """Raise MapError if the map does not say what becomes of each field of a row that has to stay."""
    fields = crm.map.tables[table].fields
    unsaid = [field.name for field in fields if field.personal and field.name not in crm.map.handling(table).erasures]
    if unsaid:
        raise MapError(
            f"a row of {table} has to stay, since one that is shared with somebody else refers to it: say under"
            f" handling.tables.{table}.fields what becomes of {', '.join(unsaid)}"
        )


def _shared(connection: sa.Connection, crm: MappedDatabase, mine: Mapping[str, Condition]) -> Iterator[Fate]:
    for table, rows in shared(crm, mine):
        key = crm.key(table)
        keys = tuple(tuple(row) for row in connection.execute(sa.select(*key).where(rows).order_by(*key)))
        if keys:
            yield Fate(table=table, action=Action.KEEP, keys=keys, shared=True)


def _loosened(crm: MappedDatabase, fate: Fate, both: set[str], going: set[str]) -> Fate:
    """Return the fate of rows that stay without their links to what goes, or is shared with others."""
    if fate.action is not Action.ANONYMISE:
        return fate
    return replace(fate, loosened=loosened(crm, fate.table, both=both, going=going))


def _fates(crm: MappedDatabase, table: str, action: Action, rows: Sequence[Row], today: date) -> Iterator[Fate]:
    width = len(crm.map.tables[table].key)
    duty = crm.map.handling(table).duty
    groups: dict[tuple[Action, str, date | None], list[Key]] = {}
    for row in rows:
        group = kept(duty, row, today) if duty else (action, "", None)
        groups.setdefault(group, []).append(tuple(row[:width]))
    for (fate, law, until), keys in groups.items():
        yield Fate(table=table, action=fate, keys=tuple(keys), law=law, until=until)


def kept(duty: Duty, row: Row, today: date) -> tuple[Action, str, date | None]:
    """Return what happens to a row of `dated_keys`, and for one that is kept the law and the last day."""
    dated = day_of(row._mapping[DATED])
    if dated is None:
        return Action.KEEP, "", None  # undated: whether the duty has ended is for a person to find out
    retention = retain_until(
        str(row._mapping[COUNTRY] or ""),
        duty.record,
        dated,
        financial_year_ends=duty.financial_year_ends,
        default_years=duty.default_years,
    )
    if retention is None or retention.until < today:
        return Action.DELETE, "", None
    return Action.KEEP, retention.law, retention.until


def _step(crm: MappedDatabase, fate: Fate) -> PlanStep:
    return PlanStep(
        table=fate.table,
        label=crm.map.handling(fate.table).label,
        action=fate.action,
        rows=len(fate.keys),
        law=fate.law,
        until=fate.until,
        shared=fate.shared,
    )


def _fingerprint(crm: MappedDatabase, fates: Sequence[Fate], whose: str) -> str:
    """Return a hash over the person, rows, actions, laws, dates and what the map does to each field."""
    facts = [
        [
            fate.table,
            fate.action,
            fate.law,
            str(fate.until),
            fate.shared,
            fate.loosened,
            sorted(crm.map.tables[fate.table].erased_fields().items()),
            [[str(part) for part in key] for key in fate.keys],
        ]
        for fate in fates
    ]
    return hashlib.sha256(json.dumps([whose, facts]).encode()).hexdigest()
