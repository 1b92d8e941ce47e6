"""Telephone numbers as they are compared (E.164) and shown."""

from collections.abc import Collection

import phonenumbers

SHORTEST = 5  # digits without the country's code; shorter ones reach services, not persons
_ABROAD = "00"  # dialled for + in most of the world (ITU-T E.164)
LONGEST = 40  # characters; the library refuses more than 250, and nobody writes a number so


def e164(text: str, country: str) -> str:
    """Return a number with its country's code; `country` (ISO 3166-1) for one without. "" for what is no number."""
    number = _parsed(text, country)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if number else ""


def shown(text: str, country: str) -> str:
    """Return a number as one writes it for readers abroad, "" for what is no number."""
    number = _parsed(text, country)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL) if number else ""


def ending(number: str) -> str:
    """Return the digits in which every spelling of an E.164 number ends."""
    return str(phonenumbers.parse(number).national_number)


def countries(number: str) -> Collection[str]:
    """Return the countries that share the code of an E.164 number."""
    return phonenumbers.region_codes_for_country_code(phonenumbers.parse(number).country_code or 0)


def _parsed(text: str, country: str) -> phonenumbers.PhoneNumber | None:
    if len(text) > LONGEST:
        return None
    spelling = text.strip()
    if spelling.startswith(_ABROAD):
        spelling = f"+{spelling.removeprefix(_ABROAD)}"
    try:
        number = phonenumbers.parse(spelling, country.upper() or None)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or len(str(number.national_number)) < SHORTEST:
        return None
    # Possible, not valid: new ranges open faster than tables of them are installed.
    return number if phonenumbers.is_possible_number(number) else None
