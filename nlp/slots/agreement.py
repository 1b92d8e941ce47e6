"""A second way to the corrections of a mail, by patterns and cue words alone: agreement allows to act on them."""

from collections.abc import Iterator, Sequence

from handlers.recognition import Correction
from nlp.phrasebook import Patterns, Phrasebook, found
from nlp.slots.features import TYPED
from nlp.slots.tokens import PHONE_DIGITS, Token, tokens_of
from nlp.text import fold

ROLE_WINDOW = 24  # characters before a value in which a word such as "old" or "instead of" tells its role
ADDRESS_WORDS = 3  # at least: a house number alone may be anything
UNNAMED = frozenset({"date", "digits"})  # do not say by themselves what they are: the mail has to name the field
FIELD_OF = {"email": "email", "iban": "iban", "date": "birth_date", "digits": "phone"}


def agrees(text: str, corrections: Sequence[Correction], *, book: Phrasebook) -> bool:
    """Tell whether the corrections are typed, name all values of their kind, and have the roles their cues say."""
    if not corrections:
        return True
    tokens, folded = tokens_of(text), fold(text)
    return all(_is_confirmed(one, tokens, folded, book) for one in corrections)


def are_typed(tokens: Sequence[Token], corrections: Sequence[Correction]) -> bool:
    """Tell whether the patterns of all new values say the same fields as the corrections."""
    kinds = {token.text: token for token in tokens if token.kind in TYPED}
    return all(
        one.new in kinds and FIELD_OF[kinds[one.new].kind] == one.field and _is_plausible(kinds[one.new])
        for one in corrections
    )


def is_new_address(text: str, corrections: Sequence[Correction], *, book: Phrasebook) -> bool:
    """Tell whether the only correction is an address with a number, in a mail that speaks of a new one."""
    if len(corrections) != 1 or corrections[0].field != "address":
        return False
    new, folded = corrections[0].new, fold(text)
    start = text.find(new)
    spoken = found(book.new, folded) or found(book.fields["address"], folded)
    is_whole = len(new.split()) >= ADDRESS_WORDS and any(map(str.isdigit, new))
    return is_whole and spoken and not found(book.old, folded[max(0, start - ROLE_WINDOW) : start + len(new)])


def _is_confirmed(correction: Correction, tokens: Sequence[Token], folded: str, book: Phrasebook) -> bool:
    values = {token.text: token for token in tokens if token.kind in TYPED}
    new = values.get(correction.new)
    if new is None or correction.field != FIELD_OF[new.kind] or not _is_plausible(new):
        return False
    if new.kind in UNNAMED and not found(book.fields[correction.field], folded):
        return False
    same_kind = {token.text for token in values.values() if token.kind == new.kind}
    if same_kind - {correction.new, correction.old}:
        return False
    old = values.get(correction.old)
    if old is None:
        return not correction.old and not _is_said_old(new, folded, book)
    return _is_said_old(old, folded, book) and not _is_said_old(new, folded, book)


def _is_plausible(value: Token) -> bool:
    return value.kind != "digits" or sum(map(str.isdigit, value.text)) in PHONE_DIGITS


def _is_said_old(value: Token, folded: str, book: Phrasebook) -> bool:
    """Look at the cue nearest before the value, within its sentence."""
    before = folded[max(0, value.start - ROLE_WINDOW) : value.start]
    nearest = {
        role: max(_ends(patterns, before), default=-1) for role, patterns in (("old", book.old), ("new", book.new))
    }
    return found(book.old, before) and nearest["old"] >= nearest["new"]


def _ends(patterns: Patterns, text: str) -> Iterator[int]:
    for pattern in patterns:
        yield from (match.end() for match in pattern.finditer(text))
