"""Scores as they pass between the models and the gate."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from handlers.rights import Right

Floats = npt.NDArray[np.float32]
Scores = Mapping[Right, float]  # from 0 to 1


def sigmoid(raw: npt.NDArray[Any]) -> Floats:
    """Return probabilities of raw scores."""
    return np.asarray(1 / (1 + np.exp(-np.clip(raw, -30, 30))), dtype=np.float32)


def by_right(probabilities: Floats) -> Scores:
    """Return a row of probabilities under the names of the rights."""
    return dict(zip(Right, probabilities.tolist(), strict=True))
