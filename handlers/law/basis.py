"""What a ticket's clock follows from, beside the day of receipt and the company's place."""

from dataclasses import dataclass
from datetime import date

from handlers.law.choosing import ChoiceReason
from handlers.law.facts import Extension, Pause
from handlers.law.regimes import PauseReason


@dataclass(frozen=True)
class Basis:
    """The law with the reason for it, what was asked back, an extension; `tables` is the holiday tables' version.

    `asked_last` is the day of the latest question, from which silence counts: a pause goes on from its first.
    `law` and `cited` (what the mail cites, "" for none) are keys of handlers.law.regimes.REGIMES.
    """

    law: str = "EU"
    reason: ChoiceReason = ChoiceReason.DEFAULT
    cited: str = ""
    pauses: tuple[Pause, ...] = ()
    asked_last: date | None = None
    extension: Extension | None = None
    tables: str = ""

    @property
    def waiting_for(self) -> PauseReason | None:
        """What the person is waited for, the earliest question first; None if nothing was asked or all is answered."""
        waiting = (pause for pause in self.pauses if pause.answered_on is None)
        earliest = min(waiting, key=lambda pause: pause.asked_on, default=None)
        return earliest.reason if earliest else None
