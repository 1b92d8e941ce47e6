"""Which columns look as if they held personal data: by what they are called, and by what stands in them.

A guess for drafts and warnings, never for carrying out: what the map says counts.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

import spacy
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from handlers.crm import Labels
from storage.crm.datamap import Erasure
from storage.crm.spot_content import kind_of, looks_like_birth_dates

_PERSONS = "_persons"
_ASIDE = "_aside"
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# Kinds that can stand in a column of numbers; a number under another name is an amount or a flag.
_NUMERIC = frozenset({"phone", "postcode", "customer_number", "iban", "card", "national_id", "location", "passport"})
# What only a table about persons has.
_TELLING = frozenset(
    {"email", "phone", "first_name", "last_name", "person_name", "birth_date", "national_id", "street", "address"}
)


@dataclass(frozen=True)
class Kind:
    """A kind of personal data, and what a draft proposes for it."""

    name: str
    category: str
    label: Labels
    erase: Erasure
    identity: str = ""
    vague: bool = False
    note: bool = False


@dataclass(frozen=True)
class Column:
    """A column as it is looked at; `type` is what its values are in Python, object if that is unknown."""

    name: str
    type: type
    values: Sequence[object] = ()


@dataclass(frozen=True)
class Sight:
    """What a column seems to hold, and whether its name or its content says so."""

    kind: Kind
    by: str  # "name" or "content"


def spot(table: str, columns: Sequence[Column], *, today: date = date.max, country: str = "") -> Mapping[str, Sight]:
    """Return the columns of a table that look personal; `country` is whose telephone numbers have no +.

    `today` is needed to know birth dates by their content.
    """
    named = {column.name: kind for column in columns if (kind := _by_name(column))}
    found = {name: Sight(kind, "name") for name, kind in named.items() if not kind.vague}
    for column in columns:
        seen = kind_of(column.values, country=country) if column.name not in found and column.type is str else ""
        if seen:
            # A vague name that the content bears out says more than the content alone.
            found[column.name] = Sight(named.get(column.name) or kinds()[seen], "content")
    if is_about_persons(table) or any(sight.kind.name in _TELLING for sight in found.values()):
        found |= {name: Sight(kind, "name") for name, kind in named.items() if name not in found}
        found |= {
            column.name: Sight(kinds()["birth_date"], "content")
            for column in columns
            if column.name not in found and looks_like_birth_dates(column.values, today=today)
        }
    return {column.name: found[column.name] for column in columns if column.name in found}


def is_about_persons(table: str) -> bool:
    """Is the table called after persons?"""
    return _is_called(table, _PERSONS) or is_about_staff(table)


def is_about_staff(table: str) -> bool:
    """Is the table called after persons who work for the company?"""
    return _is_called(table, "_staff")


def is_about_invoices(table: str) -> bool:
    """Is the table called after records that tax law wants kept?"""
    return _is_called(table, "_invoices")


def is_flag_of_erasure(column: str) -> bool:
    """Is the column called after rows that are gone?"""
    return _is_called(column, "_erased")


@cache
def kinds() -> Mapping[str, Kind]:
    """Return the known kinds by name."""
    return MappingProxyType(
        {name: _kind(name, entry) for name, entry in _lexicon().items() if not name.startswith("_")}
    )


def words(name: str) -> list[str]:
    """Return the words of a technical name, in lower case and without accents."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return [word.lower() for word in _WORD.findall(plain)]


def _by_name(column: Column) -> Kind | None:
    if column.type is bool:
        return None
    found = [kinds()[name] for name in _phrases(tuple(words(column.name)))]
    if issubclass(column.type, (date, datetime)):
        found = [kind for kind in found if kind.name == "birth_date"]
    elif column.type is not str:
        found = [kind for kind in found if kind.name in _NUMERIC]
    return found[0] if found else None


def _phrases(tokens: Sequence[str]) -> Iterator[str]:
    """Yield the kinds that a name's words say, the longest phrase first."""
    matcher, vocab = _matcher()
    if not _group(_ASIDE).isdisjoint(tokens):
        return
    doc = Doc(vocab, words=list(tokens))
    matches = sorted(matcher(doc), key=lambda match: (match[1] - match[2], -match[2]))
    for kind, _, _ in matches:
        yield vocab.strings[kind]


@cache
def _matcher() -> tuple[Any, Any]:
    vocab = spacy.blank("xx").vocab
    matcher = PhraseMatcher(vocab, attr="ORTH")
    for name, entry in _lexicon().items():
        if not name.startswith("_"):
            matcher.add(name, [Doc(vocab, words=phrase.split()) for phrase in entry["words"]])
    return matcher, vocab


def _is_called(name: str, group: str) -> bool:
    return not _group(group).isdisjoint(words(name))


@cache
def _group(name: str) -> frozenset[str]:
    return frozenset(_lexicon()[name]["words"])


@cache
def _lexicon() -> Mapping[str, Any]:
    text = resources.files(__package__).joinpath("spot.toml").read_text(encoding="utf-8")
    return MappingProxyType(tomllib.loads(text))


def _kind(name: str, entry: Mapping[str, Any]) -> Kind:
    return Kind(
        name=name,
        category=entry["category"],
        label=entry["label"],
        erase=Erasure(entry["erase"]),
        identity=entry.get("identity", ""),
        vague=entry.get("vague", False),
        note=entry.get("note", False),
    )
