"""Which consents or uses a mail is about: the mean of two opinions, for each right that stops something."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from handlers.recognition import Asked
from handlers.rights import STOP_RIGHTS
from nlp.scores import Floats
from nlp.slots.consent_network import ConsentNetwork, Stop, stop_of
from nlp.slots.consent_words import ConsentWords, consent_rows
from nlp.slots.features import Rows

CONSENTS = ("email_marketing", "newsletter", "phone", "sms", "post", "profiling", "third_party", "cookies", "all")
SURE = 0.0  # of both opinions' mean score


@dataclass(frozen=True)
class ConsentLesson:
    """A mail as both see it, and its consents."""

    stop: Stop
    rows: Rows
    names: Sequence[str]

    @classmethod
    def of(cls, text: str, *, asked: Asked, language: str, names: Sequence[str]) -> Self:
        """Return the lesson of a text, which must have words."""
        stop = stop_of(text, asked=asked, language=language)
        return cls(stop=stop, rows=consent_rows(text, asked=asked, language=language), names=names)


class ConsentReader:
    """Reads consents; safe to share between threads."""

    def __init__(self, *, words: ConsentWords, network: ConsentNetwork) -> None:
        self._words = words
        self._network = network

    @classmethod
    def learn(cls, lessons: Sequence[ConsentLesson], *, tick: Callable[[], None] = lambda: None) -> Self:
        """Return the reader that mails with their consents teach; `tick` is called as by ConsentNetwork.learn."""
        truths = np.array([name in one.names for one in lessons for name in CONSENTS], dtype=np.float32)
        truths = truths.reshape(len(lessons), len(CONSENTS))
        return cls(
            words=ConsentWords.learn([one.rows for one in lessons], truths),
            network=ConsentNetwork.learn([one.stop for one in lessons], truths, tick=tick),
        )

    @classmethod
    def load(cls, kept: Mapping[str, Any]) -> Self:
        """Return the reader of arrays that were kept."""
        network = ConsentNetwork.of(kept, names=len(CONSENTS))
        return cls(words=ConsentWords(weights=kept["words"]), network=network)

    def arrays(self) -> dict[str, Any]:
        """Return what has to be kept."""
        return self._network.arrays() | {"words": self._words.weights}

    def read(self, text: str, *, asked: Sequence[Asked], language: str) -> tuple[str, ...]:
        """Return the consents that a mail is about, in the order of CONSENTS; the text must have words."""
        named = {
            name for item in asked if item.right in STOP_RIGHTS for name in self._named(text, item, language=language)
        }
        return tuple(name for name in CONSENTS if name in named)

    def _named(self, text: str, asked: Asked, *, language: str) -> Sequence[str]:
        """Return what one right is about; if none is sure, the likeliest."""
        scores = self._scores(text, asked=asked, language=language)
        sure = tuple(name for name, score in zip(CONSENTS, scores, strict=True) if score > SURE)
        return sure or (CONSENTS[int(scores.argmax())],)

    def _scores(self, text: str, *, asked: Asked, language: str) -> Floats:
        words = self._words.scores(consent_rows(text, asked=asked, language=language))
        network = self._network.scores(stop_of(text, asked=asked, language=language))
        return np.asarray((words + network) / 2, dtype=np.float32)
