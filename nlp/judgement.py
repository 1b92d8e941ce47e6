"""Remarks about persons in free-text notes ("querulant", "smells of alcohol"): they are flagged, never changed.

A word list finds what is put in known words; a small learned head, taught by corpus/remarks.jsonl, what is put in
others.
"""

import itertools
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Self
from zlib import crc32

import numpy as np
import numpy.typing as npt

from nlp.corpus import read_rows
from nlp.phrasebook import Patterns
from nlp.text import fold, sentences

LANGUAGES = ("en", "de", "pl", "sk")
NOTES = Path(__file__).parent / "corpus" / "remarks.jsonl"
BITS = 14  # of the hashed words and letter groups
SURE = 0.75  # from here on the learned head flags a sentence without a known word
GROUPS = range(3, 6)
SHORT = 4  # words: a remark is often nothing but an adjective
EPOCHS = 30
RATE = 0.1
DECAY = 1e-4
SEED = 7

Rows = npt.NDArray[np.int64]
Weights = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Span:
    """Where a note judges somebody; `text` is what stands there."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Note:
    """A labelled note; `span` is the judging part, empty where there is none."""

    id: str
    language: str
    text: str
    judging: bool
    span: str


@dataclass(frozen=True)
class Words:
    """The words of one language: those that always judge, and those that judge unless a thing is spoken of."""

    always: Patterns
    either: Patterns
    things: re.Pattern[str]


def judged(text: str) -> tuple[Span, ...]:
    """Return the remarks about persons in a note, in their order; the language need not be known."""
    return find(text, head=_shipped_head())


def find(text: str, *, head: "Head") -> tuple[Span, ...]:
    """Return the remarks that the word list or a learned head finds."""
    spans: list[Span] = []
    at = 0
    for sentence in sentences(text):
        at = text.index(sentence, at)
        known = list(_known(sentence, at))
        if not known and head.likely(sentence) >= SURE:
            known = [Span(start=at, end=at + len(sentence), text=sentence)]
        spans += known
        at += len(sentence)
    return tuple(spans)


class Head:
    """A logistic regression on the words and letter groups of a sentence."""

    def __init__(self, *, weights: Weights) -> None:
        self._weights = weights

    @classmethod
    def learn(cls, notes: Sequence[Note]) -> Self:
        """Return the head that labelled notes teach (AdaGrad, fixed order of chance)."""
        weights, squares = np.zeros(1 << BITS), np.full(1 << BITS, 1e-2)
        seen = [_rows(note.text) for note in notes]
        dice = np.random.default_rng(SEED)
        for _ in range(EPOCHS):
            for at in dice.permutation(len(notes)):
                rows = seen[at]
                slope = (_share(weights, rows) - notes[at].judging) / np.sqrt(len(rows)) + DECAY * weights[rows]
                squares[rows] += slope**2
                weights[rows] -= RATE * slope / np.sqrt(squares[rows])
        return cls(weights=weights)

    def likely(self, sentence: str) -> float:
        """Return how likely a sentence judges somebody, 0 to 1."""
        rows = _rows(sentence)
        return _share(self._weights, rows) if len(rows) else 0.0


def read_notes(path: Path = NOTES) -> tuple[Note, ...]:
    """Return the labelled notes of a file."""
    return tuple(
        Note(id=row["id"], language=row["lang"], text=row["text"], judging=row["judging"], span=row["span"])
        for row in read_rows(path)
    )


@cache
def _shipped_head() -> Head:
    return Head.learn(read_notes())  # some hundred lines: quicker to learn than to keep


@cache
def _word_lists() -> tuple[Words, ...]:
    raw = tomllib.loads(files("nlp").joinpath("judgement.toml").read_text(encoding="utf-8"))
    return tuple(
        Words(_compile(raw[code]["always"]), _compile(raw[code]["either"]), re.compile(raw[code]["things"]))
        for code in LANGUAGES
    )


def _known(sentence: str, offset: int) -> Iterator[Span]:
    folded = fold(sentence)
    taken: set[int] = set()
    for match in _matches(folded):
        if taken.isdisjoint(range(*match.span())):
            taken.update(range(*match.span()))
            yield Span(offset + match.start(), offset + match.end(), sentence[match.start() : match.end()])


def _matches(folded: str) -> Iterator[re.Match[str]]:
    lists = _word_lists()
    is_thing = any(words.things.search(folded) for words in lists)
    for words in lists:
        for pattern in words.always if is_thing else (*words.always, *words.either):
            yield from (match for match in pattern.finditer(folded) if match.group())


def _compile(patterns: Iterable[str]) -> Patterns:
    return tuple(re.compile(pattern) for pattern in patterns)


def _rows(text: str) -> Rows:
    words = re.findall(r"[^\W\d_]+", fold(text))
    names = {"always", *words, *(f"{one} {other}" for one, other in itertools.pairwise(words))}
    names |= {group for word in words for group in _groups(f" {word} ")}
    names.add(f"short {len(words) <= SHORT}")
    return np.unique(np.fromiter((crc32(name.encode()) & ((1 << BITS) - 1) for name in names), np.int64))


def _groups(word: str) -> Iterator[str]:
    for size in GROUPS:
        yield from (f"#{word[at : at + size]}" for at in range(len(word) - size + 1))


def _share(weights: Weights, rows: Rows) -> float:
    return float(1 / (1 + np.exp(-np.clip(weights[rows].sum() / np.sqrt(len(rows)) * 3, -30, 30))))
