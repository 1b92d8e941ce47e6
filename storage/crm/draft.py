"""A first data map made by looking at a database: what can be seen is proposed, what cannot is left to a person."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from graphlib import CycleError

import sqlalchemy as sa

from handlers.crm import Action
from storage.crm.datamap import EMAIL, Erasure, Link, MapError
from storage.crm.links import reached
from storage.crm.sample import LiveTable, read_columns, read_tables
from storage.crm.spot import Sight, is_about_invoices, is_about_persons, is_about_staff, spot
from storage.crm.walk import in_order

# A table that another one refers to belongs to its persons if it holds nothing but where they live.
_WHEREABOUTS = frozenset({"street", "address", "postcode", "city", "region", "country"})


@dataclass(frozen=True)
class DraftTable:
    """A table of the draft; one that is not linked is only described."""

    live: LiveTable
    sights: Mapping[str, Sight]
    linked: bool
    erase: Action = Action.DELETE
    stays: bool = False  # rows may outlive an erasure, so each field needs a word
    dated: str = ""  # of a duty to keep
    follows: str = ""  # the kept table that the rows belong to


@dataclass(frozen=True)
class Draft:
    """The draft; `left_out` names tables in which nothing looks personal, `dropped` references that ran in a circle."""

    identity: str
    email: str
    tables: tuple[DraftTable, ...]
    links: tuple[Link, ...]
    dropped: tuple[Link, ...]
    left_out: tuple[str, ...]


def look(
    connection: sa.Connection,
    *,
    today: date,
    country: str = "",
    watch: Callable[[Iterable[str]], Iterable[str]] = iter,
) -> Draft:
    """Look at a database, one statement a table, and propose; raises MapError if no table seems to hold persons."""
    live = read_tables(connection)
    sights = {
        name: spot(name, read_columns(connection, live[name]), today=today, country=country) for name in watch(live)
    }
    return propose(live, sights)


def propose(live: Mapping[str, LiveTable], sights: Mapping[str, Mapping[str, Sight]]) -> Draft:
    """Return the draft; raises MapError if no table seems to hold persons."""
    seen = {name: _without_links(live[name], found) for name, found in sights.items()}
    identity = _identity(live, seen)
    email = _emails(seen[identity])[0]
    links, dropped = _acyclic(_links(live, seen, identity, email), identity)
    linked = reached(links, identity)
    order = in_order(links, identity)
    tables = _decided([_table(live[name], seen[name], linked=True) for name in order], links)
    tables += [_table(live[name], seen[name], linked=False) for name in live if name not in linked and seen[name]]
    described = {table.live.name for table in tables}
    return Draft(
        identity=identity,
        email=email,
        tables=tuple(tables),
        links=tuple(link for link in links if link.child in linked),
        dropped=tuple(link for link in dropped if link.parent in linked),
        left_out=tuple(name for name in live if name not in described),
    )


def _without_links(table: LiveTable, sights: Mapping[str, Sight]) -> dict[str, Sight]:
    aside = {reference.column for reference in table.references} | ({table.key[0]} if len(table.key) == 1 else set())
    return {name: sight for name, sight in sights.items() if name not in aside or sight.kind.name == EMAIL}


def _identity(live: Mapping[str, LiveTable], seen: Mapping[str, Mapping[str, Sight]]) -> str:
    children = [Link(ref.table, ref.other_column, name, ref.column) for name in live for ref in live[name].references]
    candidates = [name for name in live if len(live[name].key) == 1 and _emails(seen[name])]
    if not candidates:
        raise MapError(
            "no table with an e-mail address and a primary key of one column was found, so nobody could be looked up; "
            "correct the database's URL, or give its user the right to read the tables"
        )
    # Customers first; staff last, though everything may hang on whoever serves the customers.
    return max(candidates, key=lambda name: (_standing(name), len(reached(children, name))))


def _standing(table: str) -> int:
    return 0 if is_about_staff(table) else 2 if is_about_persons(table) else 1


def _emails(sights: Mapping[str, Sight]) -> list[str]:
    return [name for name, sight in sights.items() if sight.kind.name == EMAIL]


def _links(
    live: Mapping[str, LiveTable], seen: Mapping[str, Mapping[str, Sight]], identity: str, email: str
) -> list[Link]:
    """Return foreign keys to the child, those to addresses the other way round, and equal e-mail addresses."""
    links = [
        Link(ref.table, ref.other_column, name, ref.column)
        for name, table in live.items()
        for ref in table.references
        if ref.table != name and ref.table in live
    ]
    there = reached(links, identity)
    for name in sorted(there):
        for ref in live[name].references:
            if ref.table not in there and _is_whereabouts(seen.get(ref.table, {})):
                links = [link for link in links if (link.parent, link.child) != (ref.table, name)]
                links.append(Link(name, ref.column, ref.table, ref.other_column))
    there = reached(links, identity)
    links += [
        Link(identity, email, name, column)
        for name in live
        if name not in there and not is_about_staff(name)
        for column in _emails(seen[name])
    ]
    there = reached(links, identity)
    return [link for link in links if link.parent in there and link.child in there]


def _is_whereabouts(sights: Mapping[str, Sight]) -> bool:
    found = {sight.kind.name for sight in sights.values()}
    return bool(found & {"street", "address", "postcode"}) and found <= _WHEREABOUTS


def _acyclic(links: Collection[Link], start: str) -> tuple[list[Link], list[Link]]:
    kept: list[Link] = []
    dropped: list[Link] = []
    # What hangs on the persons themselves first, so that a circle is cut far away from them.
    for link in sorted(links, key=lambda entry: entry.parent != start):
        if link.child == start or _runs_in_a_circle([*kept, link], start):
            dropped.append(link)
        else:
            kept.append(link)
    return kept, dropped


def _runs_in_a_circle(links: Collection[Link], start: str) -> bool:
    try:
        in_order(links, start)
    except CycleError:
        return True
    return False


def _table(live: LiveTable, sights: Mapping[str, Sight], *, linked: bool) -> DraftTable:
    dated = next(
        (name for name, column in live.columns.items() if isinstance(column["type"], sa.Date | sa.DateTime)), ""
    )
    if linked and dated and is_about_invoices(live.name):
        return DraftTable(live, sights, linked=True, erase=Action.KEEP, stays=True, dated=dated)
    return DraftTable(live, sights, linked=linked)


def _decided(tables: list[DraftTable], links: Collection[Link]) -> list[DraftTable]:
    """Return the tables with what follows from kept records: what they refer to stays, and what belongs to them."""
    kept = {table.live.name: table for table in tables if table.erase is Action.KEEP}
    parts = {name for table in kept for name in reached(links, table)} - kept.keys()
    shells = set(_above(kept.keys() | parts, links)) - kept.keys() - parts
    decided = []
    for table in tables:
        name = table.live.name
        if name in parts:
            decided.append(_as_part(table, kept, links))
        else:
            decided.append(replace(table, stays=name in kept or name in shells))
    return decided


def _as_part(table: DraftTable, kept: Mapping[str, DraftTable], links: Collection[Link]) -> DraftTable:
    """Return a table whose rows belong to kept ones: kept as long as those, or anonymous if no key leads there."""
    above = [
        link.parent
        for link in links
        if link.child == table.live.name and link.parent in kept and (link.parent_column,) == kept[link.parent].live.key
    ]
    if not above:
        return replace(table, erase=Action.ANONYMISE, stays=True)
    return replace(table, erase=Action.KEEP, stays=True, follows=above[0])


def _above(tables: Collection[str], links: Collection[Link]) -> Iterator[str]:
    reverse = [Link(link.child, link.child_column, link.parent, link.parent_column) for link in links]
    for table in tables:
        yield from reached(reverse, table)


def erasure(table: DraftTable, column: str) -> Erasure:
    """Return what erasing should do to a field of a row that stays: as its kind wants, as far as its type allows."""
    sight = table.sights.get(column)
    if sight is None or table.erase is not Action.DELETE:
        return Erasure.KEEP
    described = table.live.columns[column]
    unique = any(column in names for names in table.live.unique)
    is_text = isinstance(described["type"], sa.String)
    wanted = sight.kind.erase
    if wanted is Erasure.NULL and not described["nullable"]:
        wanted = Erasure.REDACT
    if wanted in {Erasure.REDACT, Erasure.RANDOM} and not is_text:
        return Erasure.NULL if described["nullable"] else Erasure.KEEP
    return Erasure.RANDOM if wanted is Erasure.REDACT and unique else wanted
