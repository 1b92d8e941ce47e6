"""Reads a corrected value into what the columns take; what cannot be read for certain is None."""

import re
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from storage.crm.datamap import Validator
from storage.crm.validators import checked

WHOLE = ""
_NAME_PARTS = frozenset({"first_name", "last_name"})
_UK_POSTCODE = r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"
# Poland, Slovakia and Czechia, five and four digits; the country's code may stand in front.
_POSTCODE = r"(?:[A-Z]{1,2}-)?(?:\d{2}-\d{3}|\d{3} \d{2}|\d{5}|\d{4} ?[A-Z]{2}|\d{4})"
_ADDRESSES = (
    re.compile(rf"(?P<street>.+), ?(?P<postcode>{_POSTCODE}) (?P<city>[^\d,]+)"),
    re.compile(rf"(?P<street>.+), ?(?P<city>[^\d,]+?),? (?P<postcode>{_UK_POSTCODE})"),
)
_ISO_DATE = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})")
# With slashes, day and month change places between countries; dots are day first everywhere.
_DOTTED_DATE = re.compile(r"(?P<day>\d{1,2})\. ?(?P<month>\d{1,2})\. ?(?P<year>\d{4})")


def split(validator: Validator, parts: Collection[str], text: str, *, country: str = "") -> Mapping[str, str] | None:
    """Return the text per part of the target, as it is to be written; `country` is the person's, "" if unknown."""
    lines = [" ".join(line.split()).strip(" ,") for line in text.splitlines()]
    value = (", " if validator is Validator.ADDRESS else " ").join(filter(None, lines))
    if not value or not value.isprintable():
        return None
    if WHOLE in parts:
        whole = checked(validator, value, country=country)
        return None if whole is None else {WHOLE: whole}
    return _name(value) if _NAME_PARTS.issuperset(parts) else _address(value, country)


def as_column(type_: sa.types.TypeEngine[Any], text: str) -> str | date | None:
    """Return the text as the column's type."""
    if isinstance(type_, sa.Date):
        return _date(text)
    if not isinstance(type_, sa.String) or (type_.length is not None and len(text) > type_.length):
        return None
    return text


def shown(value: object) -> str:
    """Return a column's value as a change shows it."""
    return value.isoformat() if isinstance(value, date) else "" if value is None else str(value)


def _name(value: str) -> Mapping[str, str] | None:
    words = value.split(" ")
    # With three words nobody can tell where the family name begins.
    return {"first_name": words[0], "last_name": words[1]} if len(words) == len(_NAME_PARTS) else None


def _address(value: str, country: str) -> Mapping[str, str] | None:
    for pattern in _ADDRESSES:
        found = pattern.fullmatch(value.rstrip("."))
        if found:
            parts = {part: text.strip(" ,") for part, text in found.groupdict().items()}
            # The country on file stays as it is, so a postcode of another one would not fit it.
            code = checked(Validator.POSTCODE, parts["postcode"], country=country)
            return None if code is None else {**parts, "postcode": code}
    return None


def _date(text: str) -> date | None:
    found = _ISO_DATE.fullmatch(text) or _DOTTED_DATE.fullmatch(text)
    if not found:
        return None
    try:
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return None
