"""Folding and sentences: every stage compares words in the same plain form."""

import re
import unicodedata

_SPECIAL = {
    "ł": "l",
    "ß": "s",
    "đ": "d",
    "ø": "o",
    "æ": "a",
    "œ": "o",
    "’": "'",
    "‘": "'",
    "`": "'",
    "–": "-",
    "—": "-",
}
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"”“»)]*\s+(?=\S)|\s*\n\s*")
_ABBREVIATION = re.compile(
    r"(?:\b(?:[^\W\d]|abs|art|artikel|bzw|ca|cl|dr|geb|hr|ing|inkl|kl|lit|mgr|mr|mrs|ms|mudr|nam|nr|os|prof|pt|"
    r"st|str|tel|tzv|ul|ust|vgl|zb|np|ods|resp)|\b\d{1,3})\.$"
)
_LONGEST_ABBREVIATION = 12  # characters, with the one before it


class _Folding(dict[int, str]):
    """A translation table that learns each character once; always one character for one."""

    def __missing__(self, code: int) -> str:
        lower = chr(code).lower()
        folded = _SPECIAL.get(lower) or unicodedata.normalize("NFKD", lower)[:1] or " "
        self[code] = folded
        return folded


_FOLDING = _Folding()


def fold(text: str) -> str:
    """Return the text in lower case without accents, as long as before, so that positions stay valid."""
    return text.translate(_FOLDING)


def sentences(text: str) -> tuple[str, ...]:
    """Return the sentences and lines of a text, without the empty ones and as they stand there."""
    parts: list[str] = []
    start = 0
    for end in _SENTENCE_END.finditer(text):
        tail = text[max(start, end.start() - _LONGEST_ABBREVIATION) : end.start()]
        if "\n" not in end.group() and _ABBREVIATION.search(fold(tail)):
            continue
        parts.append(text[start : end.start()])
        start = end.end()
    parts.append(text[start:])
    return tuple(part.strip() for part in parts if any(map(str.isalnum, part)))
