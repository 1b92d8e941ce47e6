"""A table of the data map, out of the published entry and our own beside it."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from types import MappingProxyType

from fideslang.models import Dataset, DatasetCollection, DatasetField

from handlers.crm import Action
from storage.crm import published
from storage.crm.datamap import Duty, Field, Handling, MappedTable
from storage.crm.mapfile import TableEntry


def table(dataset: Dataset, collection: DatasetCollection, entry: TableEntry | None) -> MappedTable:
    """Return a table; one without our entry is left alone."""
    return MappedTable(
        name=collection.name,
        key=tuple(field.name for field in collection.fields if published.is_key(field)),
        fields=tuple(_field(dataset, collection, field, entry) for field in collection.fields),
        handling=_handling(collection, entry) if entry else None,
    )


def with_followed_duties(tables: Mapping[str, MappedTable]) -> dict[str, MappedTable]:
    """Return the tables; what is kept as long as another table's rows has their duty."""
    return {name: _following(found, tables) for name, found in tables.items()}


def _following(found: MappedTable, tables: Mapping[str, MappedTable]) -> MappedTable:
    handling = found.handling
    if handling is None or handling.duty is None or not handling.duty.follows:
        return found
    table = handling.duty.follows
    followed = tables[table].handling
    if followed is None or followed.duty is None or followed.duty.follows:
        return found  # the check of the map says what is wrong
    return replace(found, handling=replace(handling, duty=replace(followed.duty, follows=table)))


def with_defaults(
    dataset: Dataset, tables: Mapping[str, MappedTable], linked: Collection[str]
) -> dict[str, MappedTable]:
    """Return the tables of a file that says nothing of handling: those linked to persons can be copied."""
    by_name = {entry.name: entry for entry in published.collections(dataset)}
    return {
        name: _default(dataset, by_name[name], found) if name in linked else found for name, found in tables.items()
    }


def _field(dataset: Dataset, collection: DatasetCollection, field: DatasetField, entry: TableEntry | None) -> Field:
    categories = published.categories(dataset, collection, field)
    return Field(
        name=field.name,
        personal=published.is_personal(categories),
        identity=published.identity(field),
        label=entry.columns.get(field.name, {}) if entry else {},
        categories=categories,
        provided=bool(entry and entry.provided and field.name not in entry.derived),
        read_only=published.is_read_only(field),
        note=bool(entry and field.name in entry.notes),
        third_person=bool(entry and field.name in entry.third_person),
    )


def _handling(collection: DatasetCollection, entry: TableEntry) -> Handling:
    return Handling(
        label=entry.label,
        purpose=entry.purpose,
        recipients=entry.recipients,
        retention=entry.retention,
        provided=entry.provided,
        erase=entry.erase,
        erasures=MappingProxyType({**published.masking(collection), **entry.fields}),
        duty=Duty(**entry.duty.model_dump()) if entry.duty else None,
        source=entry.source,
        basis=entry.basis,
    )


def _default(dataset: Dataset, collection: DatasetCollection, found: MappedTable) -> MappedTable:
    fields = (replace(field, label={"en": published.readable(field.name)}) for field in found.fields)
    handling = Handling(
        label={"en": published.readable(found.name)},
        purpose=published.purpose(collection, dataset),
        recipients={},
        retention={},
        provided=False,
        erase=Action.DELETE,  # never carried out: such a map is only read
        erasures=MappingProxyType(dict(published.masking(collection))),
        duty=None,
    )
    return replace(found, fields=tuple(fields), handling=handling)
