"""The files of a copy: nothing runs as a formula, nothing is lost, nothing stops the spreadsheet from opening."""

import io
import json
import uuid
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from handlers.copy_files import as_json, as_xlsx
from handlers.crm import Copy, TableCopy
from tests.people import COPY

NAIVE = datetime(2026, 11, 23, 9, 30)  # noqa: DTZ001  (as many a CRM keeps it)


def one_column(*values: object, label: str = "Things", name: str = "things") -> TableCopy:
    words = {"en": "x"}
    rows = tuple({"value": value} for value in values)
    return TableCopy(name, {"en": label}, words, words, words, ("value",), ({"en": "Value"},), rows, provided=True)


def opened(copy: Copy, language: str = "en") -> Workbook:
    return load_workbook(io.BytesIO(as_xlsx(copy, language=language)))


@pytest.mark.parametrize(
    "text",
    ['=HYPERLINK("https://evil.example","x")', "=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "=", "'=1+1", "{=1}", "#N/A"],
)
def test_text_never_runs_as_a_formula(text: str) -> None:
    book = opened(Copy((one_column(text, label="=1+1"),)))
    assert book.sheetnames == ["=1+1"]
    cell = book.active["A2"]  # type: ignore[index]  # a worksheet, it has cells
    assert (cell.value, cell.data_type) == (text, "s")


@pytest.mark.parametrize(
    ("value", "in_sheet", "in_json"),
    [
        ("text", "text", "text"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("a\x00b\x07c\x1b\rd", "abcd", "a\x00b\x07c\x1b\rd"),
        ("a\ufffeb\uffffc\ud800d", "abcd", None),
        (None, None, None),
        (True, True, True),
        (0, 0, 0),
        (12.5, 12.5, 12.5),
        (Decimal("19.90"), 19.9, "19.90"),
        (date(2026, 11, 23), NAIVE.replace(hour=0, minute=0), "2026-11-23"),
        (NAIVE, NAIVE, "2026-11-23T09:30:00"),
        (datetime(2026, 11, 23, 9, tzinfo=UTC), "2026-11-23T09:00:00+00:00", "2026-11-23T09:00:00+00:00"),
        (
            datetime(2026, 11, 23, 9, tzinfo=timezone(timedelta(hours=2))),
            "2026-11-23T09:00:00+02:00",
            "2026-11-23T09:00:00+02:00",
        ),
        (time(9, 30), "09:30:00", "09:30:00"),
        (b"\x00\xff", "00ff", "00ff"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000001"),
        ({"a": [1]}, "{'a': [1]}", {"a": [1]}),
    ],
)
def test_every_kind_of_value(value: object, in_sheet: object, in_json: object) -> None:
    copy = Copy((one_column(value, "end"),))
    sheet = opened(copy).active
    assert sheet is not None
    assert [cell.value for cell in sheet["A"]] == ["Value", in_sheet, "end"]
    if in_json is not None:
        rows = json.loads(as_json(copy, language="en"))["tables"][0]["rows"]
        assert rows == [{"value": in_json}, {"value": "end"}]


@settings(max_examples=40)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=4))
def test_any_text_gives_files_that_open(texts: list[str]) -> None:
    copy = Copy((one_column(*texts, label="Things"),))
    sheet = opened(copy).active
    assert sheet is not None
    assert len(list(sheet["A"])) == len(texts) + 1
    json.loads(as_json(copy, language="en"))


def test_a_copy_says_what_the_law_wants_said() -> None:
    assert json.loads(as_json(COPY, language="de")) == {
        "tables": [
            {
                "table": "customers",
                "label": "Kunde",
                "purpose": "customer care",
                "recipients": "nobody",
                "retention": "three years",
                "rows": [{"name": "Anna Nowak", "email": "anna.nowak@customer.example"}],
            },
            {
                "table": "orders",
                "label": "Bestellungen",
                "purpose": "sales",
                "recipients": "carriers",
                "retention": "ten years",
                "rows": [{"number": 41}, {"number": 42}],
            },
        ]
    }
    book = opened(COPY, "de")
    assert book.sheetnames == ["Kunde", "Bestellungen"]
    assert list(book["Kunde"].values) == [
        ("Name", "E-Mail-Adresse"),
        ("Anna Nowak", "anna.nowak@customer.example"),
    ]
    assert list(book["Bestellungen"].values) == [("Number",), (41,), (42,)]


def test_an_empty_copy_opens_too() -> None:
    assert json.loads(as_json(Copy(()), language="en")) == {"tables": []}
    assert opened(Copy(())).sheetnames == ["-"]
    assert list(opened(Copy((one_column(),))).active.values) == [("Value",)]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("labels", "sheets"),
    [
        (["Orders", "Orders"], ["Orders", "second"]),
        (["Orders", "ORDERS"], ["Orders", "ORDERS1"]),
        (["A/B: [x]*?\\"], ["A B   x"]),
        (["'Orders'"], ["Orders"]),
        (["x" * 40], ["x" * 31]),
        (["", "  "], ["first", "second"]),
    ],
)
def test_sheets_have_names_that_a_spreadsheet_takes(labels: list[str], sheets: list[str]) -> None:
    tables = [one_column(1, label=label, name=name) for label, name in zip(labels, ["first", "second"], strict=False)]
    assert opened(Copy(tuple(tables))).sheetnames == sheets
