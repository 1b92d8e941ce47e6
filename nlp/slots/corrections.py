"""Old and new values that belong together, out of what the tagger found in a mail."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nlp.slots.features import TYPED, twins_of
from nlp.slots.tags import OLD, Span
from nlp.slots.tokens import Token

STRANGE = 2  # degrees: values of different kinds


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
