"""The same person: by the record on file, and only where that is not known by the address."""

import dataclasses

import pytest

from handlers.crm import Person
from handlers.rights import Right
from handlers.same_person import is_same_person, other_open_tickets
from handlers.tickets import Requester
from tests.fakes import FakeUnit
from tests.people import ANNA, BERND, NOW, STRANGER, a_request, a_ticket


@pytest.mark.parametrize(
    ("person", "address", "same"),
    [
        (ANNA, ANNA.email, True),
        (ANNA, STRANGER, True),  # she wrote from another address
        (dataclasses.replace(ANNA, email="anna.new@customer.example"), STRANGER, True),
        (None, ANNA.email, True),  # nobody looked her up yet
        (None, STRANGER, False),
        (BERND, ANNA.email, False),  # a family behind one address
        (BERND, BERND.email, False),
    ],
)
def test_who_is_the_same(person: Person | None, address: str, same: bool) -> None:
    one, other = a_ticket(), a_ticket(person=person, requester=Requester(address))
    assert is_same_person(one, other) is is_same_person(other, one) is same


def test_the_other_open_tickets_of_a_person() -> None:
    unit = FakeUnit()
    for name, changes in {
        "own": {},
        "address": {"person": None},
        "record": {"requester": Requester(STRANGER)},
        "another": {"person": BERND},
        "closed": {"closed_at": NOW},
        "stranger": {"person": None, "requester": Requester(STRANGER)},
    }.items():
        unit.save(a_ticket(a_request(Right.ACCESS), id=name, reference=f"R-{name}", **changes), actor="")
    assert [ticket.id for ticket in other_open_tickets(unit, unit.tickets["own"])] == ["address", "record"]
    assert [ticket.id for ticket in other_open_tickets(unit, unit.tickets["stranger"])] == ["record"]
