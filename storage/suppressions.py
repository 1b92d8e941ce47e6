"""Which addresses want no more mailings, by keyed hash, and the proof of what they had consented to before."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from handlers.crm import Formerly
from handlers.tickets import new_id
from storage import tables
from storage.crypto import Keyring, seal, unseal
from storage.keys import Keys

EVERYTHING = "all"


@dataclass(frozen=True)
class Ended:
    """The end of a consent: which right ended it, and the CRM's rows as they had stood."""

    at: datetime
    right: str
    consents: tuple[str, ...]
    reference: str
    formerly: tuple[Formerly, ...]


def add(connection: Connection, hashes: Collection[str], consents: Sequence[str], *, now: datetime) -> None:
    """Remember each hash with each consent; what is there already keeps its date."""
    columns = tables.suppressions.c
    there = {(one, consent) for one, given in since(connection, hashes).items() for consent in given}
    rows = [
        {columns.address_hash.name: one, "consent": consent, "since": now}
        for one in dict.fromkeys(hashes)
        for consent in consents or (EVERYTHING,)
        if (one, consent) not in there
    ]
    if rows:
        connection.execute(insert(tables.suppressions), rows)


def since(connection: Connection, hashes: Collection[str]) -> Mapping[str, Mapping[str, datetime]]:
    """Return for each suppressed hash what is suppressed and since when, in one statement."""
    columns = tables.suppressions.c
    found: dict[str, dict[str, datetime]] = {}
    query = select(tables.suppressions).where(columns.address_hash.in_(hashes)).order_by(columns.consent)
    for row in connection.execute(query):
        found.setdefault(row.address_hash, {})[row.consent] = row.since
    return found


def add_history(connection: Connection, keys: Keys, address_hash: str, ended: Ended) -> None:
    """Keep what had been consented to. Its key is its own: the proof outlives the ticket."""
    entry, (key_id, key) = new_id(), keys.make()
    rows = json.dumps([[row.table, row.values] for row in ended.formerly], ensure_ascii=False)
    values = {
        "id": entry,
        "address_hash": address_hash,
        "right": ended.right,
        "consents": list(ended.consents),
        "at": ended.at,
        "reference": ended.reference,
        "key_id": key_id,
        "sealed": seal(key, rows.encode(), bound_to=f"consents:{entry}"),
    }
    connection.execute(insert(tables.consent_history), values)


def history(connection: Connection, keyring: Keyring, address_hash: str) -> Iterator[Ended]:
    """Yield the ends of an address's consents, oldest first."""
    columns = tables.consent_history.c
    query = select(tables.consent_history).where(columns.address_hash == address_hash).order_by(columns.at, columns.id)
    rows = connection.execute(query).all()
    keys = Keys(connection, keyring)
    keys.load(row.key_id for row in rows)
    for row in rows:
        found = json.loads(unseal(keys[row.key_id], row.sealed, bound_to=f"consents:{row.id}"))
        formerly = tuple(Formerly(table, tuple((name, value) for name, value in values)) for table, values in found)
        yield Ended(row.at, row.right, tuple(row.consents), row.reference, formerly)
