"""The tags that the pieces of a mail get: begin of a role, going on with it, or outside of all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlp.scores import Floats

FIELDS = ("address", "email", "phone", "first_name", "last_name", "full_name", "birth_date", "iban", "company",
          "salutation", "other")  # fmt: skip
IDENTIFIERS = ("customer_number", "order_number", "email", "phone", "postal_address", "birth_date")
CITED = ("on_behalf_of", "deadline_mentioned", "law")
OLD = "old"
NEW = tuple(f"new_{field}" for field in FIELDS)
ROLES = (OLD, *NEW, *IDENTIFIERS, *CITED)

OUTSIDE = 0  # then 1 + 2r begins role r and 2 + 2r goes on with it
COUNT = 1 + 2 * len(ROLES)
NEVER = -1e4
LONG = frozenset({OLD, "new_address", "postal_address"})  # may go on in another line
_ON_ONE_LINE = np.isin(np.arange(COUNT), [2 + 2 * at for at, role in enumerate(ROLES) if role not in LONG])
BEGINS_NEW = np.array([1 + 2 * ROLES.index(role) for role in NEW])

Bools = npt.NDArray[np.bool_]
Tags = list[int]


@dataclass(frozen=True)
class Span:
    """Pieces first to last (included) that are one detail."""

    role: str
    first: int
    last: int

    @property
    def field(self) -> str:
        """Return the field that a new value is of, or nothing."""
        return self.role.removeprefix("new_") if self.role in NEW else ""


def tags_of(spans: Iterable[Span], length: int) -> Tags:
    """Return the tags of pieces that hold these spans; the first of two that overlap counts."""
    tags = [OUTSIDE] * length
    for span in spans:
        if any(tags[span.first : span.last + 1]):
            continue
        begin = 1 + 2 * ROLES.index(span.role)
        tags[span.first : span.last + 1] = [begin] + [begin + 1] * (span.last - span.first)
    return tags


def spans_of(tags: Sequence[int]) -> tuple[Span, ...]:
    """Return the spans that tags stand for."""
    spans: list[Span] = []
    for at, tag in enumerate(tags):
        if tag == OUTSIDE:
            continue
        role = ROLES[(tag - 1) // 2]
        if tag % 2 == 1:
            spans.append(Span(role, at, at))
        else:
            spans[-1] = Span(role, spans[-1].first, at)
    return tuple(spans)


def forbidden_steps() -> Floats:
    """Return what is added to each step between two tags: a role can only go on after it began."""
    steps = np.zeros((COUNT, COUNT), dtype=np.float32)
    for tag in range(2, COUNT, 2):
        steps[:, tag] = NEVER
        steps[tag - 1, tag] = steps[tag, tag] = 0
    return steps


def barred(*, correcting: bool, dividing: Bools, on_new_line: Bools) -> Floats:
    """Return what is added to the scores of a mail's pieces: NEVER for the tags that they cannot have.

    Where no correction is asked, there are no old and new values. No value has a dividing mark within, and only
    addresses, and old values, which may be addresses, go on in another line.
    """
    scores = np.zeros((len(dividing), COUNT), dtype=np.float32)
    if not correcting:
        scores[:, 1 : int(BEGINS_NEW[-1]) + 2] = NEVER
    scores[dividing, 1:] = NEVER
    scores[on_new_line[:, None] & _ON_ONE_LINE] = NEVER
    return scores
