"""How far the sender's address of a mail can be believed, by the word of our own mail server only."""

import enum
from collections.abc import Iterable

import authres
import authres.dmarc

from handlers.mail import Mail
from handlers.mailheaders import normalise_address

# authres recurses over comments and rescans what is left; no server writes a header of this length.
_HEADER_CHARS = 8_000
_FEATURES = authres.FeatureContext(authres.dmarc)


@enum.unique
class Trust(enum.StrEnum):
    """The grade of a sender's address."""

    UNVERIFIED = "unverified"  # our server says nothing about it
    FAILED = "failed"  # the owner of the domain disowns the mail
    ALIGNED = "aligned"  # it came from the domain that it names


def grade(mail: Mail, *, authserv_id: str) -> Trust:
    """Grade a mail by the topmost Authentication-Results header, if our own server wrote it (RFC 8601 section 5).

    Every header below may have been sent along, so a server which writes none, or writes under another name than
    `authserv_id`, leaves the mail unverified. DKIM and SPF count only for exactly the domain of the sender: what is
    aligned beyond that is a question for the DMARC verdict, which knows the registries' suffixes.
    """
    domain = mail.from_address.rpartition("@")[2]
    if not domain or not authserv_id or not mail.authentication_results:
        return Trust.UNVERIFIED
    results = _results(mail.authentication_results[0], authserv_id=authserv_id)
    verdicts = {result.result for result in results if result.method == "dmarc"}
    if "fail" in verdicts:
        return Trust.FAILED
    passed = [result for result in results if result.result == "pass"]
    return Trust.ALIGNED if domain in _domains(passed) else Trust.UNVERIFIED


def _results(value: str, *, authserv_id: str) -> list[authres.AuthenticationResult]:
    """Return what our server found, nothing if another wrote the header or it cannot be read."""
    if len(value) > _HEADER_CHARS:
        return []
    try:
        header = _FEATURES.parse(f"Authentication-Results: {value}")
    except (authres.AuthResError, ValueError, AttributeError, RecursionError):
        return []
    return list(header.results) if header.authserv_id == authserv_id.strip().lower() else []


# Which property of a result names the domain that was proved.
_PROVED = {
    "dmarc": (("header", "from"),),
    "dkim": (("header", "d"), ("header", "i")),
    "spf": (("smtp", "mailfrom"),),
}


def _domains(results: Iterable[authres.AuthenticationResult]) -> set[str]:
    """Return the domains that the passed checks prove, in the form in which addresses are compared."""
    return {
        normalise_address(f"x@{found.value.rpartition('@')[2]}").rpartition("@")[2]
        for result in results
        for found in result.properties
        if (found.type, found.name) in _PROVED.get(result.method, ()) and found.value
    } - {""}
