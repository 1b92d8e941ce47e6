"""What a copy says beside the data: who made it, and per table the particulars of Art. 15(1), in the reader's words."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from handlers.crm import ConsentGiven, Copy, Row, TableCopy
from handlers.letters import pick
from handlers.rights import Right

FALLBACK = "en"
CONSENTS = "consents-given"  # no table of the CRM
CONSENT_COLUMNS = ("consent", "channel", "granted", "at", "version", "wording")


@dataclass(frozen=True)
class Cover:
    """Which right a copy answers, who made it and when; what is "" or None is not said."""

    right: Right = Right.ACCESS
    controller: str = ""
    reference: str = ""
    made_on: date | None = None


@cache
def copy_words(language: str) -> Mapping[str, Any]:
    """Return the words of copies in a language, in English if there are none."""
    file = files("templates").joinpath("copy", f"{language}.toml")
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else copy_words(FALLBACK)


def particulars(table: TableCopy, language: str) -> Iterator[tuple[str, str]]:
    """Yield the key of a word and the text for each particular that there is something to say about."""
    words = copy_words(language)
    categories = {category for column in table.column_categories for category in column}
    found = {
        "purpose": pick(table.purpose, language),
        "basis": words["bases"].get(table.basis, ""),
        "categories": ", ".join(_category_words(categories, words["taxonomy"])),
        "recipients": pick(table.recipients, language),
        "retention": pick(table.retention, language),
        "source": pick(table.source, language) or (words["from_person"] if table.provided else ""),
    }
    yield from ((key, text) for key, text in found.items() if text)


def shown_tables(copy: Copy, language: str) -> tuple[TableCopy, ...]:
    """Return the copy's tables, and behind them the consents, gathered from wherever the CRM notes them."""
    if not copy.consents:
        return copy.tables
    words = copy_words(language)["consents"]
    gathered = TableCopy(
        name=CONSENTS,
        label={language: words["title"]},
        purpose={},
        recipients={},
        retention={},
        columns=CONSENT_COLUMNS,
        column_labels=tuple({language: words[column]} for column in CONSENT_COLUMNS),
        rows=tuple(_consent_row(consent, language) for consent in copy.consents),
        provided=True,
    )
    return (*copy.tables, gathered)


def _consent_row(consent: ConsentGiven, language: str) -> Row:
    return {
        "consent": pick(consent.purpose, language) or consent.consent,
        "channel": consent.channel,
        "granted": consent.granted,
        "at": consent.at,
        "version": consent.version,
        "wording": pick(consent.wording, language),
    }


def titles(table: TableCopy, language: str) -> list[str]:
    """Return the columns' labels, their names where the map gives no label."""
    labels = zip(table.column_labels, table.columns, strict=True)
    return [pick(label, language) or name for label, name in labels]


def _category_words(categories: Iterable[str], words: Mapping[str, str]) -> list[str]:
    return list(dict.fromkeys(filter(None, (_category_word(category, words) for category in sorted(categories)))))


def _category_word(category: str, words: Mapping[str, str]) -> str:
    """Return the word of the nearest category above that has one."""
    while category:
        if category in words:
            return words[category]
        category = category.rpartition(".")[0]
    return ""
