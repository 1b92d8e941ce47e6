"""What the slot readers learn from: where the labelled values stand in a mail."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Self

import numpy as np

from handlers.recognition import Slots
from handlers.rights import Right
from nlp.corpus import Mail
from nlp.reading import read
from nlp.scores import Floats
from nlp.slots.features import Seen, see
from nlp.slots.lattice import MAX_NEW
from nlp.slots.tags import BEGINS_NEW, CITED, IDENTIFIERS, OLD, Span, Tags, tags_of
from nlp.slots.tokens import Token, tokens_of, within


@dataclass(frozen=True)
class Lesson:
    """A mail as it is seen, and what there is to be found."""

    seen: Seen
    tags: Tags
    asking: Floats  # 1 for each piece of the sentence that asks for a correction: it teaches where to look
    correcting: bool

    @property
    def new_values(self) -> int:
        """The number of new values, of which more than MAX_NEW are not counted."""
        return min(MAX_NEW, int(np.isin(self.tags, BEGINS_NEW).sum()))


@dataclass(frozen=True)
class Example:
    """A labelled mail, as text that is read, with its details."""

    text: str
    language: str
    slots: Slots
    correcting: bool
    evidence: str  # of the correction

    @classmethod
    def of(cls, mail: Mail) -> Self:
        """Return the mail as the readers see it."""
        evidence = dict(zip(mail.labels, mail.evidence, strict=True))
        return cls(
            text=read(subject=mail.subject, body=mail.body),
            language=mail.language,
            slots=mail.slots,
            correcting=Right.CORRECTION in evidence,
            evidence=evidence.get(Right.CORRECTION, ""),
        )

    @property
    def tells(self) -> bool:
        """Tell whether there is a detail to be found, or ought to be."""
        return self.correcting or any(value for _, value in self._details())

    @property
    def names_values(self) -> bool:
        """Tell whether there are old, new or identifying values to be found, or ought to be."""
        return self.correcting or any(asdict(self.slots.identifiers).values())

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """The pieces of the text."""
        return tokens_of(self.text)

    def lesson(self) -> Lesson:
        """Return what is seen and to be found; the text must have words."""
        asking = within(self.text, self.tokens, self.evidence if self.correcting else "")
        return Lesson(
            seen=see(self.text, self.tokens, self.language),
            tags=tags_of((*self.changed(), *self.details()), len(self.tokens)),
            asking=np.array(asking, dtype=np.float32)[:, None],
            correcting=self.correcting,
        )

    def changed(self) -> Iterator[Span]:
        """Yield old and new value of each correction; of several places those that stand nearest to each other."""
        for correction in self.slots.corrections:
            old, new = self._places(OLD, correction.old), self._places(f"new_{correction.field}", correction.new)
            both = [(a, b) for a in old for b in new if a.first != b.first]
            yield from min(both, key=lambda pair: abs(pair[0].first - pair[1].first)) if both else (*old[:1], *new[:1])

    def details(self) -> Iterator[Span]:
        """Yield the first place of each identifier and citation."""
        for name, value in self._details():
            yield from self._places(name, value)[:1]

    def _details(self) -> Iterator[tuple[str, str]]:
        yield from ((name, getattr(self.slots.identifiers, name)) for name in IDENTIFIERS)
        yield from ((name, getattr(self.slots, name)) for name in CITED)

    def _places(self, role: str, value: str) -> Sequence[Span]:
        begins = {token.start: at for at, token in enumerate(self.tokens)}
        ends = {token.end: at for at, token in enumerate(self.tokens)}
        return [
            Span(role, begins[at], ends[at + len(value)])
            for at in _occurrences(self.text, value)
            if at in begins and at + len(value) in ends
        ]


def _occurrences(text: str, value: str) -> Iterator[int]:
    at = text.find(value) if value else -1
    while at >= 0:
        yield at
        at = text.find(value, at + 1)
