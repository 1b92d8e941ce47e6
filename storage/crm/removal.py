"""The order in which rows can go: what refers to a row goes before it, and where that is a circle, lets go first."""

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from handlers.crm import Action
from storage.crm.datamap import Erasure
from storage.crm.fates import Fate
from storage.crm.schema import MappedDatabase, Reference

Edge = tuple[str, str]  # parent, child


def removal_order(crm: MappedDatabase) -> tuple[str, ...]:
    """Return the person's tables, children before parents by the map and, as far as possible, by the database."""
    edges = [(link.parent, link.child) for link in crm.map.links if link.parent in crm.map.order]
    order = crm.map.order
    for reference in crm.references:
        with_it = [*edges, (reference.referred, reference.table)]
        try:
            order = _sorted(crm.map.order, with_it)
        except CycleError:
            continue  # `circular` has its columns emptied before
        edges = with_it
    return tuple(reversed(order))


def circular(crm: MappedDatabase, fates: Sequence[Fate], places: Mapping[str, int]) -> Iterator[tuple[Fate, list[str]]]:
    """Yield the rows that refer to rows that go before them, or at the same time, with the columns to empty.

    `places` are those of the tables in `removal_order`.
    A row that stays lets go only where the plan says so; a column that cannot be empty is left to the database to
    refuse.
    """
    going = {fate.table for fate in fates if fate.action is Action.DELETE}
    for reference in crm.references:
        if reference.referred in going and places[reference.referred] <= places[reference.table]:
            for fate in fates:
                columns = list(_loose(crm, reference, fate))
                if columns:
                    yield fate, columns


def _sorted(tables: Sequence[str], edges: Sequence[Edge]) -> tuple[str, ...]:
    sorter: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(tables, ()))
    for parent, child in edges:
        sorter.add(child, parent)
    return tuple(sorter.static_order())


def _loose(crm: MappedDatabase, reference: Reference, fate: Fate) -> Iterator[str]:
    if fate.table != reference.table:
        return
    erasures = crm.map.tables[fate.table].erased_fields()
    for column in reference.columns:
        emptied = erasures.get(column) is Erasure.NULL or column in fate.loosened
        if (fate.action is Action.DELETE or emptied) and crm.tables[fate.table].c[column].nullable:
            yield column
