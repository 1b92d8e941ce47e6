"""Scores as they pass between the models and the gate."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from handlers.rights import Right

Floats = npt.NDArray[np.float32]
Scores = Mapping[Right, float]  # from 0 to 1
RawScores = Mapping[Right, float]  # positive is rather yes


def sigmoid(raw: npt.NDArray[Any]) -> Floats:
    """Return probabilities of raw scores."""
    return np.asarray(1 / (1 + np.exp(-np.clip(raw, -30, 30))), dtype=np.float32)


def log_softmax(raw: Floats) -> Floats:
    """Return the logarithms of the probabilities of raw scores, of which one in each row is right."""
    shifted = raw - raw.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)), dtype=np.float32)


def by_right(row: Floats) -> Mapping[Right, float]:
    """Return a row of scores under the names of the rights."""
    return dict(zip(Right, row.tolist(), strict=True))
