"""Whether a correction may be acted on: how certain the tagger has to be of a field, and what its value looks like."""

from collections.abc import Sequence

from handlers.recognition import Correction
from nlp.phrasebook import Phrasebook, found
from nlp.slots.corrections import ROLE_WINDOW
from nlp.slots.names import is_first_name
from nlp.slots.tokens import PHONE_DIGITS, Token, tokens_of
from nlp.text import fold

# Chosen on mails of writers whom the tagger did not know; of other fields, and of several values, it is never sure.
LEAST = {
    "email": 0.75,
    "phone": 0.85,
    "iban": 0.75,
    "birth_date": 0.97,
    "first_name": 0.8,
    "last_name": 0.9,
    "company": 0.85,
    "salutation": 0.8,
    "address": 0.93,
}
KIND_OF = {"email": "email", "iban": "iban", "birth_date": "date", "phone": "digits"}
ADDRESS_WORDS = 3  # at least: a house number alone may be anything


def is_certain(text: str, corrections: Sequence[Correction], *, certainty: float, book: Phrasebook) -> bool:
    """Tell whether these are one correction, of a value like those of its field, and the tagger certain enough."""
    if len(corrections) != 1 or not corrections[0].new:
        return False
    (one,) = corrections
    return certainty >= LEAST.get(one.field, 1.0) and _looks_like_its_field(text, one, book)


def _looks_like_its_field(text: str, correction: Correction, book: Phrasebook) -> bool:
    if correction.field == "address":
        return _is_new_address(text, correction.new, book)
    if correction.field == "first_name":
        return is_first_name(correction.new)
    if correction.field == "salutation":
        return text.count(correction.new) == 1  # "no longer Frau Horn but Frau Novák" changes another thing
    kind = KIND_OF.get(correction.field)
    return kind is None or any(_is_of(kind, token) for token in tokens_of(text) if token.text == correction.new)


def _is_of(kind: str, value: Token) -> bool:
    plausible = kind != "digits" or sum(map(str.isdigit, value.text)) in PHONE_DIGITS
    return value.kind == kind and plausible


def _is_new_address(text: str, new: str, book: Phrasebook) -> bool:
    """Tell whether it has a number, no word for old stands before it, and the mail speaks of a new one."""
    folded, start = fold(text), text.find(new)
    spoken = found(book.new, folded) or found(book.fields["address"], folded)
    is_whole = len(new.split()) >= ADDRESS_WORDS and any(map(str.isdigit, new))
    return is_whole and spoken and not found(book.old, folded[max(0, start - ROLE_WINDOW) : start + len(new)])
