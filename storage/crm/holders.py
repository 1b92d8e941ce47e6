"""Which columns identify a person: those of the identity table, and those of tables that hang on it by keys."""

from collections.abc import Iterator

from storage.crm.schema import MappedDatabase
from storage.crm.sharing import is_by_address

Holder = tuple[str, str]  # table, column


def holders(crm: MappedDatabase, kind: str) -> list[Holder]:
    """Return the columns that hold an identifier of a kind: a second address may stand in a table of its own."""
    return [
        (table, field.name) for table in _keyed(crm) for field in crm.map.tables[table].fields if field.identity == kind
    ]


def kinds(crm: MappedDatabase) -> list[str]:
    """Return the kinds of identifiers that the map names."""
    found = (field.identity for table in _keyed(crm) for field in crm.map.tables[table].fields)
    return list(dict.fromkeys(kind for kind in found if kind))


def exactly(crm: MappedDatabase, category: str) -> list[Holder]:
    """Return the columns of this category itself."""
    return [
        (table, field.name)
        for table in _keyed(crm)
        for field in crm.map.tables[table].fields
        if category in field.categories
    ]


def categorised(crm: MappedDatabase, category: str) -> list[Holder]:
    """Return the columns of a category of the Fides taxonomy, narrower ones included."""
    return [
        (table, field.name)
        for table in _keyed(crm)
        for field in crm.map.tables[table].fields
        if any(one == category or one.startswith(f"{category}.") for one in field.categories)
    ]


def identifying(crm: MappedDatabase) -> Iterator[tuple[str, list[str]]]:
    """Yield the tables with identifiers, and their columns that hold one of any kind."""
    for table in _keyed(crm):
        columns = [field.name for field in crm.map.tables[table].fields if field.identity]
        if columns:
            yield table, columns


def _keyed(crm: MappedDatabase) -> list[str]:
    """Return the tables that keys link to persons; rows found by an address alone say nothing about who that is."""
    reached = [crm.map.identity.table]
    for table in crm.map.order[1:]:
        links = (link for link in crm.map.links if link.child == table and link.parent in reached)
        if any(not is_by_address(crm, link) for link in links):
            reached.append(table)
    return reached
