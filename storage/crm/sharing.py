"""Rows of several persons, such as the address of a household or a message to somebody: they are nobody's alone."""

from collections import Counter
from collections.abc import Iterator, Mapping

import sqlalchemy as sa

from storage.crm.datamap import EMAIL, DataMap, Link
from storage.crm.schema import MappedDatabase
from storage.crm.shells import gone

Condition = sa.ColumnElement[bool]


def is_by_address(crm: MappedDatabase, link: Link) -> bool:
    """Are the rows linked by the same address rather than by a key?"""
    return _is_by_address(crm.map, link)


def is_between(map_: DataMap, table: str) -> bool:
    """Does each row belong to two rows of one table, as a message does to sender and recipient?"""
    return any(count > 1 for count in Counter(link.parent for link in _key_links(map_, table)).values())


def by_key(crm: MappedDatabase, link: Link, parent: Condition) -> Condition:
    """Return the condition that picks the rows of the child to which the parent's rows lead."""
    mine = crm.tables[link.parent].c[link.parent_column]
    return crm.tables[link.child].c[link.child_column].in_(sa.select(mine).where(parent, *leading(crm, link)))


def leading(crm: MappedDatabase, link: Link) -> list[Condition]:
    """Return the conditions that parents lead anywhere: an empty number here must not collect the empty ones there."""
    mine = crm.tables[link.parent].c[link.parent_column]
    is_key = (link.parent_column,) == crm.map.tables[link.parent].key
    return [] if is_key or not isinstance(mine.type, sa.String) else [sa.func.trim(mine) != ""]


def by_key_alone(crm: MappedDatabase, link: Link, parent: Condition) -> Condition:
    """Return the same without rows that by the same number, which is no key, might be somebody else's."""
    rows = by_key(crm, link, parent)
    is_number = link in _outward(crm, link.child) and (link.child_column,) != crm.map.tables[link.child].key
    return sa.and_(rows, sa.not_(_of_others(crm, link, parent))) if is_number else rows


def not_others(crm: MappedDatabase, table: str, mine: Mapping[str, Condition]) -> list[Condition]:
    """Return the conditions that leave out what others' rows refer to or own as well, none for most tables."""
    return [sa.not_(_of_others(crm, link, mine[link.parent])) for link in _disputed(crm, table) if link.parent in mine]


def shared(crm: MappedDatabase, mine: Mapping[str, Condition]) -> Iterator[tuple[str, Condition]]:
    """Yield, by table, what picks the rows that are both mine and others'."""
    for table in mine:
        links = [link for link in _disputed(crm, table) if link.parent in mine]
        if links:
            leading_here = sa.or_(*(by_key(crm, link, mine[link.parent]) for link in links))
            yield table, sa.and_(leading_here, sa.or_(*(_of_others(crm, link, mine[link.parent]) for link in links)))


def loosened(crm: MappedDatabase, parent: str, *, both: set[str], going: set[str]) -> tuple[str, ...]:
    """Return the columns of a parent's row that stays which lead to rows of `both` or that go, and can be empty.

    `both` are tables with shared rows, `going` those of which rows are deleted.
    """
    columns = crm.tables[parent].c
    kept = {name for name, _ in crm.map.handling(parent).erasures.items()} - set(crm.map.tables[parent].erased_fields())
    tables = crm.map.tables
    leading = (
        link.parent_column
        for table in sorted(both | going)
        for link in _outward(crm, table)
        if link.parent == parent and (table in both or (link.child_column,) == tables[table].key)
    )
    return tuple(dict.fromkeys(name for name in leading if columns[name].nullable and name not in kept))


def _outward(crm: MappedDatabase, table: str) -> list[Link]:
    """Return the links by which several rows may lead to the same row of the table; a parent's key is its own."""
    links = _key_links(crm.map, table)
    return [link for link in links if (link.parent_column,) != crm.map.tables[link.parent].key]


def _disputed(crm: MappedDatabase, table: str) -> list[Link]:
    """Return all links to a table whose rows may belong to several persons, none for most tables."""
    return _key_links(crm.map, table) if _outward(crm, table) or is_between(crm.map, table) else []


def _key_links(map_: DataMap, table: str) -> list[Link]:
    links = [link for link in map_.links if link.child == table and link.parent in map_.order]
    return [link for link in links if not _is_by_address(map_, link)]


def _is_by_address(map_: DataMap, link: Link) -> bool:
    fields = map_.tables[link.parent].fields
    return any(field.name == link.parent_column and field.identity == EMAIL for field in fields)


def _of_others(crm: MappedDatabase, link: Link, mine: Condition) -> Condition:
    """Return the condition that a row of a parent refers here that is neither mine nor an empty shell."""
    parent, child = crm.tables[link.parent], crm.tables[link.child]
    # What is unknown of a row, such as whose it is, does not make it mine.
    others = [mine.is_distinct_from(sa.true())]
    if link.parent == crm.map.identity.table:
        others.append(gone(crm).is_distinct_from(sa.true()))
    referring = sa.select(sa.literal(1)).select_from(parent)
    referring = referring.where(parent.c[link.parent_column] == child.c[link.child_column], *others)
    return sa.exists(referring.correlate(child))
