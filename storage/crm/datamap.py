"""The data map as values: where the CRM holds personal data, how it hangs together and what may be done to it."""

import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Self

from handlers.crm import Action, CrmError, Labels

# The `identity` of address fields in the Fides shape.
EMAIL = "email"
Place = tuple[str | int, ...]  # keys of the file from the top; an entry of a list by its number, or by its name


@dataclass(frozen=True)
class Finding:
    """Something to mend in a data map: where it stands, and what to do about it."""

    file: str
    line: int
    key: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key}: {self.text}"


class MapError(CrmError):
    """The data map cannot be used; the text names the file, the line, the key and the remedy."""

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Self:
        """Return one error for all that was found, a line each."""
        return cls("\n".join(map(str, findings)))


@enum.unique
class Erasure(enum.StrEnum):
    """What erasing does to one field of a row that stays."""

    NULL = "null"
    REDACT = "redact"
    RANDOM = "random"  # unique per row, for columns that must not be empty or repeat
    HASH = "hash"  # under a key that is thrown away: equal values stay equal, nobody can go back
    KEEP = "keep"


# What these leave in a field tells an empty shell from a person.
MARKS = frozenset({Erasure.REDACT, Erasure.RANDOM})


@enum.unique
class Basis(enum.StrEnum):
    """Why the data may be used (GDPR Art. 6(1)(a) to (f))."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTERESTS = "vital_interests"
    PUBLIC_TASK = "public_task"
    LEGITIMATE_INTERESTS = "legitimate_interests"


@enum.unique
class Validator(enum.StrEnum):
    """How a corrected value is read before it is written."""

    TEXT = "text"
    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    DATE = "date"
    IBAN = "iban"
    POSTCODE = "postcode"
    ADDRESS = "address"


@dataclass(frozen=True)
class Field:
    """A column; `identity` names the kind of identifier it holds, "" for none."""

    name: str
    personal: bool
    identity: str
    label: Labels
    categories: tuple[str, ...] = ()
    provided: bool = False  # by the person, so portable (Art. 20)
    read_only: bool = False  # never written by us, whatever else the map says
    note: bool = False  # free text by the staff, which may hold judgements about the person
    third_person: bool = False  # about somebody else, so masked in copies (Art. 15(4))


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
    follows: str = ""  # the table whose rows carry date and country, for rows that are kept as long as those


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
    source: Labels = field(default_factory=dict)  # where data come from that the person did not give (Art. 15(1)(g))
    basis: Basis | None = None


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
    """The columns of the table that holds one row per person; "" for flags and columns that the CRM lacks."""

    table: str
    key: str
    emails: tuple[str, ...]
    name: tuple[str, ...]
    language: str
    country: str
    restricted: str
    erased: str
    suppressed: str

    def flags(self) -> tuple[str, ...]:
        """Return the flags that are set on the row of an erased person that stays."""
        return tuple(filter(None, (self.erased, self.restricted)))


@dataclass(frozen=True)
class Joined:
    """How a person of one dataset is known in another: their identity rows hold the same value."""

    column: str
    leading_column: str  # of the identity table of the dataset that leads


@dataclass(frozen=True)
class Stop:
    """What ends one consent in one table: rows matching `where` are set to `values`, or removed with `delete`."""

    table: str
    where: tuple[tuple[str, object], ...]
    values: tuple[tuple[str, object], ...]
    delete: bool = False


@dataclass(frozen=True)
class Target:
    """Where a correctable field is stored: one column, or a column per part of the value."""

    table: str
    columns: tuple[tuple[str, str], ...]  # part -> column; the part "" is the whole value
    where: tuple[tuple[str, object], ...]
    validator: Validator = Validator.TEXT


@dataclass(frozen=True)
class Wording:
    """What a person agreed to, from a day on."""

    version: str
    valid_from: date
    text: Labels


@dataclass(frozen=True)
class Given:
    """Where the CRM notes that a consent was given; "" for a column that it lacks."""

    table: str
    where: tuple[tuple[str, object], ...]
    granted: str
    granted_values: tuple[object, ...]
    at: str
    version: str


@dataclass(frozen=True)
class Consent:
    """A consent as the company asks for it: by which channel, for what, in which words."""

    name: str
    channel: str
    purpose: Labels
    wordings: tuple[Wording, ...]  # the oldest first
    given: tuple[Given, ...]

    def wording(self, *, version: str, day: date | None) -> Wording | None:
        """Return the wording of a version, or else the one that was valid on a day; None if neither is known."""
        if version:
            return next((entry for entry in self.wordings if entry.version == version), None)
        if day is None:
            return None
        return next((entry for entry in reversed(self.wordings) if entry.valid_from <= day), None)


@dataclass(frozen=True)
class DataMap:
    """The whole map; `tables` stands in the order of the file, `order` puts parents before children."""

    tables: Mapping[str, MappedTable]
    links: tuple[Link, ...]
    order: tuple[str, ...]
    identity: Identity
    consents: Mapping[str, tuple[Stop, ...]]
    correctable: Mapping[str, tuple[Target, ...]]
    locate: Callable[[Place, str], Finding] = field(repr=False, compare=False)  # a place of the file, and what is wrong
    consent_types: tuple[Consent, ...] = ()
    languages: tuple[str, ...] = ("en",)
    dataset: str = ""
    not_personal: frozenset[str] = frozenset()  # "table.column" or "table.*" that a person has looked at
    security: Labels = field(default_factory=dict)  # for the records of processing (Art. 30(1)(g))
    third_countries: Labels = field(default_factory=dict)
    subjects: Labels = field(default_factory=dict)  # categories of persons, where the identity table's label is not it
    read_only: bool = False  # nothing says what erasing or correcting does, so data are only read
    joined: Joined | None = None  # to the file's first dataset; None for that one itself

    def refuse_if_read_only(self) -> None:
        """Raise MapError where the map does not say how to erase and correct."""
        if self.read_only:
            raise MapError("the data map only lets data be read; add a handling section that says what erasing does")

    def handling(self, table: str) -> Handling:
        """Return the handling of a table that `order` names."""
        handling = self.tables[table].handling
        if handling is None:
            raise MapError(f"table '{table}' has no handling; add handling.tables.{table}")
        return handling

    def label(self, table: str, field: str) -> Labels:
        """Return a field's label."""
        return next(entry.label for entry in self.tables[table].fields if entry.name == field)
