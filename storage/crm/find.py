"""Who is on file: by address, exactly, and by key."""

import sqlalchemy as sa

from handlers.crm import CrmError, Person
from handlers.mailheaders import normalise_address
from storage.crm.datamap import EMAIL
from storage.crm.holders import holders
from storage.crm.match import as_stored, normalise, same
from storage.crm.schema import MappedDatabase
from storage.crm.shells import gone
from storage.crm.walk import Condition, one_of, persons_of

NOBODY = "nobody is on file under this key, or the person was erased"
_GONE = "rightsdesk_gone"


def find_by_email(connection: sa.Connection, crm: MappedDatabase, address: str) -> tuple[Person, ...]:
    """Return everyone with this address on file, as their first or another one, in the order of their keys."""
    return people(connection, crm, with_address(crm, address))


def find_by_key(connection: sa.Connection, crm: MappedDatabase, key: str) -> Person | None:
    """Return the person with this key, None if gone or erased."""
    row = on_file(connection, crm, key)
    return person_of(crm, row) if row else None


def on_file(connection: sa.Connection, crm: MappedDatabase, key: str, *, locked: bool = False) -> sa.RowMapping | None:
    """Return all of the identity row under a key, None if the person is gone or erased.

    `locked`: nobody else changes it until the transaction ends.
    """
    return next(iter(_rows(connection, crm, with_key(crm, key), locked=locked)), None)


def require(connection: sa.Connection, crm: MappedDatabase, key: str) -> Condition:
    """Return the condition that picks the person's identity row; raises CrmError if nobody is there."""
    if find_by_key(connection, crm, key) is None:
        raise CrmError(NOBODY)
    return with_key(crm, key)


def with_address(crm: MappedDatabase, address: str) -> Condition:
    """Return the condition that picks the identity rows under an address."""
    return with_identifier(crm, EMAIL, address)


def with_identifier(crm: MappedDatabase, kind: str, value: str) -> Condition:
    """Return the condition that picks the identity rows of which any column of a kind equals the value."""
    wanted = normalise(value)
    ways = [persons_of(crm, table, same(crm.tables[table].c[column], wanted)) for table, column in holders(crm, kind)]
    return one_of(crm, crm.map.identity.table, ways) if ways else sa.false()


def with_key(crm: MappedDatabase, key: str) -> Condition:
    """Return the condition that picks the identity row under a key, whether erased or not."""
    column = crm.tables[crm.map.identity.table].c[crm.map.identity.key]
    value = as_stored(column, key)
    return sa.false() if value is None else column == value


def people(connection: sa.Connection, crm: MappedDatabase, condition: Condition) -> tuple[Person, ...]:
    """Return the persons of the identity rows that a condition picks, without the erased, in the order of keys."""
    return tuple(person_of(crm, row) for row in _rows(connection, crm, condition))


def person_of(crm: MappedDatabase, row: sa.RowMapping) -> Person:
    """Return the person of an identity row."""
    identity = crm.map.identity
    return Person(
        key=str(row[identity.key]),
        email=next((_address(str(row[column])) for column in identity.emails if row[column]), ""),
        name=" ".join(str(row[column]) for column in identity.name if row[column]),
        language=_text(row, identity.language).lower(),
        country=_text(row, identity.country).upper(),
    )


def _rows(
    connection: sa.Connection, crm: MappedDatabase, condition: Condition, *, locked: bool = False
) -> list[sa.RowMapping]:
    table = crm.tables[crm.map.identity.table]
    rows = sa.select(table, gone(crm).label(_GONE)).where(condition).order_by(table.c[crm.map.identity.key])
    rows = rows.with_for_update() if locked else rows
    return [row for row in connection.execute(rows).mappings() if not row[_GONE]]


def _address(stored: str) -> str:
    """Return an address as mails are compared and sent: the CRM may hold it with capitals or a blank."""
    return normalise_address(stored) or stored


def _text(row: sa.RowMapping, column: str) -> str:
    return str(row[column] or "") if column else ""
