"""Whether the data map fits the database: every difference, and every column that looks personal and nobody mapped."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from storage.crm.datamap import DataMap, Erasure, Finding, MapError, MappedTable
from storage.crm.dated import day_of
from storage.crm.mapcheck import Told, in_dataset
from storage.crm.sample import LiveTable, describe, read_columns, read_tables
from storage.crm.spot import Sight, spot
from storage.crm.valuecheck import misfits

DATES = 200  # values of a text column that are to be dates; those that do not look so are taken first
# Replacing a value by a word needs a column for words.
_TEXT_ONLY = frozenset({Erasure.REDACT, Erasure.RANDOM, Erasure.HASH})


@dataclass(frozen=True)
class Look:
    """A look into the rows: when, whose telephone numbers have no +, and who is told of each table."""

    today: date
    country: str = ""
    watch: Callable[[Iterable[str]], Iterable[str]] = iter


def check(connection: sa.Connection, map_: DataMap) -> None:
    """Compare map and database; raises MapError that names every difference with its remedy.

    No rows are read but those of texts that the map takes for dates.
    """
    findings = compare(connection, map_)
    if findings:
        raise MapError.of(findings)


def compare(connection: sa.Connection, map_: DataMap, *, look: Look | None = None) -> list[Finding]:
    """Return every difference, in the order of the file; with a look, what rows hold counts besides names."""
    live = read_tables(connection)
    told = [*_differences(map_, live), *_foreign(map_, live), *misfits(map_, live), *_dates(connection, map_, live)]
    for name in look.watch(live) if look else live:
        if f"{name}.*" not in map_.not_personal:
            told += _unmapped(map_, live[name], _sights(connection, live[name], look))
    return sorted((map_.locate(place, text) for place, text in told), key=lambda finding: finding.line)


def _differences(map_: DataMap, live: Mapping[str, LiveTable]) -> Iterator[Told]:
    for name, mapped in map_.tables.items():
        if name not in live:
            text = f"table '{name}' is not in the database; correct its name in the map or remove it"
            yield in_dataset(map_, name), text
            continue
        yield from _columns(map_, mapped, live[name])
        yield from _key(map_, mapped, live[name])
        if not map_.read_only:
            yield from _erasures(mapped, live[name])


def _columns(map_: DataMap, mapped: MappedTable, live: LiveTable) -> Iterator[Told]:
    known = {field.name for field in mapped.fields}
    for name in known - live.columns.keys():
        text = f"column '{mapped.name}.{name}' is not in the database; correct its name in the map or remove it"
        yield in_dataset(map_, mapped.name, name), text
    for name in live.columns:
        if name not in known:
            # A column nobody mapped would be left out of copies and survive erasures.
            text = f"column '{mapped.name}.{name}' is not in the data map; add it with its data_categories"
            yield in_dataset(map_, mapped.name), text


def _key(map_: DataMap, mapped: MappedTable, live: LiveTable) -> Iterator[Told]:
    if mapped.key and not live.is_key(mapped.key):
        there = f"there it is {', '.join(live.key)}" if live.key else "the table has none there"
        text = f"the primary key ({', '.join(mapped.key)}) is not one in the database; {there}"
        yield in_dataset(map_, mapped.name), text


def _erasures(mapped: MappedTable, live: LiveTable) -> Iterator[Told]:
    for name, erasure in mapped.erased_fields().items():
        column = live.columns.get(name)
        if column is None:
            continue
        place = ("handling", "tables", mapped.name, "fields", name)
        if erasure is Erasure.NULL and not column["nullable"]:
            yield place, f"column '{mapped.name}.{name}' cannot be empty; erase it by redact or random instead of null"
        elif erasure in _TEXT_ONLY and not isinstance(column["type"], sa.String):
            yield place, f"column '{mapped.name}.{name}' holds no text; erase it by null instead of {erasure}"


def _foreign(map_: DataMap, live: Mapping[str, LiveTable]) -> Iterator[Told]:
    for name, table in live.items():
        for reference in table.references if name not in map_.tables else ():
            if reference.table in map_.order:
                text = f"table '{name}' refers to '{reference.table}' but is not in the data map; add it"
                yield ("dataset", map_.dataset, "collections"), text


def _dates(connection: sa.Connection, map_: DataMap, live: Mapping[str, LiveTable]) -> Iterator[Told]:
    """Yield the columns by which a duty ends, but which hold no dates: what hangs on them would be kept for ever."""
    for name in map_.tables if not map_.read_only else ():
        duty = map_.handling(name).duty if map_.tables[name].handling else None
        if duty is None or duty.follows or name not in live or duty.dated not in live[name].columns:
            continue
        type_ = live[name].columns[duty.dated]["type"]
        if not isinstance(type_, sa.Date | sa.DateTime) and not _hold_dates(connection, name, duty.dated, type_):
            text = f"column '{name}.{duty.dated}' holds no dates; name one of dates, or of texts such as 2026-01-31"
            yield ("handling", "tables", name, "duty", "dated"), text


def _hold_dates(connection: sa.Connection, table: str, column: str, type_: sa.types.TypeEngine[Any]) -> bool:
    if not isinstance(type_, sa.String | sa.types.NullType):
        return False
    own = sa.column(column, sa.Text)
    # The strangest first: one such row among a million is enough.
    likely = sa.case((own.like("____-__-__%"), 1), else_=0)
    filled = sa.select(own).select_from(sa.table(table)).where(own.is_not(None), sa.func.trim(own) != "")
    return all(day_of(value) for value in connection.scalars(filled.order_by(likely).limit(DATES)))


def _sights(connection: sa.Connection, live: LiveTable, look: Look | None) -> Mapping[str, Sight]:
    if look is None:
        return spot(live.name, describe(live))
    return spot(live.name, read_columns(connection, live), today=look.today, country=look.country)


def _unmapped(map_: DataMap, live: LiveTable, sights: Mapping[str, Sight]) -> Iterator[Told]:
    mapped = map_.tables.get(live.name)
    links = (reference.column for reference in live.references)
    aside = {*_settled(mapped, live), *live.key, *links}
    doubtful = {
        column: sight
        for column, sight in sights.items()
        if column not in aside and f"{live.name}.{column}" not in map_.not_personal
    }
    if mapped is not None:
        for column, sight in doubtful.items():
            yield in_dataset(map_, live.name, column), _looks(live.name, column, sight)
    elif doubtful:
        yield ("dataset", map_.dataset, "collections"), _looks_like_persons(live.name, doubtful)


def _settled(mapped: MappedTable | None, live: LiveTable) -> Iterator[str]:
    """Yield the columns of a mapped table that are said to be personal, or are reported as missing already."""
    if mapped is not None:
        plain = {field.name for field in mapped.fields if not field.personal}
        yield from (name for name in live.columns if name not in plain)


def _looks(table: str, column: str, sight: Sight) -> str:
    return (
        f"column '{table}.{column}' looks personal {_by(sight)} but is not mapped so; "
        f"give it a category such as {sight.kind.category}, or list it in handling.not_personal"
    )


def _looks_like_persons(table: str, sights: Mapping[str, Sight]) -> str:
    columns = ", ".join(f"'{column}' {_by(sight)}" for column, sight in sights.items())
    return (
        f"table '{table}' is not in the data map, but columns look personal: {columns}; "
        f"add the table, or list {table}.* in handling.not_personal"
    )


def _by(sight: Sight) -> str:
    return f"by its {sight.by} ({sight.kind.label['en']})"
