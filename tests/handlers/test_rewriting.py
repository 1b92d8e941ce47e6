"""Setting a held letter anew: the same outcomes, from what the ticket holds now."""

import dataclasses
from datetime import date

import pytest

from handlers import clocks
from handlers.law.regimes import PauseReason
from handlers.rewriting import rewrite
from handlers.rights import Right
from handlers.tickets import Status
from tests.fakes import FakeUnit
from tests.people import NOW, POLICY, SHOP, a_request, a_ticket

ASKED = clocks.asked(
    a_ticket(a_request(Right.ACCESS, Status.IDENTITY_ASKED)), PauseReason.IDENTITY, at=NOW, controller=SHOP
)
DONE = a_ticket(
    a_request(Right.WITHDRAWAL, Status.CARRIED_OUT, told_in="held"),
    a_request(Right.ACCESS, Status.REFUSED, reason="identity", told_in="held"),
    a_request(Right.OBJECTION, Status.REFUSED, reason="claims", told_in="sent"),
    a_request(Right.DELETION, Status.CLOSED),
    unsent=("held",),
)


def test_an_answer_says_the_same_outcomes_again_and_no_others() -> None:
    unit = FakeUnit()
    assert rewrite(unit, DONE, "held", "answer", policy=POLICY)
    [letter] = unit.letters
    sections = letter.context["sections"]
    assert isinstance(sections, list)
    assert [section["right"] for section in sections] == ["withdrawal", "access"]
    [after] = unit.tickets.values()
    assert [request.told_in for request in after.requests] == ["letter-1", "letter-1", "sent", ""]
    assert after.unsent == ("letter-1",)


@pytest.mark.parametrize("kind", ["acknowledgement", "silence"])
def test_notices_are_made_from_the_ticket(kind: str) -> None:
    unit = FakeUnit()
    assert rewrite(unit, dataclasses.replace(ASKED, closes_on=date(2027, 2, 21)), "held", kind, policy=POLICY)
    assert unit.kinds == [kind]


@pytest.mark.parametrize("kind", ["silence", "challenge", "waiting", "extension", "answer"])
def test_what_nobody_needs_or_nobody_can_make_again_stays_as_it_is(kind: str) -> None:
    # The person has answered meanwhile; or the letter carries a code, a link or words that are kept nowhere else.
    unit = FakeUnit()
    assert not rewrite(unit, ASKED, "held", kind, policy=POLICY)
    assert unit.letters == []
