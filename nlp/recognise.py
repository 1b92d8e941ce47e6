"""The recogniser as the rest of the house knows it: a mail's text in, a verdict out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from handlers.recognition import Asked, Decision, Recognition
from handlers.rights import Right
from nlp.blend import Blend
from nlp.clean import clean, is_disguised, is_garbled, is_too_long
from nlp.confidence import Confidence
from nlp.consider import consider
from nlp.evidence import find_evidence
from nlp.gate import Reason, decide, doubted
from nlp.language import LanguageFinder
from nlp.opinions import Models, ask
from nlp.reading import read
from nlp.slots.reader import SlotReader
from nlp.strip import own_words

MODEL = Path(__file__).parent / "model"


class SpacyRecogniser:
    """Reads mails with the shipped model; may be shared between threads. Implements handlers.ports.Recogniser."""

    def __init__(
        self,
        *,
        models: Models,
        blend: Blend,
        confidence: Confidence,
        languages: LanguageFinder,
        slots: SlotReader,
    ) -> None:
        self._models = models
        self._blend = blend
        self._confidence = confidence
        self._languages = languages
        self._slots = slots

    @classmethod
    def load(cls, folder: Path = MODEL) -> Self:
        """Return the recogniser with the model kept in a folder; raises OSError if there is none."""
        return cls(
            models=Models.load(folder),
            blend=Blend.load(),
            confidence=Confidence.load(),
            languages=LanguageFinder.load(folder),
            slots=SlotReader.load(folder),
        )

    def recognise(self, *, subject: str, body: str) -> Recognition:
        """Return the verdict on a mail: language, what is asked and where, details, and what may be done."""
        text = read(subject=subject, body=body)
        language = self._languages.find(text)
        if not any(map(str.isalpha, text)):
            return Recognition(language=language.code, decision=Decision.TRIAGE, reason=Reason.UNREADABLE)

        case = consider(
            ask(text, language=language.code, models=self._models), blend=self._blend, language=language.code
        )
        verdict = decide(case, confidence=self._confidence.of(case))
        asked = find_evidence(case.heard, rights=verdict.rights, scores=case.likely)
        slots = self._slots.read(text, asked=asked, language=language.code)
        if Right.CORRECTION in verdict.rights and not self._slots.is_sure(text, slots, language=language.code):
            verdict = doubted(verdict)
        unreadable = language.foreign or is_too_long(subject=subject, body=body) or _is_obscured(f"{subject}\n{body}")
        return Recognition(
            language=language.code,
            decision=Decision.TRIAGE if unreadable else verdict.decision,
            asked=asked,
            slots=slots,
            reason=Reason.UNREADABLE if unreadable else verdict.reason,
        )

    def evidence(self, *, subject: str, body: str, rights: Sequence[Right]) -> tuple[Asked, ...]:
        """Return where a mail asks for rights that are known to be asked."""
        text = read(subject=subject, body=body)
        language = self._languages.find(text).code
        case = consider(ask(text, language=language, models=self._models), blend=self._blend, language=language)
        return find_evidence(case.heard, rights=rights, scores=case.likely)

    def own_words(self, body: str) -> str:
        """Return what the writer added: the body without quoted mails and signature."""
        return own_words(clean(body))


def _is_obscured(text: str) -> bool:
    return is_disguised(text) or is_garbled(text)
