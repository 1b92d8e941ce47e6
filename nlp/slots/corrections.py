"""Old and new values that belong together, out of what the tagger found in a mail."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from nlp.phrasebook import Phrasebook
from nlp.slots.ends import end_words
from nlp.slots.features import TYPED, twins_of
from nlp.slots.tags import OLD, Span
from nlp.slots.tokens import Token
from nlp.text import fold

STRANGE = 2  # degrees: values of different kinds
HOUSE_DIGITS = 3  # a number of more is a postcode
ROLE_WINDOW = 24  # characters before a value in which a word such as "old" or "instead of" tells its role


@dataclass(frozen=True)
class Change:
    """One value to be changed; one of the two may be missing."""

    old: Span | None
    new: Span | None

    @property
    def value(self) -> Span:
        """Return the new value, else the old one."""
        value = self.new or self.old
        if value is None:
            raise ValueError("a change has a value")
        return value


def changes_of(spans: Sequence[Span], tokens: Sequence[Token]) -> tuple[Change, ...]:
    """Return the changes that these spans stand for: each new value with the old one that is most like it."""
    old = [span for span in spans if span.role == OLD]
    new = [span for span in spans if span.field]
    return tuple(_pairs(old, new, tokens, twins_of(tokens))) if old or new else ()


def with_old(spans: Sequence[Span], tokens: Sequence[Token], folded: str, book: Phrasebook) -> tuple[Span, ...]:
    """Return the spans; of two new values of one field, the one that words around it call old becomes the old one."""
    parted = [part for span in spans for part in _parted(span, tokens)]
    new = [span for span in parted if span.field]
    if len(new) != 2 or new[0].field != new[1].field:  # noqa: PLR2004 - a value and its other
        return tuple(parted)
    called = [span for span in new if _is_called_old(folded, tokens[span.first].start, book)]
    if _leads_to(new[0], new[1], tokens):
        called = new[:1]
    return tuple(replace(span, role=OLD) if [span] == called else span for span in parted)


def _parted(span: Span, tokens: Sequence[Token]) -> Iterator[Span]:
    """Yield the two addresses of "14 Mill Lane, Leeds to 3 Oak Street, York", each of which begins with its number."""
    for at in range(span.first + 1, span.last) if span.role == "new_address" else ():
        if _is_towards(tokens[at]) and _is_house_number(tokens[span.first]) and _is_house_number(tokens[at + 1]):
            yield replace(span, last=at - 1)
            yield replace(span, first=at + 1)
            return
    yield span


def _leads_to(one: Span, other: Span, tokens: Sequence[Token]) -> bool:
    return other.first - one.last == 2 and _is_towards(tokens[one.last + 1])  # noqa: PLR2004 - one piece between


def _is_towards(token: Token) -> bool:
    return fold(token.text) in end_words().towards


def _is_house_number(token: Token) -> bool:
    return token.text[0].isdigit() and sum(map(str.isdigit, token.text)) <= HOUSE_DIGITS


def _is_called_old(folded: str, start: int, book: Phrasebook) -> bool:
    """Look at the cue nearest before a value."""
    before = folded[max(0, start - ROLE_WINDOW) : start]
    old, new = (
        max((match.end() for pattern in patterns for match in pattern.finditer(before)), default=-1)
        for patterns in (book.old, book.new)
    )
    return old > new


def _pairs(
    old: list[Span], new: Sequence[Span], tokens: Sequence[Token], twins: Sequence[tuple[int, ...]]
) -> Iterator[Change]:
    for value in new:
        best = min(old, key=lambda span: _strangeness(span, value, tokens, twins), default=None)
        if best is not None and (len(new) == 1 or _strangeness(best, value, tokens, twins)[0] < STRANGE):
            old.remove(best)
            yield Change(old=best, new=value)
        else:
            yield Change(old=None, new=value)
    yield from (Change(old=span, new=None) for span in old if not new)


def _strangeness(one: Span, other: Span, tokens: Sequence[Token], twins: Sequence[tuple[int, ...]]) -> tuple[int, int]:
    kinds = tokens[one.first].kind, tokens[other.first].kind
    alike = other.first in twins[one.first] or (kinds[0] == kinds[1] and kinds[0] in TYPED)
    degree = 0 if alike else 1 if kinds[0] == kinds[1] else STRANGE
    return degree, abs(one.first - other.first)
