"""Opinions of linear models: one model for mails and one for sentences, on one view of their texts."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from nlp.lessons import Lesson, wanted
from nlp.linear import EPOCHS, Features, Linear
from nlp.scores import Floats

TICKS = 2 * EPOCHS  # how often `learn` tells that it goes on

View = Callable[[str, str], Features]  # of a text in a language


class LinearOpinion:
    """Gives raw scores per right; safe to share between threads, since nothing changes after construction."""

    def __init__(self, view: View, *, mails: Linear, sentences: Linear) -> None:
        self._view = view
        self._mails = mails
        self._sentences = sentences

    @classmethod
    def learn(
        cls,
        view: View,
        *,
        mails: Sequence[Lesson],
        sentences: Sequence[Lesson],
        seed: int,
        tick: Callable[[], None] = lambda: None,
    ) -> Self:
        """Return the opinion that these lessons teach."""
        models = (
            Linear.learn([view(each.text, each.language) for each in group], wanted(group), seed=seed, tick=tick)
            for group in (mails, sentences)
        )
        return cls(view, mails=next(models), sentences=next(models))

    @classmethod
    def load(cls, view: View, file: Path) -> Self:
        """Return the opinion kept in a file; raises OSError if there is none."""
        with np.load(file) as kept:
            return cls(view, mails=Linear.unpack(kept, "mails"), sentences=Linear.unpack(kept, "sentences"))

    def save(self, file: Path) -> None:
        """Keep the opinion in a file."""
        kept: dict[str, Any] = {**self._mails.pack("mails"), **self._sentences.pack("sentences")}
        np.savez_compressed(file, **kept)

    def on_mail(self, text: str, *, language: str) -> Floats:
        """Return the raw score of each right for a mail."""
        return self._mails.raw(self._view(text, language))

    def on_sentences(self, texts: Sequence[str], *, language: str) -> Floats:
        """Return a row of raw scores for each sentence."""
        return np.array([self._sentences.raw(self._view(text, language)) for text in texts], dtype=np.float32)
