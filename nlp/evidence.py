"""Which sentence asks for which right."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from handlers.recognition import Asked
from handlers.rights import Right
from nlp.opinions import Opinions
from nlp.rules import cues_of
from nlp.scores import Scores, by_right, sigmoid
from nlp.text import fold

CUE_BONUS = 0.3  # the words of a right weigh as much as a clearly higher score
STRAY_SCORE = 0.5


@dataclass(frozen=True)
class Sentence:
    """A sentence with what the models make of it and the rights whose words it holds."""

    text: str
    scores: Scores
    cues: frozenset[Right]

    def asks_for(self, right: Right) -> float:
        """Return how likely this sentence asks for a right, to compare with the others."""
        return self.scores[right] + CUE_BONUS * (right in self.cues)


def hear(opinions: Opinions, *, language: str) -> tuple[Sentence, ...]:
    """Return the scored sentences of a mail."""
    scores = np.mean([sigmoid(model.sentences) for model in opinions.models], axis=0)
    return tuple(
        Sentence(text=text, scores=by_right(row), cues=cues_of(fold(text), language=language))
        for text, row in zip(opinions.sentences, scores, strict=True)
    )


def stray_cues(heard: Sequence[Sentence], *, rights: Iterable[Right]) -> frozenset[Right]:
    """Return the other rights whose words stand where none of the given rights is asked for.

    The words of one right are part of asking for another ("send me my data in a machine-readable form"), so in the
    sentence that asks they count only if the models hear that other right there too.
    """
    given = frozenset(rights)
    asking = {id(best) for right in given if (best := _best(heard, right))}
    return frozenset(
        right
        for sentence in heard
        for right in sentence.cues - given
        if id(sentence) not in asking or sentence.scores[right] >= STRAY_SCORE
    )


def find_evidence(heard: Sequence[Sentence], *, rights: Iterable[Right], scores: Scores) -> tuple[Asked, ...]:
    """Return each right with its score and the sentence that most likely asks for it."""
    found = ((right, _best(heard, right)) for right in rights)
    return tuple(
        Asked(right=right, score=round(scores[right], 3), evidence=best.text if best else "") for right, best in found
    )


def _best(heard: Sequence[Sentence], right: Right) -> Sentence | None:
    return max(heard, key=lambda sentence: sentence.asks_for(right), default=None)
