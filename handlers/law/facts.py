"""What a clock is reckoned from: the receipt, what was asked back and when it was answered, an extension."""

import enum
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from handlers.law.regimes import PauseReason, Regime


@enum.unique
class ExtensionReason(enum.StrEnum):
    """Why a period may be extended (GDPR Art. 12(3) s. 2; UK GDPR Art. 12A(4))."""

    COMPLEXITY = "complexity"
    NUMBER = "number"


@dataclass(frozen=True)
class Pause:
    """Something asked back from the person; raises ValueError if answered before it was asked."""

    reason: PauseReason
    asked_on: date
    answered_on: date | None = None

    def __post_init__(self) -> None:
        if self.answered_on is not None and self.answered_on < self.asked_on:
            raise ValueError(f"the {self.reason} question was answered before it was asked")


@dataclass(frozen=True)
class Extension:
    """A notice to the person that the answer takes longer; `named_date` is for laws that let the notice set it."""

    sent_on: date
    reasons: tuple[ExtensionReason, ...] = ()
    named_date: date | None = None


@dataclass(frozen=True)
class Facts:
    """All that the dates of one request follow from: the same facts and holiday tables give the same dates.

    `received_at` is the mail server's stamp (`handlers.law.receipt`), `region` the controller's place ("DE", "DE-BY",
    "CH-ZH"); with `regional`, days that are off only there count too.
    """

    received_at: datetime
    zone: ZoneInfo
    region: str
    regime: Regime
    regional: bool = False
    pauses: tuple[Pause, ...] = ()
    extension: Extension | None = None
