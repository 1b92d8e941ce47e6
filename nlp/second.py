"""The second opinion: a logistic regression on hashed words and letter groups, made unlike the first on purpose.

It knows parts of words, so that it reads misspelt and inflected words that the first has never met, and it is
cheap enough to score every sentence.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from handlers.rights import Right
from nlp.classify import Scores
from nlp.reading import mask

FILE = "second.npz"
BITS = 17  # of the hashed features: 131,072 rows
SCALE = 10.0  # length of a text's feature vector; higher makes the scores bolder
EPOCHS = 8
RATE = 0.1
BIAS_RATE = 0.01
RARE_WEIGHT = 4.0  # of a right that is asked, since most texts do not ask for it

_LETTERS = range(2, 6)
_WORD = re.compile(r"\w+|[?!]")
_ODD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio: spreads hashes
_MIX = np.uint64(0xD6E8FEB86659FD93)
_RIGHTS = tuple(Right)

Floats = npt.NDArray[np.float32]
Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Features:
    """The hashed features of a text and their weights."""

    rows: npt.NDArray[np.int64]
    weights: Floats


class SecondOpinion:
    """Scores texts for each right; safe to share between threads, since nothing changes after construction."""

    def __init__(self, *, weights: Floats, bias: Floats, rarity: Floats) -> None:
        self._weights = weights
        self._bias = bias
        self._rarity = rarity

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the model kept in a folder; raises OSError if there is none."""
        with np.load(folder / FILE) as kept:
            return cls(**{name: kept[name].astype(np.float32) for name in ("weights", "bias", "rarity")})

    def save(self, folder: Path) -> None:
        """Keep the model in a folder, at half precision."""
        weights, bias, rarity = (value.astype(np.float16) for value in (self._weights, self._bias, self._rarity))
        np.savez_compressed(folder / FILE, weights=weights, bias=bias, rarity=rarity)

    def score(self, text: str) -> Scores:
        """Return a score from 0 to 1 per right."""
        features = _weigh(features_of(text), self._rarity)
        raw = features.weights @ self._weights[features.rows] + self._bias
        return dict(zip(_RIGHTS, _sigmoid(raw).tolist(), strict=True))


def learn(texts: Sequence[str], labels: Sequence[frozenset[Right]], *, seed: int) -> SecondOpinion:
    """Return a model trained by stochastic gradient descent with AdaGrad's step sizes."""
    plain = [features_of(text) for text in texts]
    rarity = _rarity(plain)
    known = [_weigh(features, rarity) for features in plain]
    wanted = np.array([[right in asked for right in _RIGHTS] for asked in labels], dtype=np.float32)
    weights = np.zeros((1 << BITS, len(_RIGHTS)), dtype=np.float32)
    steps = np.full_like(weights, 1e-2)
    bias = np.full(len(_RIGHTS), -2, dtype=np.float32)
    order = np.random.default_rng(seed)
    for _ in range(EPOCHS):
        for at in order.permutation(len(known)):
            rows, values = known[at].rows, known[at].weights[:, None]
            error = _sigmoid(values[:, 0] @ weights[rows] + bias) - wanted[at]
            error *= 1 + (RARE_WEIGHT - 1) * wanted[at]
            slope = values * error
            steps[rows] += slope * slope
            weights[rows] -= RATE * slope / np.sqrt(steps[rows])
            bias -= BIAS_RATE * error
    return SecondOpinion(weights=weights, bias=bias, rarity=rarity)


def features_of(text: str) -> Features:
    """Return hashed letter groups of 2 to 5 and words, word pairs and pairs with a gap."""
    masked = f" {mask(text)} "
    hashes = np.concatenate([*_letter_groups(masked), *_word_groups(masked)])
    rows, counts = np.unique((hashes * _ODD) >> np.uint64(64 - BITS), return_counts=True)
    return Features(rows=rows.astype(np.int64), weights=(1 + np.log(counts)).astype(np.float32))


def _letter_groups(text: str) -> list[Hashes]:
    letters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    groups: list[Hashes] = []
    rolling = letters
    for size in _LETTERS:
        if len(letters) < size:
            break
        rolling = rolling[: len(letters) - size + 1] * _ODD + letters[size - 1 :]
        groups.append(rolling * _MIX + np.uint64(size))
    return groups


def _word_groups(text: str) -> list[Hashes]:
    digests = [blake2b(word.encode("utf-8", "replace"), digest_size=8).digest() for word in _WORD.findall(text)]
    words = np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)
    return [words, words[:-1] * _ODD + words[1:], (words[:-2] * _ODD + words[2:]) * _ODD + np.uint64(7)]


def _rarity(texts: Sequence[Features]) -> Floats:
    """Return the inverse document frequency of each feature, smoothed."""
    seen = np.zeros(1 << BITS)
    for features in texts:
        seen[features.rows] += 1
    return (np.log((1 + len(texts)) / (1 + seen)) + 1).astype(np.float32)


def _weigh(features: Features, rarity: Floats) -> Features:
    weights = features.weights * rarity[features.rows]
    return Features(rows=features.rows, weights=SCALE * weights / max(float(np.linalg.norm(weights)), 1e-6))


def _sigmoid(raw: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(raw, -30, 30))), dtype=np.float32)
