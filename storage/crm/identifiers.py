"""By what a person is known again after a restore or in an import: key, name, address, numbers."""

from collections.abc import Collection, Iterator, Sequence

import sqlalchemy as sa

from handlers.crm import Identifier
from handlers.mailheaders import normalise_address
from storage.crm.datamap import EMAIL
from storage.crm.find import with_key
from storage.crm.match import among, normalise
from storage.crm.schema import MappedDatabase
from storage.crm.traces import SHORTEST_TRACE
from storage.crm.walk import Condition

# Kinds that are no `identity` of the data map.
KEY = "key"
NAME = "name"
PHONE = "phone"  # how the kinds of telephone numbers begin: phone, phone_number
_PHONE_NOISE = str.maketrans("", "", " -/().")


def canonical(kind: str, value: str) -> str:
    """Return the one spelling under which a value is remembered and looked up."""
    text = normalise(value)
    if kind == EMAIL:
        return normalise_address(value) or text
    if kind.startswith(PHONE):
        return text.translate(_PHONE_NOISE).removeprefix("+").removeprefix("00")
    return text


def columns(crm: MappedDatabase) -> list[sa.Column[object]]:
    """Return the columns of the identity table that `of_row` needs."""
    identity = crm.map.identity
    names = dict.fromkeys([identity.key, *identity.name, *(name for name, _ in _identifying(crm))])
    return crm.columns(identity.table, list(names))


def of_row(crm: MappedDatabase, row: sa.RowMapping) -> tuple[Identifier, ...]:
    """Return what an identity row says of its person; whether a value is theirs alone it does not say."""
    return tuple(dict.fromkeys(_of_row(crm, row)))


def of_person(
    connection: sa.Connection, crm: MappedDatabase, row: sa.RowMapping, traces: Collection[str]
) -> tuple[Identifier, ...]:
    """Return the identifiers of an identity row's person, in one statement at most.

    `traces` are the long ones that are theirs alone.
    """
    shared = _shared(connection, crm, with_key(crm, str(row[crm.map.identity.key])), row, traces)
    found = [Identifier(one.kind, one.value, one.value not in shared) for one in of_row(crm, row)]
    # A second address may stand in a table of its own.
    found += [Identifier(EMAIL, canonical(EMAIL, trace)) for trace in traces if "@" in trace]
    return tuple(dict.fromkeys(found))


def of_rows(connection: sa.Connection, crm: MappedDatabase, rows: Sequence[sa.RowMapping]) -> tuple[Identifier, ...]:
    """Return what some identity rows say of their persons; what anybody else has too does not stand alone."""
    identity = crm.map.identity
    values = [
        (column, normalise(str(row[column])), canonical(kind, str(row[column])))
        for row in rows
        for column, kind in _identifying(crm)
        if row[column] is not None
    ]
    key = crm.tables[identity.table].c[identity.key]
    theirs = key.in_([row[identity.key] for row in rows])
    shared = _shared_by_others(connection, crm, theirs, [each for each in values if each[1]])
    found = [one for row in rows for one in of_row(crm, row)]
    return tuple(dict.fromkeys(Identifier(one.kind, one.value, one.alone and one.value not in shared) for one in found))


def _identifying(crm: MappedDatabase) -> Iterator[tuple[str, str]]:
    for field in crm.map.tables[crm.map.identity.table].fields:
        if field.identity:
            yield field.name, field.identity


def _of_row(crm: MappedDatabase, row: sa.RowMapping) -> Iterator[Identifier]:
    identity = crm.map.identity
    # Keys of a database beside the leading one are told from those of the others by the dataset's name.
    yield Identifier(KEY, f"{crm.map.dataset}:{row[identity.key]}" if crm.map.joined else str(row[identity.key]))
    name = canonical(NAME, " ".join(str(row[column]) for column in identity.name if row[column]))
    if name:
        yield Identifier(NAME, name, alone=False)
    for column, kind in _identifying(crm):
        value = canonical(kind, str(row[column])) if row[column] is not None else ""
        if value:
            yield Identifier(kind, value)


def _shared(
    connection: sa.Connection, crm: MappedDatabase, person: Condition, row: sa.RowMapping, traces: Collection[str]
) -> set[str]:
    """Return the values that somebody else has too; names always count as such."""
    shared: set[str] = {one.value for one in of_row(crm, row) if one.kind == NAME}
    short: list[tuple[str, str, str]] = []
    for column, kind in _identifying(crm):
        value = normalise(str(row[column])) if row[column] is not None else ""
        if value and len(value) < SHORTEST_TRACE:
            short.append((column, value, canonical(kind, value)))
        elif value not in traces:
            shared.add(canonical(kind, value))
    return shared | _shared_by_others(connection, crm, person, short)


def _shared_by_others(
    connection: sa.Connection, crm: MappedDatabase, person: Condition, values: Sequence[tuple[str, str, str]]
) -> set[str]:
    """Return the spellings of those values, each of a column, that stand there in somebody else's row."""
    if not values:
        return set()
    table = crm.tables[crm.map.identity.table]
    wanted = {name: {value for column, value, _ in values if column == name} for name, _, _ in values}
    equal = (among(table.c[name], some) for name, some in wanted.items())
    others = sa.select(*crm.columns(table.name, list(wanted))).distinct().where(sa.not_(person), sa.or_(*equal))
    found = {
        (name, normalise(str(row[name])))
        for row in connection.execute(others).mappings()
        for name in wanted
        if row[name] is not None
    }
    return {spelling for column, value, spelling in values if (column, value) in found}
