"""The data map as values: where the CRM holds personal data, how it hangs together and what may be done to it."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from handlers.crm import Action, CrmError, Labels

# The `identity` of address fields in the Fides shape.
EMAIL = "email"


class MapError(CrmError):
    """The data map cannot be used; the text names the file, the key and the remedy."""


@enum.unique
class Erasure(enum.StrEnum):
    """What erasing does to one field of a row that stays."""

    NULL = "null"
    REDACT = "redact"
    RANDOM = "random"  # unique per row, for columns that must not be empty or repeat
    HASH = "hash"  # under a key that is thrown away: equal values stay equal, nobody can go back
    KEEP = "keep"


@dataclass(frozen=True)
class Field:
    """A column; `identity` names the kind of identifier it holds, "" for none."""

    name: str
    personal: bool
    identity: str
    label: Labels


@dataclass(frozen=True)
class Link:
    """A person's rows of `child` are those whose column equals one of the person's rows of `parent`."""

    parent: str
    parent_column: str
    child: str
    child_column: str


@dataclass(frozen=True)
class Duty:
    """The statutory duty to keep a table's rows: kind of record, column of its date, and whose law applies."""

    record: str
    dated: str
    country: str  # the country itself where `country_column` is empty
    country_column: str
    financial_year_ends: int
    default_years: int


@dataclass(frozen=True)
class Handling:
    """What a table is for and what erasing does to it."""

    label: Labels
    purpose: Labels
    recipients: Labels
    retention: Labels
    provided: bool
    erase: Action
    erasures: Mapping[str, Erasure]
    duty: Duty | None


@dataclass(frozen=True)
class MappedTable:
    """A table of the map; one without handling is known, holds nothing about persons and is left alone."""

    name: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    handling: Handling | None

    def erased_fields(self) -> Mapping[str, Erasure]:
        """Return the fields that change on rows that stay."""
        erasures = self.handling.erasures if self.handling else {}
        return {name: erasure for name, erasure in erasures.items() if erasure is not Erasure.KEEP}


@dataclass(frozen=True)
class Identity:
    """The columns of the table that holds one row per person."""

    table: str
    key: str
    emails: tuple[str, ...]
    name: tuple[str, ...]
    language: str
    country: str
    restricted: str
    erased: str
    suppressed: str


@dataclass(frozen=True)
class Stop:
    """What ends one consent in one table: rows matching `where` are set to `values`."""

    table: str
    where: tuple[tuple[str, object], ...]
    values: tuple[tuple[str, object], ...]


@dataclass(frozen=True)
class Target:
    """Where a correctable field is stored: one column, or a column per part of the value."""

    table: str
    columns: tuple[tuple[str, str], ...]  # part -> column; the part "" is the whole value
    where: tuple[tuple[str, object], ...]


@dataclass(frozen=True)
class DataMap:
    """The whole map; `tables` stands in the order of the file, `order` puts parents before children."""

    tables: Mapping[str, MappedTable]
    links: tuple[Link, ...]
    order: tuple[str, ...]
    identity: Identity
    consents: Mapping[str, tuple[Stop, ...]]
    correctable: Mapping[str, tuple[Target, ...]]

    def handling(self, table: str) -> Handling:
        """Return the handling of a table that `order` names."""
        handling = self.tables[table].handling
        if handling is None:
            raise MapError(f"table '{table}' has no handling; add handling.tables.{table}")
        return handling

    def label(self, table: str, field: str) -> Labels:
        """Return a field's label."""
        return next(entry.label for entry in self.tables[table].fields if entry.name == field)
