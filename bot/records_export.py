"""Records of processing activities as a file: Markdown to read, JSON for programs, a spreadsheet for the folder."""

import dataclasses
import io
import json
from collections.abc import Iterator, Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from bot.typeset import words
from storage.crm.activities import Activity

COLUMNS = (
    "purpose",
    "basis",
    "subjects",
    "data",
    "recipients",
    "third_countries",
    "retention",
    "security",
    "tables",
)
WIDTH = 36


class Format(StrEnum):
    """The kinds of file."""

    MD = "md"
    JSON = "json"
    XLSX = "xlsx"


def export(activities: Sequence[Activity], *, shape: Format, language: str, controller: str, day: date) -> bytes:
    """Return the file's bytes."""
    titles = words("records", language)
    rows = [_row(activity, titles) for activity in activities]
    if shape is Format.JSON:
        return _json(activities, controller=controller, day=day)
    if shape is Format.XLSX:
        return _xlsx(rows, titles, controller=controller, day=day)
    return "\n".join(_markdown(rows, titles, controller=controller, day=day)).encode()


def _row(activity: Activity, titles: Any) -> dict[str, str]:
    values = dataclasses.asdict(activity) | {"basis": tuple(titles["bases"][basis] for basis in activity.bases)}
    texts = ((column, values[column]) for column in COLUMNS)
    return {column: value if isinstance(value, str) else "\n".join(value) for column, value in texts}


def _json(activities: Sequence[Activity], *, controller: str, day: date) -> bytes:
    entries = [dataclasses.asdict(activity) for activity in activities]
    document = {"controller": controller, "day": day.isoformat(), "activities": entries}
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def _xlsx(rows: Sequence[dict[str, str]], titles: Any, *, controller: str, day: date) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append([titles["title"]])
    sheet.append([titles["controller"], controller])
    sheet.append([titles["day"], day])
    sheet.append([])
    sheet.append([titles[column] for column in COLUMNS])
    for row in rows:
        sheet.append([row[column] for column in COLUMNS])
    heads = sheet.max_row - len(rows)
    for number, line in enumerate(sheet.iter_rows(), start=1):
        for cell in line:
            cell.alignment = Alignment(wrap_text=number > heads, vertical="top")
            cell.font = Font(bold=number in {1, heads})
            if isinstance(cell.value, str):
                cell.data_type = "s"  # never a formula, whatever it begins with
    for number in range(1, len(COLUMNS) + 1):
        sheet.column_dimensions[get_column_letter(number)].width = WIDTH
    sheet.freeze_panes = f"B{heads + 1}"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _markdown(rows: Sequence[dict[str, str]], titles: Any, *, controller: str, day: date) -> Iterator[str]:
    yield f"# {titles['title']}\n"
    if controller:
        yield f"{titles['controller']}: {controller}  "
    yield f"{titles['day']}: {day.isoformat()}\n"
    for number, row in enumerate(rows, start=1):
        yield f"## {number}. {row['purpose']}\n"
        for column in COLUMNS[1:]:
            if row[column]:
                yield f"- **{titles[column]}**: {'; '.join(row[column].splitlines())}"
        yield ""
