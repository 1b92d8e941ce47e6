"""What the values of a column look like: addresses, numbers and names, each read by the library that knows it best."""

import ipaddress
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any

import phonenumbers
import spacy
from email_validator import EmailNotValidError, validate_email
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException
from spacy.matcher import Matcher

# Fewer values prove nothing; of those that are there, so many must look alike.
FEWEST = 3
SHARE = 0.6
SHARE_OF_NAMES = 0.4  # many given names are not in the list
LONGEST_VALUE = 80  # what is longer is text, not one value
SHARE_OF_TEXTS = 0.05  # texts that quote an address now and then hold personal data all the same
YOUNGEST, OLDEST, SPREAD = 14, 110, 15  # years, of people whose birth dates a CRM holds
MOST_NAMES = 3
_EMAIL_WITHIN = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE_SHAPE = re.compile(r"\+?[\d ()/.-]{7,20}")
_PUNCTUATED = re.compile(r"^(\+|0)|\d[ ()/.-]+\d")
_DATE_SHAPE = re.compile(r"\d{4}[-./]\d\d?[-./]\d\d?|\d\d?[-./]\d\d?[-./]\d{4}")
_STREET_WORD = (
    r"(?i)(^(street|st|road|rd|avenue|ave|lane|drive|rue|avenida|calle|via|viale|piazza|rua|ul|ulica|ulice|aleja|"
    r"namestie|náměstí|námestie)\.?$)|(straße|strasse|str\.?|weg|gasse|platz|allee|ring|straat|laan|plein)$"
)


def kind_of(values: Sequence[object], *, country: str) -> str:
    """Return the kind of personal data that most values look like, "" for none."""
    texts = [value.strip() for value in values if isinstance(value, str) and value.strip()]
    if len(texts) < FEWEST:
        return ""
    short = [text for text in texts if len(text) <= LONGEST_VALUE]
    for kind, looks, share in _LOOKS:
        if sum(looks(text, country) for text in short) >= share * len(texts):
            return kind
    quoting = sum(bool(_EMAIL_WITHIN.search(text)) for text in texts)
    return "note" if quoting and quoting >= SHARE_OF_TEXTS * len(texts) else ""


def looks_like_birth_dates(values: Sequence[object], *, today: date) -> bool:
    """Do the dates lie as far back and as far apart as those of grown people?"""
    years = [value.year for value in values if isinstance(value, date | datetime)]
    if len(years) < FEWEST or max(years) - min(years) < SPREAD:
        return False
    return all(YOUNGEST <= today.year - year <= OLDEST for year in years)


def _is_email(text: str, _country: str) -> bool:
    try:
        validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


def _is_iban(text: str, _country: str) -> bool:
    try:
        IBAN(text)
    except SchwiftyException:
        return False
    return True


def _is_ip(text: str, _country: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_phone(text: str, country: str) -> bool:
    # A bare row of digits is a number of anything; people write telephone numbers with a zero, a plus or blanks.
    if not _PHONE_SHAPE.fullmatch(text) or not _PUNCTUATED.search(text) or _DATE_SHAPE.fullmatch(text):
        return False
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, country or None))
    except phonenumbers.NumberParseException:
        return False


def _is_street(text: str, _country: str) -> bool:
    nlp, matcher = _streets()
    return bool(matcher(nlp.make_doc(text)))


def _is_name(text: str, _country: str) -> bool:
    words = text.split()
    if not 1 <= len(words) <= MOST_NAMES or not all(word.replace("-", "").isalpha() for word in words):
        return False
    return words[0].istitle() and words[0].lower() in _given_names()


@cache
def _streets() -> tuple[Any, Any]:
    nlp = spacy.blank("xx")
    matcher = Matcher(nlp.vocab)
    word, number = {"TEXT": {"REGEX": _STREET_WORD}}, {"TEXT": {"REGEX": r"^\d{1,4}[a-zA-Z]?$"}}
    anything = {"IS_ALPHA": True, "OP": "{0,3}"}
    matcher.add("street", [[word, anything, number], [number, anything, word]])
    return nlp, matcher


@cache
def _given_names() -> frozenset[str]:
    return frozenset(resources.files(__package__).joinpath("spot_names.txt").read_text(encoding="utf-8").split())


_Look = Callable[[str, str], bool]
_LOOKS: Sequence[tuple[str, _Look, float]] = (
    ("email", _is_email, SHARE),
    ("iban", _is_iban, SHARE),
    ("ip_address", _is_ip, SHARE),
    ("phone", _is_phone, SHARE),
    ("street", _is_street, SHARE),
    ("person_name", _is_name, SHARE_OF_NAMES),
)
