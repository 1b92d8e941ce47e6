"""Stopping mailings (Art. 7(3), 21(2)): flags that may be set again without harm."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from handlers.crm import Action, CrmError, Done, Formerly, Identifier
from storage.crm import identifiers
from storage.crm.changelog import Write
from storage.crm.datamap import EMAIL, Stop
from storage.crm.find import with_address, with_key
from storage.crm.match import normalise, same
from storage.crm.rows import as_text
from storage.crm.schema import MappedDatabase
from storage.crm.values import shown
from storage.crm.walk import Condition, conditions

ALL = "all"


@dataclass(frozen=True)
class Stopping:
    """The rows that one stop changes."""

    stop: Stop
    rows: Condition


def suppress(
    connection: sa.Connection,
    crm: MappedDatabase,
    address: str,
    consents: Sequence[str],
    writes: list[Write],
    *,
    given_before: datetime | None = None,
    keys: Sequence[str] = (),
) -> Done:
    """Stop the consents named, or every one and the person's mailings as a whole if none or "all" is named.

    An address that stands only on a mailing list is stopped there too, and so are the persons under `keys`, whom
    another database knows by the address. Consents that the CRM says were given after `given_before` stay. What is
    written is said in `writes`. Raises CrmError, before anything is written, if the map does not know a consent.
    """
    persons = sa.or_(with_address(crm, address), *(with_key(crm, key) for key in keys))
    stoppings = list(_stoppings(connection, crm, address, consents, persons=persons, given_before=given_before))
    # All that will change is read before anything does: it proves what had been given, and when.
    formerly = [row for one in stoppings for row in _formerly(connection, crm, one, writes)]
    affected: dict[str, int] = {}
    for one in stoppings:
        affected[one.stop.table] = affected.get(one.stop.table, 0) + _carry_out(connection, crm, one)
    return Done(
        steps=tuple(crm.changed(table, rows) for table, rows in affected.items()),
        formerly=tuple(dict.fromkeys(formerly)),
        identifiers=_known_by(connection, crm, persons),
    )


def count(
    connection: sa.Connection, crm: MappedDatabase, address: str, consents: Sequence[str], *, given_before: datetime
) -> int:
    """Return how many rows `suppress` would change."""
    found = 0
    persons = with_address(crm, address)
    for one in _stoppings(connection, crm, address, consents, persons=persons, given_before=given_before):
        query = sa.select(sa.func.count()).select_from(crm.tables[one.stop.table]).where(one.rows)
        found += connection.execute(query).scalar_one()
    return found


def unknown(known: Iterable[str]) -> str:
    """Return what is to be said of a consent that no map knows."""
    names = ", ".join(known)
    return f"a consent asked for is not in the data map; add it under handling.consents (known: {names})"


def _stoppings(
    connection: sa.Connection,
    crm: MappedDatabase,
    address: str,
    consents: Sequence[str],
    *,
    persons: Condition,
    given_before: datetime | None,
) -> Iterator[Stopping]:
    stops = list(_stops(crm, consents))
    mine = conditions(connection, crm, persons)
    for stop in stops:
        rows = sa.or_(mine[stop.table], _under_address(crm, stop.table, address))
        yield Stopping(stop, sa.and_(_differing(crm, stop, rows), *_not_newer(crm, stop, given_before)))


def _stops(crm: MappedDatabase, consents: Sequence[str]) -> Iterator[Stop]:
    """Yield what is to be stopped, each once; raises CrmError if the map does not know a consent."""
    everything = not consents or ALL in consents
    if not everything and not crm.map.consents.keys() >= set(consents):
        raise CrmError(unknown(crm.map.consents))
    chosen: Sequence[str] | Mapping[str, object] = crm.map.consents if everything else consents
    yield from dict.fromkeys(stop for consent in chosen for stop in crm.map.consents[consent])
    identity = crm.map.identity
    if everything and identity.suppressed:
        yield Stop(table=identity.table, where=(), values=((identity.suppressed, True),))


def _under_address(crm: MappedDatabase, table: str, address: str) -> Condition:
    columns = [field.name for field in crm.map.tables[table].fields if field.identity == EMAIL]
    return sa.or_(sa.false(), *(same(column, normalise(address)) for column in crm.columns(table, columns)))


def _differing(crm: MappedDatabase, stop: Stop, rows: Condition) -> Condition:
    """Return those of the rows that the stop would change."""
    columns = crm.tables[stop.table].c
    chosen = [columns[name] == value for name, value in stop.where]
    differs = [columns[name].is_distinct_from(value) for name, value in stop.values]
    return sa.and_(rows, *chosen, *([sa.or_(*differs)] if differs else []))


def _not_newer(crm: MappedDatabase, stop: Stop, given_before: datetime | None) -> Iterator[Condition]:
    if given_before is None:
        return
    named = {given.at for consent in crm.map.consent_types for given in consent.given if given.table == stop.table}
    for column in crm.columns(stop.table, sorted(named - {""})):
        yield sa.or_(column.is_(None), column <= _as_type_of(column, given_before))


def _as_type_of(column: sa.Column[object], moment: datetime) -> object:
    if not isinstance(column.type, sa.DateTime):
        return moment.date()
    return moment if column.type.timezone else moment.astimezone(UTC).replace(tzinfo=None)


def _formerly(connection: sa.Connection, crm: MappedDatabase, one: Stopping, writes: list[Write]) -> Iterator[Formerly]:
    """Yield the rows as they stand before, and say in `writes` what the stop is going to change."""
    table = one.stop.table
    names = [field.name for field in crm.map.tables[table].fields if field.personal]
    if table == crm.map.identity.table:
        # Of the person's own record only the flags: the rest is no consent.
        names = [name for name, _ in one.stop.values]
    key, old = crm.key(table), crm.columns(table, [name for name, _ in one.stop.values])
    statement = sa.select(*key, *old, *crm.columns(table, names)).where(one.rows).order_by(*key)
    for row in connection.execute(statement):
        values = list(map(shown, row))
        writes.extend(_writes(one.stop, as_text(tuple(row[: len(key)])), values[len(key) : len(key) + len(old)]))
        yield Formerly(table, tuple(zip(names, values[len(key) + len(old) :], strict=True)))


def _writes(stop: Stop, key: str, old: Sequence[str]) -> Iterator[Write]:
    if stop.delete:
        yield Write(Action.DELETE, stop.table, key)
    for (name, new), before in zip(stop.values, old, strict=True):
        if before != shown(new):
            yield Write(Action.CHANGE, stop.table, key, name, before, shown(new))


def _carry_out(connection: sa.Connection, crm: MappedDatabase, one: Stopping) -> int:
    """Return how many rows were changed, or removed where that is what stops them."""
    table = crm.tables[one.stop.table]
    change = sa.delete(table) if one.stop.delete else sa.update(table).values(dict(one.stop.values))
    return connection.execute(change.where(one.rows)).rowcount


def _known_by(connection: sa.Connection, crm: MappedDatabase, persons: Condition) -> tuple[Identifier, ...]:
    """Return by what the persons are known too: a later import may lack the address.

    A number that somebody else has too does not stand alone: by it mailings to a stranger would be stopped.
    """
    query = sa.select(*identifiers.columns(crm)).where(persons)
    return identifiers.of_rows(connection, crm, connection.execute(query).mappings().all())
