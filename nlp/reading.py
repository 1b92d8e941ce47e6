"""The text that all scorers see, in training as in use."""

import re

from nlp.clean import clean
from nlp.strip import strip
from nlp.text import fold

_ADDRESS = re.compile(r"(?<!\S)\S{1,99}@\S+|\bhttps?://\S+|\bwww\.\S+")
_NUMBER = re.compile(r"\d+")
WORD = re.compile(r"\w+|[?!]")  # of masked text
_MAX_WORD = 40  # characters; the tokenizer takes quadratic time over a chunk without blanks
_KEPT_NUMBERS = frozenset({"15", "16", "17", "18", "20", "21"})  # articles of the GDPR


def read(*, subject: str, body: str) -> str:
    """Return what the writer says: subject and body, cleaned, without quotes and signature."""
    heading = clean(subject).replace("\n", " ")
    return f"{heading}\n{strip(subject=heading, body=clean(body))}".strip()


def mask(text: str) -> str:
    """Return the folded text with addresses and numbers made alike, so that no one's details are learnt."""
    folded = _ADDRESS.sub("emailx", fold(text))
    masked = _NUMBER.sub(lambda number: number[0] if number[0] in _KEPT_NUMBERS else "0", folded)
    return " ".join(word[:_MAX_WORD] for word in masked.split())
