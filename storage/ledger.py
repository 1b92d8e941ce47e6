"""The memory of erased persons: keyed hashes by which they would be known again, and from which nobody can be read.

A restored CRM holds them under their old key, so a person is erased again only if key **and** something that was theirs
alone agree: a key may have been given to somebody else since, perhaps of the same name or family, and an address may
belong to the same person come back as a new one.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection, delete, func, insert, select

from handlers.crm import Identifier
from handlers.ports import ADDRESS
from handlers.tickets import new_id
from storage import suppressions, tables
from storage.crm.datamap import EMAIL
from storage.crm.identifiers import KEY, NAME
from storage.crypto import Keyring
from storage.database import Database

# SQLite bounds a statement to 32,766 values.
MARKS_A_STATEMENT = 5_000


@dataclass(frozen=True)
class Erased:
    """When a person was erased, and in which ticket."""

    at: datetime
    reference: str


def mark(keyring: Keyring, identifier: Identifier) -> str:
    """Return the hash by which an erased person is known wherever the identifier stands."""
    return keyring.lookup(f"erased {identifier.kind}", identifier.value)


def pair_marks(keyring: Keyring, identifiers: Iterable[Identifier]) -> list[str]:
    """Return the hashes of each key of the person's together with each of the identifiers that say who it is."""
    found = list(identifiers)
    return _with_key(keyring, found, filter(says_who, found), kinds="erased {} of")


def doubtful_marks(keyring: Keyring, identifiers: Iterable[Identifier]) -> list[str]:
    """Return the hashes of each key together with each of the others: namesakes and families share those."""
    found = list(identifiers)
    return _with_key(keyring, found, found, kinds="erased {} perhaps of")


def _with_key(keyring: Keyring, found: Sequence[Identifier], others: Iterable[Identifier], *, kinds: str) -> list[str]:
    keys = [one.value for one in found if one.kind == KEY]  # one in each of several databases
    said = [one for one in others if one.kind != KEY]
    return [keyring.lookup(kinds.format(one.kind), f"{key}\0{one.value}") for key in keys for one in said]


def suppression_hash(keyring: Keyring, identifier: Identifier) -> str:
    """Return the hash under which a suppression is kept for an address, or for a number of its owner's."""
    kind = ADDRESS if identifier.kind == EMAIL else f"person {identifier.kind}"
    return keyring.lookup(kind, identifier.value)


def says_who(identifier: Identifier) -> bool:
    """Does the identifier alone, without the key, say who it is?"""
    return identifier.alone and identifier.kind not in (KEY, NAME)


def remember(
    connection: Connection, keyring: Keyring, identifiers: Sequence[Identifier], *, reference: str, now: datetime
) -> None:
    """Enter an erased person; one who was erased before takes the new date."""
    marks = [
        *pair_marks(keyring, identifiers),
        *doubtful_marks(keyring, identifiers),
        *(mark(keyring, one) for one in identifiers if says_who(one)),
    ]
    if not marks:
        return
    entry = new_id()
    connection.execute(delete(tables.ledger).where(tables.ledger.c.mark_hash.in_(marks)))
    rows = [{"mark_hash": one, "entry": entry, "at": now, "reference": reference} for one in dict.fromkeys(marks)]
    connection.execute(insert(tables.ledger), rows)


class Ledger:
    """Looks persons up in the memory, many in one statement."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self.keyring = keyring

    def count(self) -> int:
        """Return how many persons are remembered as erased."""
        with self._database.read() as connection:
            return connection.execute(select(func.count(tables.ledger.c.entry.distinct()))).scalar_one()

    def count_suppressed(self) -> int:
        """Return how many addresses and numbers are remembered as suppressed."""
        columns = tables.suppressions.c
        with self._database.read() as connection:
            return connection.execute(select(func.count(columns.address_hash.distinct()))).scalar_one()

    def erased(self, marks: Collection[str]) -> Mapping[str, Erased]:
        """Return which of the marks are those of erased persons."""
        columns = tables.ledger.c
        found: dict[str, Erased] = {}
        with self._database.read() as connection:
            for some in _portions(marks):
                query = select(columns.mark_hash, columns.at, columns.reference).where(columns.mark_hash.in_(some))
                found.update({row.mark_hash: Erased(row.at, row.reference) for row in connection.execute(query)})
        return found

    def suppressed(self, hashes: Collection[str]) -> Mapping[str, Mapping[str, datetime]]:
        """Return which of the hashes are suppressed: for what, and since when."""
        found: dict[str, Mapping[str, datetime]] = {}
        with self._database.read() as connection:
            for some in _portions(hashes):
                found.update(suppressions.since(connection, some))
        return found


def _portions(marks: Collection[str]) -> Iterator[list[str]]:
    left = iter(dict.fromkeys(marks))
    while portion := list(islice(left, MARKS_A_STATEMENT)):
        yield portion
