"""The identifiers of a person that a search afterwards looks for."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import sqlalchemy as sa

from storage.crm.holders import identifying
from storage.crm.match import among, normalise
from storage.crm.schema import MappedDatabase
from storage.crm.walk import Condition

# A shorter number stands in too many texts to prove anything.
SHORTEST_TRACE = 6


def traces(
    connection: sa.Connection, crm: MappedDatabase, mine: Mapping[str, Condition], row: sa.RowMapping
) -> tuple[str, ...]:
    """Return the identifiers that are the person's alone; one shared with another person proves nothing.

    `mine` picks their rows, `row` is their identity row.
    """
    own: set[str] = set()
    for table, columns in identifying(crm):
        if table == crm.map.identity.table:
            own |= _long(row[column] for column in columns)
        else:
            own |= _values(connection, crm, table, columns, mine[table])
    if not own:
        return ()
    shared = of_others(connection, crm, mine, own)
    return tuple(sorted(spelling for value in own - shared for spelling in spellings(value)))


def of_others(
    connection: sa.Connection, crm: MappedDatabase, mine: Mapping[str, Condition], values: Collection[str]
) -> set[str]:
    """Return the identifiers in rows that are not the person's but hold one of the values."""
    shared: set[str] = set()
    for table, columns in identifying(crm):
        equal = sa.or_(*(among(column, values) for column in crm.columns(table, columns)))
        shared |= _values(connection, crm, table, columns, sa.and_(equal, sa.not_(mine[table])))
    return shared


def _values(
    connection: sa.Connection, crm: MappedDatabase, table: str, columns: Sequence[str], rows: Condition
) -> set[str]:
    found = connection.execute(sa.select(*crm.columns(table, columns)).where(rows))
    return _long(value for row in found for value in row)


def _long(values: Iterable[object]) -> set[str]:
    texts = {normalise(str(value)) for value in values if value is not None}
    return {text for text in texts if len(text) >= SHORTEST_TRACE}


def spellings(value: str) -> Iterator[str]:
    """Yield the ways in which an identifier may be written."""
    yield value
    compact = "".join(character for character in value if character not in " -/()")
    if compact != value and compact.lstrip("+").isdigit():
        yield compact  # a telephone number without its spaces
