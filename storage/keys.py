"""The wrapped keys in the store, unwrapped at most once in a unit of work."""

from collections.abc import Iterable

from sqlalchemy import Connection, insert, select

from handlers.tickets import new_id
from storage import tables
from storage.crypto import Keyring


class Keys:
    """Keys by their id, for one unit of work."""

    def __init__(self, connection: Connection, keyring: Keyring) -> None:
        self._connection = connection
        self._keyring = keyring
        self._known: dict[str, bytes] = {}

    def make(self) -> tuple[str, bytes]:
        """Make and keep a new key; return its id and the key."""
        key_id = new_id()
        key, wrapped = self._keyring.new_key(key_id)
        self._connection.execute(insert(tables.keys), {"id": key_id, "wrapped": wrapped})
        self._known[key_id] = key
        return key_id, key

    def load(self, key_ids: Iterable[str]) -> None:
        """Read several keys in one statement."""
        missing = set(key_ids) - self._known.keys()
        if not missing:
            return
        rows = self._connection.execute(select(tables.keys).where(tables.keys.c.id.in_(missing)))
        self._known.update({row.id: self._keyring.unwrap(row.id, row.wrapped) for row in rows})

    def __contains__(self, key_id: str) -> bool:
        """Is the key there, not forgotten?"""
        self.load([key_id])
        return key_id in self._known

    def __getitem__(self, key_id: str) -> bytes:
        """Return a key. Raises KeyError if it was forgotten."""
        self.load([key_id])
        return self._known[key_id]
