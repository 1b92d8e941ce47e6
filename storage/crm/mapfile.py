"""The data map's file: the published Fides dataset format, and beside it our `handling` section.

The format is parsed by its own library, so that files which other tools use work unchanged.
"""

from datetime import date
from typing import Annotated, Any, Literal, Self

from fideslang.models import Dataset
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from handlers.crm import Action
from handlers.law.retention import DECEMBER, DEFAULT_YEARS
from storage.crm.datamap import Basis, Erasure, Validator

Scalar = str | bool | int
Texts = dict[str, str]
# YAML reads a bare `null` as nothing; here it is the word for an erasure.
ErasureWord = Annotated[Erasure, BeforeValidator(lambda value: Erasure.NULL if value is None else value)]


class Own(BaseModel):
    """A part of our own section, where an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DutyEntry(Own):
    """The statutory duty to keep a table's rows, or whose duty they follow."""

    follows: str = ""
    record: str = ""
    dated: str = ""
    country: str = ""
    country_column: str = ""
    financial_year_ends: int = Field(default=DECEMBER, ge=1, le=DECEMBER)
    default_years: int = Field(default=DEFAULT_YEARS, ge=1)


class TableEntry(Own):
    """How a table is handled."""

    label: Texts
    purpose: Texts
    basis: Basis | None = None
    recipients: Texts
    retention: Texts
    source: Texts = {}
    provided: bool = False
    derived: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    third_person: tuple[str, ...] = ()
    erase: Action
    fields: dict[str, ErasureWord] = {}
    duty: DutyEntry | None = None
    columns: dict[str, Texts] = {}


class IdentityEntry(Own):
    """The columns of the identity table that the desk itself needs."""

    table: str
    name: tuple[str, ...] = ()
    language: str = ""
    country: str = ""
    restricted: str = ""
    erased: str = ""
    suppressed: str = ""


class StopEntry(Own):
    """What ends a consent: `values` that are set, or rows of a queue that are removed."""

    table: str
    where: dict[str, Scalar] = {}
    values: dict[str, Scalar] = {}
    delete: bool = False

    @model_validator(mode="after")
    def _does_one_thing(self) -> Self:
        if bool(self.values) == self.delete:
            raise ValueError("give either values or delete: true")
        return self


class WordingEntry(Own):
    """What a person agreed to, from a day on."""

    version: str
    valid_from: date
    text: Texts


class GivenEntry(Own):
    """Where the CRM notes that a consent was given or refused."""

    table: str
    where: dict[str, Scalar] = {}
    granted: str = ""
    granted_values: tuple[Scalar, ...] = (True,)
    at: str = ""
    version: str = ""


class ConsentEntry(Own):
    """One consent that the company asks for; a bare list is what ends it."""

    channel: str = ""
    purpose: Texts = {}
    wordings: tuple[WordingEntry, ...] = ()
    given: tuple[GivenEntry, ...] = ()
    stops: tuple[StopEntry, ...] = ()


def _short_consent(value: Any) -> Any:
    return {"stops": value} if isinstance(value, list) else value


class TargetEntry(Own):
    """Where a correctable field is stored."""

    table: str
    column: str = ""
    parts: dict[Literal["street", "postcode", "city", "first_name", "last_name"], str] = {}
    where: dict[str, Scalar] = {}
    validator: Validator | None = None


class RecordsEntry(Own):
    """What records of processing say that no table knows (GDPR Art. 30(1)(c), (e), (g))."""

    subjects: Texts = {}
    security: Texts = {}
    third_countries: Texts = {}


class DatasetEntry(Own):
    """What our section says of one dataset."""

    identity: IdentityEntry
    tables: dict[str, TableEntry]
    consents: dict[str, Annotated[ConsentEntry, BeforeValidator(_short_consent)]] = {}
    correctable: dict[str, tuple[TargetEntry, ...]] = {}
    not_personal: tuple[str, ...] = ()


class HandlingEntry(DatasetEntry):
    """Our section: of the first dataset, and of each of the others."""

    languages: tuple[str, ...] = Field(min_length=1)
    records: RecordsEntry = RecordsEntry()
    others: dict[str, DatasetEntry] = {}

    def of_other(self, dataset: str) -> Self:
        """Return the section as it would stand in a file of this dataset alone."""
        return self.model_copy(update={**dict(self.others[dataset]), "others": {}})


class MapFile(BaseModel):
    """The file; without `handling` data can be read and copied, but nothing is written."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    dataset: tuple[Dataset, ...] = Field(min_length=1)
    handling: HandlingEntry | None = None
