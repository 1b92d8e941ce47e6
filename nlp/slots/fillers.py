"""Longer lessons out of short ones: a mail that corrects nothing beside one that does, as people say several things."""

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, replace

from handlers.recognition import Identifiers, Slots
from nlp.slots.lessons import Example
from nlp.slots.tags import CITED

LONGEST = 45  # pieces of a mail that is put beside another, and of one that gets company
GAPS = (" ", "\n", "\n\n")


class Fillers:
    """Knows short mails that correct nothing."""

    def __init__(self, examples: Iterable[Example]) -> None:
        self._mails: dict[str, list[Example]] = defaultdict(list)
        for example in examples:
            if not example.correcting and len(example.tokens) <= LONGEST:
                self._mails[example.language].append(example)

    def beside(self, example: Example, chance: random.Random) -> Example:
        """Return the mail with another before or behind it; long ones, and those of no company, as they are."""
        others = self._mails.get(example.language, ())
        if not others or len(example.tokens) > LONGEST:
            return example
        other = chance.choice(others)
        if _named(example.slots) & _named(other.slots):
            return example  # of two numbers of a kind only one could be labelled
        first, second = (example, other) if chance.random() < 0.5 else (other, example)  # noqa: PLR2004 - a coin
        text = f"{first.text}{chance.choice(GAPS)}{second.text}"
        return replace(example, text=text, slots=_both(example.slots, other.slots))


def _named(slots: Slots) -> set[str]:
    named = asdict(slots.identifiers) | {name: getattr(slots, name) for name in CITED}
    return {name for name, value in named.items() if value}


def _both(one: Slots, other: Slots) -> Slots:
    """Return the first one's details, and the other's identifiers and citations."""
    named = {name: value or getattr(other.identifiers, name) for name, value in asdict(one.identifiers).items()}
    cited = {name: getattr(one, name) or getattr(other, name) for name in CITED}
    return replace(one, identifiers=Identifiers(**named), **cited)
