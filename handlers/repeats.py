"""What a person has asked before: shown to whoever decides, never a reason to refuse by itself (GDPR Art. 12(5))."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from handlers.law.counting import add_months
from handlers.policy import Policy
from handlers.rights import Right

MONTHS_BACK = 12


@dataclass(frozen=True)
class Answered:
    """A request that was answered, as the store knows it."""

    right: Right
    reference: str
    at: datetime


@dataclass(frozen=True)
class Earlier:
    """An answer that the same person got before."""

    reference: str
    answered_on: date


@dataclass(frozen=True)
class Repeat:
    """A right that was answered before, the oldest answer first; perhaps so often that asking again is excessive."""

    right: Right
    earlier: tuple[Earlier, ...]
    perhaps_excessive: bool


def looked_back_to(now: datetime, policy: Policy) -> datetime:
    """Return the moment from which on an earlier answer counts: the first of the same day a year ago."""
    return datetime.combine(add_months(policy.today(now), -MONTHS_BACK), time(), tzinfo=policy.controller.zone)


def repeats_of(answered: Sequence[Answered], *, policy: Policy) -> tuple[Repeat, ...]:
    """Return what was answered before, right by right; all rights, as the staff may still add some to a ticket."""
    earlier: dict[Right, list[Earlier]] = {}
    for one in sorted(answered, key=lambda one: one.at):
        earlier.setdefault(one.right, []).append(Earlier(one.reference, policy.today(one.at)))
    return tuple(Repeat(right, tuple(found), len(found) >= policy.repeat_count) for right, found in earlier.items())
