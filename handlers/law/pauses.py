"""What a question back to the person does to the period: one function for each rule of a law."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType

from handlers.law.counting import ONE_DAY
from handlers.law.facts import Pause
from handlers.law.provisions import Provision
from handlers.law.regimes import PauseLaw, PauseRule, Regime

REFLECTION = timedelta(days=10)


@dataclass(frozen=True)
class Stop:
    """A question back and its effect: days that do not count, or a later start. Without either it has none."""

    pause: Pause
    provision: Provision
    disputed: bool = False
    left_out: range = range(0)  # ordinals of the days that do not count
    starts_on: date | None = None

    @property
    def counts(self) -> bool:
        """Tell whether it moves any date."""
        return bool(self.left_out) or self.starts_on is not None


def stop_for(pause: Pause, *, regime: Regime, received_on: date) -> Stop:
    """Return what a question back does under a law."""
    law = regime.pauses.get(pause.reason)
    if law is None:
        return Stop(pause, Provision.NO_PAUSE)
    if law.asked_within_days is not None and (pause.asked_on - received_on).days > law.asked_within_days:
        return Stop(pause, Provision.EU_ASKED_LATE)
    return replace(_EFFECTS[law.rule](pause, law), disputed=law.disputed)


def without_effect(stop: Stop, provision: Provision) -> Stop:
    """Return the question without any effect, and the provision that denies it."""
    return Stop(stop.pause, provision)


# "... there may be a suspension" where the question is put without undue delay (EDPB 01/2022 § 159); in France the
# periods of Art. 12(3) "sont suspendus".
def _suspend(pause: Pause, law: PauseLaw) -> Stop:
    """Leave out the days from question to answer (EDPB 01/2022 § 159; Décret 2005-1309 art. 92)."""
    if pause.answered_on is None:
        return Stop(pause, Provision.UNANSWERED)
    return Stop(pause, law.provision, left_out=_days(pause.asked_on + ONE_DAY, pause.answered_on))


# The period runs from the latest of the request, the information asked for to confirm identity, and the fee.
def _restart(pause: Pause, law: PauseLaw) -> Stop:
    """Start the period on the day of the answer or payment (UK GDPR Art. 12A(2))."""
    if pause.answered_on is None:
        return Stop(pause, Provision.UNANSWERED)
    return Stop(pause, law.provision, starts_on=pause.answered_on)


# The days from the one on which the controller asks to the one on which it has the answer do not count, both included.
def _leave_out(pause: Pause, law: PauseLaw) -> Stop:
    """Leave out the days from question to answer, both included (UK GDPR Art. 12A(5)(b))."""
    if pause.answered_on is None:
        return Stop(pause, Provision.UNANSWERED)
    return Stop(pause, law.provision, left_out=_days(pause.asked_on, pause.answered_on))


# "Die Frist nach Artikel 18 Absatz 1 beginnt nach Ablauf der zehntägigen Bedenkzeit zu laufen." (DSV Art. 19(3))
def _reflect(pause: Pause, law: PauseLaw) -> Stop:
    """Start the period when the ten days to think over the announced fee have passed (DSV Art. 19(3))."""
    return Stop(pause, law.provision, starts_on=pause.asked_on + REFLECTION)


def _days(first: date, last: date) -> range:
    return range(first.toordinal(), last.toordinal() + 1)


_EFFECTS: Mapping[PauseRule, Callable[[Pause, PauseLaw], Stop]] = MappingProxyType(
    {
        PauseRule.SUSPENDS: _suspend,
        PauseRule.RESTARTS: _restart,
        PauseRule.LEAVES_DAYS_OUT: _leave_out,
        PauseRule.STARTS_AFTER_REFLECTION: _reflect,
    }
)
