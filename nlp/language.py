"""Which language a mail is written in.

Among the languages that are read, naive Bayes over letter groups of the corpus decides: a line of three words is
enough, and it keeps Czech and Slovak apart. A text of whose words the glossary knows few is in none of them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from nlp.glossary import glossary
from nlp.letters import Rows, letter_groups, rows_of
from nlp.text import fold

FALLBACK = "en"
KNOWN_SHARE = 0.45  # of the words of a text that is read; of the corpus' mails it is 0.54 at least
FOREIGN_MIN_WORDS = 4  # a line of fewer may be all names
LATIN_SHARE = 0.5  # of the letters: all languages that are read are written so
FILE = "language.npz"
BITS = 17  # of the hashed letter groups: 131,072 rows
SIZES = range(2, 6)
SMOOTHING = 0.5  # added to each count
MAX_CHARACTERS = 4_000  # of a mail: more of it says nothing new
_WORD = re.compile(r"[^\W\d_]+")
_NO_WORDS = re.compile(r"\S*@\S*|https?://\S+|[\d_]+")

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Language:
    """The most likely language that is read, and whether the text rather is in one that is not."""

    code: str  # ISO 639-1, one of phrasebook.LANGUAGES
    foreign: bool = False


class LanguageFinder:
    """Tells languages apart; safe to share between threads, since nothing changes after construction."""

    def __init__(self, *, codes: tuple[str, ...], likelihood: Floats) -> None:
        self._codes = codes
        self._likelihood = likelihood

    @classmethod
    def learn(cls, texts: Iterable[tuple[str, str]]) -> Self:
        """Return a finder that knows the languages of texts, given as (code, text), with and without their accents."""
        counts: dict[str, npt.NDArray[np.float64]] = {}
        for code, text in texts:
            known = counts.setdefault(code, np.full(1 << BITS, SMOOTHING))
            for version in (text, fold(text)):
                known += np.bincount(_rows(version), minlength=1 << BITS)
        shares = np.stack([known / known.sum() for known in counts.values()], axis=1)
        return cls(codes=tuple(counts), likelihood=np.log(shares).astype(np.float32))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the finder kept in a folder; raises OSError if there is none."""
        with np.load(folder / FILE) as kept:
            return cls(codes=tuple(kept["codes"].tolist()), likelihood=kept["likelihood"].astype(np.float32))

    def save(self, folder: Path) -> None:
        """Keep the finder in a folder, at half precision."""
        np.savez_compressed(folder / FILE, codes=np.array(self._codes), likelihood=self._likelihood.astype(np.float16))

    def find(self, text: str) -> Language:
        """Return the language of a text, FALLBACK where there are no letters."""
        text = text[:MAX_CHARACTERS]
        if not any(map(str.isalpha, text)):
            return Language(FALLBACK)
        code = self._codes[int(self._likelihood[_rows(text)].sum(axis=0).argmax())]
        return Language(code, foreign=_is_foreign(text, code))


def _is_foreign(text: str, nearest: str) -> bool:
    letters = [letter for letter in fold(text) if letter.isalpha()]
    if sum(letter.isascii() for letter in letters) < LATIN_SHARE * len(letters):
        return True
    words = _WORD.findall(_NO_WORDS.sub(" ", fold(text)))
    known = sum(word in glossary(nearest).forms for word in words)
    return len(words) >= FOREIGN_MIN_WORDS and known < KNOWN_SHARE * len(words)


def _rows(text: str) -> Rows:
    words = " ".join(_NO_WORDS.sub(" ", text.lower()).split())
    groups = [*letter_groups(f" {words} ", SIZES)]
    return rows_of(np.concatenate(groups), bits=BITS) if groups else np.zeros(0, dtype=np.int64)
