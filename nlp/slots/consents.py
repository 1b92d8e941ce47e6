"""Which consents or uses a mail is about: the words of channels and purposes, weighed by learned weights."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Self

import numpy as np
import numpy.typing as npt

from handlers.recognition import Asked
from handlers.rights import STOP_RIGHTS, Right
from nlp.phrasebook import Phrasebook, found, phrasebook
from nlp.slots.features import BITS, Rows, hashed
from nlp.text import fold

CONSENTS = ("email_marketing", "newsletter", "phone", "sms", "post", "profiling", "third_party", "cookies", "all")
ALL = "all"
EPOCHS = 12
RATE = 0.03
DECAY = 1e-5
SEED = 7
SURE = 0.5
COMPOUND = 7  # letters: longer words may be put together
MAX_WORDS = 150  # of the whole mail
CUE_COPIES = 6  # of what a phrasebook says, lest it be outvoted by hundreds of letter groups
GROUPS = (4, 5)  # letters: what inflected, compound and misspelt words have in common

_LETTERS = re.compile(r"[^\W\d_]+")

Floats = npt.NDArray[np.float32]


class ConsentReader:
    """One logistic regression for each consent; safe to share between threads."""

    def __init__(self, *, weights: Floats) -> None:
        self.weights = weights

    @classmethod
    def learn(cls, lessons: Sequence[tuple[Rows, Sequence[str]]]) -> Self:
        """Return the reader that mails with their consents teach (AdaGrad)."""
        weights = np.zeros((1 << BITS, len(CONSENTS)), dtype=np.float32)
        squares = np.full_like(weights, 1e-2)
        dice = np.random.default_rng(SEED)
        truths = [np.array([name in names for name in CONSENTS], dtype=np.float32) for _, names in lessons]
        for _ in range(EPOCHS):
            for at in dice.permutation(len(lessons)):
                rows = lessons[at][0]
                slope = (_likely(weights, rows) - truths[at])[None, :] + DECAY * weights[rows]
                squares[rows] += slope**2
                weights[rows] -= RATE * slope / np.sqrt(squares[rows])
        return cls(weights=weights)

    def read(self, text: str, *, asked: Sequence[Asked], language: str) -> tuple[str, ...]:
        """Return the consents that a mail is about, in the order of CONSENTS.

        An objection to advertising that names no channel is to all of it (Art. 21(2) GDPR). If none is sure it is the
        likeliest.
        """
        book = phrasebook(language)
        if _is_all_advertising(asked, book):
            return (ALL,)
        likely = _likely(self.weights, consent_rows(text, asked=asked, book=book))
        sure = tuple(name for name, share in zip(CONSENTS, likely, strict=True) if share >= SURE)
        return sure or (CONSENTS[int(likely.argmax())],)


def _is_all_advertising(asked: Sequence[Asked], book: Phrasebook) -> bool:
    asking = [fold(item.evidence) for item in asked if item.right is Right.OBJECTION]
    named = any(found(patterns, words) for patterns in book.consents.values() for words in asking)
    return not named and any(found(book.advertising, words) for words in asking)


def consent_rows(text: str, *, asked: Sequence[Asked], book: Phrasebook) -> Rows:
    """Return the rows of what is seen where the mail asks to stop, and elsewhere in it."""
    stops = {item.right: item.evidence for item in asked if item.right in STOP_RIGHTS}
    return hashed(_names(fold(text), {right: fold(words) for right, words in stops.items()}, book))


def _names(mail: str, stops: Mapping[Right, str], book: Phrasebook) -> Iterator[str]:
    yield "always"
    yield from (f"right={right}" for right in stops)
    asking = " ".join(stops.values())
    for name, patterns in book.consents.items():
        here, there = found(patterns, asking), found(patterns, mail)
        yield from (f"{name}:{here}{there}:{copy}" for copy in range(CUE_COPIES if here or there else 1))
        if here:
            yield from (f"{name}+{right}" for right in stops)
    yield f"advertising={found(book.advertising, asking)}{found(book.advertising, mail)}"
    yield from _word_names("e", asking.split())
    yield from _word_names("m", mail.split()[:MAX_WORDS])
    yield from _letter_groups(_LETTERS.findall(mail)[:MAX_WORDS])


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


def _likely(weights: Floats, rows: Rows) -> Floats:
    sums = weights[rows].sum(axis=0)
    return np.asarray(1 / (1 + np.exp(-np.clip(sums, -30, 30))), dtype=np.float32)
