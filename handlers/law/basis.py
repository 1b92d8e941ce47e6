"""What a ticket's clock follows from, beside the day of receipt and the company's place."""

from dataclasses import dataclass
from datetime import datetime

from handlers.law.choosing import ChoiceReason
from handlers.law.facts import Extension, Pause
from handlers.law.regimes import PauseReason


@dataclass(frozen=True)
class Basis:
    """The law with the reason for it, what was asked back, an extension.

    `law` and `cited` (what the mail cites, "" for none) are keys of handlers.law.regimes.REGIMES. `asked_at` is the
    latest question, from which silence counts (a pause goes on from its first), `heard_at` the person's latest mail.
    `tables` is the version of the holiday tables; `reckoned_by` stands for them and for the settings that dates follow
    from: where it differs, the dates are reckoned anew.
    """

    law: str = "EU"
    reason: ChoiceReason = ChoiceReason.DEFAULT
    cited: str = ""
    pauses: tuple[Pause, ...] = ()
    asked_at: datetime | None = None
    heard_at: datetime | None = None
    extension: Extension | None = None
    tables: str = ""
    reckoned_by: str = ""

    @property
    def waiting_for(self) -> PauseReason | None:
        """What the person is waited for, the earliest question first; None if nothing was asked or all is answered."""
        waiting = (pause for pause in self.pauses if pause.answered_on is None)
        earliest = min(waiting, key=lambda pause: pause.asked_on, default=None)
        return earliest.reason if earliest else None

    @property
    def silent_since(self) -> datetime | None:
        """When the question was put that the person has not reacted to at all; None if there is none."""
        if self.waiting_for is None or self.asked_at is None:
            return None
        return None if self.heard_at is not None and self.heard_at >= self.asked_at else self.asked_at
