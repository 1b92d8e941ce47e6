"""Stopping mailings (Art. 7(3), 21(2)): flags that may be set again without harm."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import sqlalchemy as sa

from handlers.crm import Action, CrmError, CrmIncomplete, Done, Formerly
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
class Whom:
    """Whose mailings to stop: everybody's under an address, on lists too, and the persons' with these keys."""

    address: str = ""
    keys: tuple[str, ...] = ()
    alone: bool = False  # without rows found by an address that somebody else uses too

    def persons(self, crm: MappedDatabase) -> Condition:
        """Return the condition that picks their identity rows."""
        return sa.or_(with_address(crm, self.address), *(with_key(crm, key) for key in self.keys))


@dataclass(frozen=True)
class Stopping:
    """The rows that one stop is about, and those of them that it changes."""

    stop: Stop
    rows: Condition
    differing: Condition


def suppress(
    connection: sa.Connection,
    crm: MappedDatabase,
    whom: Whom,
    consents: Sequence[str],
    writes: list[Write],
    *,
    given_before: datetime | None = None,
) -> Done:
    """Stop the consents named, or every one and the person's mailings as a whole if none or "all" is named.

    An address that stands only on a mailing list is stopped there too. Consents that the CRM says were given after
    `given_before` stay. What is written is said in `writes`, as each person's own. Raises CrmError, before anything is
    written, if the map does not know a consent; CrmIncomplete if something was not stopped afterwards.
    """
    found = connection.execute(sa.select(*identifiers.columns(crm)).where(whom.persons(crm))).mappings().all()
    # By these the person is known too: a later import may lack the address.
    known = identifiers.of_rows(connection, crm, found)
    stoppings = list(_stoppings(connection, crm, whom, consents, given_before=given_before))
    # All that will change is read before anything does: it proves what had been given, and when.
    formerly: dict[Formerly, None] = {}
    for owner, theirs in _owners(whom, [str(row[crm.map.identity.key]) for row in found]):
        own = stoppings if theirs == whom else _stoppings(connection, crm, theirs, consents, given_before=given_before)
        for one in own:
            formerly |= dict.fromkeys(_formerly(connection, crm, one, writes, owner=owner))
    affected: dict[str, int] = {}
    for one in stoppings:
        affected[one.stop.table] = affected.get(one.stop.table, 0) + _carry_out(connection, crm, one)
    _refuse_going_on(connection, crm, stoppings)
    return Done(
        steps=tuple(crm.changed(table, rows) for table, rows in affected.items()),
        formerly=tuple(formerly),
        identifiers=known,
    )


def count(
    connection: sa.Connection, crm: MappedDatabase, whom: Whom, consents: Sequence[str], *, given_before: datetime
) -> int:
    """Return how many rows `suppress` would change."""
    stoppings = list(_stoppings(connection, crm, whom, consents, given_before=given_before))
    return sum(_count(connection, crm, stoppings))


def unknown(known: Iterable[str]) -> str:
    """Return what is to be said of a consent that no map knows."""
    names = ", ".join(known)
    return f"a consent asked for is not in the data map; add it under handling.consents (known: {names})"


def _owners(whom: Whom, keys: Sequence[str]) -> Iterator[tuple[str, Whom]]:
    """Yield whose row is whose, "" for what is only known to be under the address."""
    if len(keys) < 2:  # noqa: PLR2004 - then everything is theirs
        yield "".join(keys), whom
        return
    for key in keys:
        yield key, Whom(keys=(key,), alone=True)
    yield "", whom


def _stoppings(
    connection: sa.Connection,
    crm: MappedDatabase,
    whom: Whom,
    consents: Sequence[str],
    *,
    given_before: datetime | None,
) -> Iterator[Stopping]:
    stops = list(_stops(crm, consents))
    mine = conditions(connection, crm, whom.persons(crm), alone=whom.alone)
    for stop in stops:
        rows = sa.or_(mine[stop.table], _under_address(crm, stop.table, whom.address))
        columns = crm.tables[stop.table].c
        chosen = [columns[name] == value for name, value in stop.where]
        meant = sa.and_(rows, *chosen, *_not_newer(crm, stop, given_before))
        differs = [columns[name].is_distinct_from(value) for name, value in stop.values]
        yield Stopping(stop, meant, sa.and_(meant, sa.or_(*differs)) if differs else meant)


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


def _formerly(
    connection: sa.Connection, crm: MappedDatabase, one: Stopping, writes: list[Write], *, owner: str
) -> Iterator[Formerly]:
    """Yield the rows as they stand before, and say in `writes` what the stop is going to change, or finds done."""
    table = one.stop.table
    names = [field.name for field in crm.map.tables[table].fields if field.personal]
    if table == crm.map.identity.table:
        # Of the person's own record only the flags: the rest is no consent.
        names = [name for name, _ in one.stop.values]
    key, old = crm.key(table), crm.columns(table, [name for name, _ in one.stop.values])
    statement = sa.select(*key, *old, *crm.columns(table, names)).where(one.rows).order_by(*key)
    there = {(write.table, write.key, write.field) for write in writes}
    for row in connection.execute(statement):
        values = list(map(shown, row))
        changes = list(_writes(one.stop, as_text(tuple(row[: len(key)])), values[len(key) : len(key) + len(old)]))
        # What belongs to somebody already, or changes by another stop, is theirs and changes once.
        writes.extend(replace(new, person=owner) for new in changes if (new.table, new.key, new.field) not in there)
        if not all(change.is_done for change in changes):
            yield Formerly(table, tuple(zip(names, values[len(key) + len(old) :], strict=True)))


def _writes(stop: Stop, key: str, old: Sequence[str]) -> Iterator[Write]:
    if stop.delete:
        yield Write(Action.DELETE, stop.table, key)
    for (name, new), before in zip(stop.values, old, strict=True):
        yield Write(Action.CHANGE, stop.table, key, name, before, shown(new))


def _carry_out(connection: sa.Connection, crm: MappedDatabase, one: Stopping) -> int:
    """Return how many rows were changed, or removed where that is what stops them."""
    table = crm.tables[one.stop.table]
    change = sa.delete(table) if one.stop.delete else sa.update(table).values(dict(one.stop.values))
    return connection.execute(change.where(one.differing)).rowcount


def _refuse_going_on(connection: sa.Connection, crm: MappedDatabase, stoppings: Sequence[Stopping]) -> None:
    """Raise CrmIncomplete if a row is not as the stop leaves it: a trigger may have passed over or undone it."""
    for one, left in zip(stoppings, _count(connection, crm, stoppings), strict=True):
        if left:
            table = one.stop.table
            raise CrmIncomplete(f"{left} rows of {table} were not stopped afterwards; nothing was committed")


def _count(connection: sa.Connection, crm: MappedDatabase, stoppings: Sequence[Stopping]) -> Sequence[int]:
    """Return how many rows each stop would change; one statement."""
    if not stoppings:
        return ()
    counts = (
        sa.select(sa.func.count()).select_from(crm.tables[one.stop.table]).where(one.differing).scalar_subquery()
        for one in stoppings
    )
    return tuple(connection.execute(sa.select(*counts)).one())
