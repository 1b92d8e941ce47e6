"""How likely the guess is the whole truth: learnt from mails whose writers no model knew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from handlers.rights import Right
from nlp.evidence import Sentence, stray_cues
from nlp.logistic import Logistic
from nlp.rules import Findings, Veto
from nlp.scores import Floats, RawScores, Scores

FILE = Path(__file__).parent / "confidence.json"
GUESS = 0.5  # from which probability on a right is part of the best guess
# Where articles are cited, they settle what the models are torn about.
CITED_GUESS, UNCITED_GUESS = 0.2, 0.9
LOUDEST = 10.0  # a raw score that says no more by being higher
_LEAST = 1e-6


@dataclass(frozen=True)
class Case:
    """What is known about a mail when it is decided."""

    likely: Scores  # of each right, blended from all opinions
    models: Sequence[Scores]  # what each model says alone
    voices: Sequence[RawScores]  # two rows for each model: the mail, its loudest sentence
    heard: Sequence[Sentence]
    findings: Findings

    @property
    def rights(self) -> tuple[Right, ...]:
        """The best guess."""
        return tuple(right for right in Right if self.likely[right] >= self._least(right))

    def _least(self, right: Right) -> float:
        cited = self.findings.cited
        if not cited:
            return GUESS
        return CITED_GUESS if right in cited else UNCITED_GUESS

    def has_words(self, right: Right) -> bool:
        """Tell whether the mail holds the words or the article of a right."""
        return right in self.findings.cues or right in self.findings.cited


class Confidence:
    """Weighs what speaks for and against a guess."""

    def __init__(self, exact: Logistic) -> None:
        self._exact = exact

    @classmethod
    def fit(cls, cases: Sequence[Case], exact: Sequence[bool]) -> Self:
        """Return the confidence that cases teach whose guess was the whole truth, or was not."""
        inputs = np.array([inputs_of(case) for case in cases])
        return cls(Logistic.fit(inputs, np.array(exact, dtype=np.float32)[:, None]))

    @classmethod
    def load(cls, file: Path = FILE) -> Self:
        """Return the confidence kept in a file; raises OSError if there is none."""
        return cls(Logistic.load(file))

    def save(self, file: Path = FILE) -> None:
        """Keep the confidence in a file."""
        self._exact.save(file)

    def of(self, case: Case) -> float:
        """Return how likely the best guess is exactly what is asked."""
        return float(self._exact.probabilities(inputs_of(case))[0])


def inputs_of(case: Case) -> Floats:
    """Return what speaks for or against a guess."""
    rights = frozenset(case.rights)
    others = frozenset(Right) - rights
    likely = [case.likely[right] if right in rights else 1 - case.likely[right] for right in Right]
    agreement = [
        share for model in case.models for share in (_least(model, rights), 1 - _least(_opposite(model), others))
    ]
    loudness = [
        min(LOUDEST, max(-LOUDEST, raw))
        for voice in case.voices
        for raw in (
            min((voice[right] for right in rights), default=-LOUDEST),
            max((voice[right] for right in others), default=-LOUDEST),
        )
    ]
    rules = [
        all(case.has_words(right) for right in rights),
        all(right in case.findings.cited for right in rights),
        bool(stray_cues(case.heard, rights=rights)),
        bool(case.findings.cited - rights),
        *(veto in case.findings.vetoes for veto in Veto),
        len(rights) > 1,
        Right.DELETION in rights,
    ]
    words = sum(len(sentence.text.split()) for sentence in case.heard)
    sureness = np.log(np.maximum([float(np.prod(likely)), min(likely)], _LEAST))
    return np.array([*sureness, *agreement, *loudness, *rules, np.log1p(words)], dtype=np.float32)


def _least(scores: Scores, rights: frozenset[Right]) -> float:
    return min((scores[right] for right in rights), default=1.0)


def _opposite(scores: Scores) -> Mapping[Right, float]:
    return {right: 1 - score for right, score in scores.items()}
