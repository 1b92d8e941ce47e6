"""Where an address and a name begin and end: the tagger finds the place, but is often a word too early or too late."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from nlp.slots.names import is_first_name
from nlp.slots.tags import OLD, Span
from nlp.slots.tokens import Token
from nlp.text import fold

ADDRESSES = frozenset({"new_address", "postal_address"})
NAMES = frozenset({"new_first_name", "new_last_name", "new_full_name"})
LONGEST_STREET = 5  # pieces before the number
POSTCODE_DIGITS = range(3, 8)


@dataclass(frozen=True)
class EndWords:
    """The words of ends.toml."""

    places: frozenset[str]
    titles: frozenset[str]
    particles: frozenset[str]
    towards: frozenset[str]


def mended(spans: Sequence[Span], tokens: Sequence[Token], text: str) -> tuple[Span, ...]:
    """Return the spans with addresses and names from their first word to their last."""
    return tuple(_mended(span, spans, tokens, text) for span in spans)


def _mended(span: Span, spans: Sequence[Span], tokens: Sequence[Token], text: str) -> Span:
    if span.role in ADDRESSES:
        taken = {at for other in spans if other != span for at in range(other.first, other.last + 1)}
        page = _Page(tokens, text, frozenset(taken))
        return replace(span, first=page.street_start(span), last=page.town_end(span))
    if span.role in NAMES:
        return _name(span, spans, tokens)
    return span


class _Page:
    """The pieces of a mail, of which some are taken by other values."""

    def __init__(self, tokens: Sequence[Token], text: str, taken: frozenset[int]) -> None:
        self._tokens = tokens
        self._text = text
        self._taken = taken
        self._folded = [fold(token.text).rstrip(".") for token in tokens]

    def street_start(self, span: Span) -> int:
        """Return where the street begins: at "chemin" in "chemin des Roches", at the word before a lone number."""
        start = span.first
        for at in range(span.first - 1, max(-1, span.first - 1 - LONGEST_STREET), -1):
            if not self._joins(at, at + 1) or not (self._is_name(at) or self._is_small(at)):
                break
            if self._folded[at] in end_words().places and (self._is_name(at) or self._is_street_word(at)):
                start = at
        if start == span.first and self._is_number(start) and span.last > start and self._stands_before(start):
            return start - 1
        return start

    def town_end(self, span: Span) -> int:
        """Return where the town ends: "Alfaz del Pi", and behind a postcode."""
        end = span.last
        if self._is_word(end + 1, ",") and self._is_postcode(end + 2) and self._is_name(end + 3):
            end += 3
        if not self._is_number(end):
            while self._is_small(end + 1) and self._joins(end, end + 2) and self._is_name(end + 2):
                end += 2
        return end

    def _stands_before(self, at: int) -> bool:
        return at > 0 and self._joins(at - 1, at) and self._is_name(at - 1)

    def _joins(self, first: int, last: int) -> bool:
        """Tell whether these pieces stand on one line, and none is another value's."""
        if first < 0 or last >= len(self._tokens) or self._taken & set(range(first, last + 1)):
            return False
        return "\n" not in self._text[self._tokens[first].end : self._tokens[last].start]

    def _is_street_word(self, at: int) -> bool:
        return len(self._folded[at]) > 2 and self._folded[at] not in end_words().particles  # noqa: PLR2004

    def _is_name(self, at: int) -> bool:
        return at < len(self._tokens) and self._tokens[at].kind == "word" and self._tokens[at].text[0].isupper()

    def _is_small(self, at: int) -> bool:
        return at < len(self._tokens) and self._folded[at] in end_words().particles | end_words().places

    def _is_number(self, at: int) -> bool:
        return self._tokens[at].text[0].isdigit()

    def _is_postcode(self, at: int) -> bool:
        return at < len(self._tokens) and sum(map(str.isdigit, self._tokens[at].text)) in POSTCODE_DIGITS

    def _is_word(self, at: int, text: str) -> bool:
        return at < len(self._tokens) and self._tokens[at].text == text


def _name(span: Span, spans: Sequence[Span], tokens: Sequence[Token]) -> Span:
    """Return a name without titles, and without a first name that is not changed; the words say which name it is."""
    first = span.first
    while first < span.last and fold(tokens[first].text).rstrip(".") in end_words().titles:
        first += 1
    bare, was = replace(span, first=first), _old_word(spans, tokens)
    if first == span.last:
        return Span("new_last_name", first, first) if first > span.first else _lone_name(bare, was, tokens)
    return bare if span.role == "new_first_name" else _whole_name(bare, was, tokens)


def _lone_name(span: Span, was: str, tokens: Sequence[Token]) -> Span:
    is_first = is_first_name(tokens[span.first].text) or is_first_name(was)
    return replace(span, role="new_first_name") if is_first and span.role == "new_last_name" else span


def _whole_name(span: Span, was: str, tokens: Sequence[Token]) -> Span:
    if was and _stays(span.first, was, tokens):
        first = span.first + 1
        while first < span.last and is_first_name(tokens[first].text):
            first += 1
        return Span("new_last_name", first, span.last)
    is_whole = span.role == "new_last_name" and is_first_name(tokens[span.first].text)
    return replace(span, role="new_full_name") if is_whole else span


def _old_word(spans: Sequence[Span], tokens: Sequence[Token]) -> str:
    """Return the old value if there is one of one word."""
    old = [tokens[span.first].text for span in spans if span.role == OLD and span.first == span.last]
    return old[0] if len(old) == 1 else ""


def _stays(first: int, was: str, tokens: Sequence[Token]) -> bool:
    """Tell whether the first word is a first name and the old value a family name; or stands before that, too."""
    if is_first_name(tokens[first].text) and was[:1].isupper() and not is_first_name(was):
        return True
    before = {tokens[at - 1].text for at, token in enumerate(tokens) if at and token.text == was}
    return tokens[first].text in before or fold(tokens[first + 1].text) == fold(was)


@cache
def end_words() -> EndWords:
    """Return the words of ends.toml."""
    raw = tomllib.loads(files("nlp").joinpath("slots", "ends.toml").read_text(encoding="utf-8"))
    return EndWords(**{name: frozenset(words) for name, words in raw.items()})
