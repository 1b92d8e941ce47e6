"""What a data map must keep to; every finding names the key and the remedy."""

from collections.abc import Collection, Iterator, Mapping

from handlers.crm import Action, Labels
from handlers.law.retention import record_kinds
from storage.crm.datamap import EMAIL, DataMap, Handling, MappedTable
from storage.crm.mapfile import MapFile, TableEntry
from storage.crm.walk import is_held

Columns = Mapping[str, Collection[str]]


def unknown_names(file: MapFile) -> Iterator[str]:
    """Yield every table or column that the file names but does not describe in its dataset."""
    dataset = file.dataset[0]
    columns: Columns = {entry.name: {field.name for field in entry.fields} for entry in dataset.collections}
    yield from _unknown_references(file, columns)
    for table, entry in file.handling.tables.items():
        yield from _unknown(columns, f"handling.tables.{table}", table, _columns_of(entry))
    identity = file.handling.identity
    own = (identity.language, identity.country, identity.restricted, identity.erased, identity.suppressed)
    yield from _unknown(columns, "handling.identity", identity.table, (*identity.name, *own))
    for consent, stops in file.handling.consents.items():
        for stop in stops:
            yield from _unknown(columns, f"handling.consents.{consent}", stop.table, (*stop.where, *stop.values))
    for field, targets in file.handling.correctable.items():
        for target in targets:
            named = (target.column, *target.parts.values(), *target.where)
            yield from _unknown(columns, f"handling.correctable.{field}", target.table, named)


def broken_rules(map_: DataMap, languages: Collection[str]) -> Iterator[str]:
    """Yield what would make a copy incomplete or an erasure fail."""
    identity = map_.tables[map_.identity.table]
    if len(identity.key) != 1 or not map_.identity.emails:
        yield f"dataset.{identity.name}: give it one primary_key field and mark its address with identity: {EMAIL}"
    for table in map_.tables.values():
        if table.handling is not None:
            yield from _broken_table(map_, table, table.handling, languages)
        elif table.name in map_.order:
            yield f"handling.tables.{table.name}: the table is linked to persons; say how it is handled"
    yield from _unhandled_uses(map_)


def _unknown_references(file: MapFile, columns: Columns) -> Iterator[str]:
    dataset = file.dataset[0]
    for collection in dataset.collections:
        for field in collection.fields:
            for reference in field.fides_meta.references:
                key = f"dataset.{collection.name}.{field.name}.references"
                if reference.dataset != dataset.fides_key:
                    yield f"{key}: dataset must be '{dataset.fides_key}', the only one that is reached"
                table, column = reference.field.split(".")
                yield from _unknown(columns, key, table, (column,))


def _columns_of(entry: TableEntry) -> Iterator[str]:
    yield from entry.fields
    yield from entry.columns
    if entry.duty:
        yield from (entry.duty.dated, entry.duty.country_column)


def _unknown(columns: Columns, key: str, table: str, names: Collection[str] | Iterator[str]) -> Iterator[str]:
    if table not in columns:
        yield f"{key}: table '{table}' is not in the dataset; add it or correct the name"
        return
    for name in names:
        if name and name not in columns[table]:
            yield f"{key}: column '{table}.{name}' is not in the dataset; add it or correct the name"


def _broken_table(map_: DataMap, table: MappedTable, handling: Handling, languages: Collection[str]) -> Iterator[str]:
    key = f"handling.tables.{table.name}"
    if not table.key:
        # Without a key an erasure cannot be counted, and one that erases nothing would look complete.
        yield f"dataset.{table.name}: mark its primary key with fides_meta.primary_key"
    if table.name not in map_.order:
        yield f"{key}: no reference leads here from '{map_.identity.table}'; add one with direction: from"
    if _may_stay(map_, table, handling):
        for field in table.fields:
            if field.personal and field.name not in handling.erasures:
                yield f"{key}.fields.{field.name}: rows may stay; say null, redact, random, hash or keep"
    yield from _broken_duty(map_, table, handling)
    yield from _missing_texts(table, handling, languages)


def _may_stay(map_: DataMap, table: MappedTable, handling: Handling) -> bool:
    if handling.erase is not Action.DELETE:
        return handling.erase is Action.ANONYMISE
    staying = {
        name for name, other in map_.tables.items() if other.handling and other.handling.erase is not Action.DELETE
    }
    for name in reversed(map_.order):
        if is_held(map_.tables, map_.links, name, staying):
            staying.add(name)
    return table.name in staying


def _broken_duty(map_: DataMap, table: MappedTable, handling: Handling) -> Iterator[str]:
    key = f"handling.tables.{table.name}.duty"
    if (handling.erase is Action.KEEP) != (handling.duty is not None):
        yield f"{key}: erase: keep needs a duty (record, dated, country), and nothing else has one"
    if handling.duty is None:
        return
    if bool(handling.duty.country) == bool(handling.duty.country_column):
        yield f"{key}: give either country or country_column"
    if handling.duty.record not in record_kinds():
        yield f"{key}.record: no law is known for '{handling.duty.record}'; use {', '.join(sorted(record_kinds()))}"
    erased = table.erased_fields()
    links = [link for link in map_.links if link.child == table.name and link.child_column not in erased]
    if not any(link.parent_column in map_.tables[link.parent].key for link in links):
        yield f"{key}: kept rows must stay linked to their person; keep a reference to a primary key"


def _missing_texts(table: MappedTable, handling: Handling, languages: Collection[str]) -> Iterator[str]:
    key = f"handling.tables.{table.name}"
    texts: dict[str, Labels] = {
        "label": handling.label,
        "purpose": handling.purpose,
        "recipients": handling.recipients,
        "retention": handling.retention,
    }
    texts |= {f"columns.{field.name}": field.label for field in table.fields if field.personal}
    for name, text in texts.items():
        missing = [language for language in languages if not text.get(language)]
        if missing:
            yield f"{key}.{name}: add the text in {', '.join(missing)}"


def _unhandled_uses(map_: DataMap) -> Iterator[str]:
    for name, stops in map_.consents.items():
        for stop in stops:
            yield from _unlinked(map_, f"handling.consents.{name}", stop.table)
    for name, targets in map_.correctable.items():
        key = f"handling.correctable.{name}"
        for target in targets:
            yield from _unlinked(map_, key, target.table)
            parts = [part for part, _ in target.columns]
            if parts != [""] and ("" in parts or not parts):
                yield f"{key}: give either column or parts"


def _unlinked(map_: DataMap, key: str, table: str) -> Iterator[str]:
    if table not in map_.order:
        yield f"{key}: table '{table}' is not linked to persons; add a reference with direction: from"
