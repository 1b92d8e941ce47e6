"""The log of what was written into the CRM, in Rightsdesk's own store: rows by keyed hash, values sealed."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from handlers.crm import Author
from handlers.tickets import new_id
from storage import tables
from storage.crm.changelog import ERASE, ERASE_DUE, Write
from storage.crypto import Keyring, seal, unseal
from storage.database import Database
from storage.keys import Keys

INTENDED, WRITTEN, UNDONE = "intended", "written", "undone"
ROW = "crm row"  # a kind of keyed hash
PERSON = "crm person"
PLACE = ("batch", "table_name", "key_hash", "field")
_Place = tuple[str, str, str]  # table, row, field


@dataclass(frozen=True)
class LoggedChange:
    """An entry of the log. Old and new value are personal data; both are "" for a row that was erased."""

    at: datetime
    state: str
    actor: str
    reference: str
    operation: str
    action: str
    table: str
    key_hash: str
    field: str
    old: str
    new: str


class StoredChanges:
    """Keeps the promises of storage.crm.changelog.ChangeLog."""

    def __init__(self, database: Database, keyring: Keyring, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._keyring = keyring
        self._clock = clock

    def intend(self, person: str, writes: Sequence[Write], *, operation: str, author: Author) -> str:
        """Keep what is about to be committed, and return the entries' common id."""
        batch = new_id()
        common: dict[str, object] = {
            "batch": batch,
            "at": self._clock(),
            "state": INTENDED,
            "actor": author.actor,
            "reference": author.reference,
            "operation": operation,
        }
        entries = [(self._entry(write, person), write) for write in writes]
        open_ = [(common | entry, write) for entry, write in entries if not write.is_done]
        persons = {self._keyring.lookup(PERSON, person), *(str(entry["person_hash"]) for entry, _ in entries)}
        with self._database.write() as connection:
            _settle(connection, common, persons, {_row_and_field(entry): write.is_done for entry, write in entries})
            if operation == ERASE and not open_:
                for one in persons:
                    _forget(connection, one)
            if open_:
                connection.execute(insert(tables.crm_changes), self._sealed(connection, open_))
        return batch

    def written(self, batch: str) -> None:
        """Note that it was committed."""
        with self._database.write() as connection:
            mine = tables.crm_changes.c.batch == batch
            connection.execute(update(tables.crm_changes).where(mine).values(state=WRITTEN))
            erased = select(tables.crm_changes.c.person_hash).where(mine, tables.crm_changes.c.operation == ERASE)
            person = connection.execute(erased.limit(1)).scalar()
            if person:
                _forget(connection, person)

    def intended(self, person: str, *, operation: str, author: Author) -> bool:
        """Is an earlier try of the same operation for the same ticket kept here that may have been committed?"""
        columns = tables.crm_changes.c
        mine = (
            columns.person_hash == self._keyring.lookup(PERSON, person),
            columns.operation == operation,
            columns.reference == author.reference,
            columns.state != UNDONE,
        )
        with self._database.read() as connection:
            return connection.execute(select(columns.seq).where(*mine).limit(1)).first() is not None

    def _entry(self, write: Write, person: str) -> dict[str, object]:
        return {
            "person_hash": self._keyring.lookup(PERSON, write.person or person),
            "action": write.action,
            "table_name": write.table,
            "key_hash": self._keyring.lookup(ROW, f"{write.table}\0{write.key}"),
            "field": write.field,
            "key_id": None,
            "sealed": None,
        }

    def _sealed(
        self, connection: Connection, entries: Sequence[tuple[dict[str, object], Write]]
    ) -> list[dict[str, object]]:
        # One key for what was written together of one person: once it is forgotten nobody can read the values.
        keys, made = Keys(connection, self._keyring), dict[object, tuple[str, bytes]]()
        for entry, write in entries:
            if write.field:
                person = entry["person_hash"]
                if person not in made:
                    made[person] = keys.make()
                key_id, key = made[person]
                values = json.dumps([write.old, write.new]).encode()
                entry |= {"key_id": key_id, "sealed": seal(key, values, bound_to=_place(entry))}
        return [entry for entry, _ in entries]


def changes(connection: Connection, keyring: Keyring, *, reference: str = "", most: int = 1_000) -> list[LoggedChange]:
    """Return the newest entries, of one ticket if named, in the order in which they were written."""
    columns = tables.crm_changes.c
    query = select(tables.crm_changes).order_by(columns.seq.desc()).limit(most)
    rows = connection.execute(query.where(columns.reference == reference) if reference else query).all()
    keys = Keys(connection, keyring)
    keys.load(row.key_id for row in rows if row.key_id)
    return [_change(row, keys) for row in reversed(rows)]


def _settle(
    connection: Connection, common: Mapping[str, object], persons: Collection[str], found: Mapping[_Place, bool]
) -> None:
    """Give the tries whose result is missing the state that this one shows; `found` says which fields are done."""
    columns = tables.crm_changes.c
    same = [columns[name] == common[name] for name in ("operation", "reference")]
    unknown = select(tables.crm_changes).where(columns.state == INTENDED, *same, columns.person_hash.in_(persons))
    # Of an erasure, a row that this try does not find any more is done. That of a stop it may not have looked for.
    unseen = True if common["operation"] in (ERASE, ERASE_DUE) else None
    tries: dict[str, set[bool]] = {}
    for row in connection.execute(unknown).mappings():
        done = found.get(_row_and_field(dict(row)), unseen)
        tries.setdefault(row["batch"], set()).update(() if done is None else (done,))
    states: dict[str, list[str]] = {}
    for batch, done_ in tries.items():
        if done_:
            # A row that an erasure took cannot be there; that one is not may be somebody else's doing.
            committed = all(done_) if unseen else any(done_)
            states.setdefault(WRITTEN if committed else UNDONE, []).append(batch)
    for state, batches in states.items():
        connection.execute(update(tables.crm_changes).where(columns.batch.in_(batches)).values(state=state))


def _row_and_field(entry: Mapping[str, Any]) -> _Place:
    return entry["table_name"], entry["key_hash"], entry["field"]


def _forget(connection: Connection, person_hash: object) -> None:
    """Forget the keys of all that was written about a person, so that nobody can read the values (GDPR Art. 17(1))."""
    columns = tables.crm_changes.c
    theirs = (columns.person_hash == person_hash) & columns.key_id.is_not(None)
    key_ids = list(connection.execute(select(columns.key_id).where(theirs).distinct()).scalars())
    connection.execute(update(tables.crm_changes).where(theirs).values(key_id=None, sealed=None))
    connection.execute(delete(tables.keys).where(tables.keys.c.id.in_(key_ids)))


def _place(row: Mapping[str, Any]) -> str:
    return ":".join(["change", *(str(row[name]) for name in PLACE)])


def _change(row: Row[*tuple[Any, ...]], keys: Keys) -> LoggedChange:
    old, new = _values(row, keys)
    return LoggedChange(
        at=row.at,
        state=row.state,
        actor=row.actor,
        reference=row.reference,
        operation=row.operation,
        action=row.action,
        table=row.table_name,
        key_hash=row.key_hash,
        field=row.field,
        old=old,
        new=new,
    )


def _values(row: Row[*tuple[Any, ...]], keys: Keys) -> tuple[str, str]:
    """Return old and new value, "" where there are none or their key was forgotten."""
    if row.sealed is None or row.key_id not in keys:
        return "", ""
    old, new = json.loads(unseal(keys[row.key_id], row.sealed, bound_to=_place(dict(row._mapping))))
    return old, new
