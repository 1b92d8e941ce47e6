"""The labelled mails that the recogniser learns from and is measured on; corpus/README.md has the format."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from handlers.recognition import Correction, Identifiers, Slots
from handlers.rights import Right
from nlp.marked import labels_of, row_of

CORPUS = Path(__file__).parent / "corpus"
MAIL_FILES = "??.jsonl"  # <language>.jsonl; what else lies in the folder is not mail
DEV_SHARE = 0.12
CORE_FILES = "cores/??.tsv"
MARKED_FILES = "marked/??.tsv"
PLAIN = "plain"  # short textbook mails and cores: nobody looked for details in them
MARKED = "marked"
TEACHING_KINDS = frozenset({PLAIN, MARKED})  # written in rows and alike: measuring on them would flatter

Row = Mapping[str, Any]  # a line of a corpus file, as JSON has it


class BadLine(ValueError):
    """A line of a corpus file is not what it should be; the text names file and line."""


@dataclass(frozen=True)
class Mail:
    """A labelled mail; `evidence` has one sentence for each of `labels`."""

    id: str
    language: str
    subject: str
    body: str
    labels: tuple[Right, ...]
    evidence: tuple[str, ...]
    slots: Slots
    kind: str

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Return the mail of a line; raises KeyError or ValueError where `faults.faults_of` finds one."""
        return cls(
            id=row["id"],
            language=row["lang"],
            subject=row["subject"],
            body=row["body"],
            labels=tuple(Right(label) for label in row["labels"]),
            evidence=tuple(row["evidence"]),
            slots=_slots(row["slots"]),
            kind=row["kind"],
        )

    @property
    def is_dev(self) -> bool:
        """Tell the side of the split; mails with one subject (look-alike twins) are on the same side."""
        if self.kind in TEACHING_KINDS:
            return False
        key = self.subject.strip().lower() or self.id
        digest = hashlib.sha256(f"{self.language}/{key}".encode()).digest()
        return int.from_bytes(digest[:4], "big") < DEV_SHARE * 2**32


def read_corpus(folder: Path) -> tuple[Mail, ...]:
    """Return all mails of a folder's files, in the order of files_of and of lines."""
    return tuple(mail for path in files_of(folder) for mail in read_mails(path))


def files_of(folder: Path) -> tuple[Path, ...]:
    """Return the files of labelled mails in a folder: mails, cores, marked texts, each in the order of languages."""
    return tuple(path for files in (MAIL_FILES, CORE_FILES, MARKED_FILES) for path in sorted(folder.glob(files)))


def read_mails(path: Path) -> tuple[Mail, ...]:
    """Return the mails of one file; raises BadLine."""
    return tuple(_mail(path, number, row) for number, row in enumerate(read_rows(path), start=1))


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the lines of a file: mails as they stand, cores and marked texts as mails. Raises BadLine."""
    if path.suffix != ".tsv":
        yield from _read_objects(path)
    elif path.resolve().parent.name == MARKED:
        yield from _read_lines(path, row_of, name="marked", kind=MARKED)
    else:
        yield from _read_lines(path, _core_of, name="core", kind=PLAIN)


def _read_objects(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8") as lines:  # and not splitlines, which also splits at U+2028 within a mail
        for number, line in enumerate(lines, start=1):
            try:
                row = json.loads(line)
            except json.JSONDecodeError as problem:
                raise BadLine(f"{path}:{number}: no JSON: {problem.msg}") from None
            if not isinstance(row, dict):
                raise BadLine(f"{path}:{number}: no JSON object")
            yield row


def _read_lines(path: Path, row_of_line: Callable[[str], Row], *, name: str, kind: str) -> Iterator[Row]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            row = row_of_line(line)
        except ValueError as problem:
            raise BadLine(f"{path}:{number}: {problem}") from None
        yield {"id": f"{path.stem}-{name}{number:04}", "lang": path.stem, **row, "kind": kind, "note": ""}


def _core_of(line: str) -> Row:
    """Return what a line "labels<tab>text" says, as a mail's row has it; raises ValueError."""
    labels, tab, text = line.partition("\t")
    if not tab or not text or "\t" in text:
        raise ValueError("not labels, one tab and a text")
    rights, consents = labels_of(labels)
    return {"subject": "", "body": text, "labels": rights, "evidence": [text] * len(rights), "slots": consents}


def _mail(path: Path, number: int, row: Row) -> Mail:
    try:
        return Mail.from_row(row)
    except (KeyError, TypeError, ValueError) as problem:
        raise BadLine(f"{path}:{number}: {problem}; see `rightsdesk nlp check {path}`") from None


def _slots(row: Row) -> Slots:
    return Slots(
        corrections=tuple(Correction(**correction) for correction in row.get("corrections", ())),
        consents=tuple(row.get("consents", ())),
        identifiers=Identifiers(**row.get("identifiers", {})),
        on_behalf_of=row.get("on_behalf_of", ""),
        deadline_mentioned=row.get("deadline_mentioned", ""),
        law=row.get("law", ""),
    )
