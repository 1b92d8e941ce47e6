"""Replace in a mail what tells who wrote it, so that it can teach others: names, addresses, numbers.

Rather too much is replaced than too little: every capitalised word that is not a common one is taken for a name.
Still, a story can tell who somebody is: a person reads an export before it leaves the house.
"""

import random
import re
from collections.abc import Collection
from functools import cache

from nlp.glossary import glossary
from nlp.text import fold

NAMES = (
    "Adler", "Banner", "Corvin", "Dorn", "Ebner", "Falk", "Gerlan", "Hollan", "Ivers", "Jansa", "Kolar", "Linden",
    "Marlow", "Nemec", "Orban", "Pavel", "Quent", "Rosner", "Sander", "Tomas", "Urban", "Vilar", "Wagner", "Zander",
)  # fmt: skip
MAIL_ADDRESS, LINK = "name@example.org", "https://example.org"
CAPITALISES_NOUNS = "de"
SHORTEST_NAME = 2  # letters of a known name that are replaced wherever they stand

_ADDRESS = re.compile(r"\S{1,99}@\S+\w")
_LINK = re.compile(r"\b(?:https?://|www\.)\S+")
_CITATION = re.compile(r"(?:§+|\b(?:art\w*|cl|čl|paragraph\w*)\b\.?) ?\d+(?:[ (]+\d+\)?)?", re.IGNORECASE)
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_NEXT_NAME = re.compile(r" ([A-ZÄÖÜ][^\W\d_]+)")
_SENTENCE_START = re.compile(r"(?:^|[.!?…:\n])[\s\"'„“”«»>*•–-]*$")


def anonymise(text: str, *, names: Collection[str], language: str, seed: str) -> str:
    """Return the text with stock names, other digits and example addresses; `names` are replaced in any spelling.

    The same word or number becomes the same other one within texts of one `seed`; cited articles stay.
    """
    change = _Change({fold(part) for name in names for part in _WORD.findall(name)}, language, seed)
    text = _LINK.sub(LINK, _ADDRESS.sub(MAIL_ADDRESS, text))
    kept = [match.span() for match in _CITATION.finditer(text)] + _spans(text, MAIL_ADDRESS) + _spans(text, LINK)
    text = _NUMBER.sub(lambda found: found[0] if _within(found.start(), kept) else change.number(found[0]), text)
    return _WORD.sub(lambda found: found[0] if _within(found.start(), kept) else change.word(found, text), text)


class _Change:
    """What becomes of each word and number of one mail."""

    def __init__(self, names: Collection[str], language: str, seed: str) -> None:
        self._names = {name for name in names if len(name) >= SHORTEST_NAME}
        self._language = language
        self._seed = seed

    def number(self, digits: str) -> str:
        chance = self._chance(digits)
        return "".join(str(chance.randrange(1, 10)) for _ in digits)

    def word(self, found: re.Match[str], text: str) -> str:
        word = found[0]
        folded = fold(word)
        if folded in self._names:
            return self._name(folded)
        if (
            not word[0].isupper()
            or (word.isupper() and folded in _common_words(self._language))
            or self._is_ordinary(found, text, folded)
        ):
            return word
        return self._name(folded)

    def _is_ordinary(self, found: re.Match[str], text: str, folded: str) -> bool:
        """Tell whether a capital is nothing special: it begins a sentence, or German writes nouns so."""
        if folded not in _common_words(self._language):
            return False
        if len(folded) == 1 or _SENTENCE_START.search(text[: found.start()]):
            return True
        return self._language == CAPITALISES_NOUNS and not self._is_first_name(found, text)

    def _is_first_name(self, found: re.Match[str], text: str) -> bool:
        """Tell whether another name follows, as no noun follows a noun in German."""
        after = _NEXT_NAME.match(text, found.end())
        return after is not None and fold(after[1]) not in _common_words(self._language)

    def _name(self, folded: str) -> str:
        return self._chance(folded).choice(NAMES)

    def _chance(self, word: str) -> random.Random:
        return random.Random(f"{self._seed}/{word}")  # noqa: S311 - only alike within a mail; the seed is not kept


def _spans(text: str, part: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(re.escape(part), text)]


def _within(at: int, spans: list[tuple[int, int]]) -> bool:
    return any(start <= at < end for start, end in spans)


@cache
def _common_words(language: str) -> frozenset[str]:
    """Return the word forms that have a meaning; names are in the glossary too, and have none."""
    return frozenset(form for form, keywords in glossary(language).forms.items() if keywords)
