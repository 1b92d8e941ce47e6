"""A person of the leading database in another one: by the same value, exactly, and never by a guess."""

from collections.abc import Collection

import sqlalchemy as sa

from handlers.crm import CrmError
from storage.crm.datamap import Joined, MapError
from storage.crm.desk import SqlCrm
from storage.crm.find import people, with_key
from storage.crm.match import among, normalise, same
from storage.crm.plan import rows_of
from storage.crm.schema import MappedDatabase
from storage.crm.traces import of_others, spellings


def counterpart(leading: SqlCrm, other: SqlCrm, key: str, *, new: Collection[str] = ()) -> str:
    """Return the person's key in another database, "" if they are not there.

    `new` are values that a correction is about to write, and may have written there already. Raises CrmError if the
    value does not tell persons apart, on either side.
    """
    joined = _joined(other)
    value, bearers = _value(leading, joined, key)
    if bearers > 1:
        raise CrmError(_shared(leading, joined.leading_column))
    found = _holding(other, joined, {value, *map(normalise, new)})
    if len(found) > 1:
        raise CrmError(_shared(other, joined.column))
    return found[0] if found else ""


def counterparts(leading: SqlCrm, other: SqlCrm, key: str) -> tuple[str, ...]:
    """Return everybody in another database who may be the person: for what is better done once too often."""
    joined = _joined(other)
    value, _ = _value(leading, joined, key)
    return _holding(other, joined, {value})


def known_of_others(crm: SqlCrm, key: str, values: Collection[str]) -> set[str]:
    """Return, in all spellings, which of the values others on file here have; `key` is the person's own, or ""."""
    if not values:
        return set()
    with crm.reading() as (connection, mapped):
        mine = rows_of(connection, mapped, with_key(mapped, key) if key else sa.false())
        found = of_others(connection, mapped, mine, values)
    return {spelling for value in found for spelling in spellings(value)}


def _value(leading: SqlCrm, joined: Joined, key: str) -> tuple[str, int]:
    """Return the person's value, "" if they have none, and how many have the same."""
    with leading.reading() as (connection, mapped):
        column = _column(mapped, joined.leading_column)
        stored = connection.scalar(sa.select(column).where(with_key(mapped, key)))
        value = "" if stored is None else normalise(str(stored))
        return value, len(people(connection, mapped, same(column, value)))


def _holding(other: SqlCrm, joined: Joined, values: Collection[str]) -> tuple[str, ...]:
    with other.reading() as (connection, mapped):
        column = _column(mapped, joined.column)
        return tuple(person.key for person in people(connection, mapped, among(column, values)))


def _column(mapped: MappedDatabase, name: str) -> sa.Column[object]:
    return mapped.tables[mapped.map.identity.table].c[name]


def _joined(other: SqlCrm) -> Joined:
    if other.map.joined is None:
        raise MapError(f"'{other.map.dataset}' is joined to no other dataset; add a reference from its persons")
    return other.map.joined


def _shared(crm: SqlCrm, column: str) -> str:
    place = f"{crm.map.dataset}.{crm.map.identity.table}.{column}"
    return f"several persons share the value of {place} that joins the databases; tell them apart there, or join by it"
