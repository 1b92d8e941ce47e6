"""Stopping mailings (Art. 7(3), 21(2)) and freezing a record (Art. 18): flags that may be set again without harm."""

from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa

from handlers.crm import CrmError, Done
from storage.crm.datamap import EMAIL, Stop
from storage.crm.find import require, with_address
from storage.crm.match import normalise, same
from storage.crm.schema import MappedDatabase
from storage.crm.walk import Condition, conditions

ALL = "all"


def suppress(connection: sa.Connection, crm: MappedDatabase, address: str, consents: Sequence[str]) -> Done:
    """Stop the consents named, or every one and the person's mailings as a whole if none or "all" is named.

    An address that stands only on a mailing list is stopped there too. Raises CrmError, before anything is written,
    if the map does not know a consent.
    """
    everything = not consents or ALL in consents
    if not everything and not crm.map.consents.keys() >= set(consents):
        known = ", ".join(crm.map.consents)
        raise CrmError(f"a consent asked for is not in the data map; add it under handling.consents (known: {known})")
    identity = crm.map.identity
    stops = list(_stops(crm, crm.map.consents if everything else consents))
    if everything:
        stops.append(Stop(table=identity.table, where=(), values=((identity.suppressed, True),)))
    mine = conditions(crm, with_address(crm, address))
    affected: dict[str, int] = {}
    for stop in stops:
        rows = sa.or_(mine[stop.table], _under_address(crm, stop.table, address))
        affected[stop.table] = affected.get(stop.table, 0) + _set(connection, crm, stop, rows)
    return Done(steps=tuple(crm.changed(table, rows) for table, rows in affected.items()))


def restrict(connection: sa.Connection, crm: MappedDatabase, key: str) -> Done:
    """Set the restriction flag; raises CrmError if nobody is there."""
    identity = crm.map.identity
    flag = Stop(table=identity.table, where=(), values=((identity.restricted, True),))
    return Done(steps=(crm.changed(identity.table, _set(connection, crm, flag, require(connection, crm, key))),))


def _stops(crm: MappedDatabase, consents: Sequence[str] | Mapping[str, object]) -> Iterator[Stop]:
    for consent in dict.fromkeys(consents):
        yield from crm.map.consents[consent]


def _under_address(crm: MappedDatabase, table: str, address: str) -> Condition:
    columns = [field.name for field in crm.map.tables[table].fields if field.identity == EMAIL]
    return sa.or_(sa.false(), *(same(column, normalise(address)) for column in crm.columns(table, columns)))


def _set(connection: sa.Connection, crm: MappedDatabase, stop: Stop, rows: Condition) -> int:
    """Return how many rows had another value before."""
    table = crm.tables[stop.table]
    chosen = [table.c[name] == value for name, value in stop.where]
    differs = sa.or_(*(table.c[name].is_distinct_from(value) for name, value in stop.values))
    statement = sa.update(table).where(rows, *chosen, differs).values(dict(stop.values))
    return connection.execute(statement).rowcount
