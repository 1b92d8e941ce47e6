"""How an identifier may stand in a text: as it is, or as programs write it in JSON and in web addresses."""

import json
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from urllib.parse import quote, unquote

from storage.crm.match import holds_token

# An ASCII character as JSON may have it, though hardly any program writes it so: \u0041 is an A.
ESCAPED_ASCII = r"\\u00[2-7]"
ESCAPED = "\\u00"
# What an escape may leave right before a word: of a line break in JSON the n, of %3D in a web address 3d.
BEFORE_WORDS = ("n", "t", "20", "22", "2c", "2f", "3a", "3c", "3d", "u0022", "u003c")
_JSON_BEGINS = ("{", "[", '"')
_UNICODE_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_JSON_ESCAPE = re.compile(r'\\(?:u([0-9a-fA-F]{4})|([bfnrt"/\\]))')
_CONTROLS = {"b": " ", "f": " ", "n": "\n", "r": "\n", "t": "\t"}
_LAYERS = 3  # JSON in JSON, a web address in a web address


def holds_any(text: object, tokens: Collection[str]) -> bool:
    """Does a text hold any of the normalised tokens as a whole, however it is written?"""
    if not isinstance(text, str):
        return False
    return any(token in reading and holds_token(reading, token) for reading in _readings(text) for token in tokens)


def spellings_in_text(token: str) -> tuple[str, ...]:
    """Return, in small letters, how programs write a normalised token: what a database can look for."""
    found: list[str] = []
    for form in (token, unicodedata.normalize("NFD", token)):
        escaped = json.dumps(form)[1:-1]
        found += [form, escaped, escaped.replace("@", r"\u0040"), quote(form, safe="").lower()]
    return tuple(dict.fromkeys(found))


def _readings(text: str) -> set[str]:
    """Return the text with and without its escapes, composed and in small letters."""
    found = {text}
    for decode, marker in ((_without_json, "\\"), (unquote, "%")):
        for reading in tuple(found) if marker in text else ():
            found.update(_layers(reading, decode))
    return {unicodedata.normalize("NFC", reading).lower() for reading in found}


def _layers(text: str, decode: Callable[[str], str]) -> Iterator[str]:
    for _ in range(_LAYERS):
        decoded = decode(text)
        if decoded == text:
            return
        yield decoded
        text = decoded


def _without_json(text: str) -> str:
    # Elsewhere a backslash may divide, as it does in a path or before the name of a user: there n is no line break.
    pattern = _JSON_ESCAPE if text.lstrip().startswith(_JSON_BEGINS) else _UNICODE_ESCAPE
    return pattern.sub(_character, text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _character(escape: re.Match[str]) -> str:
    digits, *rest = escape.groups()
    if digits:
        return chr(int(digits, 16))
    return _CONTROLS.get(rest[0], rest[0])
