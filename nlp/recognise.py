"""The recogniser as the rest of the house knows it: a mail's text in, a verdict out."""

from pathlib import Path
from typing import Self

from handlers.recognition import Decision, Recognition
from nlp.classify import Classifier
from nlp.clean import clean, is_too_long
from nlp.evidence import find_evidence, read_sentences
from nlp.gate import Opinions, Reason, decide
from nlp.language import LanguageFinder
from nlp.reading import read
from nlp.rules import examine
from nlp.second import SecondOpinion
from nlp.slots import extract
from nlp.strip import own_words

MODEL = Path(__file__).parent / "model"


class SpacyRecogniser:
    """Reads mails with the shipped model; may be shared between threads. Implements handlers.ports.Recogniser."""

    def __init__(self, *, classifier: Classifier, second: SecondOpinion, languages: LanguageFinder) -> None:
        self._classifier = classifier
        self._second = second
        self._languages = languages

    @classmethod
    def load(cls, folder: Path = MODEL) -> Self:
        """Return the recogniser with the model kept in a folder; raises OSError if there is none."""
        return cls(classifier=Classifier.load(folder), second=SecondOpinion.load(folder), languages=LanguageFinder())

    def recognise(self, *, subject: str, body: str) -> Recognition:
        """Return the verdict on a mail: language, what is asked and where, details, and what may be done."""
        text = read(subject=subject, body=body)
        language = self._languages.find(text)
        if not any(map(str.isalpha, text)):
            return Recognition(language=language.code, decision=Decision.TRIAGE, reason=Reason.UNREADABLE)

        read_as = language.code
        heard = read_sentences(text, second=self._second, language=read_as)
        opinions = Opinions(
            whole=self._classifier.score([text])[0],
            second=self._second.score(text),
            heard=heard,
            findings=examine(text, language=read_as),
        )
        verdict = decide(opinions)
        asked = find_evidence(heard, rights=verdict.rights, scores=opinions.blended())
        unreadable = language.foreign or is_too_long(subject=subject, body=body)
        return Recognition(
            language=read_as,
            decision=Decision.TRIAGE if unreadable else verdict.decision,
            asked=asked,
            slots=extract(text, asked=asked, language=read_as),
            reason=Reason.UNREADABLE if unreadable else verdict.reason,
        )

    def own_words(self, body: str) -> str:
        """Return what the writer added: the body without quoted mails and signature."""
        return own_words(clean(body))
