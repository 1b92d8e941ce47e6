"""The pieces of a mail that a detail is made of: addresses, numbers and dates are one piece each, else words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MAX_TOKENS = 1_500  # of a mail; details stand in its first pages

EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{3,4}){3,7}(?: ?[A-Z0-9]{1,4})?(?!\w)")
_MONTH = r"[^\W\d_]{3,12}\.?"
DATE = re.compile(
    r"\b\d{1,2}(?:st|nd|rd|th|er)? ?[./-] ?\d{1,2} ?[./-] ?(?:(?:19|20)\d{2}|\d{2})\b(?![./-]\d)"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th|er|\.|º)? ?(?:of |de |di |d')?{_MONTH} ?(?:de |del )?(?:19|20)\d{{2}}\b"
    r"|\b(?:19|20)\d{2}-\d\d-\d\d\b"
)
_GROUP = r"(?:\(\d+\)|\d+)"
_DIGITS = re.compile(rf"(?<![\w.])\+?{_GROUP}(?:(?:[ /-]|\. ?| / | - )?{_GROUP}){{1,8}}(?![\w-])")
_CODE = re.compile(r"(?=[\w./-]*\d)\w+(?:[-/.]\w+)*")
_SHORT = re.compile(
    r"(?:[A-Z]\.){1,4}(?=\W|$)"
    r"|(?:Dra?|Sra?|Srta|Dott|Ing|Eng|Mgr|MUDr|JUDr|Prof|Mr|Mrs|Ms|Mme|Mlle|Hr|Fr|dhr|mevr|mw|med|vet|Dipl|Sig"
    r"|Str|str|ul|os|al|nám|St|Rd|Ave|Sp|z|o|s|r|a|B|V|D|Ph)\.(?=\W|$)"
    r"|Sig\.(?:ra|na)|Dott\.ssa|Eng\.[ºª]|[DS]r\.ª"
)
_WORD = re.compile(r"(?:\bO['’])?[^\W\d_]+(?:-[^\W\d_]+)*")
SHORTEST_IBAN = 15  # characters: Norway
MERGED_DIGITS = 6  # so many digits in groups are one number; fewer may be a house number before a postcode
PHONE_DIGITS = range(7, 16)
KINDS = (
    ("email", EMAIL),
    ("iban", IBAN),
    ("date", DATE),
    ("digits", _DIGITS),
    ("code", _CODE),
    ("word", _SHORT),
    ("word", _WORD),
)


@dataclass(frozen=True)
class Token:
    """A piece of the text with its place."""

    text: str
    start: int
    end: int
    kind: str


def tokens_of(text: str) -> tuple[Token, ...]:
    """Return the first MAX_TOKENS pieces of a text; what a pattern knows is not taken apart."""
    found: list[Token] = []
    for token in _scan(text):
        found.append(token)
        if len(found) == MAX_TOKENS:
            break
    return tuple(found)


def within(text: str, tokens: Sequence[Token], part: str) -> list[bool]:
    """Tell of each piece whether it belongs to a part of the text; none does if the part is empty or not there."""
    start = text.find(part) if part else -1
    return [0 <= start <= token.start < start + len(part) for token in tokens]


def is_iban(text: str) -> bool:
    """Tell whether the check digits of an account number are right (ISO 13616)."""
    bare = text.replace(" ", "").upper()
    if not bare.isascii() or not bare.isalnum() or len(bare) < SHORTEST_IBAN:
        return False
    return int("".join(str(int(c, 36)) for c in bare[4:] + bare[:4])) % 97 == 1


def _scan(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        token = _token_at(text, at)
        yield token
        at = token.end


def _token_at(text: str, at: int) -> Token:
    for kind, pattern in KINDS:
        match = pattern.match(text, at)
        if match is None or (kind == "digits" and not _is_one_number(match.group())):
            continue
        return Token(text=match.group(), start=at, end=match.end(), kind=kind)
    return Token(text=text[at], start=at, end=at + 1, kind="mark")


def _is_one_number(text: str) -> bool:
    return sum(map(str.isdigit, text)) >= MERGED_DIGITS
