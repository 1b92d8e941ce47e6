"""What erasing a person would do, decided before anything is touched."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from handlers.crm import Action, Plan, PlanStep
from handlers.law.retention import retain_until
from storage.crm.datamap import Duty
from storage.crm.find import require
from storage.crm.match import normalise, same
from storage.crm.rows import Key
from storage.crm.schema import MappedDatabase
from storage.crm.walk import Condition, conditions, is_held

Row = sa.Row[*tuple[Any, ...]]
# A shorter number stands in too many texts to prove anything.
SHORTEST_TRACE = 6
_DATED = "rightsdesk_dated"
_COUNTRY = "rightsdesk_country"


@dataclass(frozen=True)
class Fate:
    """The rows of a table that share what happens to them."""

    table: str
    action: Action
    keys: tuple[Key, ...]
    law: str = ""
    until: date | None = None


def plan_deletion(connection: sa.Connection, crm: MappedDatabase, key: str, *, today: date) -> Plan:
    """Return the plan for approval; raises CrmError if nobody is there."""
    person = require(connection, crm, key)
    return as_plan(crm, survey(connection, crm, person, today=today), traces(connection, crm, person))


def as_plan(crm: MappedDatabase, fates: Sequence[Fate], found: tuple[str, ...]) -> Plan:
    """Return the fates as a plan, tables in the map's order."""
    places = {name: place for place, name in enumerate(crm.map.tables)}
    shown = sorted(fates, key=lambda fate: places[fate.table])
    return Plan(steps=tuple(_step(crm, fate) for fate in shown), fingerprint=_fingerprint(crm, fates), traces=found)


def survey(connection: sa.Connection, crm: MappedDatabase, person: Condition, *, today: date) -> tuple[Fate, ...]:
    """Return what happens to each of the person's rows, children before parents, one statement a table."""
    mine = conditions(crm, person, alone=True)
    fates: list[Fate] = []
    staying: set[str] = set()
    for table in reversed(crm.map.order):
        handling = crm.map.handling(table)
        held = handling.erase is Action.DELETE and is_held(crm.map.tables, crm.map.links, table, staying)
        rows = connection.execute(_keys(crm, table, handling.duty).where(mine[table]).order_by(*crm.key(table))).all()
        found = list(_fates(crm, table, Action.ANONYMISE if held else handling.erase, rows, today))
        fates.extend(found)
        if any(fate.action is not Action.DELETE for fate in found):
            staying.add(table)
    return tuple(fates)


def traces(connection: sa.Connection, crm: MappedDatabase, person: Condition) -> tuple[str, ...]:
    """Return the identifiers that are the person's alone; one shared with another person proves nothing."""
    mine = _identifiers(connection, crm, person)
    if not mine:
        return ()
    table = crm.map.identity.table
    equal = [same(column, value) for column in crm.columns(table, _identifying(crm)) for value in sorted(mine)]
    others = _identifiers(connection, crm, sa.and_(sa.not_(person), sa.or_(*equal)))
    return tuple(sorted(spelling for value in mine - others for spelling in _spellings(value)))


def _identifying(crm: MappedDatabase) -> list[str]:
    return [field.name for field in crm.map.tables[crm.map.identity.table].fields if field.identity]


def _identifiers(connection: sa.Connection, crm: MappedDatabase, rows: Condition) -> set[str]:
    columns = crm.columns(crm.map.identity.table, _identifying(crm))
    found = [value for row in connection.execute(sa.select(*columns).where(rows)) for value in row if value is not None]
    return {value for value in map(normalise, map(str, found)) if len(value) >= SHORTEST_TRACE}


def _spellings(value: str) -> Iterator[str]:
    yield value
    compact = "".join(character for character in value if character not in " -/()")
    if compact != value and compact.lstrip("+").isdigit():
        yield compact  # a telephone number without its spaces


def _keys(crm: MappedDatabase, table: str, duty: Duty | None) -> sa.Select[*tuple[Any, ...]]:
    wanted: list[sa.ColumnElement[Any]] = [*crm.key(table)]
    if duty is not None:
        columns = crm.tables[table].c
        country = columns[duty.country_column] if duty.country_column else sa.literal(duty.country)
        wanted += [columns[duty.dated].label(_DATED), country.label(_COUNTRY)]
    return sa.select(*wanted)


def _fates(crm: MappedDatabase, table: str, action: Action, rows: Sequence[Row], today: date) -> Iterator[Fate]:
    width = len(crm.map.tables[table].key)
    duty = crm.map.handling(table).duty
    groups: dict[tuple[Action, str, date | None], list[Key]] = {}
    for row in rows:
        group = _kept(duty, row, today) if duty else (action, "", None)
        groups.setdefault(group, []).append(tuple(row[:width]))
    for (fate, law, until), keys in groups.items():
        yield Fate(table=table, action=fate, keys=tuple(keys), law=law, until=until)


def _kept(duty: Duty, row: Row, today: date) -> tuple[Action, str, date | None]:
    dated = row._mapping[_DATED]
    if not isinstance(dated, date):
        return Action.KEEP, "", None  # undated: whether the duty has ended is for a person to find out
    retention = retain_until(
        str(row._mapping[_COUNTRY] or ""),
        duty.record,
        dated.date() if isinstance(dated, datetime) else dated,
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
    )


def _fingerprint(crm: MappedDatabase, fates: Sequence[Fate]) -> str:
    """Return a hash over rows, actions, laws, dates and what the map does to each field."""
    facts = [
        [
            fate.table,
            fate.action,
            fate.law,
            str(fate.until),
            sorted(crm.map.tables[fate.table].erased_fields().items()),
            [[str(part) for part in key] for key in fate.keys],
        ]
        for fate in fates
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()
