"""Vectors for the words of a mail, also for compounds and inflected forms that have none of their own."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from spacy.strings import get_string_id

from nlp import vectors
from nlp.scores import Floats

SHORTEST_PART = 4  # letters: "nummer" tells what a "Zählernummer" is, "er" tells nothing


def vectors_of(words: Sequence[str]) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return a vector for each folded word, and whether it is the word's own; without any part known it is zero."""
    table = _table()
    rows = table.find(words)
    found = table.vectors(rows)
    for at in np.flatnonzero(rows < 0).tolist():
        found[at] = _of_parts(table, words[at])
    return found, rows >= 0


class _Table:
    """The shipped vectors, at one byte per number until they are needed."""

    def __init__(self, keys: npt.NDArray[np.uint64], levels: npt.NDArray[np.int8]) -> None:
        order = np.argsort(keys)
        self._keys, self._levels = keys[order], levels[order]

    def find(self, words: Sequence[str]) -> npt.NDArray[np.int64]:
        """Return the row of each word, or -1."""
        wanted = np.array([get_string_id(word) for word in words], dtype=np.uint64)
        places = np.searchsorted(self._keys, wanted).clip(max=len(self._keys) - 1)
        rows: npt.NDArray[np.int64] = np.where(self._keys[places] == wanted, places, -1)
        return rows

    def vectors(self, rows: npt.NDArray[np.int64]) -> Floats:
        """Return the vectors of rows, zero for -1."""
        found = self._levels[rows].astype(np.float32)
        found *= vectors.LENGTH / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1)
        found[rows < 0] = 0
        return found


@cache
def _table() -> _Table:
    with np.load(vectors.FILE) as kept:
        return _Table(kept["keys"], kept["levels"])


def _of_parts(table: _Table, word: str) -> Any:
    """Return the mean of the longest known beginning and ending, weighed by their share of the word."""
    if not word.isalpha() or len(word) <= SHORTEST_PART:
        return 0
    longest = [part for part in (_longest(table, list(parts)) for parts in (_beginnings(word), _endings(word))) if part]
    return sum(table.vectors(table.find([part]))[0] * len(part) / len(word) for part in longest) / max(1, len(longest))


def _longest(table: _Table, parts: Sequence[str]) -> str:
    rows = table.find(parts)
    return next((part for part, row in zip(parts, rows, strict=True) if row >= 0), "")


def _beginnings(word: str) -> Iterator[str]:
    yield from (word[:length] for length in range(len(word) - 1, SHORTEST_PART - 1, -1))


def _endings(word: str) -> Iterator[str]:
    yield from (word[-length:] for length in range(len(word) - 1, SHORTEST_PART - 1, -1))
