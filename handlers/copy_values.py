"""A CRM's values as files can hold them."""

import re
from datetime import date, datetime, time
from decimal import Decimal

from handlers.crm import Withheld

# XML 1.0 section 2.2; one of these makes a whole file unreadable.
NOT_IN_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_plain(value: object) -> object:
    """Return a value as JSON can hold it, null where it is withheld."""
    if isinstance(value, Withheld):
        return None
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    return value


def as_text(value: object) -> str:
    """Return a value as text without the characters that XML cannot hold."""
    return NOT_IN_XML.sub("", str(as_plain(value)))


def number_format(value: Decimal) -> str:
    """Return the pattern that shows as many places as the CRM keeps: 19.90 is no 19.9."""
    exponent = value.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return f"0.{'0' * places}" if places else "0"
