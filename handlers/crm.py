"""What is known and done on the CRM, as values; storage/crm carries it out."""

import enum
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Self

Row = Mapping[str, object]
Labels = Mapping[str, str]  # language -> text


@dataclass(frozen=True)
class Person:
    """A person on file; `key` is the primary key in the CRM's identity table."""

    key: str
    email: str
    name: str
    language: str  # ISO 639-1, "" if unknown
    country: str  # ISO 3166-1 alpha-2, "" if unknown


@dataclass(frozen=True)
class Author:
    """Who has the CRM changed, and in which ticket, "" for none."""

    actor: str
    reference: str = ""


@dataclass(frozen=True)
class Clue:
    """What somebody says of themselves to be found by; "" for what was not said. Personal data."""

    email: str = ""
    number: str = ""  # of the customer, as the company gave it
    phone: str = ""
    country: str = ""  # of a telephone number without its country's code; ISO 3166-1 alpha-2
    name: str = ""  # goes with the birth date, or with street and postcode
    birth_date: date | None = None
    street: str = ""
    postcode: str = ""


@enum.unique
class Withheld(enum.StrEnum):
    """Why a value is not in a copy; it stands in the row in the value's place."""

    THIRD_PERSON = "third_person"  # about somebody else, whose rights the copy must not harm (Art. 15(4))
    HELD = "held"  # until somebody of the staff has looked at it


@dataclass(frozen=True)
class HeldNote:
    """A free text that may hold a judgement about the person; `id` changes with every change of the text."""

    id: str
    table: str
    field: str
    text: str


@dataclass(frozen=True)
class TableCopy:
    """One table's rows about a person, with what Art. 15(1) wants said about them."""

    name: str
    label: Labels
    purpose: Labels
    recipients: Labels
    retention: Labels
    columns: tuple[str, ...]
    column_labels: tuple[Labels, ...]
    rows: tuple[Row, ...]
    provided: bool  # by the person, so portable (Art. 20)
    source: Labels = field(default_factory=dict)  # of what the person did not give (Art. 15(1)(g))
    basis: str = ""  # the point of Art. 6(1) as a word, "" if the map does not say
    column_categories: tuple[tuple[str, ...], ...] = ()  # of the Fides taxonomy, per column
    portable: tuple[str, ...] = ()  # of a provided table the columns that the person gave; none named: all
    held: tuple[HeldNote, ...] = ()

    def only(self, names: Collection[str]) -> Self:
        """Return the table with some of its columns."""
        places = [place for place, name in enumerate(self.columns) if name in names]
        return replace(
            self,
            columns=tuple(self.columns[place] for place in places),
            column_labels=tuple(self.column_labels[place] for place in places),
            column_categories=tuple(self.column_categories[place] for place in places if self.column_categories),
            held=tuple(note for note in self.held if note.field in names),
        )


@dataclass(frozen=True)
class TableSummary:
    """What a letter says about a table of a copy."""

    label: Labels
    purpose: Labels
    recipients: Labels
    retention: Labels
    rows: int
    source: Labels = field(default_factory=dict)
    held: int = 0  # notes that are held for a look


@dataclass(frozen=True)
class ConsentGiven:
    """A consent as the CRM notes it; what it does not note is None or ""."""

    consent: str
    channel: str
    purpose: Labels
    granted: bool
    at: date | None
    version: str
    wording: Labels  # what the person agreed to or refused


@dataclass(frozen=True)
class Copy:
    """All mapped data of one person."""

    tables: tuple[TableCopy, ...]
    consents: tuple[ConsentGiven, ...] = ()


@enum.unique
class Action(enum.StrEnum):
    """What is done to the rows of a table; CHANGE is for corrections, suppression and restriction."""

    DELETE = "delete"
    ANONYMISE = "anonymise"
    KEEP = "keep"
    CHANGE = "change"


@dataclass(frozen=True)
class PlanStep:
    """What would happen to some rows of a table; `law` and `until` say why rows stay.

    Rows that are `shared` stay as they are: somebody else's rows refer to them too.
    """

    table: str
    label: Labels
    action: Action
    rows: int
    law: str = ""
    until: date | None = None
    shared: bool = False


@dataclass(frozen=True)
class Identifier:
    """A value by which a person is known again, normalised; `kind` is the data map's word for it."""

    kind: str
    value: str
    alone: bool = True  # nobody else on file has it


@dataclass(frozen=True)
class Plan:
    """A deletion as approved; `fingerprint` changes whenever the rows it would touch change."""

    steps: tuple[PlanStep, ...]
    fingerprint: str
    traces: tuple[str, ...]  # the person's identifiers, searched for afterwards; personal data
    identifiers: tuple[Identifier, ...] = ()  # what the ledger remembers by keyed hash; personal data


@dataclass(frozen=True)
class Change:
    """One field's correction, old to new."""

    table: str
    field: str
    label: Labels
    old: str
    new: str
    where: tuple[tuple[str, str], ...] = ()  # which rows of the table, as the data map says: column and value
    seen: str = ""  # stands for the rows as they were when it was proposed, and what else stood in them


@dataclass(frozen=True)
class Formerly:
    """A consent's row as it stood before it was stopped: the proof of what had been given, and when."""

    table: str
    values: tuple[tuple[str, str], ...]  # column and value


@dataclass(frozen=True)
class Done:
    """The proof: rows affected per table, and what a search afterwards still found."""

    steps: tuple[PlanStep, ...]
    leftovers: tuple[str, ...] = ()  # "table.column" where an identifier was still found
    formerly: tuple[Formerly, ...] = ()
    identifiers: tuple[Identifier, ...] = ()  # of the persons whose mailings were stopped
    unsearched: tuple[str, ...] = ()  # what a search of the whole database could not read: columns, foreign tables


class CrmError(Exception):
    """The CRM did not do what was asked."""

    temporary = False


class CrmUnavailable(CrmError):
    """The CRM database cannot be reached; trying again later may help."""

    temporary = True


class CrmConflict(CrmError):
    """The CRM's data changed since the plan was made; plan again."""


class CrmRestricted(CrmError):
    """The person's data are restricted (Art. 18): nothing may change them until that is lifted."""


class CrmIncomplete(CrmError):
    """Fewer or more rows were affected than planned, or traces were left (in `places`); nothing was committed."""

    def __init__(self, text: str = "", *, places: tuple[str, ...] = ()) -> None:
        super().__init__(text)
        self.places = places
