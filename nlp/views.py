"""Two views of a text, made unlike each other on purpose: its own words and letters, and English keywords for them.

Letter groups read misspelt and inflected words; pairs of word beginnings read "delete … data" in any inflection.
Keywords read in one language what was learnt in another.
"""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from nlp.glossary import glossary
from nlp.letters import ODD, Hashes, letter_groups, rows_of
from nlp.linear import BITS, Features
from nlp.reading import WORD, mask

_LETTERS = range(3, 7)
_STEM = 5  # letters of a word that pairs look at: "delete", "deleting" and "deletion" pair alike


def own_words(text: str, language: str) -> Features:  # noqa: ARG001  (a View)
    """Return hashed letter groups of 3 to 6, words and their pairs, and pairs of word beginnings, also with a gap."""
    masked = f" {mask(text)} "
    found = WORD.findall(masked)
    words, stems = _hashed(found), _hashed([word[:_STEM] for word in found])
    return _features(
        *letter_groups(masked, _LETTERS),
        words,
        _pairs(words),
        stems * ODD + np.uint64(3),
        _pairs(stems) + np.uint64(5),
        _pairs(stems, gap=1) * ODD + np.uint64(7),
    )


def keywords(text: str, language: str) -> Features:
    """Return hashed English keywords, their pairs, also with a gap of one or two, and triples."""
    words = _hashed(glossary(language).keywords(text))
    pairs = _pairs(words)
    return _features(
        words * ODD + np.uint64(3),
        pairs + np.uint64(5),
        _pairs(words, gap=1) * ODD + np.uint64(7),
        _pairs(words, gap=2) * ODD + np.uint64(9),
        pairs[:-1] * ODD + words[2:] + np.uint64(11),
    )


def _features(*hashes: Hashes) -> Features:
    rows, counts = np.unique(rows_of(np.concatenate(hashes), bits=BITS), return_counts=True)
    return Features(rows=rows, counts=(1 + np.log(counts)).astype(np.float32))


def _pairs(words: Hashes, *, gap: int = 0) -> Hashes:
    return words[: -1 - gap] * ODD + words[1 + gap :]


def _hashed(words: Sequence[str]) -> Hashes:
    digests = [blake2b(word.encode("utf-8", "replace"), digest_size=8).digest() for word in words]
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)
