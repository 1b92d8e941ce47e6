"""Who is on file: by address, exactly, and by key."""

import uuid

import sqlalchemy as sa

from handlers.crm import CrmError, Person
from handlers.mailheaders import normalise_address
from storage.crm.match import normalise, same
from storage.crm.schema import MappedDatabase
from storage.crm.walk import Condition

_LARGEST_KEY = 2**63 - 1  # beyond it the drivers themselves fail


def find_by_email(connection: sa.Connection, crm: MappedDatabase, address: str) -> tuple[Person, ...]:
    """Return everyone whose address on file equals the normalised one, in the order of their keys."""
    return _people(connection, crm, with_address(crm, address))


def find_by_key(connection: sa.Connection, crm: MappedDatabase, key: str) -> Person | None:
    """Return the person with this key, None if gone or erased."""
    found = _people(connection, crm, with_key(crm, key))
    return found[0] if found else None


def require(connection: sa.Connection, crm: MappedDatabase, key: str) -> Condition:
    """Return the condition that picks the person's identity row; raises CrmError if nobody is there."""
    if find_by_key(connection, crm, key) is None:
        raise CrmError("nobody is on file under this key, or the person was erased")
    return with_key(crm, key)


def with_address(crm: MappedDatabase, address: str) -> Condition:
    """Return the condition that picks the identity rows under an address."""
    value = normalise(address)
    return sa.or_(*(same(column, value) for column in crm.columns(crm.map.identity.table, crm.map.identity.emails)))


def with_key(crm: MappedDatabase, key: str) -> Condition:
    """Return the condition that picks the identity row under a key, whether erased or not."""
    column = crm.tables[crm.map.identity.table].c[crm.map.identity.key]
    value = _key_value(column, key)
    return sa.false() if value is None else column == value


def _key_value(column: sa.Column[object], key: str) -> object | None:
    """Return the key as the column's type, None if no such key can exist; only its canonical spelling counts."""
    kind = column.type.python_type
    if kind not in (int, uuid.UUID):
        return key if key.isprintable() else None
    try:
        value: int | uuid.UUID = kind(key)
    except ValueError:
        return None
    if str(value) != key or (isinstance(value, int) and abs(value) > _LARGEST_KEY):
        return None
    return value


def _people(connection: sa.Connection, crm: MappedDatabase, condition: Condition) -> tuple[Person, ...]:
    identity = crm.map.identity
    table = crm.tables[identity.table]
    key = table.c[identity.key]
    statement = sa.select(table).where(condition, table.c[identity.erased].is_not(sa.true())).order_by(key)
    return tuple(_person(crm, row) for row in connection.execute(statement).mappings())


def _person(crm: MappedDatabase, row: sa.RowMapping) -> Person:
    identity = crm.map.identity
    return Person(
        key=str(row[identity.key]),
        email=next((_address(str(row[column])) for column in identity.emails if row[column]), ""),
        name=" ".join(str(row[column]) for column in identity.name if row[column]),
        language=_text(row, identity.language).lower(),
        country=_text(row, identity.country).upper(),
    )


def _address(stored: str) -> str:
    """Return an address as mails are compared and sent: the CRM may hold it with capitals or a blank."""
    return normalise_address(stored) or stored


def _text(row: sa.RowMapping, column: str) -> str:
    return str(row[column] or "") if column else ""
