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
# The data protection laws of the German churches, which stand in place of the GDPR (Art. 91): KDG and DSG-EKD.
_CATHOLIC = {
    "17": Right.ACCESS,
    "18": Right.CORRECTION,
    "19": Right.DELETION,
    "20": Right.RESTRICTION,
    "22": Right.PORTABILITY,
    "23": Right.OBJECTION,
}
_PROTESTANT = {
    "19": Right.ACCESS,
    "20": Right.CORRECTION,
    "21": Right.DELETION,
    "22": Right.RESTRICTION,
    "24": Right.PORTABILITY,
    "25": Right.OBJECTION,
}
_CITATION = re.compile(
    r"\b(?:art(?:icles?|ikel[ns]?|icul[oi]s?|icol[oi]|igos?|ykul\w*|s?\.)?|cl(?:an\w*|\.)?|c\.) ?(\d+[^;:!?]{0,60})"
)
_PARAGRAPH = (  # "Abs. 1", "ust. 1", "odst. 1", "lid 1", "(1)"
    r"\b(?:abs|par|parag|paragrafo|paragraphe|paragraph|ust|ods|odst|lit|let|lettre|letra|lettera|pism|pkt|punto|no|nr|"
    r"lid|leden|comma|apartado|alinea|section|sec|s)\w{0,4}\.? ?\d+|\(\d+\)|\d+/\d+"
)
_NUMBER = re.compile(rf"{_PARAGRAPH}|\b(\d{{1,2}})\b(?:\.\d+)?")
_WITHDRAWAL = re.compile(
    r"\b(?:art|cl|c)\w*\.? ?7(?: ?\(3\)|,? ?(?:abs|par|ust|ods|lid|comma|al|n)\w*\.? ?[ºo]?\.? ?3)(?!\d)"
)
_RANGE = re.compile(r"\b1[2-6] ?(?:-|to|bis|do|az|a|al|au|ate|t/m|tot(?: en met)?) ?(?:l.)?(?:art\w*\.? ?)?2[0-3]\b")
_LAW = re.compile(
    r"gdpr|dsgvo|ds-gvo|\brodo\b|\brgpd\b|\bavg\b|datenschutz|data protection|regulation|verordnung|rozporzadzeni|"
    r"nariadeni|narizeni|reglement|reglamento|regolamento|regulamento|verordening|"
    r"(?:protection|proteccion|protezione|protecao|bescherming|ochran\w*) (?:des |de |dei |dos |van )?(?:os )?"
    r"(?:donnees|datos|dati|dados|gegevens|osobn\w*|udaj\w*)|2016/679|679/2016"
)
_CHURCH = {
    law: (re.compile(rf"§§? ?(\d{{1,2}})[^§;:!?]{{0,40}}\b{name}\b"), articles)
    for law, name, articles in (("kdg", "kdg", _CATHOLIC), ("ekd", "dsg-ekd", _PROTESTANT))
}


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
    rights = _church_rights(folded) | _gdpr_rights(folded)
    return rights if len(rights) < POLICY_RIGHTS else frozenset()


def _gdpr_rights(folded: str) -> frozenset[Right]:
    if not _LAW.search(folded) or _RANGE.search(folded):
        return frozenset()
    numbers = (number for citation in _CITATION.finditer(folded) for number in _NUMBER.findall(citation.group(1)))
    rights = frozenset(_ARTICLES[number] for number in numbers if number in _ARTICLES)
    return rights | {Right.WITHDRAWAL} if _WITHDRAWAL.search(folded) else rights


def _church_rights(folded: str) -> frozenset[Right]:
    return frozenset(
        articles[number]
        for pattern, articles in _CHURCH.values()
        for number in pattern.findall(folded)
        if number in articles
    )


@cache
def _instructions() -> Patterns:
    return tuple(p for language in LANGUAGES for p in phrasebook(language).vetoes[Veto.INSTRUCTION])
