"""First names of ten languages, written by hand: what is capitalised and not among them is rather a family name."""

from functools import cache
from pathlib import Path

from nlp.text import fold

FILE = Path(__file__).parent / "first_names.txt"  # one a line


def is_first_name(word: str) -> bool:
    """Tell whether a word, or each part of a hyphenated one, is a first name known here."""
    parts = fold(word).split("-")
    return word[:1].isupper() and all(part in _names() for part in parts)


@cache
def _names() -> frozenset[str]:
    names = FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(part for name in names for part in fold(name).split("-"))
