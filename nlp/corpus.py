"""The labelled mails that the recogniser learns from and is measured on."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from handlers.recognition import Correction, Slots
from handlers.rights import Right

CORPUS = Path(__file__).parent / "corpus"
DEV_SHARE = 0.15
TEACHING_KIND = "plain"  # short, plain and alike: they only teach, since measuring on them would flatter


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

    @property
    def is_dev(self) -> bool:
        """Tell the side of the split; mails with one subject (look-alike twins) are on the same side."""
        if self.kind == TEACHING_KIND:
            return False
        key = self.subject.strip().lower() or self.id
        digest = hashlib.sha256(f"{self.language}/{key}".encode()).digest()
        return int.from_bytes(digest[:4], "big") < DEV_SHARE * 2**32


def read_corpus(folder: Path) -> tuple[Mail, ...]:
    """Return all mails of <language>.jsonl files, in the order of languages and lines."""
    return tuple(mail for path in sorted(folder.glob("*.jsonl")) for mail in _read(path))


def _read(path: Path) -> Iterator[Mail]:
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        slots = row["slots"]
        yield Mail(
            id=row["id"],
            language=row["lang"],
            subject=row["subject"],
            body=row["body"],
            labels=tuple(Right(label) for label in row["labels"]),
            evidence=tuple(row["evidence"]),
            slots=Slots(
                corrections=tuple(Correction(**c) for c in slots.get("corrections", ())),
                consents=tuple(slots.get("consents", ())),
                customer_number=slots.get("customer_number", ""),
            ),
            kind=row["kind"],
        )
