"""What the database itself would do to rows that refer to erased ones: none of it may happen unseen."""

from collections.abc import Sequence

import sqlalchemy as sa

from handlers.crm import Action
from storage.crm.datamap import Erasure, MapError, MappedTable
from storage.crm.fates import Fate
from storage.crm.foreignkeys import ForeignKey
from storage.crm.rows import Key, batches, with_keys
from storage.crm.schema import MappedDatabase


def refuse_cascades(connection: sa.Connection, crm: MappedDatabase, fates: Sequence[Fate]) -> None:
    """Raise MapError, naming table and key, if rows beyond the plan would go or change with the rows that go.

    One statement per foreign key that says ON DELETE CASCADE, SET NULL or SET DEFAULT.
    """
    for follower in crm.followers:
        going = [key for fate in fates if _goes(fate, follower.referred) for key in fate.keys]
        foreseen = _foreseen(crm, follower, fates)
        if any(_others(connection, crm, follower, keys, foreseen) for keys in batches(going)):
            table, columns = _name(follower), ", ".join(follower.columns)
            raise MapError(
                f"rows of {table} that the plan does not erase refer to rows of {follower.referred} that it"
                f" does, and their key {table}({columns}) says ON DELETE {follower.action}: map the key as a"
                " reference, or have the database forbid such erasures (ON DELETE RESTRICT)"
            )


def _goes(fate: Fate, table: str) -> bool:
    return (fate.table, fate.action) == (table, Action.DELETE)


def _foreseen(crm: MappedDatabase, follower: ForeignKey, fates: Sequence[Fate]) -> set[Key]:
    """Return the rows that go by themselves, or let go because the map empties the column."""
    mapped = _mapped(crm, follower)
    erasures = mapped.erased_fields() if mapped else {}
    emptied = {name for name, erasure in erasures.items() if erasure is Erasure.NULL}
    return {
        key
        for fate in fates
        if mapped and fate.table == mapped.name and not fate.shared
        if fate.action is Action.DELETE or not emptied.union(fate.loosened).isdisjoint(follower.columns)
        for key in fate.keys
    }


def _mapped(crm: MappedDatabase, follower: ForeignKey) -> MappedTable | None:
    return crm.map.tables.get(follower.table) if follower.schema is None else None


def _name(follower: ForeignKey) -> str:
    return f"{follower.schema}.{follower.table}" if follower.schema else follower.table


def _others(
    connection: sa.Connection, crm: MappedDatabase, follower: ForeignKey, keys: Sequence[Key], foreseen: set[Key]
) -> bool:
    mapped = _mapped(crm, follower)
    # Under another name: a table may refer to itself.
    table = (crm.tables[follower.table] if mapped else _unmapped(follower)).alias()
    own = [table.c[column] for column in follower.columns]
    shown = [table.c[name] for name in mapped.key] if mapped else own
    parent = crm.tables[follower.referred]
    pairs = zip(own, crm.columns(parent.name, follower.referred_columns), strict=True)
    joined = sa.and_(*(mine == theirs for mine, theirs in pairs))
    rows = sa.select(*shown).select_from(table.join(parent, joined)).where(with_keys(crm, parent.name, keys))
    if not foreseen:
        return connection.execute(rows.limit(1)).first() is not None
    return any(tuple(row) not in foreseen for row in connection.execute(rows))


def _unmapped(follower: ForeignKey) -> sa.TableClause:
    columns: list[sa.ColumnClause[object]] = [sa.column(name) for name in follower.columns]
    return sa.table(follower.table, *columns, schema=follower.schema)
