"""What the wording alone says: cited articles, the words of each right, and reasons not to trust them."""

import enum
import re
from dataclasses import dataclass
from functools import cache

from handlers.rights import Right
from nlp.phrasebook import LANGUAGES, Patterns, found, phrasebook
from nlp.text import fold, sentences

POLICY_RIGHTS = 5  # so many different articles are a policy or a textbook, not a request

_ARTICLES = {
    "15": Right.ACCESS,
    "16": Right.CORRECTION,
    "17": Right.DELETION,
    "18": Right.RESTRICTION,
    "20": Right.PORTABILITY,
    "21": Right.OBJECTION,
}
_CITATION = re.compile(r"\b(?:art(?:icles?|ikeln?|ykul\w*|\.)?|cl(?:an\w*|\.)?) ?(\d+[^;:!?]{0,60})")
_PARAGRAPH = r"\b(?:abs|par|ust|ods|lit|pism|pkt|no|nr)\w*\.? ?\d+|\(\d+\)"  # "Abs. 1", "ust. 1", "(1)"
_NUMBER = re.compile(rf"{_PARAGRAPH}|\b(\d{{1,2}})\b")
_LAW = re.compile(
    r"gdpr|dsgvo|ds-gvo|\brodo\b|datenschutz|data protection|regulation|verordnung|rozporzadzeni|nariadeni|2016/679"
)


@enum.unique
class Veto(enum.StrEnum):
    """Why the words of a mail may not mean what they seem to; the values are the names in languages/*.toml."""

    NEGATED = "negated"
    HYPOTHETICAL = "hypothetical"
    DONE = "done"
    HOMONYM = "homonym"
    AUTOMATIC = "automatic"
    INSTRUCTION = "instruction"


@dataclass(frozen=True)
class Findings:
    """What the rules found in one mail."""

    cited: frozenset[Right] = frozenset()
    cues: frozenset[Right] = frozenset()
    vetoes: frozenset[Veto] = frozenset()


def examine(text: str, *, language: str) -> Findings:
    """Return what the wording says; instructions to the machine are looked for in every language."""
    book = phrasebook(language)
    folded = [fold(sentence) for sentence in sentences(text)]
    vetoes = {veto for veto in Veto if any(found(book.vetoes[veto], sentence) for sentence in folded)}
    if any(found(_instructions(), sentence) for sentence in folded):
        vetoes.add(Veto.INSTRUCTION)
    cues = {right for sentence in folded for right in cues_of(sentence, language=language)}
    return Findings(cited=cited_rights(fold(text)), cues=frozenset(cues), vetoes=frozenset(vetoes))


def cues_of(folded: str, *, language: str) -> frozenset[Right]:
    """Return the rights whose words a folded sentence holds."""
    cues = phrasebook(language).cues
    return frozenset(right for right in Right if found(cues[right], folded))


def cited_rights(folded: str) -> frozenset[Right]:
    """Return the rights cited by article of the GDPR, none where the law is not named or a whole list is cited."""
    if not _LAW.search(folded):
        return frozenset()
    numbers = (number for citation in _CITATION.finditer(folded) for number in _NUMBER.findall(citation.group(1)))
    rights = frozenset(_ARTICLES[number] for number in numbers if number in _ARTICLES)
    return rights if len(rights) < POLICY_RIGHTS else frozenset()


@cache
def _instructions() -> Patterns:
    return tuple(p for language in LANGUAGES for p in phrasebook(language).vetoes[Veto.INSTRUCTION])
