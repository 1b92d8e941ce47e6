"""Rows named by their primary keys, so that exactly the planned ones are touched."""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from storage.crm.schema import MappedDatabase
from storage.crm.walk import Condition

Key = tuple[object, ...]
# SQLite bounds a statement to 32,766 values; up to two hashed columns add two each to a row's key.
ROWS_A_STATEMENT = 5_000


def batches(keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    """Yield the keys in portions that one statement can name."""
    for start in range(0, len(keys), ROWS_A_STATEMENT):
        yield keys[start : start + ROWS_A_STATEMENT]


def as_text(key: Key) -> str:
    """Return a key as a text, the same for the same row."""
    return "\0".join(map(str, key))


def with_keys(crm: MappedDatabase, table: str, keys: Sequence[Key]) -> Condition:
    """Return the condition that picks exactly these rows."""
    columns = crm.key(table)
    if len(columns) == 1:
        return columns[0].in_([value for (value,) in keys])
    return sa.tuple_(*columns).in_(keys)
