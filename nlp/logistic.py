"""Logistic regressions on a few dozen numbers, fitted exactly by Newton's method."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from nlp.scores import Floats, sigmoid

PULL = 30.0  # towards nothing, on each weight of a standardised input
PASSES = 25  # Newton's method needs about ten
FLAT = 1e-3  # an input that varies less is as good as constant
DIGITS = 4  # that are kept of each number


@dataclass(frozen=True)
class Logistic:
    """Probabilities of several outputs: inputs are standardised, then weighed; a row of weights for each output."""

    mean: Floats
    scale: Floats
    weights: Floats
    bias: Floats

    @classmethod
    def fit(cls, inputs: Floats, wanted: Floats) -> Self:
        """Return the regression for cases × inputs, and cases × outputs that are 0 or 1."""
        mean, scale = inputs.mean(axis=0), inputs.std(axis=0)
        scale[scale < FLAT] = 1.0
        rows = np.array([_fit((inputs - mean) / scale, wanted[:, at]) for at in range(wanted.shape[1])])
        return cls(mean=mean, scale=scale, weights=rows[:, :-1], bias=rows[:, -1])

    @classmethod
    def load(cls, file: Path) -> Self:
        """Return the regression kept in a file; raises OSError if there is none."""
        return cls.from_json(json.loads(file.read_text(encoding="utf-8")))

    def save(self, file: Path) -> None:
        """Keep the regression in a file."""
        file.write_text(json.dumps(self.to_json()) + "\n", encoding="utf-8")

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """Return the regression that `to_json` told of."""
        return cls(**{name: np.array(kept[name], dtype=np.float32) for name in cls.__dataclass_fields__})

    def to_json(self) -> dict[str, Any]:
        """Return the regression as plain data."""
        return {name: getattr(self, name).round(DIGITS).tolist() for name in self.__dataclass_fields__}

    def probabilities(self, inputs: Floats) -> Floats:
        """Return the probability of each output for one case."""
        return sigmoid(self.weights @ ((inputs - self.mean) / self.scale) + self.bias)


def _fit(inputs: Floats, wanted: Floats) -> Floats:
    """Return the weights and the bias of one output."""
    known = np.column_stack([inputs, np.ones(len(inputs))]).astype(np.float64)
    pull = np.diag([PULL] * inputs.shape[1] + [0.0])
    weights = np.zeros(known.shape[1])
    for _ in range(PASSES):
        likely = sigmoid(known @ weights).astype(np.float64)
        slope = known.T @ (likely - wanted) + pull @ weights
        bend = known.T @ (known * (likely * (1 - likely))[:, None]) + pull
        weights -= np.linalg.solve(bend + 1e-9 * np.eye(len(bend)), slope)
    return np.asarray(weights, dtype=np.float32)
