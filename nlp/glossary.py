"""English keywords for the words of ten languages: what is learnt in one language then helps in all.

`glossary/<code>.tsv` is written by hand: a word form of the language, a tab, its keywords; the most common forms first.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nlp.reading import WORD, mask
from nlp.text import fold

FOLDER = Path(__file__).parent / "glossary"
NOTHING = "-"  # the keyword of names and particles
STEMS = (7, 6, 5)  # letters: an unknown form is taken for the most common one that begins alike

Keywords = tuple[str, ...]


@dataclass(frozen=True)
class Glossary:
    """Keywords by folded form, and by the beginnings of forms."""

    forms: Mapping[str, Keywords]
    stems: Mapping[str, Keywords]

    def keywords(self, text: str) -> list[str]:
        """Return the keywords of a text in its order; what is not in the glossary is left out."""
        return [keyword for word in WORD.findall(mask(text)) for keyword in self.of(word)]

    def of(self, word: str) -> Keywords:
        """Return the keywords of one folded word; of what has other than letters, that itself."""
        if not word.isalpha():
            return (word,)
        known = self.forms.get(word)
        if known is not None:
            return known
        return next((self.stems[word[:size]] for size in STEMS if len(word) > size and word[:size] in self.stems), ())


@cache
def glossary(language: str) -> Glossary:
    """Return the glossary of a language; raises OSError if there is none."""
    forms: dict[str, Keywords] = {}
    stems: dict[str, Keywords] = {}
    for form, keywords in _lines(FOLDER / f"{language}.tsv"):
        forms.setdefault(form, keywords)
        for size in STEMS:
            if len(form) >= size:
                stems.setdefault(form[:size], keywords)
    return Glossary(forms, stems)


def _lines(path: Path) -> Iterator[tuple[str, Keywords]]:
    known: dict[str, Keywords] = {NOTHING: ()}  # many forms share their keywords
    for line in path.read_text(encoding="utf-8").splitlines():
        form, _, keywords = line.partition("\t")
        yield fold(form), known.setdefault(keywords, tuple(map(sys.intern, keywords.split())))
