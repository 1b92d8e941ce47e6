"""Measure the recogniser on labelled mails: `rightsdesk nlp evaluate`."""

import re
import resource
import statistics
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from handlers.ports import Recogniser
from nlp.blend import FILE as BLEND
from nlp.confidence import FILE as CONFIDENCE
from nlp.corpus import CORPUS, Mail, read_corpus, read_mails
from nlp.glossary import FOLDER as GLOSSARY
from nlp.language import LanguageFinder
from nlp.measure import Confusion, Reading, Report, confusion, measure
from nlp.score_remarks import score as score_remarks
from nlp.score_slots import score as score_slots
from nlp.score_strip import score as score_strip
from nlp.slots.names import FILE as NAMES
from nlp.text import sentences
from nlp.vectors import FILE as VECTORS
from nlp.vectors import KEYWORDS_FILE as KEYWORD_VECTORS

QUOTED = CORPUS / "quoted"
REMARKS = CORPUS / "remarks.jsonl"
DEV = "dev"
FROZEN = "frozen"
FROZEN_FOLDER = CORPUS / FROZEN
SHORT_LINE = range(3, 5)  # words
_NO_WORDS = re.compile(r"[\d@]")

Clock = Callable[[], float]  # seconds


@dataclass(frozen=True)
class Evaluation:
    """Everything that was measured."""

    reports: tuple[Report, ...]
    confusion: Confusion
    slots: Mapping[str, float]
    short_lines: float  # share of lines of three or four words whose language was found
    stripping: float  # share of the samples stripped exactly
    remarks_precision: float
    remarks_recall: float
    ms_per_mail: float  # median
    memory_mb: float  # at most, of the whole process
    model_mb: float

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain data."""
        pairs = [{"asked": a, "guessed": g, "mails": count} for (a, g), count in sorted(self.confusion.items())]
        return asdict(self) | {"reports": [asdict(report) for report in self.reports], "confusion": pairs}


def mails_of(name: str) -> tuple[Mail, ...]:
    """Return the mails of DEV, FROZEN or a file; raises FileNotFoundError or ValueError."""
    if name == DEV:
        return tuple(mail for mail in read_corpus(CORPUS) if mail.is_dev)
    if name == FROZEN:
        return read_corpus(FROZEN_FOLDER)
    return read_mails(Path(name))


def evaluate(
    recogniser: Recogniser, mails: Iterable[Mail], *, languages: LanguageFinder, model: Path, clock: Clock
) -> Evaluation:
    """Return the figures of a recogniser, whose model lies in a folder, on mails."""
    readings, seconds = _read(recogniser, mails, clock)
    precision, recall = score_remarks(REMARKS)
    return Evaluation(
        reports=measure(readings),
        confusion=confusion(readings),
        slots=score_slots((reading.mail, reading.found) for reading in readings),
        short_lines=_short_lines([reading.mail for reading in readings], languages),
        stripping=score_strip(QUOTED),
        remarks_precision=precision,
        remarks_recall=recall,
        ms_per_mail=1000 * statistics.median(seconds),
        memory_mb=_memory_mb(),
        model_mb=size_mb(model),
    )


def size_mb(model: Path) -> float:
    """Return the size of everything that reading needs: a model's folder, vectors, glossary and weighing."""
    parts = (*model.rglob("*"), *GLOSSARY.glob("*.tsv"), VECTORS, KEYWORD_VECTORS, NAMES, BLEND, CONFIDENCE)
    return sum(path.stat().st_size for path in parts if path.is_file()) / 1e6


def _read(recogniser: Recogniser, mails: Iterable[Mail], clock: Clock) -> tuple[list[Reading], list[float]]:
    readings, seconds = [], []
    for mail in mails:
        start = clock()
        found = recogniser.recognise(subject=mail.subject, body=mail.body)
        seconds.append(clock() - start)
        readings.append(Reading(mail=mail, found=found))
    return readings, seconds


def _short_lines(mails: Iterable[Mail], languages: LanguageFinder) -> float:
    lines = [(line, mail.language) for mail in mails for line in sentences(mail.body) if _is_short(line)]
    return sum(languages.find(line).code == language for line, language in lines) / max(1, len(lines))


def _is_short(line: str) -> bool:
    """Tell whether a line is three or four words of a language: names and addresses are of none."""
    words = line.split()
    plain = sum(word[0].islower() for word in words)
    return len(words) in SHORT_LINE and plain >= len(words) - 1 and not _NO_WORDS.search(line)


def _memory_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)  # macOS counts bytes, Linux kilobytes
