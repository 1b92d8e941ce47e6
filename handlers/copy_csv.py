"""A copy as CSV for other programs: a zip with one file a table, described by a Frictionless Data Package."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import IO

from handlers.copy_about import Cover, copy_words, shown_tables, titles
from handlers.copy_values import as_plain
from handlers.crm import Copy, TableCopy, Withheld
from handlers.letters import pick

DESCRIPTION = "datapackage.json"
_NOT_IN_FILE_NAMES = re.compile(r"[^\w.-]+")
# Programs that open CSV run such a text as a formula; an apostrophe in front keeps it a text, as in a spreadsheet. Some
# take wide signs for the plain ones, and some split at a semicolon whatever the file's own separator is.
_RISKY = re.compile(r"['=@\t\r＝＠]|\s+[=@＝＠]|[+-](?![\d ()/.-]*$)|.*[;\t|]\s*[=@＝＠]", re.DOTALL)
# Made alike each time: the same data give the same file.
_TIMESTAMP = (1980, 1, 1, 0, 0, 0)
_TYPES = (
    (bool, "boolean"),
    (int, "integer"),
    (float | Decimal, "number"),
    (datetime, "datetime"),
    (date, "date"),
    (time, "time"),
)


def as_csv(copy: Copy, *, language: str, cover: Cover | None = None) -> bytes:
    """Return a zip of CSV files in UTF-8 (RFC 4180) and their description."""
    file = io.BytesIO()
    resources = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, table in enumerate(shown_tables(copy, language), start=1):
            path = f"{number:02}-{_NOT_IN_FILE_NAMES.sub('_', table.name)}.csv"
            with archive.open(_entry(path), "w") as raw:
                _write(table, raw, language)
            resources.append(_resource(table, path, language))
        archive.writestr(_entry(DESCRIPTION), _described(resources, language, cover or Cover()))
    return file.getvalue()


def _entry(path: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, _TIMESTAMP)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _write(table: TableCopy, raw: IO[bytes], language: str) -> None:
    text = io.TextIOWrapper(raw, encoding="utf-8", errors="replace", newline="")
    rows = csv.writer(text)
    rows.writerow(_safe(column) for column in table.columns)
    for row in table.rows:
        rows.writerow(_written(row[column], language) for column in table.columns)
    text.flush()


def _written(value: object, language: str) -> str:
    if value is None:
        return ""
    if isinstance(value, Withheld):
        return str(copy_words(language)["withheld"][value])
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal | date | time):
        return str(as_plain(value))
    return _safe(json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(as_plain(value)))


def _safe(text: str) -> str:
    """Return a text that is no formula: one apostrophe in front is to be taken off again by whoever reads it."""
    return f"'{text}" if _RISKY.match(text) else text


def _described(resources: list[dict[str, object]], language: str, cover: Cover) -> str:
    words = copy_words(language)
    package = {
        "profile": "tabular-data-package",
        "name": f"rightsdesk-{cover.right}",
        "title": words["title"],
        "description": words["intro"][cover.right],
        "resources": resources,
    }
    if cover.made_on:
        package["created"] = f"{cover.made_on.isoformat()}T00:00:00Z"
    return json.dumps(package, ensure_ascii=False, indent=2)


def _resource(table: TableCopy, path: str, language: str) -> dict[str, object]:
    fields = [
        {"name": name, "title": title, "type": _type(table, name)}
        for name, title in zip(table.columns, titles(table, language), strict=True)
    ]
    return {
        "profile": "tabular-data-resource",
        "name": path.removesuffix(".csv").lower(),
        "title": pick(table.label, language) or table.name,
        "path": path,
        "encoding": "utf-8",
        "schema": {"fields": fields},
    }


def _type(table: TableCopy, column: str) -> str:
    """Return the one type of all values, "string" if they differ or nothing is known."""
    found = set(_types(table, column))
    return found.pop() if len(found) == 1 else "string"


def _types(table: TableCopy, column: str) -> Iterator[str]:
    for row in table.rows:
        if row[column] is not None:
            yield next((word for kind, word in _TYPES if isinstance(row[column], kind)), "string")
