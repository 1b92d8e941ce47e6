"""The data map's file: the published Fides dataset shape, and beside it our `handling` section."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from handlers.crm import Action
from handlers.law.retention import DECEMBER, DEFAULT_YEARS
from storage.crm.datamap import Erasure

Scalar = str | bool | int
Texts = dict[str, str]
# YAML reads a bare `null` as nothing; here it is the word for an erasure.
ErasureWord = Annotated[Erasure, BeforeValidator(lambda value: Erasure.NULL if value is None else value)]


class Published(BaseModel):
    """A part of the Fides shape; keys that we do not use are allowed there."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Own(BaseModel):
    """A part of our own section, where an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ReferenceEntry(Published):
    """A link to another table's column; `from` there to here, or from here `to` there."""

    dataset: str
    field: str = Field(pattern=r"^[^.]+\.[^.]+$")
    direction: Literal["from", "to"]


class FidesMeta(Published):
    """What Fides notes beside a field."""

    primary_key: bool = False
    identity: str = ""
    references: tuple[ReferenceEntry, ...] = ()


class FieldEntry(Published):
    """A column."""

    name: str
    data_categories: tuple[str, ...] = ()
    fides_meta: FidesMeta = FidesMeta()


class CollectionEntry(Published):
    """A table."""

    name: str
    fields: tuple[FieldEntry, ...]


class DatasetEntry(Published):
    """A database."""

    fides_key: str
    name: str = ""
    collections: tuple[CollectionEntry, ...]


class DutyEntry(Own):
    """The statutory duty to keep a table's rows."""

    record: str
    dated: str
    country: str = ""
    country_column: str = ""
    financial_year_ends: int = Field(default=DECEMBER, ge=1, le=DECEMBER)
    default_years: int = Field(default=DEFAULT_YEARS, ge=1)


class TableEntry(Own):
    """How a table is handled."""

    label: Texts
    purpose: Texts
    recipients: Texts
    retention: Texts
    provided: bool = False
    erase: Action
    fields: dict[str, ErasureWord] = {}
    duty: DutyEntry | None = None
    columns: dict[str, Texts] = {}


class IdentityEntry(Own):
    """The columns of the identity table that the desk itself needs."""

    table: str
    name: tuple[str, ...]
    language: str = ""
    country: str = ""
    restricted: str
    erased: str
    suppressed: str


class StopEntry(Own):
    """What ends a consent."""

    table: str
    where: dict[str, Scalar] = {}
    values: dict[str, Scalar] = Field(min_length=1)


class TargetEntry(Own):
    """Where a correctable field is stored."""

    table: str
    column: str = ""
    parts: dict[Literal["street", "postcode", "city", "first_name", "last_name"], str] = {}
    where: dict[str, Scalar] = {}


class HandlingEntry(Own):
    """Our section."""

    languages: tuple[str, ...] = Field(min_length=1)
    identity: IdentityEntry
    tables: dict[str, TableEntry]
    consents: dict[str, tuple[StopEntry, ...]] = {}
    correctable: dict[str, tuple[TargetEntry, ...]] = {}


class MapFile(Published):
    """The file."""

    dataset: tuple[DatasetEntry, ...] = Field(min_length=1, max_length=1)
    handling: HandlingEntry
