"""Lifting a restriction: told first, by an approver, once; nothing is said where the letter would lack something."""

from dataclasses import replace
from datetime import date

import pytest

from handlers import lifting
from handlers.restrictions import Restriction
from handlers.rights import Right
from handlers.staff import NotAllowed, Staff
from handlers.tickets import Status
from tests.fakes import FakeUnit
from tests.people import ANNA, GRETA, NOW, OLGA, POLICY, a_request, a_ticket

TICKET = a_ticket(a_request(Right.RESTRICTION, Status.ANSWERED), closed_at=NOW)
IN_FORCE = Restriction(TICKET.id, since=NOW, mailings=("customers",))


def test_the_person_is_told_the_day() -> None:
    unit = FakeUnit(restrictions={TICKET.id: IN_FORCE})
    lifting.announce(unit, TICKET, staff=OLGA, policy=POLICY)
    [letter] = unit.letters
    assert (letter.kind, letter.to, letter.context["lifted_on"]) == ("lifting", ANNA.email, date(2026, 11, 26))
    assert unit.restrictions[TICKET.id] == replace(IN_FORCE, told_at=NOW)
    assert unit.events == ["lifting.told"]


@pytest.mark.parametrize(
    ("restriction", "staff", "why"),
    [
        (IN_FORCE, GRETA, "not_allowed"),
        (None, OLGA, "nothing_to_lift"),
        (replace(IN_FORCE, told_at=NOW), OLGA, "nothing_to_lift"),
        (replace(IN_FORCE, told_at=NOW, lifted_at=NOW), OLGA, "nothing_to_lift"),
    ],
)
def test_there_must_be_one_in_force_and_somebody_who_may(
    restriction: Restriction | None, staff: Staff, why: str
) -> None:
    unit = FakeUnit(restrictions={TICKET.id: restriction} if restriction else {})
    with pytest.raises(NotAllowed, match=why):
        lifting.announce(unit, TICKET, staff=staff, policy=POLICY)
    assert unit.letters == []


def test_a_letter_that_lacks_something_tells_nobody() -> None:
    unit = FakeUnit(restrictions={TICKET.id: IN_FORCE}, held_kinds=frozenset({"lifting"}))
    with pytest.raises(NotAllowed, match="letter_incomplete"):
        lifting.announce(unit, TICKET, staff=OLGA, policy=POLICY)
    assert unit.restrictions[TICKET.id] == IN_FORCE
