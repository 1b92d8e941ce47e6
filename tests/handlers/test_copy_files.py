"""The files of a copy: nothing runs as a formula, nothing is lost, nothing stops a file from opening."""

import csv
import dataclasses
import io
import json
import tracemalloc
import uuid
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from handlers.copy_about import Cover
from handlers.copy_csv import _safe
from handlers.copy_files import WRITERS, as_csv, as_html, as_json, as_xlsx, copy_files, portable
from handlers.copy_json import schema
from handlers.crm import ConsentGiven, Copy, HeldNote, TableCopy, Withheld
from handlers.rights import Right
from tests.people import COPY

NAIVE = datetime(2026, 11, 23, 9, 30)  # noqa: DTZ001  (as many a CRM keeps it)
LANGUAGES = ("en", "de", "pl", "sk")
COVER = Cover(Right.ACCESS, "Example Shop Ltd", "R-7KQ4M", date(2026, 11, 23))
MEBIBYTE = 2**20


def one_column(*values: object, label: str = "Things", name: str = "things") -> TableCopy:
    words = {"en": "x"}
    rows = tuple({"value": value} for value in values)
    return TableCopy(name, {"en": label}, words, words, words, ("value",), ({"en": "Value"},), rows, provided=True)


def opened(copy: Copy, language: str = "en") -> Workbook:
    return load_workbook(io.BytesIO(as_xlsx(copy, language=language)))


def first_table(copy: Copy, language: str = "en") -> Worksheet:
    """Return the sheet after the contents."""
    sheet = opened(copy, language).worksheets[1]
    assert isinstance(sheet, Worksheet)
    return sheet


def checked(copy: Copy, *, language: str = "en", cover: Cover | None = None) -> dict[str, list[dict[str, object]]]:
    """Return the JSON document, which keeps to its schema."""
    document = json.loads(as_json(copy, language=language, cover=cover))
    Draft202012Validator(schema(), format_checker=Draft202012Validator.FORMAT_CHECKER).validate(document)
    return document  # type: ignore[no-any-return]  # just parsed


def csv_rows(copy: Copy, language: str = "en") -> list[list[str]]:
    """Return the rows of the first table's CSV."""
    with zipfile.ZipFile(io.BytesIO(as_csv(copy, language=language))) as archive:
        text = archive.read(archive.namelist()[0]).decode()
    return list(csv.reader(io.StringIO(text, newline="")))


class _Words(HTMLParser):
    """Gathers the text of a page, and its tags."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page.decode())

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


RISKY = ['=HYPERLINK("https://evil.example","x")', "=1+1", "+1+cmd|' /C calc'!A0", "-1+1", "@SUM(A1)", "\t=1+1", "="]


@pytest.mark.parametrize("text", [*RISKY, "+1", "-1", "'=1+1", "{=1}", "#N/A"])
def test_text_never_runs_as_a_formula_in_a_spreadsheet(text: str) -> None:
    book = opened(Copy((one_column(text, label="=1+1"),)))
    assert book.sheetnames == ["Contents", "=1+1"]
    cell = book.worksheets[1]["A2"]
    assert (cell.value, cell.data_type) == (text, "s")
    assert "f" not in {cell.data_type for sheet in book.worksheets for row in sheet.iter_rows() for cell in row}


@pytest.mark.parametrize("text", [*RISKY, "'quoted", "\r=1"])
def test_text_never_runs_as_a_formula_in_csv_and_can_be_read_back(text: str) -> None:
    [_, [value]] = csv_rows(Copy((one_column(text),)))
    assert (value[0], value[1:]) == ("'", text)


@pytest.mark.parametrize("text", ["+49 30 1234567", "-12", "+1 (555) 010-0199", "plain", "a=b", ""])
def test_numbers_and_plain_text_stay_as_they_are_in_csv(text: str) -> None:
    assert csv_rows(Copy((one_column(text, "end"),)))[1] == [text]


@pytest.mark.parametrize(
    ("value", "in_sheet", "in_json", "in_csv"),
    [
        ("text", "text", "text", "text"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab", "two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("a\x00b\x07c\x1b\rd", "abcd", "a\x00b\x07c\x1b\rd", None),
        ("a\ufffeb\uffffc\ud800d", "abcd", None, None),
        (None, None, None, ""),
        (True, True, True, "true"),
        (0, 0, 0, "0"),
        (12.5, 12.5, 12.5, "12.5"),
        (float("nan"), "nan", "nan", "nan"),
        (float("-inf"), "-inf", "-inf", "-inf"),
        (10**15 + 1, "1000000000000001", 10**15 + 1, "1000000000000001"),
        (Decimal("19.90"), 19.9, "19.90", "19.90"),
        (Decimal("-0.000001"), -0.000001, "-0.000001", "-0.000001"),
        (Decimal("12345678901234.567"), "12345678901234.567", "12345678901234.567", "12345678901234.567"),
        (date(2026, 11, 23), NAIVE.replace(hour=0, minute=0), "2026-11-23", "2026-11-23"),
        (date(1899, 12, 31), "1899-12-31", "1899-12-31", "1899-12-31"),
        (NAIVE, NAIVE, "2026-11-23T09:30:00", "2026-11-23T09:30:00"),
        (
            datetime(2026, 11, 23, 9, tzinfo=UTC),
            "2026-11-23T09:00:00+00:00",
            "2026-11-23T09:00:00+00:00",
            "2026-11-23T09:00:00+00:00",
        ),
        (
            datetime(2026, 11, 23, 9, tzinfo=timezone(timedelta(hours=2))),
            "2026-11-23T09:00:00+02:00",
            "2026-11-23T09:00:00+02:00",
            "2026-11-23T09:00:00+02:00",
        ),
        (time(9, 30), "09:30:00", "09:30:00", "09:30:00"),
        (b"\x00\xff", "00ff", "00ff", "00ff"),
        (uuid.UUID(int=1), str(uuid.UUID(int=1)), str(uuid.UUID(int=1)), str(uuid.UUID(int=1))),
        ({"a": [1]}, "{'a': [1]}", {"a": [1]}, '{"a": [1]}'),
        ({"a": Decimal("1.5")}, "{'a': Decimal('1.5')}", {"a": "1.5"}, None),
    ],
)
def test_every_kind_of_value(value: object, in_sheet: object, in_json: object, in_csv: str | None) -> None:
    copy = Copy((one_column(value, "end"),))
    assert [cell.value for cell in first_table(copy)["A"]] == ["Value", in_sheet, "end"]
    assert WRITERS["html"](copy, language="en")
    rows = checked(copy)["tables"][0]["rows"]
    if in_json is not None:
        assert rows == [{"value": in_json}, {"value": "end"}]
    if in_csv is not None:
        assert csv_rows(copy) == [["value"], [in_csv], ["end"]]


def test_decimals_keep_their_places_in_a_spreadsheet() -> None:
    assert first_table(Copy((one_column(Decimal("19.90")),)))["A2"].number_format == "0.00"


def test_a_text_too_long_for_a_cell_goes_on_below() -> None:
    text = "x" * 32_767 + "y" * 10
    copy = Copy((one_column(text, "end"),))
    assert [cell.value for cell in first_table(copy)["A"]] == ["Value", "x" * 32_767, "y" * 10, "end"]


@settings(max_examples=40)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=4))
def test_any_text_gives_files_that_open(texts: list[str]) -> None:
    copy = Copy((one_column(*texts, label="Things"),))
    assert len(list(first_table(copy)["A"])) == len(texts) + 1
    assert len(csv_rows(copy)) == len(texts) + 1
    checked(copy)
    assert _Words(as_html(copy, language="en")).words


def test_a_copy_says_what_the_law_wants_said() -> None:
    customers = dataclasses.replace(
        COPY.tables[0],
        source={"en": "A friend who recommended us"},
        basis="contract",
        column_categories=(("user.name",), ("user.contact.email", "user.contact.made_up")),
    )
    document = checked(Copy((customers, COPY.tables[1])), language="en", cover=COVER)
    assert document == {
        "format": "rightsdesk-copy",
        "version": 1,
        "right": "access",
        "language": "en",
        "controller": "Example Shop Ltd",
        "reference": "R-7KQ4M",
        "made_on": "2026-11-23",
        "tables": [
            {
                "table": "customers",
                "label": "Customer",
                "purpose": "customer care",
                "basis": "a contract with you (Article 6(1)(b) GDPR)",
                "recipients": "nobody",
                "retention": "three years",
                "source": "A friend who recommended us",
                "provided": True,
                "fields": [
                    {"name": "name", "label": "Name", "categories": ["user.name"]},
                    {
                        "name": "email",
                        "label": "E-mail address",
                        "categories": ["user.contact.email", "user.contact.made_up"],
                    },
                ],
                "rows": [{"name": "Anna Nowak", "email": "anna.nowak@customer.example"}],
                "withheld": [],
            },
            {
                "table": "orders",
                "label": "Orders",
                "purpose": "sales",
                "basis": "",
                "recipients": "carriers",
                "retention": "ten years",
                "source": "",
                "provided": False,
                "fields": [{"name": "number", "label": "Number", "categories": []}],
                "rows": [{"number": 41}, {"number": 42}],
                "withheld": [],
            },
        ],
        "consents": [],
    }
    contents = opened(Copy((customers,))).worksheets[0]
    assert [tuple(row) for row in contents.iter_rows(min_row=5, values_only=True)] == [
        ("Table", "Records", "Purpose", "Legal basis", "Categories of data", "Recipients", "Kept", "Source"),
        (
            "Customer",
            1,
            "customer care",
            "a contract with you (Article 6(1)(b) GDPR)",
            "e-mail address, contact data, name",
            "nobody",
            "three years",
            "A friend who recommended us",
        ),
    ]


def test_a_spreadsheet_has_a_sheet_a_table() -> None:
    book = opened(COPY, "de")
    assert book.sheetnames == ["Inhalt", "Kunde", "Bestellungen"]
    assert list(book["Kunde"].values) == [
        ("Name", "E-Mail-Adresse"),
        ("Anna Nowak", "anna.nowak@customer.example"),
    ]
    assert list(book["Bestellungen"].values) == [("Number",), (41,), (42,)]


def test_consents_are_shown_with_the_words_that_were_agreed_to() -> None:
    wording = {"en": "Yes, write to me about offers."}
    given = ConsentGiven("newsletter", "e-mail", {"en": "Newsletter"}, True, date(2025, 5, 1), "2", wording)
    refused = ConsentGiven("post", "", {}, False, None, "", {})
    copy = dataclasses.replace(COPY, consents=(given, refused))
    expected = [
        ("Consent", "Channel", "Given", "Since", "Version of the wording", "Wording"),
        ("Newsletter", "e-mail", True, datetime(2025, 5, 1), "2", wording["en"]),  # noqa: DTZ001  (as in a sheet)
        ("post", None, False, None, None, None),
    ]
    assert list(opened(copy)["Your consents"].values) == expected
    assert {"Your consents", wording["en"], "1 May 2025"} <= set(_Words(as_html(copy, language="en")).words)
    assert checked(copy)["consents"][0] == {
        "consent": "newsletter",
        "channel": "e-mail",
        "purpose": "Newsletter",
        "granted": True,
        "at": "2025-05-01",
        "version": "2",
        "wording": wording["en"],
    }


def test_csv_comes_with_its_description() -> None:
    with zipfile.ZipFile(io.BytesIO(as_csv(COPY, language="de", cover=COVER))) as archive:
        assert archive.namelist() == ["01-customers.csv", "02-orders.csv", "datapackage.json"]
        package = json.loads(archive.read("datapackage.json"))
        assert archive.read("02-orders.csv") == b"number\r\n41\r\n42\r\n"
    assert package["created"] == "2026-11-23T00:00:00Z"
    assert package["resources"][1] == {
        "profile": "tabular-data-resource",
        "name": "02-orders",
        "title": "Bestellungen",
        "path": "02-orders.csv",
        "encoding": "utf-8",
        "schema": {"fields": [{"name": "number", "title": "Number", "type": "integer"}]},
    }


def test_a_table_name_cannot_leave_its_folder() -> None:
    with zipfile.ZipFile(io.BytesIO(as_csv(Copy((one_column(1, name="../../etc/x"),)), language="en"))) as archive:
        assert archive.namelist()[0] == "01-.._.._etc_x.csv"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_needs_nothing_else_and_escapes_what_it_shows(language: str) -> None:
    evil = '<script>alert(1)</script><img src="https://evil.example/x"> {{ 7*7 }} &amp;'
    page = _Words(as_html(Copy((one_column(evil, label=evil),)), language=language, cover=COVER))
    assert page.words.count(evil) == 2
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "img", "link", "iframe", "a", "form"})
    assert dict(page.tags)["html"] == {"lang": language}
    assert not any("href" in attributes or "src" in attributes for _, attributes in page.tags)


def test_a_page_shows_values_as_the_reader_writes_them() -> None:
    copy = Copy((one_column(date(2026, 11, 23), Decimal("1234.50"), True, None),))
    shown = {language: _Words(as_html(copy, language=language)).words for language in ("en", "de")}
    assert {"23 November 2026", "1234.50", "yes"} <= set(shown["en"])
    assert {"23. November 2026", "1234,50", "ja"} <= set(shown["de"])


def test_wide_tables_become_lists_of_fields() -> None:
    names = tuple(f"field{number}" for number in range(7))
    labels = tuple({"en": name.upper()} for name in names)
    wide = dataclasses.replace(
        one_column(), columns=names, column_labels=labels, rows=({name: f"value of {name}" for name in names},)
    )
    page = _Words(as_html(Copy((wide,)), language="en"))
    assert "table" not in {tag for tag, _ in page.tags}
    assert {"FIELD6", "value of field6"} <= set(page.words)


def withholding() -> Copy:
    """Return a table in which one value is left out and one is held."""
    held = HeldNote("0123456789abcdef", "things", "value", "Rude on the telephone.")
    table = one_column("plain", Withheld.THIRD_PERSON, Withheld.HELD)
    return Copy((dataclasses.replace(table, held=(held,)),))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_left_out_is_said_in_its_place_and_never_shown(language: str) -> None:
    copy = withholding()
    table = checked(copy, language=language)["tables"][0]
    assert table["rows"] == [{"value": "plain"}, {"value": None}, {"value": None}]
    assert table["withheld"] == [
        {"row": 1, "field": "value", "reason": "third_person"},
        {"row": 2, "field": "value", "reason": "held"},
    ]
    said = [row[0] for row in csv_rows(copy, language)[2:]]
    assert [cell.value for cell in first_table(copy, language)["A"]][2:] == said
    assert set(said) <= set(_Words(as_html(copy, language=language)).words)
    assert all(text.startswith("[") and text.endswith("]") for text in said)
    assert len(set(said)) == 2
    assert not any(b"Rude" in writer(copy, language=language) for writer in WRITERS.values())


def test_a_copy_that_answers_portability_holds_only_what_was_provided() -> None:
    part = dataclasses.replace(
        COPY.tables[0], portable=("email",), column_categories=(("user.name",), ("user.contact",))
    )
    copy = portable(Copy((part, COPY.tables[1])))
    [table] = copy.tables
    assert (table.columns, table.column_categories) == (("email",), (("user.contact",),))
    files = copy_files(copy, language="en", cover=dataclasses.replace(COVER, right=Right.PORTABILITY))
    assert list(files) == ["json", "zip"]
    assert json.loads(files["json"])["tables"][0]["rows"] == [{"email": "anna.nowak@customer.example"}]


def test_an_empty_copy_opens_too() -> None:
    assert checked(Copy(()))["tables"] == []
    assert opened(Copy(())).sheetnames == ["Contents"]
    assert list(first_table(Copy((one_column(),))).values) == [("Value",)]
    assert csv_rows(Copy((one_column(),))) == [["value"]]
    assert "We hold no records here." in _Words(as_html(Copy((one_column(),)), language="en")).words


def test_a_language_without_words_falls_back_to_english() -> None:
    assert opened(COPY, "xx").sheetnames[0] == "Contents"
    assert b"Your data" in as_html(COPY, language="xx", cover=COVER)


@pytest.mark.parametrize(
    ("labels", "sheets"),
    [
        (["Orders", "Orders"], ["Orders", "second"]),
        (["Orders", "ORDERS"], ["Orders", "second"]),
        (["Contents", "second"], ["first", "second"]),
        (["A/B: [x]*?\\"], ["A B   x"]),
        (["'Orders'"], ["Orders"]),
        (["x" * 40], ["x" * 31]),
        (["", "  "], ["first", "second"]),
        (["Second", "Second"], ["Second", "second 3"]),
    ],
)
def test_sheets_have_names_that_a_spreadsheet_takes(labels: list[str], sheets: list[str]) -> None:
    tables = [one_column(1, label=label, name=name) for label, name in zip(labels, ["first", "second"], strict=False)]
    assert opened(Copy(tuple(tables))).sheetnames[1:] == sheets


def many_rows() -> Iterator[dict[str, object]]:
    for number in range(10_000):
        yield {"number": number, "day": date(2026, 1, 1), "text": f"Called about parcel {number}, twice."}


@pytest.mark.parametrize("ending", sorted(WRITERS))
def test_writing_ten_thousand_rows_takes_little_memory_beside_them(ending: str) -> None:
    names = ("number", "day", "text")
    labels = tuple({"en": name} for name in names)
    table = dataclasses.replace(one_column(), columns=names, column_labels=labels, rows=tuple(many_rows()))
    copy = Copy((table,))
    WRITERS[ending](COPY, language="en")  # what is loaded once is no part of the measure
    tracemalloc.start()
    written = WRITERS[ending](copy, language="en")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(written) > 10_000
    assert most < 24 * MEBIBYTE


@pytest.mark.parametrize("text", ["＝1+1", "x;=1+1", "x\n; =1+1", " =1+1", "x\t@SUM(1)"])
def test_csv_keeps_what_some_programs_take_for_a_formula_a_text(text: str) -> None:
    assert _safe(text) == f"'{text}"


@pytest.mark.parametrize("text", ["a = b", "x; y=1", "Berg; ann@example.org", "+49 30 1234567", "a, b"])
def test_csv_leaves_plain_texts_as_they_are(text: str) -> None:
    assert _safe(text) == text
