"""An import, before it reaches the CRM: which rows belong to persons who were erased, or who want no mailings.

The file is read and written row by row, and nothing in it changes but the columns that are added.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Protocol, TextIO

from handlers.crm import CrmError, Identifier
from storage.crm.datamap import EMAIL, DataMap
from storage.crm.identifiers import canonical
from storage.ledger import Erased, Ledger, mark, suppression_hash

PORTION = 2_000  # rows that are looked up together
DELIMITERS = ",;\t|"
ERASED, SUPPRESSED = "erased", "suppressed"
ADDED = ("rightsdesk", "rightsdesk_consents", "rightsdesk_since")
# A cell may hold a whole document; the csv library's own bound is 128 KiB.
LONGEST_CELL = 2**24
# How an address column is called where the data map does not say it. Folded as `_folded` folds.
_ADDRESS_HEADERS = frozenset(
    {"email", "mail", "emailaddress", "mailaddress", "emailadresse", "mailadresse", "adresemail", "emailovaadresa"}
)
_ADDRESS = re.compile(r"[^\s<>,;\"'()]+@[^\s<>,;\"'()]+")


class Writer(Protocol):
    """What `csv.writer` returns; the library does not name its type."""

    def writerow(self, row: Sequence[object], /) -> object:
        """Write a row."""
        ...


class GuardProblem(CrmError):
    """The file cannot be checked; the text says what to do."""


@dataclass(frozen=True)
class Column:
    """A column of the file by which persons are known, and the kind of identifier in it."""

    place: int
    kind: str


@dataclass
class Tally:
    """What was found in a file."""

    rows: int = 0
    erased: int = 0
    suppressed: int = 0


@dataclass(frozen=True)
class _Memory:
    erased: Mapping[str, Erased]
    suppressed: Mapping[str, Mapping[str, datetime]]


def guard(
    source: TextIO, target: TextIO, *, ledger: Ledger, map_: DataMap, named: Mapping[str, str] | None = None
) -> Iterator[Tally]:
    """Copy the file with three columns more, and yield the tally after each portion, and at the end.

    `named` says which column holds which kind of identifier; without it the headers tell. Raises GuardProblem.
    """
    with _long_cells():
        yield from _guarded(source, target, ledger=ledger, map_=map_, named=named or {})


@contextmanager
def _long_cells() -> Iterator[None]:
    """Let cells be as long as people make them; the module's limit is the whole process's."""
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _guarded(
    source: TextIO, target: TextIO, *, ledger: Ledger, map_: DataMap, named: Mapping[str, str]
) -> Iterator[Tally]:
    rows, delimiter = _rows(source)
    header = next(rows, None)
    if header is None:
        raise GuardProblem("the file is empty: its first line has to name the columns")
    columns = _columns(header, map_, named)
    writer = csv.writer(target, delimiter=delimiter, lineterminator="\n")
    writer.writerow([*header, *ADDED])
    tally = Tally()
    while portion := list(islice(rows, PORTION)):
        _check(portion, columns, ledger, writer, width=len(header), tally=tally)
        yield tally
    yield tally


def _rows(source: TextIO) -> tuple[Iterator[list[str]], str]:
    first = source.readline()
    delimiter = max(DELIMITERS, key=first.count)
    # Strict: a quote that nobody closes would swallow all rows behind it, unmarked.
    reader = csv.reader(_again(first, source), delimiter=delimiter, strict=True)
    return _readable(reader), delimiter


def _again(first: str, rest: Iterable[str]) -> Iterator[str]:
    if first:
        yield first
    yield from rest


def _readable(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    number = 0
    try:
        for row in reader:
            number += 1
            yield row
    except csv.Error as problem:
        raise GuardProblem(f"row {number + 1} is no CSV ({problem}); correct it and start again") from None


def _columns(header: Sequence[str], map_: DataMap, named: Mapping[str, str]) -> tuple[Column, ...]:
    if named:
        return tuple(Column(_place(header, name), kind or _kind(name, map_) or EMAIL) for name, kind in named.items())
    known = ((place, _kind(name, map_)) for place, name in enumerate(header))
    found = tuple(Column(place, kind) for place, kind in known if kind)
    if not found:
        raise GuardProblem(
            f"no column of an address or a customer number was recognised; name one with --column (there are: "
            f"{', '.join(header)})"
        )
    return found


def _place(header: Sequence[str], name: str) -> int:
    if name not in header:
        raise GuardProblem(f"the file has no column '{name}'; there are: {', '.join(header)}")
    return header.index(name)


def _kind(name: str, map_: DataMap) -> str:
    """Return the kind of identifier in a column of this name, "" for none: by the map's own words and labels."""
    folded = _folded(name)
    for field in map_.tables[map_.identity.table].fields:
        words = (field.name, field.identity, *field.label.values())
        if field.identity and folded in map(_folded, words):
            return field.identity
    return EMAIL if folded in _ADDRESS_HEADERS else ""


def _folded(name: str) -> str:
    """Return a header without case, accents and punctuation: "E-Mail-Adresse" is "emailadresse"."""
    parts = unicodedata.normalize("NFKD", name.casefold().removeprefix("\ufeff"))
    return "".join(character for character in parts if character.isalnum())


def _check(
    portion: Sequence[list[str]],
    columns: Sequence[Column],
    ledger: Ledger,
    writer: Writer,
    *,
    width: int,
    tally: Tally,
) -> None:
    known = [list(_identifiers(row, columns)) for row in portion]
    everything = dict.fromkeys(one for some in known for one in some)
    marks = {one: (mark(ledger.keyring, one), suppression_hash(ledger.keyring, one)) for one in everything}
    memory = _Memory(
        ledger.erased([erased for erased, _ in marks.values()]),
        ledger.suppressed([stopped for _, stopped in marks.values()]),
    )
    for row, some in zip(portion, known, strict=True):
        verdict = _verdict([marks[one] for one in some], memory)
        tally.rows += 1
        tally.erased += verdict[0] == ERASED
        tally.suppressed += verdict[0] == SUPPRESSED
        # A row that is too short or too long stays as it is; the added cells come behind the header's width.
        writer.writerow([*row, *[""] * (width - len(row)), *verdict])


def _identifiers(row: Sequence[str], columns: Sequence[Column]) -> Iterator[Identifier]:
    for column in columns:
        cell = row[column.place] if column.place < len(row) else ""
        values = _ADDRESS.findall(cell) if column.kind == EMAIL else [cell]
        for value in values:
            found = canonical(column.kind, value)
            if found:
                yield Identifier(column.kind, found)


def _verdict(marks: Sequence[tuple[str, str]], memory: _Memory) -> tuple[str, str, str]:
    """Return the added cells; erased outweighs suppressed, and names what was suppressed as well."""
    erased = [memory.erased[mark].at for mark, _ in marks if mark in memory.erased]
    stopped = [memory.suppressed[each] for _, each in marks if each in memory.suppressed]
    consents = " ".join(sorted({consent for one in stopped for consent in one}))
    moments = erased or [moment for one in stopped for moment in one.values()]
    if not moments:
        return "", "", ""
    return ERASED if erased else SUPPRESSED, consents, max(moments).date().isoformat()
