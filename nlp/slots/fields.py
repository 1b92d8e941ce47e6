"""The fields that a value's own pattern or the mail's own words name, whatever else speaks for others."""

from nlp.phrasebook import Phrasebook, found
from nlp.slots.tokens import Token

KNOWN_KINDS = {"email": "email", "iban": "iban"}
ACCOUNT_DIGITS = 18  # from here on a number is an account without its country
OTHER_NAME = {"first_name": "last_name", "last_name": "first_name"}


def known_field(token: Token) -> str | None:
    """Return the field that a value's pattern says, if it says one."""
    if token.kind == "digits" and sum(map(str.isdigit, token.text)) >= ACCOUNT_DIGITS:
        return "iban"
    return KNOWN_KINDS.get(token.kind)


def named_field(field: str, folded: str, book: Phrasebook) -> str:
    """Return the field, or the other part of a name where the mail speaks of that one alone."""
    other = OTHER_NAME.get(field)
    if other and found(book.fields[other], folded) and not found(book.fields[field], folded):
        return other
    return field
