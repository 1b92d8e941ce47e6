"""What a question back does under each law, worked out by hand from its text."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from handlers.law.deadlines import reckon
from handlers.law.facts import Facts, Pause
from handlers.law.regimes import CALIFORNIA, CH, EU, EU_FR, UK, PauseReason, Regime

BERLIN = ZoneInfo("Europe/Berlin")
IDENTITY, CLARIFICATION, FEE = PauseReason.IDENTITY, PauseReason.CLARIFICATION, PauseReason.FEE


def june(day: int) -> date:
    return date(2026, 6, day)


def july(day: int) -> date:
    return date(2026, 7, day)


# All received on Monday, 1 June 2026: a month ends on Wednesday, 1 July; (nominal, safe).
@pytest.mark.parametrize(
    ("regime", "pauses", "dates"),
    [
        # EDPB § 159: asked without undue delay, 8 days from 2 to 10 June; the safe date does without.
        (EU, [Pause(IDENTITY, june(2), june(10))], (july(9), july(1))),
        (EU, [Pause(CLARIFICATION, june(2), june(10))], (july(9), july(1))),
        (EU, [Pause(IDENTITY, june(6), june(10))], (july(5), july(1))),  # five days after receipt
        (EU, [Pause(IDENTITY, june(7), june(10))], (july(1), july(1))),  # six: too late
        (EU, [Pause(IDENTITY, june(2), june(2))], (july(1), july(1))),  # answered on the same day
        (EU, [Pause(FEE, june(2), june(10))], (july(1), july(1))),  # no pause for a fee
        (EU, [Pause(IDENTITY, june(2), june(4)), Pause(IDENTITY, june(5), june(8))], (july(6), july(1))),
        # France: the text suspends, so the safe date has it too; a clarification stays disputed.
        (EU_FR, [Pause(IDENTITY, june(2), june(10))], (july(9), july(9))),
        (EU_FR, [Pause(IDENTITY, june(7), june(10))], (july(1), july(1))),  # six days after receipt, as elsewhere
        (EU_FR, [Pause(CLARIFICATION, june(2), june(10))], (july(9), july(1))),
        # UK GDPR Art. 12A(2): the month starts anew with the latest of answer and payment.
        (UK, [Pause(IDENTITY, june(2), june(8))], (july(8), july(8))),
        (UK, [Pause(IDENTITY, june(2), june(8)), Pause(FEE, june(2), june(20))], (july(20), july(20))),
        # Art. 12A(5)(b): 10 to 15 June are six days, both included; those before the month started anew do not count.
        (UK, [Pause(CLARIFICATION, june(10), june(15))], (july(7), july(7))),
        (UK, [Pause(IDENTITY, june(2), june(8)), Pause(CLARIFICATION, june(3), june(9))], (july(10), july(10))),
        # The order in which they are noted does not matter: the second was asked in the month that the first began.
        (UK, [Pause(CLARIFICATION, july(10), july(12)), Pause(IDENTITY, june(2), june(20))], (july(23), july(23))),
        # Asked when the month was over.
        (UK, [Pause(IDENTITY, july(2), july(6))], (july(1), july(1))),
        # DSV Art. 19(3): ten days to think, until 14 June, then 30 days.
        (CH, [Pause(FEE, june(4))], (july(14), july(14))),
        (CH, [Pause(IDENTITY, june(2), june(10))], (july(1), july(1))),
        # 11 CCR § 7021(b): "regardless of time required to verify the request".
        (CALIFORNIA, [Pause(IDENTITY, june(2), june(10))], (july(16), july(16))),
    ],
)
def test_what_a_question_does(regime: Regime, pauses: list[Pause], dates: tuple[date, date]) -> None:
    clock = reckon(
        Facts(
            received_at=datetime(2026, 6, 1, 10, tzinfo=BERLIN),
            zone=BERLIN,
            region="DE",
            regime=regime,
            pauses=tuple(pauses),
        )
    ).clock
    assert (clock.nominal_date, clock.safe_date) == dates


def test_a_question_is_not_answered_before_it_is_asked() -> None:
    with pytest.raises(ValueError, match="the identity question was answered before it was asked"):
        Pause(IDENTITY, june(8), june(2))
