"""What is known and done on the CRM, as values; storage/crm carries it out."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

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


@dataclass(frozen=True)
class TableSummary:
    """What a letter says about a table of a copy."""

    label: Labels
    purpose: Labels
    recipients: Labels
    retention: Labels
    rows: int


@dataclass(frozen=True)
class Copy:
    """All mapped data of one person."""

    tables: tuple[TableCopy, ...]


@enum.unique
class Action(enum.StrEnum):
    """What is done to the rows of a table; CHANGE is for corrections, suppression and restriction."""

    DELETE = "delete"
    ANONYMISE = "anonymise"
    KEEP = "keep"
    CHANGE = "change"


@dataclass(frozen=True)
class PlanStep:
    """What would happen to some rows of a table; `law` and `until` say why rows stay."""

    table: str
    label: Labels
    action: Action
    rows: int
    law: str = ""
    until: date | None = None


@dataclass(frozen=True)
class Plan:
    """A deletion as approved; `fingerprint` changes whenever the rows it would touch change."""

    steps: tuple[PlanStep, ...]
    fingerprint: str
    traces: tuple[str, ...]  # the person's identifiers, searched for afterwards; personal data


@dataclass(frozen=True)
class Change:
    """One field's correction, old to new."""

    table: str
    field: str
    label: Labels
    old: str
    new: str


@dataclass(frozen=True)
class Done:
    """The proof: rows affected per table, and what a search afterwards still found."""

    steps: tuple[PlanStep, ...]
    leftovers: tuple[str, ...] = ()  # "table.column" where an identifier was still found


class CrmError(Exception):
    """The CRM did not do what was asked."""

    temporary = False


class CrmUnavailable(CrmError):
    """The CRM database cannot be reached; trying again later may help."""

    temporary = True


class CrmConflict(CrmError):
    """The CRM's data changed since the plan was made; plan again."""


class CrmIncomplete(CrmError):
    """Fewer or more rows were affected than planned, or traces were left (in `places`); nothing was committed."""

    def __init__(self, text: str = "", *, places: tuple[str, ...] = ()) -> None:
        super().__init__(text)
        self.places = places
