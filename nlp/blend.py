"""One probability for each right from all opinions, weighed as mails taught whose writers no model had learnt from."""

from pathlib import Path
from typing import Self

import numpy as np

from handlers.rights import Right
from nlp.logistic import Logistic
from nlp.opinions import Opinions
from nlp.rules import Veto
from nlp.scores import Floats

FILE = Path(__file__).parent / "blend.json"
# What instructs the machine goes to a person anyway.
VETOES = tuple(veto for veto in Veto if veto is not Veto.INSTRUCTION)


class Blend:
    """Weighs what everyone says about every right: one right often speaks for or against another."""

    def __init__(self, likely: Logistic) -> None:
        self._likely = likely

    @classmethod
    def fit(cls, inputs: Floats, wanted: Floats) -> Self:
        """Return the blend for mails × `inputs_of`, and mails × rights that are 1 where the right is asked."""
        return cls(Logistic.fit(inputs, wanted))

    @classmethod
    def load(cls, file: Path = FILE) -> Self:
        """Return the blend kept in a file; raises OSError if there is none."""
        return cls(Logistic.load(file))

    def save(self, file: Path = FILE) -> None:
        """Keep the blend in a file."""
        self._likely.save(file)

    def probabilities(self, opinions: Opinions) -> Floats:
        """Return how likely each right is asked for."""
        return self._likely.probabilities(inputs_of(opinions))


def inputs_of(opinions: Opinions) -> Floats:
    """Return everything that is weighed: each model on the mail and its loudest sentence, rules, and the length."""
    findings = opinions.findings
    together = np.mean([model.sentences for model in opinions.models], axis=0)
    rows = [row for model in opinions.models for row in (model.mail, model.loudest)]
    rules = [[float(right in found) for right in Right] for found in (findings.cues, findings.cited)]
    vetoes = [float(veto in findings.vetoes) for veto in VETOES]
    words = sum(len(sentence.split()) for sentence in opinions.sentences)
    size = np.log1p([words, len(opinions.sentences)])
    return np.concatenate([*rows, together.max(axis=0), *rules, vetoes, size]).astype(np.float32)
