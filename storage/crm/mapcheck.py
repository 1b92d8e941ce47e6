"""What a data map must keep to; every finding names the line, the key and the remedy."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from fideslang.models import Dataset

from handlers.crm import Action, Labels
from handlers.law.retention import record_kinds
from storage.crm import published
from storage.crm.datamap import EMAIL, MARKS, DataMap, Erasure, Finding, Handling, MappedTable, Place
from storage.crm.dutycheck import shorter_parents
from storage.crm.mapfile import HandlingEntry, TableEntry
from storage.crm.marks import UNDECIDED, Source
from storage.crm.sharing import is_between
from storage.crm.walk import is_held, key_link

Columns = Mapping[str, Collection[str]]
Told = tuple[Place, str]


def unknown_names(
    dataset: Dataset, own: HandlingEntry | None, source: Source, *, beside: Collection[str] = ()
) -> Iterator[Finding]:
    """Yield every table or column that a dataset or its handling names but does not describe.

    References to the datasets `beside` it in the file are for `joins` to check.
    """
    columns: Columns = {entry.name: {field.name for field in entry.fields} for entry in dataset.collections}
    told = list(_unknown_references(dataset, columns, beside, strict=own is not None))
    if own:
        told += _unknown_in_handling(own, columns)
    yield from (source.finding(place, text) for place, text in told)


def broken_rules(map_: DataMap, source: Source) -> Iterator[Finding]:
    """Yield what would make a copy incomplete or an erasure fail."""
    told = list(_broken_dataset(map_))
    if not map_.read_only:
        told += _broken_handling(map_)
    yield from (source.finding(place, text) for place, text in told)


def in_dataset(map_: DataMap, table: str, column: str = "") -> Place:
    """Return where a table or column of the dataset stands in the file."""
    place: Place = ("dataset", map_.dataset, "collections", table)
    return (*place, "fields", column) if column else place


def _unknown_references(dataset: Dataset, columns: Columns, beside: Collection[str], *, strict: bool) -> Iterator[Told]:
    for collection in dataset.collections:
        for field in collection.fields:
            for reference in (field.fides_meta.references if field.fides_meta else None) or ():
                place: Place = ("dataset", dataset.fides_key, "collections", collection.name, "fields", field.name)
                place = (*place, "fides_meta", "references")
                table, _, column = reference.field.partition(".")
                if reference.dataset == dataset.fides_key and not column:
                    yield place, f"'{table}' names no column; write field: table.column"
                elif reference.dataset == dataset.fides_key:
                    yield from _unknown(columns, place, table, (column,))
                elif strict and reference.dataset not in beside:
                    # Other tools follow it to another database; what hangs there would be left out in silence.
                    known = " or ".join(f"'{name}'" for name in (dataset.fides_key, *beside))
                    yield (
                        place,
                        f"dataset must be {known}: no other is reached; correct it, or describe it here",
                    )


def _unknown_in_handling(own: HandlingEntry, columns: Columns) -> Iterator[Told]:
    for table, entry in own.tables.items():
        yield from _unknown(columns, ("handling", "tables", table), table, _columns_of(entry))
        if entry.duty and entry.duty.follows:
            yield from _unknown(columns, ("handling", "tables", table, "duty"), entry.duty.follows, ())
    identity = own.identity
    flags = (identity.language, identity.country, identity.restricted, identity.erased, identity.suppressed)
    yield from _unknown(columns, ("handling", "identity"), identity.table, (*identity.name, *flags))
    for consent, what in own.consents.items():
        place: Place = ("handling", "consents", consent)
        for stop in what.stops:
            yield from _unknown(columns, place, stop.table, (*stop.where, *stop.values))
        for given in what.given:
            named = (given.granted, given.at, given.version, *given.where)
            yield from _unknown(columns, (*place, "given"), given.table, named)
    for field, targets in own.correctable.items():
        for target in targets:
            named = (target.column, *target.parts.values(), *target.where)
            yield from _unknown(columns, ("handling", "correctable", field), target.table, named)


def _columns_of(entry: TableEntry) -> Iterator[str]:
    yield from (*entry.fields, *entry.columns, *entry.derived, *entry.notes, *entry.third_person)
    if entry.duty:
        yield from (entry.duty.dated, entry.duty.country_column)


def _unknown(columns: Columns, place: Place, table: str, names: Iterable[str]) -> Iterator[Told]:
    if table == UNDECIDED:
        return
    if table not in columns:
        yield place, f"table '{table}' is not in the dataset; add it or correct the name"
        return
    for name in names:
        if name and name != UNDECIDED and name not in columns[table]:
            yield place, f"column '{table}.{name}' is not in the dataset; add it or correct the name"


def _broken_dataset(map_: DataMap) -> Iterator[Told]:
    identity = map_.tables[map_.identity.table]
    if len(identity.key) != 1 or not (map_.identity.emails or map_.joined):
        text = f"give it one primary_key field and mark its address with identity: {EMAIL}"
        yield in_dataset(map_, identity.name), text
    for table in map_.tables.values():
        if table.name in map_.order and not table.key:
            # Without a key an erasure cannot be counted, and one that erases nothing would look complete.
            yield in_dataset(map_, table.name), "mark its primary key with fides_meta.primary_key"
        for field in table.fields:
            for category in field.categories:
                if not published.is_known(category):
                    text = f"no data category begins like '{category}'; use one below user or system"
                    yield in_dataset(map_, table.name, field.name), text


def _broken_handling(map_: DataMap) -> Iterator[Told]:
    for table in map_.tables.values():
        if table.handling is not None:
            yield from _broken_table(map_, table, table.handling)
        elif table.name in map_.order:
            yield ("handling", "tables", table.name), "the table is linked to persons; say how it is handled"
    yield from _missing_flag(map_)
    yield from shorter_parents(map_)
    yield from _unhandled_uses(map_)


def _broken_table(map_: DataMap, table: MappedTable, handling: Handling) -> Iterator[Told]:
    place: Place = ("handling", "tables", table.name)
    if table.name not in map_.order:
        yield place, f"no reference leads here from '{map_.identity.table}'; add one with direction: from"
    if _may_stay(map_, table, handling):
        for field in table.fields:
            if field.personal and field.name not in handling.erasures:
                text = "rows may stay; say null, redact, random, hash or keep"
                yield (*place, "fields", field.name), text
    for field in table.fields:
        if field.read_only and handling.erasures.get(field.name, Erasure.KEEP) is not Erasure.KEEP:
            yield (*place, "fields", field.name), "the dataset says read_only; say keep, or remove read_only there"
    yield from _broken_duty(map_, table, handling)
    yield from _missing_texts(map_, table, handling)


def _may_stay(map_: DataMap, table: MappedTable, handling: Handling) -> bool:
    if handling.erase is not Action.DELETE:
        return handling.erase is Action.ANONYMISE
    # What is somebody else's as well stays as it is, whatever the map says of it.
    untouched = {name for name in map_.order if is_between(map_, name)}
    staying = untouched | {
        name for name, other in map_.tables.items() if other.handling and other.handling.erase is not Action.DELETE
    }
    held: set[str] = set()
    for name in reversed(map_.order):
        if is_held(map_.tables, map_.links, name, staying | held, untouched=untouched):
            held.add(name)
    return table.name in held


def _missing_flag(map_: DataMap) -> Iterator[Told]:
    table = map_.tables[map_.identity.table]
    if map_.identity.erased or table.handling is None or not _may_stay(map_, table, table.handling):
        return
    if not MARKS & set(table.erased_fields().values()):
        # Or an anonymised row would still be taken for a person.
        text = "rows may stay after an erasure; name a flag for them with erased, or redact a field that is never empty"
        yield ("handling", "identity"), text


def _broken_duty(map_: DataMap, table: MappedTable, handling: Handling) -> Iterator[Told]:
    place: Place = ("handling", "tables", table.name, "duty")
    if (handling.erase is Action.KEEP) != (handling.duty is not None):
        yield place, "erase: keep needs a duty (record, dated, country; or follows), and nothing else has one"
    if handling.duty is None:
        return
    if not handling.duty.record or not handling.duty.dated:
        yield place, "give record, dated and country, or with follows a table that has them"
        return
    if handling.duty.follows and key_link(map_.tables, map_.links, handling.duty.follows, table.name) is None:
        yield (*place, "follows"), f"no reference leads here from a primary key of '{handling.duty.follows}'; add one"
    if bool(handling.duty.country) == bool(handling.duty.country_column):
        yield place, "give either country or country_column"
    if handling.duty.record not in record_kinds() and handling.duty.record != UNDECIDED:
        known = ", ".join(sorted(record_kinds()))
        yield (*place, "record"), f"no law is known for '{handling.duty.record}'; use {known}"
    erased = table.erased_fields()
    links = [link for link in map_.links if link.child == table.name and link.child_column not in erased]
    if not any(link.parent_column in map_.tables[link.parent].key for link in links):
        yield place, "kept rows must stay linked to their person; keep a reference to a primary key"


def _missing_texts(map_: DataMap, table: MappedTable, handling: Handling) -> Iterator[Told]:
    place: Place = ("handling", "tables", table.name)
    texts: dict[Place, Labels] = {
        ("label",): handling.label,
        ("purpose",): handling.purpose,
        ("recipients",): handling.recipients,
        ("retention",): handling.retention,
    }
    if handling.source:
        texts["source",] = handling.source
    texts |= {("columns", field.name): field.label for field in table.fields if field.personal}
    for key, text in texts.items():
        missing = [language for language in map_.languages if not text.get(language)]
        if missing:
            yield (*place, *key), f"add the text in {', '.join(missing)}"


def _unhandled_uses(map_: DataMap) -> Iterator[Told]:
    for name, stops in map_.consents.items():
        for stop in stops:
            yield from _unlinked(map_, ("handling", "consents", name), stop.table)
            yield from _unwritable(map_, ("handling", "consents", name), stop.table, dict(stop.values))
    for consent in map_.consent_types:
        for given in consent.given:
            yield from _unlinked(map_, ("handling", "consents", consent.name, "given"), given.table)
    for name, targets in map_.correctable.items():
        place: Place = ("handling", "correctable", name)
        for target in targets:
            yield from _unlinked(map_, place, target.table)
            yield from _unwritable(map_, place, target.table, [column for _, column in target.columns])
            parts = [part for part, _ in target.columns]
            if parts != [""] and ("" in parts or not parts):
                yield place, "give either column or parts"


def _unlinked(map_: DataMap, place: Place, table: str) -> Iterator[Told]:
    if table not in map_.order:
        yield place, f"table '{table}' is not linked to persons; add a reference with direction: from"


def _unwritable(map_: DataMap, place: Place, table: str, columns: Collection[str]) -> Iterator[Told]:
    for field in map_.tables[table].fields if table in map_.tables else ():
        if field.read_only and field.name in columns:
            yield place, f"column '{table}.{field.name}' is read_only in the dataset; remove one of the two"
