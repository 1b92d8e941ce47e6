"""Which rows are a person's: their keys, and what says how long they are kept."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from storage.crm.datamap import Duty, MapError
from storage.crm.schema import MappedDatabase
from storage.crm.walk import Condition, key_link

Row = sa.Row[*tuple[Any, ...]]
# How columns are called in what is read here.
DATED = "rightsdesk_dated"
COUNTRY = "rightsdesk_country"
_PLACE = "rightsdesk_place"
_PART = "rightsdesk_key_{}"
_ISO_DAY = 10  # characters of 2026-01-31


def day_of(value: object) -> date | None:
    """Return the day of a date, of a moment, or of a text that begins with an ISO 8601 date; None for anything else."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value.strip()[:_ISO_DAY]) if isinstance(value, str) else None
    except ValueError:
        return None


def keys_of(
    connection: sa.Connection, crm: MappedDatabase, mine: Mapping[str, Condition]
) -> Mapping[str, Sequence[Row]]:
    """Return what `dated_keys` reads of the rows that the conditions pick, by table and in the order of their keys.

    Tables whose keys are alike share a statement.
    """
    found: dict[str, Sequence[Row]] = {}
    for tables in _alike(crm, mine):
        if len(tables) > 1:
            found |= _together(connection, crm, tables, mine)
            continue
        (table,) = tables
        statement = dated_keys(crm, table, crm.map.handling(table).duty)
        found[table] = connection.execute(statement.where(mine[table]).order_by(*crm.key(table))).all()
    return found


def dated_keys(crm: MappedDatabase, table: str, duty: Duty | None) -> sa.Select[*tuple[Any, ...]]:
    """Return the statement that reads keys, and what says how long the rows are kept."""
    statement = sa.select(*crm.key(table))
    if duty is None:
        return statement
    place: sa.FromClause = crm.tables[table]
    if duty.follows:
        # Under another name: the conditions that pick a person's rows name the table itself.
        place = crm.tables[duty.follows].alias()
        statement = statement.join(place, _belongs(crm, table, duty.follows, place))
    country = place.c[duty.country_column] if duty.country_column else sa.literal(duty.country)
    return statement.add_columns(place.c[duty.dated].label(DATED), country.label(COUNTRY))


def _belongs(crm: MappedDatabase, table: str, parent: str, place: sa.FromClause) -> Condition:
    link = key_link(crm.map.tables, crm.map.links, parent, table)
    if link is None:
        raise MapError(f"handling.tables.{table}.duty: no reference leads here from '{parent}'; add one")
    return crm.tables[table].c[link.child_column] == place.c[link.parent_column]


def _alike(crm: MappedDatabase, mine: Mapping[str, Condition]) -> Iterator[Sequence[str]]:
    """Yield the tables, those together whose keys a union leaves as they are: whole numbers of one type."""
    together: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for table in mine:
        types = [column.type for column in crm.key(table)]
        if crm.map.handling(table).duty is None and all(isinstance(type_, sa.Integer) for type_ in types):
            together[tuple(map(repr, types))].append(table)
        else:
            yield [table]
    yield from together.values()


def _together(
    connection: sa.Connection, crm: MappedDatabase, tables: Sequence[str], mine: Mapping[str, Condition]
) -> Mapping[str, Sequence[Row]]:
    names = [_PART.format(part) for part in range(len(crm.key(tables[0])))]
    keys = (
        sa.select(
            *(column.label(name) for column, name in zip(crm.key(table), names, strict=True)),
            sa.literal_column(str(place)).label(_PLACE),
        ).where(mine[table])
        for place, table in enumerate(tables)
    )
    found: dict[str, list[Row]] = {table: [] for table in tables}
    for row in connection.execute(sa.union_all(*keys).order_by(_PLACE, *names)):
        found[tables[row._mapping[_PLACE]]].append(row)
    return found
