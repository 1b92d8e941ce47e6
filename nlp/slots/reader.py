"""The details of a mail: a tagger for values, a reader of its own for consents."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from handlers.recognition import Asked, Correction, Identifiers, Slots
from handlers.rights import STOP_RIGHTS, Right
from nlp.corpus import PLAIN, Mail
from nlp.phrasebook import phrasebook
from nlp.reading import read
from nlp.slots import consent_network, tagger
from nlp.slots.certain import is_certain
from nlp.slots.consents import ConsentLesson, ConsentReader
from nlp.slots.corrections import Change, changes_of, with_old
from nlp.slots.ends import mended
from nlp.slots.features import Seen, see
from nlp.slots.fields import known_field, named_field
from nlp.slots.keeping import narrow, wide
from nlp.slots.lessons import Example
from nlp.slots.tagger import Tagger
from nlp.slots.tags import CITED, IDENTIFIERS, Span
from nlp.slots.tokens import Token, tokens_of
from nlp.text import fold

FILE = "slots.npz"
TICKS = tagger.EPOCHS + consent_network.EPOCHS


class SlotReader:
    """Reads corrections, consents, identifiers and citations; safe to share between threads."""

    def __init__(self, *, tagger: Tagger, consents: ConsentReader) -> None:
        self._tagger = tagger
        self._consents = consents

    @classmethod
    def learn(cls, mails: Iterable[Mail], *, tick: Callable[[], None] = lambda: None) -> Self:
        """Return the reader that labelled mails teach; `tick` is called TICKS times."""
        mails = list(mails)
        examples = [example for example in map(Example.of, filter(_is_looked_through, mails)) if example.tokens]
        return cls(
            tagger=Tagger.learn(examples, tick=tick),
            consents=ConsentReader.learn(_consent_lessons(mails), tick=tick),
        )

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the reader kept in a folder; raises OSError if there is none."""
        with np.load(folder / FILE) as kept:
            tagger, consents = (wide(_named(part, kept)) for part in ("tagger", "consents"))
        return cls(tagger=Tagger.load(tagger), consents=ConsentReader.load(consents))

    def save(self, folder: Path) -> None:
        """Keep the reader in a folder."""
        parts = {"tagger": narrow(self._tagger.arrays()), "consents": narrow(self._consents.arrays())}
        kept: dict[str, Any] = {f"{part}_{name}": array for part in parts for name, array in parts[part].items()}
        np.savez_compressed(folder / FILE, **kept)

    def read(self, text: str, *, asked: Sequence[Asked], language: str) -> Slots:
        """Return what the mail says about the rights asked, and about who asks, as it stands there."""
        tokens = tokens_of(text)
        rights = {item.right for item in asked}
        if not tokens:
            return Slots()
        seen = see(text, tokens, language)
        spans = mended(self._tagger.spans(seen, correcting=Right.CORRECTION in rights), tokens, text)
        found = self._corrections(text, tokens, seen, spans, language)
        changed = {value for correction in found for value in (correction.old, correction.new)}
        details = _details(text, tokens, spans)
        named = {name: details[name] for name in IDENTIFIERS if name in details and details[name] not in changed}
        return Slots(
            corrections=found,
            consents=self._consents.read(text, asked=asked, language=language) if rights & STOP_RIGHTS else (),
            identifiers=Identifiers(**named),
            **{name: details[name] for name in CITED if name in details},
        )

    def is_sure(self, text: str, slots: Slots, *, language: str) -> bool:
        """Tell whether the corrections that `read` found in a text may be acted on without a person."""
        if not slots.corrections:
            return True
        certainty = self._tagger.certainty(see(text, tokens_of(text), language))
        return is_certain(text, slots.corrections, certainty=certainty, book=phrasebook(language))

    def _corrections(
        self, text: str, tokens: Sequence[Token], seen: Seen, spans: Sequence[Span], language: str
    ) -> tuple[Correction, ...]:
        book, folded = phrasebook(language), fold(text)
        found: dict[Correction, None] = {}
        for change in changes_of(with_old(spans, tokens, folded, book), tokens):
            old, new = (_words(text, tokens, span) for span in (change.old, change.new))
            field = named_field(self._field(tokens, seen, change), folded, book)
            found[Correction(field=field, old=old, new=new)] = None
        return tuple(found)

    def _field(self, tokens: Sequence[Token], seen: Seen, change: Change) -> str:
        value = change.value
        if not value.field:
            return self._tagger.field_at(seen, value.first)
        typed = known_field(tokens[value.first]) if value.first == value.last else None
        return typed if typed and value.field != "other" else value.field


def _is_looked_through(mail: Mail) -> bool:
    """Tell whether somebody looked for values: in sentences that only teach rights, nobody did."""
    return mail.kind != PLAIN or replace(mail.slots, consents=()) != Slots()


def _details(text: str, tokens: Sequence[Token], spans: Sequence[Span]) -> dict[str, str]:
    found: dict[str, str] = {}
    for span in spans:
        found.setdefault(span.role, _words(text, tokens, span))
    return found


def _consent_lessons(mails: Iterable[Mail]) -> list[ConsentLesson]:
    """Return the lessons of mails that stop something by one right: of two, nobody says which consent is whose.

    Mails without consents are about a purpose that has no name here, or were not labelled.
    """
    found = []
    for mail in mails:
        text, stops = read(subject=mail.subject, body=mail.body), _stops(mail)
        if mail.slots.consents and len(stops) == 1 and tokens_of(text):
            found.append(ConsentLesson.of(text, asked=stops[0], language=mail.language, names=mail.slots.consents))
    return found


def _stops(mail: Mail) -> list[Asked]:
    pairs = zip(mail.labels, mail.evidence, strict=True)
    return [Asked(right=right, score=1.0, evidence=words) for right, words in pairs if right in STOP_RIGHTS]


def _words(text: str, tokens: Sequence[Token], span: Span | None) -> str:
    return "" if span is None else text[tokens[span.first].start : tokens[span.last].end]


def _named(part: str, kept: Mapping[str, Any]) -> dict[str, Any]:
    return {name.removeprefix(f"{part}_"): kept[name] for name in kept if name.startswith(f"{part}_")}
