"""A logistic regression on hashed features of a text: small and quick, learnt and kept in little space."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from nlp.letters import Rows
from nlp.scores import Floats, sigmoid

BITS = 22  # of the hashes; of so many possible features only KEPT are kept
RARE = 3  # features of fewer texts are not learnt
KEPT = 200_000
EPOCHS = 6
RATE = 4.0
BIAS_RATE = 0.01
FIRST_BIAS = -2.0  # most texts do not ask for a right
DECAY = 0.03  # how strongly weights are pulled to nothing in one pass: what keeps it from learning texts by heart
RARE_WEIGHT = 3.0  # of a right that is asked, since most texts do not ask for it
LEVELS = 127  # of a weight as it is kept, finer near nothing

Arrays = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Features:
    """The hashed features of a text and how often it has them, damped."""

    rows: Rows
    counts: Floats


class Linear:
    """Gives a raw score (a logit) per output; safe to share between threads."""

    def __init__(self, *, rows: Rows, weights: npt.NDArray[np.floating[Any]], rarity: Floats, bias: Floats) -> None:
        self._rows = rows  # ascending
        self._weights = weights
        self._rarity = rarity
        self._bias = bias

    @classmethod
    def learn(
        cls, texts: Sequence[Features], wanted: Floats, *, seed: int, tick: Callable[[], None] = lambda: None
    ) -> Self:
        """Return a model trained by stochastic gradient descent; `tick` is called after each of EPOCHS passes."""
        rows, rarity = _known(texts)
        model = cls(rows=rows, weights=np.zeros((len(rows), wanted.shape[1]), np.float32), rarity=rarity, bias=_ZERO)
        weights, bias = _descend([model._weigh(text) for text in texts], wanted, size=len(rows), seed=seed, tick=tick)
        strength = np.linalg.norm(weights, axis=1) * rarity
        kept = np.sort(np.argsort(-strength, kind="stable")[:KEPT])
        return cls(rows=rows[kept], weights=weights[kept], rarity=rarity[kept], bias=bias)

    def raw(self, text: Features) -> Floats:
        """Return a raw score per output: positive is rather yes."""
        at, values = self._weigh(text)
        return np.asarray(values @ self._weights[at].astype(np.float32) + self._bias, dtype=np.float32)

    def pack(self, name: str) -> Arrays:
        """Return the arrays to keep, their names beginning with `name`."""
        largest = np.abs(self._weights).max(axis=0)
        levels = np.sign(self._weights) * np.sqrt(np.abs(self._weights) / largest) * LEVELS
        return {
            f"{name}_gaps": np.diff(self._rows, prepend=0).astype(np.int32),
            f"{name}_levels": np.rint(levels).astype(np.int8),
            f"{name}_largest": largest,
            f"{name}_rarity": self._rarity.astype(np.float16),
            f"{name}_bias": self._bias,
        }

    @classmethod
    def unpack(cls, kept: Arrays, name: str) -> Self:
        """Return the model of arrays that `pack` gave."""
        rows = np.cumsum(kept[f"{name}_gaps"].astype(np.int64))
        levels = kept[f"{name}_levels"].astype(np.float32)
        levels *= np.abs(levels) / LEVELS**2
        levels *= kept[f"{name}_largest"]
        return cls(
            rows=rows,
            weights=levels.astype(np.float16),  # precise enough, and half the memory
            rarity=kept[f"{name}_rarity"].astype(np.float32),
            bias=kept[f"{name}_bias"].astype(np.float32),
        )

    def _weigh(self, text: Features) -> tuple[Rows, Floats]:
        """Return where the known features stand, and their weights, of length one in all."""
        at = np.searchsorted(self._rows, text.rows)
        at[at == len(self._rows)] = 0
        known = self._rows[at] == text.rows
        values = text.counts[known] * self._rarity[at[known]]
        return at[known], values / max(float(np.linalg.norm(values)), 1e-6)


_ZERO = np.zeros(0, dtype=np.float32)


def _known(texts: Sequence[Features]) -> tuple[Rows, Floats]:
    """Return the rows of enough texts, and the inverse document frequency of each, smoothed."""
    seen = np.zeros(1 << BITS)
    for text in texts:
        seen[text.rows] += 1
    rows = np.flatnonzero(seen >= min(RARE, len(texts)))
    return rows, (np.log((1 + len(texts)) / (1 + seen[rows])) + 1).astype(np.float32)


def _descend(
    texts: Sequence[tuple[Rows, Floats]], wanted: Floats, *, size: int, seed: int, tick: Callable[[], None]
) -> tuple[Floats, Floats]:
    weights = np.zeros((size, wanted.shape[1]), dtype=np.float32)
    bias = np.full(wanted.shape[1], FIRST_BIAS, dtype=np.float32)
    decay = DECAY / len(texts)
    scale = 1.0  # of all weights: pulling them to nothing is one multiplication
    order = np.random.default_rng(seed)
    steps = 0
    for _ in range(EPOCHS):
        for at in order.permutation(len(texts)):
            rate = RATE / (1 + RATE * decay * steps)
            rows, values = texts[at]
            error = sigmoid(scale * (values @ weights[rows]) + bias) - wanted[at]
            error *= 1 + (RARE_WEIGHT - 1) * wanted[at]
            scale *= 1 - rate * decay
            weights[rows] -= (rate / scale) * np.outer(values, error)
            bias -= BIAS_RATE * error
            steps += 1
        tick()
    return weights * np.float32(scale), bias
