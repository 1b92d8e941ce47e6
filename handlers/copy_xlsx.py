"""A copy as a spreadsheet: a sheet of contents, then one sheet a table. Text is never read as a formula."""

import io
import math
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from handlers.copy_about import Cover, copy_words, particulars, shown_tables, titles
from handlers.copy_values import NOT_IN_XML, as_text, number_format
from handlers.crm import Copy, TableCopy, Withheld
from handlers.letters import pick

SHEET_NAME_LENGTH = 31
SHEET_NAME_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
COLUMN_WIDTH_MOST = 60
# ECMA-376 part 1, 18.3.1.4 and 22.9.2.19: what a cell holds at most; longer text would be cut in silence.
CELL_LENGTH = 32_767
# A spreadsheet counts with 15 digits and rounds longer numbers.
DIGITS_MOST = 15
# Its calendar starts here, a false leap day later.
FIRST_DATE = date(1900, 3, 1)
ABOUT = ("purpose", "basis", "categories", "recipients", "retention", "source")

_BOLD = Font(bold=True)
_WRAPPED = Alignment(wrap_text=True, vertical="top")


def as_xlsx(copy: Copy, *, language: str, cover: Cover | None = None) -> bytes:
    """Return the copy as a spreadsheet; rows are written one by one, so that only the copy itself is in memory."""
    book = Workbook(write_only=True)
    contents = book.create_sheet(_sheet_name(book, str(copy_words(language)["contents"]), "contents"))
    _fill_contents(contents, copy, language, cover or Cover())
    for table in shown_tables(copy, language):
        _fill(book.create_sheet(_sheet_name(book, pick(table.label, language), table.name)), table, language)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _sheet_name(book: Workbook, label: str, otherwise: str) -> str:
    wished = label.translate(SHEET_NAME_FORBIDDEN).strip("' ")[:SHEET_NAME_LENGTH]
    taken = {name.casefold() for name in book.sheetnames}
    for name in (wished, otherwise.translate(SHEET_NAME_FORBIDDEN).strip("' ")[:SHEET_NAME_LENGTH]):
        if name and name.casefold() not in taken:
            return name
    return f"{otherwise[: SHEET_NAME_LENGTH - 4]} {len(taken) + 1}".translate(SHEET_NAME_FORBIDDEN)


def _fill_contents(sheet: Worksheet, copy: Copy, language: str, cover: Cover) -> None:
    words = copy_words(language)
    for position, width in enumerate((24, 10, 40, 40, 40, 40, 40, 40), start=1):
        sheet.column_dimensions[get_column_letter(position)].width = width
    sheet.append([_text(sheet, words["title"], bold=True)])
    sheet.append([_text(sheet, words["intro"][cover.right])])
    _append(sheet, [cover.controller, cover.made_on, cover.reference], language)
    sheet.append([])
    sheet.append([_text(sheet, words[key], bold=True) for key in ("table", "records", *ABOUT)])
    for table in shown_tables(copy, language):
        said = dict(particulars(table, language))
        row = [pick(table.label, language) or table.name, len(table.rows), *(said.get(key, "") for key in ABOUT)]
        _append(sheet, row, language)


def _fill(sheet: Worksheet, table: TableCopy, language: str) -> None:
    heads = titles(table, language)
    sheet.freeze_panes = "A2"
    for number, (column, head) in enumerate(zip(table.columns, heads, strict=True), start=1):
        longest = max((len(str(row[column])) for row in table.rows), default=0)
        width = min(max(longest, len(head)), COLUMN_WIDTH_MOST) + 2
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.append([_text(sheet, head, bold=True) for head in heads])
    for row in table.rows:
        _append(sheet, [row[column] for column in table.columns], language)


def _append(sheet: Worksheet, values: Sequence[object], language: str) -> None:
    """Write a row; a text that is too long for its cell goes on in the rows below."""
    parts = [list(_parts(value, language)) for value in values]
    for number in range(max(map(len, parts), default=0)):
        sheet.append([_cell(sheet, part[number]) if number < len(part) else None for part in parts])


def _parts(value: object, language: str) -> Iterator[object]:
    if isinstance(value, Withheld):
        yield copy_words(language)["withheld"][value]
    elif value is None or _is_native(value):
        yield value
    else:
        text = as_text(value)
        yield from (text[start : start + CELL_LENGTH] for start in range(0, len(text) or 1, CELL_LENGTH))


def _cell(sheet: Worksheet, value: object) -> object:
    if isinstance(value, str):
        return _text(sheet, value)
    if not isinstance(value, Decimal):
        return value
    cell = WriteOnlyCell(sheet, value)  # type: ignore[arg-type]  # it takes decimals, typeshed does not know
    cell.number_format = number_format(value)
    return cell


def _text(sheet: Worksheet, value: object, *, bold: bool = False) -> object:
    cell = WriteOnlyCell(sheet, NOT_IN_XML.sub("", str(value)))
    # A text that begins with "=" would run as a formula; the type "s" keeps it a text.
    cell.data_type = "s"
    cell.alignment = _WRAPPED
    if bold:
        cell.font = _BOLD
    return cell


def _is_native(value: object) -> bool:
    """Does a spreadsheet have this value, exactly? A moment with time zone it has not."""
    if isinstance(value, bool):
        return True
    if isinstance(value, int | float | Decimal):
        return _is_exact(value)
    if isinstance(value, datetime):
        return value.tzinfo is None and value.date() >= FIRST_DATE
    return isinstance(value, date) and value >= FIRST_DATE


def _is_exact(value: float | Decimal) -> bool:
    if isinstance(value, int):
        return len(str(abs(value))) <= DIGITS_MOST
    if isinstance(value, float):
        return math.isfinite(value)
    return value.is_finite() and len(value.as_tuple().digits) <= DIGITS_MOST
