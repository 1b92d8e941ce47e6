"""How many mails are stripped exactly to what their writer wrote."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nlp.clean import clean
from nlp.corpus import read_rows
from nlp.strip import strip


@dataclass(frozen=True)
class Sample:
    """A mail body as it arrived and the part that its sender wrote or forwards."""

    id: str
    language: str
    raw: str
    own: str


def read_samples(folder: Path) -> Iterator[Sample]:
    """Yield the samples of a folder's files, which are named after their languages."""
    for path in sorted(folder.glob("??.jsonl")):
        for row in read_rows(path):
            yield Sample(id=row["id"], language=row["lang"], raw=row["raw"], own=row["own"])


def is_exact(sample: Sample) -> bool:
    """Tell whether a sample is stripped to what its sender wrote, blank lines and spaces at line ends apart."""
    return _lines(strip(subject="", body=clean(sample.raw))) == _lines(sample.own)


def score(folder: Path) -> float:
    """Return the share of a folder's samples that are exact."""
    hits = [is_exact(sample) for sample in read_samples(folder)]
    return sum(hits) / len(hits)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]
