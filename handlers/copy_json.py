"""A copy as JSON, in the shape of copy.schema.json beside this file."""

import json
import math
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from handlers.copy_about import Cover, particulars, titles
from handlers.copy_values import as_plain
from handlers.crm import ConsentGiven, Copy, TableCopy, Withheld
from handlers.letters import pick

FORMAT = "rightsdesk-copy"
VERSION = 1


def as_json(copy: Copy, *, language: str, cover: Cover | None = None) -> bytes:
    """Return the copy as JSON: per table its particulars, its fields and its rows with typed values."""
    cover = cover or Cover()
    document = {
        "format": FORMAT,
        "version": VERSION,
        "right": cover.right,
        "language": language,
        "controller": cover.controller,
        "reference": cover.reference,
        "made_on": cover.made_on.isoformat() if cover.made_on else None,
        "tables": [_table(table, language) for table in copy.tables],
        "consents": [_consent(consent, language) for consent in copy.consents],
    }
    return json.dumps(document, ensure_ascii=False, indent=2, default=_other).encode("utf-8", "replace")


@cache
def schema() -> Mapping[str, Any]:
    """Return the JSON Schema of the document."""
    loaded: Mapping[str, Any] = json.loads(files("handlers").joinpath("copy.schema.json").read_text(encoding="utf-8"))
    return loaded


def _table(table: TableCopy, language: str) -> dict[str, object]:
    said = dict(particulars(table, language))
    return {
        "table": table.name,
        "label": pick(table.label, language),
        **{key: said.get(key, "") for key in ("purpose", "basis", "recipients", "retention", "source")},
        "provided": table.provided,
        "fields": [
            {"name": name, "label": label, "categories": list(categories)}
            for name, label, categories in zip(table.columns, titles(table, language), _categories(table), strict=True)
        ],
        "rows": [{column: _typed(row[column]) for column in table.columns} for row in table.rows],
        "withheld": list(_withheld(table)),
    }


def _consent(consent: ConsentGiven, language: str) -> dict[str, object]:
    return {
        "consent": consent.consent,
        "channel": consent.channel,
        "purpose": pick(consent.purpose, language),
        "granted": consent.granted,
        "at": as_plain(consent.at),
        "version": consent.version,
        "wording": pick(consent.wording, language),
    }


def _categories(table: TableCopy) -> tuple[tuple[str, ...], ...]:
    return table.column_categories or ((),) * len(table.columns)


def _withheld(table: TableCopy) -> Iterator[dict[str, object]]:
    """Yield the place and the reason of each value that is null because it is left out."""
    for number, row in enumerate(table.rows):
        for column in table.columns:
            value = row[column]
            if isinstance(value, Withheld):
                yield {"row": number, "field": column, "reason": value}


def _typed(value: object) -> object:
    # JSON has no word for these two (RFC 8259 section 6).
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return as_plain(value)


def _other(value: object) -> object:
    """Return what stands inside a JSON column of the CRM, or text for what JSON has no type for."""
    plain = as_plain(value)
    return str(value) if plain is value else plain
