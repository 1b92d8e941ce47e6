"""A copy to read and to print: one HTML page that needs nothing else."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from jinja2 import Environment, StrictUndefined, Template

from handlers.copy_about import FALLBACK, Cover, copy_words, particulars, shown_tables, titles
from handlers.copy_values import as_text, number_format
from handlers.crm import Copy, TableCopy, Withheld
from handlers.letters import pick

LOCALES = {"en": "en_GB"}
# Wider tables do not fit on a page: each record becomes a list of its fields.
COLUMNS_MOST = 6


def as_html(copy: Copy, *, language: str, cover: Cover | None = None) -> bytes:
    """Return the copy as a page; whatever comes from the CRM is escaped."""
    cover, words = cover or Cover(), copy_words(language)
    made_on = format_date(cover.made_on, "long", locale=_locale(language)) if cover.made_on else ""
    page = _template().generate(
        language=language,
        words=words,
        intro=words["intro"][cover.right],
        controller=cover.controller,
        made_on=words["made_on"].format(date=made_on) if made_on else "",
        reference=words["reference"].format(reference=cover.reference) if cover.reference else "",
        tables=[_table(table, language) for table in shown_tables(copy, language)],
    )
    return "".join(page).encode("utf-8", "replace")


@cache
def _template() -> Template:
    source = files("templates").joinpath("copy", "copy.html.j2").read_text(encoding="utf-8")
    return Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True).from_string(source)


def _table(table: TableCopy, language: str) -> dict[str, Any]:
    words = copy_words(language)
    return {
        "label": pick(table.label, language) or table.name,
        "particulars": [(words[key], text) for key, text in particulars(table, language)],
        "titles": titles(table, language),
        "is_wide": len(table.columns) > COLUMNS_MOST,
        "count": len(table.rows),
        "rows": _rows(table, language),
    }


def _rows(table: TableCopy, language: str) -> Iterator[list[str]]:
    for row in table.rows:
        yield [_shown(row[column], language) for column in table.columns]


def _shown(value: object, language: str) -> str:
    words = copy_words(language)
    if value is None:
        return ""
    if isinstance(value, Withheld):
        return str(words["withheld"][value])
    if isinstance(value, bool):
        return str(words["yes"] if value else words["no"])
    return _number_or_date(value, language) or as_text(value)


def _number_or_date(value: object, language: str) -> str:
    """Return a number or a date as the reader writes it, "" for anything else."""
    locale = _locale(language)
    if isinstance(value, Decimal) and value.is_finite():
        return format_decimal(value, format=number_format(value), locale=locale)
    if isinstance(value, datetime):
        return format_datetime(value, "medium", locale=locale)
    return format_date(value, "long", locale=locale) if isinstance(value, date) else ""


def _locale(language: str) -> str:
    return LOCALES.get(language, language) if copy_words(language) is not copy_words(FALLBACK) else LOCALES[FALLBACK]
