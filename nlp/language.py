"""Which language a mail is written in; py3langid brings its model along."""

from dataclasses import dataclass

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from nlp.phrasebook import LANGUAGES

FALLBACK = "en"
FOREIGN_CONFIDENCE = 0.9  # below, a foreign language is not believed: short mails mislead
FOREIGN_MIN_LETTERS = 25
_NEIGHBOURS = frozenset(
    {"cs"}
)  # of Slovak: too close to tell apart in a line or two; only the reply's language depends on it


@dataclass(frozen=True)
class Language:
    """The most likely language that is read, and whether the text rather is in one that is not."""

    code: str  # ISO 639-1, one of LANGUAGES
    foreign: bool = False


class LanguageFinder:
    """Tells languages apart; safe to share between threads, since nothing changes after construction."""

    def __init__(self) -> None:
        self._identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)

    def find(self, text: str) -> Language:
        """Return the language of a text, FALLBACK where there are no letters."""
        letters = sum(c.isalpha() for c in text)
        if letters == 0:
            return Language(FALLBACK)
        ranked = self._identifier.rank(text)
        best, confidence = ranked[0]
        code = next(code for code, _ in ranked if code in LANGUAGES)
        known = best in LANGUAGES or best in _NEIGHBOURS
        return Language(code, foreign=not known and confidence >= FOREIGN_CONFIDENCE and letters >= FOREIGN_MIN_LETTERS)
