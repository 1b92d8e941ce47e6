"""Challenges: a one-time code and a link that prove who is asking (GDPR Art. 12(6))."""

import dataclasses
import enum
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

CODE_DIGITS = 6
# Six digits, perhaps in two groups, not inside a longer number.
CODE_PATTERN = re.compile(r"(?<![\d-])(\d{3})[ \u00a0-]?(\d{3})(?![\d-])")


@enum.unique
class ChallengeState(enum.StrEnum):
    """Where a challenge stands."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Challenge:
    """A question to the contact on file about certain requests. Code and link are kept as keyed hashes only."""

    id: str
    ticket_id: str
    code_hash: str
    link_hash: str
    sent_to_hash: str
    expires_at: datetime
    tries_left: int
    requests: tuple[str, ...]  # the ids of those that the letter named: exactly these are confirmed
    state: ChallengeState = ChallengeState.OPEN

    def tried(self, *, right: bool, now: datetime, guesses: int = 1) -> "Challenge":
        """Return the challenge after some guesses: confirmed, fewer tries, failed after the last, or expired."""
        if now >= self.expires_at:
            return dataclasses.replace(self, state=ChallengeState.EXPIRED)
        if right:
            return dataclasses.replace(self, state=ChallengeState.CONFIRMED)
        left = max(self.tries_left - guesses, 0)
        return dataclasses.replace(self, tries_left=left, state=ChallengeState.OPEN if left else ChallengeState.FAILED)


def tried_codes(
    challenges: Sequence[Challenge], codes: Sequence[str], *, opens: Callable[[Challenge, str], bool], now: datetime
) -> list[Challenge]:
    """Return a ticket's challenges after a reply with codes; `opens` says whether a code is that of a challenge.

    Each code is a try at every challenge, and each looks at no more codes than it has tries left: a reply full of them
    would otherwise guess thousands of times. Only a code that confirms one costs the others nothing, because whoever
    answers two letters one after the other guesses nothing.
    """
    return [_tried(one, challenges, codes[: one.tries_left], opens=opens, now=now) for one in challenges]


def _tried(
    one: Challenge,
    challenges: Sequence[Challenge],
    guesses: Sequence[str],
    *,
    opens: Callable[[Challenge, str], bool],
    now: datetime,
) -> Challenge:
    right = any(opens(one, code) for code in guesses)
    wrong = [code for code in guesses if not any(opens(other, code) for other in challenges)]
    return one.tried(right=right, now=now, guesses=len(wrong)) if right or wrong else one


def new_code() -> str:
    """Return a random code of six digits."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"


def codes_in(text: str) -> list[str]:
    """Return what looks like a code in a reply, each once."""
    return list(dict.fromkeys("".join(match.groups()) for match in CODE_PATTERN.finditer(text)))
