"""A copy of a person's data as files: JSON and a spreadsheet."""

import io
import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from handlers.crm import Copy, TableCopy
from handlers.letters import pick

SHEET_NAME_LENGTH = 31
SHEET_NAME_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
COLUMN_WIDTH_MOST = 60
# XML 1.0 section 2.2; one of these makes the whole file unreadable.
NOT_IN_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _plain(value: object) -> object:
    """Return a value as JSON can hold it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    return value


def as_json(copy: Copy, *, language: str) -> bytes:
    """Return the copy as JSON: per table its label, purpose, recipients, retention and rows."""
    tables = [
        {
            "table": table.name,
            "label": pick(table.label, language),
            "purpose": pick(table.purpose, language),
            "recipients": pick(table.recipients, language),
            "retention": pick(table.retention, language),
            "rows": [{column: _plain(row[column]) for column in table.columns} for row in table.rows],
        }
        for table in copy.tables
    ]
    return json.dumps({"tables": tables}, ensure_ascii=False, indent=2, default=str).encode()


def as_xlsx(copy: Copy, *, language: str) -> bytes:
    """Return the copy as a spreadsheet, one sheet a table. Text is never read as a formula."""
    book = Workbook()
    if book.active is not None:
        book.remove(book.active)
    for table in copy.tables:
        _fill(book.create_sheet(_sheet_name(book, table, language)), table, language)
    if not book.sheetnames:
        book.create_sheet("-")
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _sheet_name(book: Workbook, table: TableCopy, language: str) -> str:
    name = pick(table.label, language).translate(SHEET_NAME_FORBIDDEN).strip("' ")[:SHEET_NAME_LENGTH] or table.name
    return name if name not in book.sheetnames else table.name[:SHEET_NAME_LENGTH]


def _fill(sheet: Worksheet, table: TableCopy, language: str) -> None:
    titles = [pick(labels, language) for labels in table.column_labels]
    _write_row(sheet, 1, titles)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for number, row in enumerate(table.rows, start=2):
        _write_row(sheet, number, [row[column] for column in table.columns])
    sheet.freeze_panes = "A2"
    for number, column in enumerate(table.columns, start=1):
        longest = max([len(titles[number - 1]), *(len(str(row[column])) for row in table.rows)])
        sheet.column_dimensions[get_column_letter(number)].width = min(longest, COLUMN_WIDTH_MOST) + 2


def _write_row(sheet: Worksheet, number: int, values: Sequence[object]) -> None:
    for position, value in enumerate(values, start=1):
        cell = sheet.cell(number, position)
        if value is None or _is_native(value):
            cell.value = value  # type: ignore[assignment]  # narrowed by _is_native
            continue
        cell.value = _text(value)
        # A text that begins with "=" would run as a formula; the type "s" keeps it a text.
        cell.data_type = "s"
        cell.alignment = Alignment(wrap_text=True, vertical="top")


def _is_native(value: object) -> bool:
    """Does a spreadsheet have this type? A moment with time zone it has not."""
    if isinstance(value, datetime):
        return value.tzinfo is None
    return isinstance(value, bool | int | float | Decimal | date)


def _text(value: object) -> str:
    """Return text without the characters that a spreadsheet cannot hold."""
    return NOT_IN_XML.sub("", str(_plain(value)))
