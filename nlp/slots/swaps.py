"""More lessons out of few: the values of one mail in the place of another's, so that no value is learnt by heart."""

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace

from handlers.recognition import Correction, Identifiers
from nlp.slots.lessons import Example

UNSWAPPED = frozenset({"salutation", "other"})  # their values belong to their sentences
LOCAL = frozenset({"address", "company", "first_name", "last_name", "full_name", "birth_date", "postal_address"})
CHANGED_SHARE = 0.8  # of the corrections
IDENTIFIED_SHARE = 0.6  # of the identifiers
ANYWHERE = "*"  # no language: numbers and mail addresses look alike in all


class Swaps:
    """Knows the values of many mails."""

    def __init__(self, examples: Iterable[Example]) -> None:
        self._changes: dict[tuple[str, str, bool], list[Correction]] = defaultdict(list)
        self._identifiers: dict[tuple[str, str], list[str]] = defaultdict(list)
        for example in examples:
            for one in example.slots.corrections:
                if one.field not in UNSWAPPED and one.new:
                    self._changes[_where(one.field, example.language), one.field, bool(one.old)].append(one)
            for name, value in _identifiers(example).items():
                self._identifiers[_where(name, example.language), name].append(value)

    def swapped(self, example: Example, chance: random.Random) -> Example:
        """Return the mail with other people's values; old and new value come from one mail, since they may be alike."""
        put: dict[str, str] = {}
        corrections = tuple(self._other_change(one, example.language, put, chance) for one in example.slots.corrections)
        named = {
            name: put.get(value) or self._other_identifier(name, value, example.language, put, chance)
            for name, value in _identifiers(example).items()
        }
        if not put:
            return example
        slots = replace(example.slots, corrections=corrections, identifiers=Identifiers(**named))
        return replace(example, text=_with(put, example.text), evidence=_with(put, example.evidence), slots=slots)

    def _other_change(
        self, correction: Correction, language: str, put: dict[str, str], chance: random.Random
    ) -> Correction:
        pool = self._changes.get((_where(correction.field, language), correction.field, bool(correction.old)))
        if not pool or not correction.new or chance.random() > CHANGED_SHARE:
            return correction
        other = chance.choice(pool)
        put[correction.new] = other.new
        if correction.old:
            put[correction.old] = other.old
        return other

    def _other_identifier(
        self, name: str, value: str, language: str, put: dict[str, str], chance: random.Random
    ) -> str:
        pool = self._identifiers[_where(name, language), name]
        if chance.random() > IDENTIFIED_SHARE:
            return value
        put[value] = chance.choice(pool)
        return put[value]


def _where(name: str, language: str) -> str:
    return language if name in LOCAL else ANYWHERE


def _identifiers(example: Example) -> Mapping[str, str]:
    return {name: value for name, value in asdict(example.slots.identifiers).items() if value}


def _with(put: Mapping[str, str], text: str) -> str:
    """Put the new values in, the longest first, since one may be part of another."""
    longest_first = sorted(put, key=len, reverse=True)
    pattern = "|".join(rf"(?<!\w){re.escape(value)}(?!\w)" for value in longest_first)
    return re.sub(pattern, lambda match: put[match.group()], text)
