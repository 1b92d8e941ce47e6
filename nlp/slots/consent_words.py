"""The words of channels and purposes, weighed by learned weights: a first opinion on which consents a mail is about."""

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Self

import numpy as np

from handlers.recognition import Asked
from handlers.rights import Right
from nlp.glossary import glossary
from nlp.phrasebook import Phrasebook, found, phrasebook
from nlp.scores import Floats, sigmoid
from nlp.slots.features import BITS, Rows, hashed
from nlp.text import fold

EPOCHS = 12
RATE = 0.03
DECAY = 1e-5
SEED = 7
COMPOUND = 7  # letters: longer words may be put together
MAX_WORDS = 150  # of the whole mail
CUE_COPIES = 6  # of what a phrasebook says, lest it be outvoted by hundreds of letter groups
GROUPS = (4, 5)  # letters: what inflected, compound and misspelt words have in common

_LETTERS = re.compile(r"[^\W\d_]+")


class ConsentWords:
    """One logistic regression for each consent; safe to share between threads."""

    def __init__(self, *, weights: Floats) -> None:
        self.weights = weights

    @classmethod
    def learn(cls, rows: Sequence[Rows], truths: Floats) -> Self:
        """Return the opinion that mails teach, which have a row of 0 and 1 each (AdaGrad)."""
        weights = np.zeros((1 << BITS, truths.shape[1]), dtype=np.float32)
        squares = np.full_like(weights, 1e-2)
        dice = np.random.default_rng(SEED)
        for _ in range(EPOCHS):
            for at in dice.permutation(len(rows)):
                seen = rows[at]
                slope = (sigmoid(weights[seen].sum(axis=0)) - truths[at])[None, :] + DECAY * weights[seen]
                squares[seen] += slope**2
                weights[seen] -= RATE * slope / np.sqrt(squares[seen])
        return cls(weights=weights)

    def scores(self, rows: Rows) -> Floats:
        """Return a score for each consent: positive is rather yes."""
        scores: Floats = self.weights[rows].sum(axis=0)
        return scores


def consent_rows(text: str, *, asked: Asked, language: str) -> Rows:
    """Return the rows of what is seen where the mail asks to stop something by one right, and elsewhere in it."""
    book = glossary(language)
    return hashed(
        itertools.chain(
            _names(fold(text), asked.right, fold(asked.evidence), phrasebook(language)),
            _keyword_names("e", book.keywords(asked.evidence)),
            _keyword_names("m", book.keywords(text)[:MAX_WORDS]),
        )
    )


def _names(mail: str, right: Right, asking: str, book: Phrasebook) -> Iterator[str]:
    yield "always"
    yield f"right={right}"
    for name, patterns in book.consents.items():
        here, there = found(patterns, asking), found(patterns, mail)
        yield from (f"{name}:{here}{there}:{copy}" for copy in range(CUE_COPIES if here or there else 1))
        if here:
            yield f"{name}+{right}"
    yield f"advertising={found(book.advertising, asking)}{found(book.advertising, mail)}"
    yield from _word_names("e", asking.split())
    yield from _word_names("m", mail.split()[:MAX_WORDS])
    yield from _letter_groups(_LETTERS.findall(mail)[:MAX_WORDS])


def _keyword_names(where: str, keywords: Sequence[str]) -> Iterator[str]:
    """Yield the English keywords and their pairs, of which the next but one is one: what all languages share."""
    for one, other, third in zip(keywords, [*keywords[1:], "$"], [*keywords[2:], "$", "$"], strict=False):
        yield f"k{where}={one}"
        yield f"k{where}={one} {other}"
        yield f"k{where}={one} . {third}"


def _word_names(where: str, words: Sequence[str]) -> Iterator[str]:
    bare = [word.strip(".,;:!?()\"'„“«»") for word in words]
    for word in bare:
        yield f"{where}={word}"
        yield f"{where}5={word[:5]}"
        if len(word) > COMPOUND:  # compounds: "werbeanrufe"
            yield f"{where}end={word[-6:]}"
    if where == "e":
        yield from (f"{one} {other}" for one, other in itertools.pairwise(bare))


def _letter_groups(words: Sequence[str]) -> Iterator[str]:
    for word in (f"^{word}$" for word in words):
        for length in GROUPS:
            yield from (f"g{word[at : at + length]}" for at in range(len(word) - length + 1))
