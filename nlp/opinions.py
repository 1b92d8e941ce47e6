"""What everyone says about one mail: all models, on the whole and on each sentence, and the rules."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from nlp import classify, linear_opinion, views
from nlp.classify import Classifier
from nlp.lessons import Lesson
from nlp.linear_opinion import LinearOpinion
from nlp.rules import Findings, examine
from nlp.scores import Floats
from nlp.text import sentences

MAX_SENTENCES = 400
KEYWORDS_FILE, WORDS_FILE = "keywords.npz", "words.npz"
MODEL_TICKS = classify.EPOCHS + 2 * linear_opinion.TICKS  # how often learning tells that it goes on


@dataclass(frozen=True)
class Opinion:
    """One model's raw scores, a column for each right: positive is rather yes."""

    mail: Floats
    sentences: Floats  # a row for each sentence

    @property
    def loudest(self) -> Floats:
        """The highest score of any sentence; of the mail where it has none."""
        return np.asarray(self.sentences.max(axis=0)) if len(self.sentences) else self.mail

    @property
    def standing(self) -> Floats:
        """Where this model stands, mail and sentences taken together."""
        return np.asarray((self.mail + self.loudest) / 2)


@dataclass(frozen=True)
class Models:
    """Those who are asked: two read English keywords, in their order and by their pairs, one reads the own words."""

    sequence: Classifier
    keywords: LinearOpinion
    words: LinearOpinion

    @classmethod
    def learn(
        cls, *, mails: Sequence[Lesson], sentences: Sequence[Lesson], seed: int, tick: Callable[[], None]
    ) -> Self:
        """Return the models that these lessons teach; `tick` is called MODEL_TICKS times."""
        return cls(
            Classifier.learn(mails=mails, sentences=sentences, seed=seed, tick=tick),
            LinearOpinion.learn(views.keywords, mails=mails, sentences=sentences, seed=seed, tick=tick),
            LinearOpinion.learn(views.own_words, mails=mails, sentences=sentences, seed=seed, tick=tick),
        )

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the models kept in a folder; raises OSError if there are none."""
        return cls(
            Classifier.load(folder),
            LinearOpinion.load(views.keywords, folder / KEYWORDS_FILE),
            LinearOpinion.load(views.own_words, folder / WORDS_FILE),
        )

    def save(self, folder: Path) -> None:
        """Keep the models in a folder."""
        self.sequence.save(folder)
        self.keywords.save(folder / KEYWORDS_FILE)
        self.words.save(folder / WORDS_FILE)


@dataclass(frozen=True)
class Opinions:
    """All opinions on one mail and its sentences."""

    sentences: tuple[str, ...]
    sequence: Opinion
    keywords: Opinion
    words: Opinion
    findings: Findings

    @property
    def models(self) -> tuple[Opinion, ...]:
        """The opinions of the models."""
        return (self.sequence, self.keywords, self.words)


def ask(text: str, *, language: str, models: Models) -> Opinions:
    """Return all opinions on a text as `reading.read` gives it."""
    parts = sentences(text)[:MAX_SENTENCES] or (text,)
    mail, *rows = models.sequence.raw([text, *parts], language=language)
    keywords, words = (
        Opinion(mail=model.on_mail(text, language=language), sentences=model.on_sentences(parts, language=language))
        for model in (models.keywords, models.words)
    )
    return Opinions(
        sentences=parts,
        sequence=Opinion(mail=mail, sentences=np.array(rows)),
        keywords=keywords,
        words=words,
        findings=examine(text, language=language),
    )
