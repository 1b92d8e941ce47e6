"""Searching for what must not be there: a value in clear, or in one of the forms in which programs write text."""

import base64
import json
import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote

_BASE64_BITS, _BYTE_BITS = 6, 8


def leaks(data: bytes, secrets: Iterable[str]) -> list[str]:
    """Return which of the values stand in the data, whatever their upper and lower case."""
    lowered = data.lower()
    return sorted(secret for secret in set(secrets) if _is_in(secret, data, lowered))


def _is_in(secret: str, data: bytes, lowered: bytes) -> bool:
    if any(form in data for form in _base64(secret)):
        return True
    if secret.isdigit():
        # A few digits stand in many a hash and many a moment by chance.
        return re.search(rb"(?<![\da-fA-F.])%b(?![\da-fA-F])" % secret.encode(), data) is not None
    return any(form in lowered for form in _texts(secret))


def _texts(secret: str) -> set[bytes]:
    """Return the value as UTF-8 and UTF-16, and as JSON, a repr and a URL write it; ASCII letters in lower case."""
    found = set()
    for text in (secret, secret.lower(), secret.upper()):
        escaped = (text, json.dumps(text)[1:-1], ascii(text)[1:-1], quote(text))
        found |= {text.encode("utf-16-le").lower(), *(form.encode().lower() for form in escaped)}
    return found


def _base64(secret: str) -> Sequence[bytes]:
    """Return what the value looks like within a longer text in base64: the letters that no neighbour changes."""
    return [_inner(secret.encode(), before=before) for before in range(3)]


def _inner(data: bytes, *, before: int) -> bytes:
    encoded = base64.b64encode(b"\0" * before + data)
    first = -(-before * _BYTE_BITS // _BASE64_BITS)
    last = (before + len(data)) * _BYTE_BITS // _BASE64_BITS
    return encoded[first:last]


def words_of(text: str, *, run: int) -> set[str]:
    """Return every run of so many words within a line of the text."""
    found = set()
    for line in text.splitlines():
        words = line.split()
        found |= {" ".join(words[at : at + run]) for at in range(len(words) - run + 1)}
    return found
