"""What the published Fides dataset format says, as the rest of the map needs it."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from fideslang.default_taxonomy import DEFAULT_TAXONOMY
from fideslang.models import Dataset, DatasetCollection, DatasetField, MaskingStrategies

from handlers.crm import Labels
from storage.crm.datamap import EMAIL, Erasure, Link

Named = TypeVar("Named", DatasetCollection, DatasetField)
PERSONAL = "user"  # the root of every category of personal data in the Fides taxonomy
_WORDS_END = re.compile(r"(?<=[a-z\d])(?=[A-Z])")
# Masking strategies of the format, by the erasures that do the same. `handling` overrules them.
MASKING: Mapping[str, Erasure] = {
    "null_rewrite": Erasure.NULL,
    "string_rewrite": Erasure.REDACT,
    "random_string_rewrite": Erasure.RANDOM,
    "hash": Erasure.HASH,
    "hmac": Erasure.HASH,
    "preserve": Erasure.KEEP,
}


@dataclass(frozen=True)
class Reference:
    """A link as the file writes it; `directed` is False where it may be followed either way."""

    link: Link
    directed: bool


def in_file_order(dataset: Dataset, raw: Any) -> Dataset:
    """Return the dataset with tables and columns in the order of the file: the library sorts them by name."""
    by_name = {entry["name"]: [field["name"] for field in entry["fields"]] for entry in raw["collections"]}
    tables = [
        entry.model_copy(update={"fields": _ordered(entry.fields, by_name[entry.name])})
        for entry in _ordered(dataset.collections, list(by_name))
    ]
    return dataset.model_copy(update={"collections": tables})


def collections(dataset: Dataset) -> list[DatasetCollection]:
    """Return the tables without those that the file wants left out."""
    return [entry for entry in dataset.collections if not (entry.fides_meta and entry.fides_meta.skip_processing)]


def categories(dataset: Dataset, collection: DatasetCollection, field: DatasetField) -> tuple[str, ...]:
    """Return the categories of a column: its own, those of what is nested in it, and those of table and dataset."""
    own = [category for entry in _nested(field) for category in entry.data_categories or ()]
    return tuple(dict.fromkeys([*own, *(collection.data_categories or ()), *(dataset.data_categories or ())]))


def is_personal(names: Collection[str]) -> bool:
    """Is one of the categories about persons?"""
    return any(name.split(".")[0] == PERSONAL for name in names)


def is_name(category: str) -> bool:
    """Does the category hold a person's name?"""
    return category == "user.name" or category.startswith("user.name.")


def is_known(category: str) -> bool:
    """Does the category hang in the taxonomy, itself or as a narrower one of the company's own?"""
    return category.split(".", maxsplit=1)[0] in _roots()


def identity(field: DatasetField) -> str:
    """Return the kind of identifier that a column holds; numbered kinds (`email_2`) are the kind itself."""
    found = (field.fides_meta.identity if field.fides_meta else "") or ""
    return EMAIL if found.startswith(EMAIL) else found


def is_key(field: DatasetField) -> bool:
    """Is the column a part of the primary key?"""
    return bool(field.fides_meta and field.fides_meta.primary_key)


def is_read_only(field: DatasetField) -> bool:
    """Must the column never be written?"""
    return bool(field.fides_meta and field.fides_meta.read_only)


def masking(collection: DatasetCollection) -> Mapping[str, Erasure]:
    """Return the erasures that the file itself asks for, by column."""
    found = {}
    for field in collection.fields:
        override = field.fides_meta.masking_strategy_override if field.fides_meta else None
        if override and override.strategy in MASKING:
            found[field.name] = MASKING[override.strategy]
    return found


def deletes(collection: DatasetCollection) -> bool:
    """Does the file itself ask for whole rows to be deleted?"""
    override = collection.fides_meta.masking_strategy_override if collection.fides_meta else None
    return bool(override and override.strategy is MaskingStrategies.DELETE)


def references(collection: DatasetCollection, dataset: str) -> Iterator[Reference]:
    """Yield a table's links within its own dataset."""
    for field in collection.fields:
        for entry in (field.fides_meta.references if field.fides_meta else None) or ():
            if entry.dataset != dataset:
                continue
            table, _, column = entry.field.partition(".")
            there, here = (table, column), (collection.name, field.name)
            parent, child = (here, there) if entry.direction == "to" else (there, here)
            yield Reference(Link(*parent, *child), directed=entry.direction is not None)


def outward(dataset: Dataset) -> Iterator[tuple[Link, str]]:
    """Yield the links from a dataset to others, each with the name of the other: of values that are the same there."""
    for collection in collections(dataset):
        for field in collection.fields:
            for entry in (field.fides_meta.references if field.fides_meta else None) or ():
                if entry.dataset != dataset.fides_key:
                    table, _, column = entry.field.partition(".")
                    yield Link(table, column, collection.name, field.name), entry.dataset


def purpose(collection: DatasetCollection, dataset: Dataset) -> Labels:
    """Return what the file says that the data are used for, in the words of the taxonomy."""
    names = [_uses().get(use, use) for use in (collection.data_uses or dataset.data_uses or ())]
    return {"en": ", ".join(names)} if names else {}


def readable(name: str) -> str:
    """Return a technical name as words, such as "Invoice date" for InvoiceDate and invoice_date."""
    words = _WORDS_END.sub(" ", name).replace("_", " ").split()
    text = " ".join(word.lower() if word.istitle() else word for word in words)
    return text[:1].upper() + text[1:]


def _ordered(entries: Sequence[Named], names: Sequence[str]) -> list[Named]:
    return sorted(entries, key=lambda entry: names.index(entry.name))


def _nested(field: DatasetField) -> Iterator[DatasetField]:
    yield field
    for below in field.fields or ():
        yield from _nested(below)


@cache
def _roots() -> frozenset[str]:
    return frozenset(entry.fides_key.split(".")[0] for entry in DEFAULT_TAXONOMY.data_category)


@cache
def _uses() -> Mapping[str, str]:
    return {entry.fides_key: entry.name or entry.fides_key for entry in DEFAULT_TAXONOMY.data_use}
