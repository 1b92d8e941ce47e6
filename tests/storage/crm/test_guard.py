"""An import is marked row by row, and nothing else of it changes."""

import csv
import io
import tracemalloc
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from handlers.crm import Identifier
from storage.crm.guard import LONGEST_CELL, GuardProblem, Tally, _long_cells, guard
from storage.crm.mapload import load
from storage.ledger import Ledger
from storage.store import Store
from tests.storage.crm.desk import MAP

ERASED_AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
STOPPED_AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
ANN = (
    Identifier("key", "13"),
    Identifier("name", "ann lee", alone=False),
    Identifier("email", "ann@example.org"),
    Identifier("customer_number", "c-10013"),
    Identifier("phone_number", "493012345678", alone=False),
)
MEBIBYTE = 2**20


@pytest.fixture
def ledger(store: Store) -> Ledger:
    """Ann was erased; Joann wants no newsletter, and no telephone calls."""
    with store.unit(now=ERASED_AT) as unit:
        unit.remember_erased(ANN, reference="R-7KQ4M")
    with store.unit(now=STOPPED_AT) as unit:
        number = Identifier("customer_number", "c-10014")
        unit.suppress("joann@example.org", ["phone", "newsletter"], known_by=[number])
    return Ledger(store.database, store.keyring)


def marked(
    text: str, ledger: Ledger, *, named: Mapping[str, str] | None = None, delimiter: str = ","
) -> list[list[str]]:
    target = io.StringIO(newline="")
    *_, _ = guard(io.StringIO(text, newline=""), target, ledger=ledger, map_=load(MAP), named=named)
    return list(csv.reader(io.StringIO(target.getvalue(), newline=""), delimiter=delimiter))


def test_rows_of_erased_and_suppressed_persons_are_marked(ledger: Ledger) -> None:
    rows = marked("name,email\nA,Ann@Example.org \nB,joann@example.org\nC,carl@example.org\n", ledger)
    assert rows == [
        ["name", "email", "rightsdesk", "rightsdesk_consents", "rightsdesk_since"],
        ["A", "Ann@Example.org ", "erased", "", "2026-11-20"],
        ["B", "joann@example.org", "suppressed", "newsletter phone", "2026-11-21"],
        ["C", "carl@example.org", "", "", ""],
    ]


@pytest.mark.parametrize("cell", ["ann@example.org\u00a0", "\tann@example.org", '"ann@example.org\r\n"'])
def test_remnants_of_an_import_hide_nobody(ledger: Ledger, cell: str) -> None:
    assert marked(f"email\n{cell}\n", ledger)[1][1] == "erased"


@pytest.mark.parametrize(
    "address",
    [
        "xann@example.org",
        "ann@example.org.evil.example",
        "ann@example.or",
        "annn@example.org",
        "",
        "ann",
        "' OR 1=1 --",
    ],
)
def test_only_the_whole_address_counts(ledger: Ledger, address: str) -> None:
    assert marked(f"email\n{address}\nend\n", ledger)[1][1:] == ["", "", ""]


@pytest.mark.parametrize("cell", ["Ann Lee <ann@example.org>", "bob@example.org; ann@example.org", '"ann@example.org"'])
def test_addresses_are_found_among_others_in_a_cell(ledger: Ledger, cell: str) -> None:
    quoted = cell.replace('"', '""')
    assert marked(f'email\n"{quoted}"\n', ledger)[1][:2] == [cell, "erased"]


@pytest.mark.parametrize(
    "header",
    ["email", "E-Mail", "EMAIL ADDRESS", "e_mail_adresse", "Adres e-mail", "E-mailová adresa", "\ufeffemail", "mail"],
)
def test_address_columns_are_known_by_many_names(ledger: Ledger, header: str) -> None:
    assert marked(f"{header},x\nann@example.org,1\n", ledger)[1][2] == "erased"


@pytest.mark.parametrize("header", ["customer_number", "Customer number", "Kundennummer", "Numer klienta"])
def test_customer_numbers_are_known_by_the_labels_of_the_map(ledger: Ledger, header: str) -> None:
    rows = marked(f"{header}\nC-10013\nC-10014\n10013\n", ledger)
    assert [row[1] for row in rows[1:]] == ["erased", "suppressed", ""]


def test_a_name_or_a_shared_telephone_number_marks_nobody(ledger: Ledger) -> None:
    rows = marked("phone,name,email\n+49 30 12345678,Ann Lee,other@example.org\n", ledger)
    assert rows[1][3:] == ["", "", ""]


def test_a_column_can_be_named(ledger: Ledger) -> None:
    text = "who,ref\nann@example.org,C-10014\n"
    assert marked(text, ledger, named={"who": ""})[1][2] == "erased"
    assert marked(text, ledger, named={"ref": "customer_number"})[1][2] == "suppressed"
    assert marked(text, ledger, named={"who": "", "ref": "customer_number"})[1][2:4] == ["erased", "newsletter phone"]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_the_delimiter_is_that_of_the_header(ledger: Ledger, delimiter: str) -> None:
    text = f"name{delimiter}email\nLee, Ann{delimiter}ann@example.org\n"
    assert marked(text, ledger, delimiter=delimiter)[1] == ["Lee, Ann", "ann@example.org", "erased", "", "2026-11-20"]


def test_cells_come_out_as_they_went_in(ledger: Ledger) -> None:
    cells = ["two\nlines", 'a "quote"', "=1+1", " blank ", "", "\udce9"]
    source = io.StringIO(newline="")
    csv.writer(source).writerows([["email", *"abcdef"], ["x@example.org", *cells], ["short@example.org"]])
    rows = marked(source.getvalue(), ledger)
    assert rows[1] == ["x@example.org", *cells, "", "", ""]
    assert rows[2] == ["short@example.org", *[""] * 6, "", "", ""]


@pytest.mark.parametrize(
    ("text", "named", "problem"),
    [
        ("", {}, "the file is empty"),
        ("name,city\nAnn,Bonn\n", {}, r"name one with --column \(there are: name, city\)"),
        ("name,email\n", {"mail": ""}, "has no column 'mail'; there are: name, email"),
        (f'email\n"{"x" * (2**24 + 1)}"\n', {}, "row 2 is no CSV"),
    ],
)
def test_a_file_that_cannot_be_checked_says_why(
    ledger: Ledger, text: str, named: Mapping[str, str], problem: str
) -> None:
    with pytest.raises(GuardProblem, match=problem):
        marked(text, ledger, named=named)


def test_an_empty_memory_marks_nothing(store: Store) -> None:
    ledger = Ledger(store.database, store.keyring)
    assert marked("email\nann@example.org\n", ledger)[1] == ["ann@example.org", "", "", ""]


def lines(count: int) -> Iterator[str]:
    yield "email,comment\n"
    for number in range(count):
        yield f"person{number}@example.org,{'x' * 200}\n"
    yield "ann@example.org,the last\n"


class _Lines(io.TextIOBase):
    """A file that is never in memory as a whole."""

    def __init__(self, count: int) -> None:
        self._lines = lines(count)

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]  # as files have it
        return next(self._lines, "")

    def __next__(self) -> str:
        return next(self._lines)


def test_a_big_file_streams(ledger: Ledger, tmp_path: Path) -> None:
    map_ = load(MAP)
    tracemalloc.start()
    with (tmp_path / "out.csv").open("w", newline="") as target:
        for tally in guard(_Lines(40_000), target, ledger=ledger, map_=map_):  # type: ignore[arg-type]  # a text file
            assert isinstance(tally, Tally)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (tally.rows, tally.erased, tally.suppressed) == (40_001, 1, 0)
    assert (tmp_path / "out.csv").stat().st_size > 8 * MEBIBYTE
    assert most < 8 * MEBIBYTE


def test_the_limit_of_cells_is_the_guards_own() -> None:
    before = csv.field_size_limit()
    with _long_cells():
        assert csv.field_size_limit() == LONGEST_CELL
    assert csv.field_size_limit() == before
