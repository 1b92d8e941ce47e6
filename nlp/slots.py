"""The details beside the rights: typed candidates by pattern, their role (old or new) by the words before them.

Values are never completed or tidied here: what stands in the mail is looked up in the CRM as it stands.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from handlers.recognition import Asked, Correction, Slots
from handlers.rights import STOP_RIGHTS, Right
from nlp.phrasebook import Phrasebook, found, phrasebook
from nlp.text import fold, sentences

ROLE_WINDOW = 24  # characters before a value in which a word such as "old" or "instead of" tells its role

_CAPITAL = r"[A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĘĚĹĽŁŃŇŐŔŘŚŠŤŮŰŹŻŽ]"
_TOWN = _CAPITAL + r"[^\W\d_]{1,40}(?!\w)"  # and not the "LS1" of a British postcode
_PLACE = rf"{_TOWN}(?:[ -](?:(?:am|an der|nad|pri|upon) )?{_TOWN}){{0,2}}"
_POSTCODE = r"(?:\d{2}-\d{3}|\d{3} \d{2}|\d{4,5})"
_HOUSE = r"\d{1,4}(?: ?[a-zA-Z]\b)?(?:/\d+[a-zA-Z]?)?"
_STREET = _CAPITAL + r"[\w.'’-]{0,40}"
_STREET_FIRST = rf"(?:(?:ul|os|al|pl|nám|námestie)\.? )?{_STREET}(?: {_STREET}){{0,3}} {_HOUSE}"
_NUMBER_FIRST = rf"(?:(?:Flat|Apt|Unit) \w+, )?\d{{1,4}}[a-zA-Z]?(?: {_STREET}){{2,4}}"
_UK_CODE = r"[A-Z]{1,2}\d[\dA-Z]? \d[A-Z]{2}"
_ADDRESS = re.compile(
    rf"\b{_NUMBER_FIRST}(?:, {_PLACE})?(?:,? {_UK_CODE})?"
    rf"|\b{_STREET_FIRST}(?:, ?(?:{_POSTCODE} )?{_PLACE})?"
)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,4})?\b")
_PHONE = re.compile(r"(?<![\w.])\+?\(?\d{1,4}\)?(?:[ /-]?\d{2,4}){2,5}\b")
_DATE = re.compile(
    r"\b\d{1,2}(?:st|nd|rd|th)?(?:[./-] ?\d{1,2}[./-] ?|\.? (?:of )?[^\W\d_]{3,12} )(?:19|20)\d{2}\b"
    r"|\b(?:19|20)\d{2}-\d\d-\d\d\b"
)
_NUMBER = re.compile(r"(?:[A-Z]{1,4}[-/ ]?)?\d[\dA-Z]{0,20}(?:[-/ .][\dA-Z]{0,20}\d[\dA-Z]{0,20}){0,4}\b")
_TYPED = {"email": _EMAIL, "iban": _IBAN, "birth_date": _DATE, "phone": _PHONE, "address": _ADDRESS}
_NAME_FIELDS = ("first_name", "last_name")


@dataclass(frozen=True)
class _Value:
    field: str
    text: str
    is_old: bool


def extract(text: str, *, asked: Sequence[Asked], language: str) -> Slots:
    """Return what the mail says about the rights asked, as it stands there."""
    rights = {item.right for item in asked}
    book = phrasebook(language)
    stops = [item.evidence for item in asked if item.right in STOP_RIGHTS]
    return Slots(
        corrections=_corrections(text, book) if Right.CORRECTION in rights else (),
        consents=_consents(stops, book) or (_consents([text], book) if stops else ()) or _advertising(stops, book),
        customer_number=_customer_number(text, book),
    )


def _corrections(text: str, book: Phrasebook) -> tuple[Correction, ...]:
    mail = fold(text)
    named = frozenset(name for name, patterns in book.fields.items() if found(patterns, mail))
    values = [value for sentence in sentences(text) for value in _values(sentence, named, book)]
    fields = dict.fromkeys(value.field for value in values)
    pairs = ((name, [value for value in values if value.field == name]) for name in fields)
    return tuple(correction for name, found_values in pairs for correction in _pair(name, found_values))


def _pair(name: str, values: list[_Value]) -> Iterator[Correction]:
    """Yield the last new value with the first old one; an old value alone corrects nothing."""
    new = [value.text for value in values if not value.is_old]
    old = [value.text for value in values if value.is_old]
    if new:
        yield Correction(field=name, old=old[0] if old else "", new=new[-1])


def _values(sentence: str, named: frozenset[str], book: Phrasebook) -> Iterator[_Value]:
    """Yield the typed values of a sentence whose fields the mail names, else a name."""
    taken: list[range] = []
    for name, pattern in _TYPED.items():
        if name not in named:
            continue
        for match in pattern.finditer(sentence):
            if any(match.start() in span for span in taken):
                continue  # the digits of an IBAN are no telephone number
            taken.append(range(*match.span()))
            before = fold(sentence[max(0, match.start() - ROLE_WINDOW) : match.start()])
            yield _Value(field=name, text=match.group(), is_old=found(book.old, before))
    if not taken:
        yield from _names(sentence, named, book)


def _names(sentence: str, named: frozenset[str], book: Phrasebook) -> Iterator[_Value]:
    for pattern in (*book.swap, *book.name):
        match = pattern.search(sentence)
        if match is None:
            continue
        values = match.groupdict()
        name = _name_field(values["new"], named)
        yield _Value(field=name, text=values["new"], is_old=False)
        if values.get("old"):
            yield _Value(field=name, text=values["old"], is_old=True)
        return


def _name_field(value: str, named: frozenset[str]) -> str:
    guess = "full_name" if " " in value else "last_name"
    return next((field for field in _NAME_FIELDS if field in named), guess)


def _consents(texts: Iterable[str], book: Phrasebook) -> tuple[str, ...]:
    folded = [fold(text) for text in texts]
    names = [name for name, patterns in book.consents.items() if any(found(patterns, text) for text in folded)]
    if "newsletter" in names:  # the more exact word for the same mails
        names = [name for name in names if name != "email_marketing"]
    return tuple(names)


def _advertising(texts: Iterable[str], book: Phrasebook) -> tuple[str, ...]:
    """Advertising without a channel means all of it."""
    return ("all",) if any(found(book.advertising, fold(text)) for text in texts) else ()


def _customer_number(text: str, book: Phrasebook) -> str:
    folded = fold(text)
    for pattern in book.customer:
        for cue in pattern.finditer(folded):
            number = _NUMBER.match(text, cue.end())
            if number:
                return number.group()
    return ""
