"""The details of a mail: a tagger for values, a reader of its own for consents."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from handlers.recognition import Asked, Correction, Identifiers, Slots
from handlers.rights import STOP_RIGHTS, Right
from nlp.corpus import TEACHING_KIND, Mail
from nlp.phrasebook import phrasebook
from nlp.reading import read
from nlp.scores import Floats
from nlp.slots.agreement import agrees, are_typed, is_new_address
from nlp.slots.consents import ConsentReader, consent_rows
from nlp.slots.corrections import Change, changes_of
from nlp.slots.ends import mended
from nlp.slots.features import Rows, Seen, see
from nlp.slots.fields import known_field, named_field
from nlp.slots.lessons import Example
from nlp.slots.tagger import Tagger
from nlp.slots.tags import CITED, IDENTIFIERS, Span
from nlp.slots.tokens import Token, tokens_of
from nlp.text import fold

FILE = "slots.npz"
LARGEST_BYTE = 127
CERTAIN = 0.92  # of the tagger about the new values; chosen on mails of writers it had not learnt from
CERTAIN_IF_AGREED = 0.85


class SlotReader:
    """Reads corrections, consents, identifiers and citations; safe to share between threads."""

    def __init__(self, *, tagger: Tagger, consents: ConsentReader) -> None:
        self._tagger = tagger
        self._consents = consents

    @classmethod
    def learn(cls, mails: Iterable[Mail], *, tick: Callable[[], None] = lambda: None) -> Self:
        """Return the reader that labelled mails teach; `tick` is called after each of tagger.EPOCHS."""
        mails = [mail for mail in mails if _is_labelled(mail)]
        examples = [example for example in map(Example.of, mails) if example.tokens]
        return cls(
            tagger=Tagger.learn(examples, tick=tick),
            consents=ConsentReader.learn(_consent_lessons(mails)),
        )

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the reader kept in a folder; raises OSError if there is none."""
        with np.load(folder / FILE) as kept:
            tagger = {name.removeprefix("tagger_"): kept[name] for name in kept if name.startswith("tagger_")}
            return cls(tagger=Tagger.load(tagger), consents=ConsentReader(weights=_wide(kept, "consents")))

    def save(self, folder: Path) -> None:
        """Keep the reader in a folder: the network at half precision, the weights of the consents as bytes."""
        arrays: Mapping[str, Any] = self._tagger.arrays()
        kept: dict[str, Any] = {f"tagger_{name}": array.astype(np.float16) for name, array in arrays.items()}
        np.savez_compressed(folder / FILE, **kept, **_narrow("consents", self._consents.weights))

    def read(self, text: str, *, asked: Sequence[Asked], language: str) -> Slots:
        """Return what the mail says about the rights asked, and about who asks, as it stands there."""
        tokens = tokens_of(text)
        rights = {item.right for item in asked}
        if not tokens:
            return Slots()
        seen = see(text, tokens, phrasebook(language))
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
        """Tell whether the corrections that `read` found in a text may be acted on without a person.

        The tagger has to be certain, and the values' patterns have to name their fields; less certainty is enough where
        the cue words before the values lead to the same corrections.
        """
        if not slots.corrections:
            return True
        book, tokens = phrasebook(language), tokens_of(text)
        certainty = self._tagger.certainty(see(text, tokens, book))
        if certainty >= CERTAIN and (
            are_typed(tokens, slots.corrections) or is_new_address(text, slots.corrections, book=book)
        ):
            return True
        return certainty >= CERTAIN_IF_AGREED and agrees(text, slots.corrections, book=book)

    def _corrections(
        self, text: str, tokens: Sequence[Token], seen: Seen, spans: Sequence[Span], language: str
    ) -> tuple[Correction, ...]:
        book, folded = phrasebook(language), fold(text)
        found: dict[Correction, None] = {}
        for change in changes_of(spans, tokens):
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


def _is_labelled(mail: Mail) -> bool:
    """Tell whether somebody looked for details: of sentences that only teach rights, nobody did."""
    return mail.kind != TEACHING_KIND or mail.slots != Slots()


def _details(text: str, tokens: Sequence[Token], spans: Sequence[Span]) -> dict[str, str]:
    found: dict[str, str] = {}
    for span in spans:
        found.setdefault(span.role, _words(text, tokens, span))
    return found


def _consent_lessons(mails: Sequence[Mail]) -> list[tuple[Rows, Sequence[str]]]:
    return [
        (
            consent_rows(
                read(subject=mail.subject, body=mail.body), asked=_asked(mail), book=phrasebook(mail.language)
            ),
            mail.slots.consents,
        )
        for mail in mails
        if mail.slots.consents  # without: a purpose that has no name here, or one that was not labelled
    ]


def _asked(mail: Mail) -> tuple[Asked, ...]:
    pairs = zip(mail.labels, mail.evidence, strict=True)
    return tuple(Asked(right=right, score=1.0, evidence=evidence) for right, evidence in pairs)


def _words(text: str, tokens: Sequence[Token], span: Span | None) -> str:
    return "" if span is None else text[tokens[span.first].start : tokens[span.last].end]


def _narrow(name: str, weights: Floats) -> dict[str, Any]:
    largest = float(np.abs(weights).max()) or 1.0
    return {name: np.round(weights / largest * LARGEST_BYTE).astype(np.int8), f"{name}_largest": np.float32(largest)}


def _wide(kept: Mapping[str, Any], name: str) -> Floats:
    return np.asarray(kept[name].astype(np.float32) * (float(kept[f"{name}_largest"]) / LARGEST_BYTE), dtype=np.float32)
