"""Setting a held letter anew: the same outcomes, from what the ticket holds now."""

import dataclasses
from datetime import date

import pytest

from handlers import clocks
from handlers.law.regimes import PauseReason
from handlers.rewriting import REWRITABLE, rewrite
from handlers.rights import Right
from handlers.tickets import Status
from tests.fakes import FakeUnit
from tests.people import NOW, POLICY, SHOP, a_request, a_ticket

ASKED = clocks.asked(
    a_ticket(a_request(Right.ACCESS, Status.IDENTITY_ASKED)), PauseReason.IDENTITY, on=NOW.date(), controller=SHOP
)
DONE = a_ticket(
    a_request(Right.WITHDRAWAL, Status.CARRIED_OUT, told=True),
    a_request(Right.ACCESS, Status.REFUSED, reason="identity", told=True),
    a_request(Right.DELETION, Status.CLOSED),
)


def test_an_answer_says_the_same_outcomes_again() -> None:
    unit = FakeUnit()
    rewrite(unit, DONE, "answer", policy=POLICY)
    [letter] = unit.letters
    sections = letter.context["sections"]
    assert isinstance(sections, list)
    assert [section["right"] for section in sections] == ["withdrawal", "access"]


@pytest.mark.parametrize("kind", ["acknowledgement", "silence"])
def test_notices_are_made_from_the_ticket(kind: str) -> None:
    unit = FakeUnit()
    rewrite(unit, dataclasses.replace(ASKED, closes_on=date(2027, 2, 21)), kind, policy=POLICY)
    assert unit.kinds == [kind]


def test_silence_that_was_broken_meanwhile_is_not_told() -> None:
    unit = FakeUnit()
    rewrite(unit, ASKED, "silence", policy=POLICY)
    assert unit.letters == []


def test_letters_with_a_code_or_words_of_the_staff_are_not_among_them() -> None:
    assert set(REWRITABLE) == {"answer", "acknowledgement", "silence"}
