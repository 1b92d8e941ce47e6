"""Reads again, after an erasure, the rows that stay: a cascade or a trigger may have undone what was done to them."""

import re
from collections.abc import Sequence

import sqlalchemy as sa

from handlers.crm import Action, CrmIncomplete
from storage.crm.datamap import Erasure
from storage.crm.fates import Fate
from storage.crm.replace import DIGEST_CHARACTERS, ERASED_PREFIX, REDACTED
from storage.crm.rows import batches, with_keys
from storage.crm.schema import MappedDatabase

_ERASED = {
    Erasure.NULL: None,
    Erasure.REDACT: re.compile(re.escape(REDACTED)),
    Erasure.RANDOM: re.compile(f"{re.escape(ERASED_PREFIX)}.+"),
    Erasure.HASH: re.compile(f"[0-9a-f]{{{DIGEST_CHARACTERS}}}"),
}


def refuse_undone(connection: sa.Connection, crm: MappedDatabase, fates: Sequence[Fate]) -> None:
    """Raise CrmIncomplete if a row that stays is not there any more, or a field of it is not as erasing left it."""
    for fate in fates:
        if fate.action is not Action.DELETE:
            _refuse_undone(connection, crm, fate)


def _refuse_undone(connection: sa.Connection, crm: MappedDatabase, fate: Fate) -> None:
    erasures = crm.map.tables[fate.table].erased_fields()
    columns = [*crm.key(fate.table), *crm.columns(fate.table, erasures)]
    left = 0
    for keys in batches(fate.keys):
        for row in connection.execute(sa.select(*columns).where(with_keys(crm, fate.table, keys))):
            left += 1
            for (name, erasure), value in zip(erasures.items(), row[len(row) - len(erasures) :], strict=True):
                if not _is_erased(erasure, value):
                    place = f"{fate.table}.{name}"
                    raise CrmIncomplete(f"{place} was not {erasure} afterwards; nothing was committed", places=(place,))
    if left != len(fate.keys):
        raise CrmIncomplete(
            f"of {len(fate.keys)} rows of {fate.table} to {fate.action} {left} were left; nothing was committed"
        )


def _is_erased(erasure: Erasure, value: object) -> bool:
    pattern = _ERASED[erasure]
    if value is None or pattern is None:
        # A field that was empty has no digest.
        return value is None and erasure in (Erasure.NULL, Erasure.HASH)
    return pattern.fullmatch(str(value).rstrip()) is not None  # CHAR columns come filled up with blanks
