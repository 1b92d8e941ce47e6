"""Reads again, after an erasure, the rows that stay: a cascade or a trigger may have undone what was done to them."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from handlers.crm import Action, CrmIncomplete
from storage.crm.datamap import Erasure
from storage.crm.fates import Fate
from storage.crm.replace import DIGEST_CHARACTERS, ERASED_PREFIX, REDACTED
from storage.crm.rows import batches, with_keys
from storage.crm.schema import MappedDatabase

_IS_ERASED: Mapping[Erasure, Callable[[object], bool]] = {
    Erasure.NULL: lambda value: value is None,
    Erasure.REDACT: lambda value: _reads(re.escape(REDACTED), value),
    Erasure.RANDOM: lambda value: _reads(f"{re.escape(ERASED_PREFIX)}.+", value),
    # A field that was empty has no digest.
    Erasure.HASH: lambda value: value is None or _reads(f"[0-9a-f]{{{DIGEST_CHARACTERS}}}", value),
}


@dataclass(frozen=True)
class _Left:
    """A column of a row that stays: what was done to it, and whether a value is what that leaves."""

    column: str
    what: str
    fits: Callable[[object], bool]


def refuse_undone(connection: sa.Connection, crm: MappedDatabase, fates: Sequence[Fate]) -> None:
    """Raise CrmIncomplete if a row that stays is not there any more, or a field of it is not as erasing left it."""
    for fate in fates:
        if fate.action is not Action.DELETE:
            _refuse_undone(connection, crm, fate)


def refuse_gone(connection: sa.Connection, crm: MappedDatabase, fates: Sequence[Fate]) -> None:
    """Raise CrmIncomplete if a row that stays is not there any more."""
    for fate in fates:
        if fate.action is not Action.DELETE:
            count = sa.select(sa.func.count()).select_from(crm.tables[fate.table])
            found = (count.where(with_keys(crm, fate.table, keys)) for keys in batches(fate.keys))
            _refuse_fewer(fate, sum(connection.execute(one).scalar_one() for one in found))


def _refuse_undone(connection: sa.Connection, crm: MappedDatabase, fate: Fate) -> None:
    expected = list(_expected(crm, fate))
    columns = [*crm.key(fate.table), *crm.columns(fate.table, [one.column for one in expected])]
    left = 0
    for keys in batches(fate.keys):
        for row in connection.execute(sa.select(*columns).where(with_keys(crm, fate.table, keys))):
            left += 1
            for one, value in zip(expected, row[len(row) - len(expected) :], strict=True):
                if not one.fits(value):
                    place = f"{fate.table}.{one.column}"
                    raise CrmIncomplete(
                        f"{place} was not {one.what} afterwards; nothing was committed", places=(place,)
                    )
    _refuse_fewer(fate, left)


def _refuse_fewer(fate: Fate, left: int) -> None:
    if left != len(fate.keys):
        raise CrmIncomplete(
            f"of {len(fate.keys)} rows of {fate.table} to {fate.action} {left} were left; nothing was committed"
        )


def _expected(crm: MappedDatabase, fate: Fate) -> Iterator[_Left]:
    """Yield every column that erasing writes: those that the map names, links to what is shared, the shell's flags."""
    erasures = crm.map.tables[fate.table].erased_fields()
    identity = crm.map.identity
    flags = identity.flags() if fate.table == identity.table else ()
    for name, erasure in erasures.items():
        if name not in (*fate.loosened, *flags):
            yield _Left(name, erasure, _IS_ERASED[erasure])
    for name in fate.loosened:
        yield _Left(name, Erasure.NULL, _IS_ERASED[Erasure.NULL])
    for name in flags:
        yield _Left(name, "set", bool)


def _reads(pattern: str, value: object) -> bool:
    # CHAR columns come filled up with blanks.
    return value is not None and re.fullmatch(pattern, str(value).rstrip()) is not None
