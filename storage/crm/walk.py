"""From a person's identity row along the links of the map: which rows of which tables are theirs."""

from collections.abc import Collection, Mapping
from graphlib import TopologicalSorter

import sqlalchemy as sa

from storage.crm.datamap import EMAIL, Link, MappedTable
from storage.crm.match import folded
from storage.crm.schema import MappedDatabase

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


def conditions(crm: MappedDatabase, start: Condition, *, alone: bool = False) -> Mapping[str, Condition]:
    """Return, parents before children, what picks the rows of the persons whose identity row meets `start`.

    The conditions are nested sub-selects, so a table takes one statement however many rows there are. `alone` leaves
    out rows found by an address that somebody else uses too: such a row is theirs as well.
    """
    found: dict[str, Condition] = {crm.map.identity.table: start}
    for table in crm.map.order[1:]:
        links = [link for link in crm.map.links if link.child == table and link.parent in found]
        found[table] = sa.or_(*(_linked(crm, link, found, alone=alone) for link in links))
    return found


def is_held(tables: Mapping[str, MappedTable], links: Collection[Link], table: str, staying: Collection[str]) -> bool:
    """Do rows that stay, in `staying` tables, refer to the rows of this table?"""
    return any(
        link.parent == table
        and link.child in staying
        and link.parent_column in tables[table].key
        and link.child_column not in tables[link.child].erased_fields()
        for link in links
    )


def _linked(crm: MappedDatabase, link: Link, found: Mapping[str, Condition], *, alone: bool) -> Condition:
    mine = crm.tables[link.parent].c[link.parent_column]
    theirs = crm.tables[link.child].c[link.child_column]
    parent = found[link.parent]
    if not _is_email(crm, link):
        return theirs.in_(sa.select(mine).where(parent))
    # Rows without an address belong to nobody: an empty one here must not collect the empty ones there.
    linked = folded(theirs).in_(sa.select(folded(mine)).where(parent, sa.func.trim(mine) != ""))
    if not alone or link.parent != crm.map.identity.table:
        return linked
    others = sa.select(folded(mine)).where(sa.not_(parent), mine.is_not(None))
    return sa.and_(linked, folded(theirs).not_in(others))


def _is_email(crm: MappedDatabase, link: Link) -> bool:
    fields = crm.map.tables[link.parent].fields
    return any(field.name == link.parent_column and field.identity == EMAIL for field in fields)
