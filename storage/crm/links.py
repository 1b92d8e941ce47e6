"""How the tables hang together: from the map's references to links that lead from a person to everything else."""

from collections.abc import Collection, Iterator, Mapping

from storage.crm.datamap import EMAIL, Link, MappedTable
from storage.crm.published import Reference


def resolve(references: Collection[Reference], tables: Mapping[str, MappedTable], start: str) -> tuple[Link, ...]:
    """Return all links, those that may be followed either way turned so that they lead away from `start`.

    A table that nothing leads to, but whose address identifies persons, hangs on the address of `start`: the format
    looks everything up by identity.
    """
    links = [entry.link for entry in references if entry.directed]
    links += _turned([entry.link for entry in references if not entry.directed], links, start)
    return (*links, *_by_address(links, tables, start))


def reached(links: Collection[Link], start: str) -> set[str]:
    """Return the tables that links lead to from `start`, and itself."""
    found = {start}
    frontier = [start]
    while frontier:
        table = frontier.pop()
        below = {link.child for link in links if link.parent == table} - found
        found |= below
        frontier.extend(below)
    return found


def likely_identity(references: Collection[Reference], tables: Mapping[str, MappedTable]) -> str:
    """Return the table that stands for persons where nothing says it: of those with an address and a single key,
    the one from which most others are reached; "" if there is none."""
    candidates = [table.name for table in tables.values() if len(table.key) == 1 and addresses(table)]
    ways = [link for entry in references for link in _ways(entry)]
    return max(candidates, key=lambda name: len(reached(ways, name)), default="")


def addresses(table: MappedTable) -> tuple[str, ...]:
    """Return the columns that hold a person's address."""
    return tuple(field.name for field in table.fields if field.identity == EMAIL)


def _ways(entry: Reference) -> tuple[Link, ...]:
    return (entry.link,) if entry.directed else (entry.link, _reverse(entry.link))


def _reverse(link: Link) -> Link:
    return Link(link.child, link.child_column, link.parent, link.parent_column)


def _turned(links: Collection[Link], directed: Collection[Link], start: str) -> list[Link]:
    waiting = list(links)
    turned: list[Link] = []
    while True:
        there = reached([*directed, *turned], start)
        found = next(((link, way) for link in waiting for way in (link, _reverse(link)) if _leads_on(way, there)), None)
        if found is None:
            # Both ends are reached already: what refers is the child, and has to go first.
            return [*turned, *waiting]
        waiting.remove(found[0])
        turned.append(found[1])


def _leads_on(link: Link, there: Collection[str]) -> bool:
    return link.parent in there and link.child not in there


def _by_address(links: Collection[Link], tables: Mapping[str, MappedTable], start: str) -> Iterator[Link]:
    if start not in tables:
        return
    there = reached(links, start)
    linked = {link.child for link in links}
    for table in tables.values():
        if table.name in there or table.name in linked:
            continue
        for column in addresses(table):
            for mine in addresses(tables[start]):
                yield Link(start, mine, table.name, column)
