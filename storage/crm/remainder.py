"""Counts again, after an erasure, what was to stay: a cascade or a trigger may have taken it along."""

from collections.abc import Sequence

import sqlalchemy as sa

from handlers.crm import Action, CrmIncomplete
from storage.crm.fates import Fate
from storage.crm.rows import batches, with_keys
from storage.crm.schema import MappedDatabase


def refuse_lost(connection: sa.Connection, crm: MappedDatabase, fates: Sequence[Fate]) -> None:
    """Raise CrmIncomplete if a row that is kept or made anonymous is not there any more."""
    for fate in fates:
        if fate.action is not Action.DELETE:
            left = sum(_count(connection, crm, fate.table, keys) for keys in batches(fate.keys))
            if left != len(fate.keys):
                raise CrmIncomplete(
                    f"of {len(fate.keys)} rows of {fate.table} to {fate.action} {left} were left; nothing was committed"
                )


def _count(connection: sa.Connection, crm: MappedDatabase, table: str, keys: Sequence[tuple[object, ...]]) -> int:
    count = sa.select(sa.func.count()).select_from(crm.tables[table]).where(with_keys(crm, table, keys))
    return connection.scalar(count) or 0
