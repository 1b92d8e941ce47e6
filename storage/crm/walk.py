"""From a person's identity row along the links of the map: which rows of which tables are theirs."""

from collections.abc import Collection, Mapping, Sequence
from graphlib import TopologicalSorter

import sqlalchemy as sa

from storage.crm.datamap import Link, MappedTable
from storage.crm.match import among, normalise
from storage.crm.schema import MappedDatabase
from storage.crm.sharing import by_key, by_key_alone, is_by_address, leading, not_others

Condition = sa.ColumnElement[bool]


def in_order(links: Collection[Link], start: str) -> tuple[str, ...]:
    """Return the tables reached from `start`, parents before children; raises graphlib.CycleError."""
    reached = {start}
    frontier = [start]
    while frontier:
        table = frontier.pop()
        found = [link.child for link in links if link.parent == table and link.child not in reached]
        reached.update(found)
        frontier.extend(found)
    sorter: TopologicalSorter[str] = TopologicalSorter({start: ()})
    for link in links:
        if link.parent in reached:
            sorter.add(link.child, link.parent)
    return tuple(sorter.static_order())


def conditions(
    connection: sa.Connection,
    crm: MappedDatabase,
    start: Condition,
    *,
    alone: bool = False,
    unshared: bool = False,
) -> Mapping[str, Condition]:
    """Return, parents before children, what picks the rows of the persons whose identity row meets `start`.

    The conditions are nested sub-selects, so a table takes one statement however many rows there are. `alone` leaves
    out rows found by an address or number that somebody else has too, `unshared` those that somebody else's rows refer
    to or own: such a row is theirs as well.
    """
    found: dict[str, Condition] = {crm.map.identity.table: start}
    for table in crm.map.order[1:]:
        links = [link for link in crm.map.links if link.child == table and link.parent in found]
        ways = [_linked(connection, crm, link, found[link.parent], alone=alone) for link in links]
        found[table] = sa.and_(one_of(crm, table, ways), *(not_others(crm, table, found) if unshared else ()))
    return found


def by_keys(crm: MappedDatabase, start: Condition) -> Mapping[str, Condition]:
    """Return what picks the rows that keys lead to, however many persons `start` picks; nothing is read for it."""
    found: dict[str, Condition] = {crm.map.identity.table: start}
    for table in crm.map.order[1:]:
        links = [link for link in crm.map.links if link.child == table and link.parent in found]
        ways = [by_key(crm, link, found[link.parent]) for link in links if not is_by_address(crm, link)]
        if ways:
            found[table] = one_of(crm, table, ways)
    return found


def one_of(crm: MappedDatabase, table: str, ways: Sequence[Condition]) -> Condition:
    """Return the condition that picks the rows of a table that meet at least one of several."""
    if len(ways) == 1:
        return ways[0]
    # Each part of a union uses its own index; an OR of sub-selects reads the whole table on PostgreSQL and MariaDB.
    key = crm.key(table)
    rows = sa.union(*(sa.select(*key).where(way) for way in ways)).subquery()
    return (key[0] if len(key) == 1 else sa.tuple_(*key)).in_(sa.select(*rows.c))


def persons_of(crm: MappedDatabase, table: str, rows: Condition) -> Condition:
    """Return the condition that picks the identity rows that rows of a table lead to, along keys."""
    if table == crm.map.identity.table:
        return rows
    ways = []
    for link in crm.map.links:
        if link.child == table and not is_by_address(crm, link) and link.parent in crm.map.order:
            theirs = crm.tables[table].c[link.child_column]
            mine = crm.tables[link.parent].c[link.parent_column]
            ways.append(
                persons_of(crm, link.parent, sa.and_(mine.in_(sa.select(theirs).where(rows)), *leading(crm, link)))
            )
    return one_of(crm, crm.map.identity.table, ways)


def is_held(
    tables: Mapping[str, MappedTable],
    links: Collection[Link],
    table: str,
    staying: Collection[str],
    *,
    untouched: Collection[str] = (),
) -> bool:
    """Do rows that stay, in `staying` tables, refer to the rows of this table? Those of `untouched` keep each link."""
    return any(
        link.parent == table
        and link.child in staying
        and link.parent_column in tables[table].key
        and (link.child in untouched or link.child_column not in tables[link.child].erased_fields())
        for link in links
    )


def key_link(tables: Mapping[str, MappedTable], links: Collection[Link], parent: str, child: str) -> Link | None:
    """Return the link by which each row of `child` belongs to one row of `parent`."""
    found = (link for link in links if (link.parent, link.child) == (parent, child))
    return next((link for link in found if (link.parent_column,) == tables[parent].key), None)


def _linked(connection: sa.Connection, crm: MappedDatabase, link: Link, parent: Condition, *, alone: bool) -> Condition:
    if not is_by_address(crm, link):
        return by_key_alone(crm, link, parent) if alone else by_key(crm, link, parent)
    mine = crm.tables[link.parent].c[link.parent_column]
    theirs = crm.tables[link.child].c[link.child_column]
    # Rows without an address belong to nobody: an empty one here must not collect the empty ones there.
    addresses = _addresses(connection, mine, parent)
    if alone and link.parent == crm.map.identity.table:
        addresses -= _addresses(connection, mine, sa.and_(sa.not_(parent), among(mine, addresses)))
    return among(theirs, addresses)


def _addresses(connection: sa.Connection, column: sa.Column[object], rows: Condition) -> set[str]:
    found = connection.scalars(sa.select(column).where(rows, column.is_not(None)))
    return {normalise(str(address)) for address in found} - {""}
