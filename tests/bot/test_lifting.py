"""A restriction ends three days after its notice has left, and not before."""

from datetime import timedelta

import pytest

from bot.cases import Cases
from bot.lifting import lift_due
from handlers.crm import CrmError, CrmUnavailable
from handlers.restrictions import Restriction
from handlers.rights import Right
from handlers.tickets import Status
from storage import journal, tables
from tests.fakes import FakeClock, FakeCrm
from tests.people import ANNA, NOW, OLGA, a_request, a_ticket

DAYS = timedelta(days=3)


@pytest.fixture
def told(cases: Cases) -> Cases:
    """A case with a restriction of whose end the person is told; the letter has left."""
    with cases.unit() as unit:
        ticket = unit.save(a_ticket(a_request(Right.RESTRICTION, Status.ANSWERED), closed_at=NOW), actor="")
        unit.save_restriction(Restriction(ticket.id, since=NOW, mailings=("customers",)))
    cases.lift("R-7KQ4M", staff=OLGA)
    sent(cases, "sent")
    return cases


def sent(cases: Cases, state: str) -> None:
    with cases.store.database.write() as connection:
        connection.execute(tables.letters.update().values(state=state))


def lifted(cases: Cases) -> list[str]:
    with cases.store.database.read() as connection:
        return [entry.event for _, entry in journal.read(connection) if entry.event == "lifted"]


def test_it_ends_when_the_days_are_over_once(told: Cases, clock: FakeClock, crm: FakeCrm) -> None:
    clock.now = NOW + DAYS - timedelta(minutes=1)
    lift_due(told)
    assert lifted(told) == []
    clock.now = NOW + DAYS
    for _ in range(2):
        lift_due(told)
    assert lifted(told) == ["lifted"]
    assert [call for call in crm.calls if call[0] == "lift_restriction"] == [
        ("lift_restriction", ANNA.key, ("customers",))
    ]


def test_not_before_the_notice_has_left(told: Cases, clock: FakeClock) -> None:
    sent(told, "failed")
    clock.now = NOW + DAYS
    lift_due(told)
    assert lifted(told) == []


def test_while_the_crm_is_away_it_waits(told: Cases, clock: FakeClock, crm: FakeCrm) -> None:
    clock.now, crm.problem = NOW + DAYS, CrmUnavailable()
    lift_due(told)
    assert lifted(told) == []
    crm.problem = None
    lift_due(told)
    assert lifted(told) == ["lifted"]


def test_what_the_crm_refuses_a_person_sees(told: Cases, clock: FakeClock, crm: FakeCrm) -> None:
    clock.now, crm.problem = NOW + DAYS, CrmError("Anna Nowak")
    lift_due(told)
    with told.store.database.read() as connection:
        topics = list(connection.execute(tables.cards.select()).all())
    assert [row.content["reason"] for row in topics if row.topic == "lift:R-7KQ4M"] == ["lift_failed"]


def liftings(crm: FakeCrm) -> list[tuple[object, ...]]:
    return [call for call in crm.calls if call[0] == "lift_restriction"]


def test_mailings_to_which_the_person_objected_meanwhile_stay_ended(
    told: Cases, clock: FakeClock, crm: FakeCrm
) -> None:
    with told.unit() as unit:
        unit.suppress(ANNA.email, [])
    clock.now = NOW + DAYS
    lift_due(told)
    assert liftings(crm) == [("lift_restriction", ANNA.key, ())]


def test_the_end_of_one_mailing_leaves_the_others_to_come_back(told: Cases, clock: FakeClock, crm: FakeCrm) -> None:
    with told.unit() as unit:
        unit.suppress(ANNA.email, ["newsletter"])
    clock.now = NOW + DAYS
    lift_due(told)
    assert liftings(crm) == [("lift_restriction", ANNA.key, ("customers",))]


def test_the_data_stay_frozen_while_another_restriction_is_in_force(
    told: Cases, clock: FakeClock, crm: FakeCrm
) -> None:
    with told.unit() as unit:
        request = a_request(Right.RESTRICTION, Status.ANSWERED, request_id="f" * 32)
        other = unit.save(a_ticket(request, id="e" * 32, reference="R-22222", closed_at=NOW), actor="")
        unit.save_restriction(Restriction(other.id, since=NOW, mailings=()))
    clock.now = NOW + DAYS
    lift_due(told)
    assert (lifted(told), liftings(crm)) == (["lifted"], [])

    told.lift("R-22222", staff=OLGA)
    sent(told, "sent")
    clock.now = NOW + 2 * DAYS
    lift_due(told)
    assert lifted(told) == ["lifted", "lifted"]
    assert liftings(crm) == [("lift_restriction", ANNA.key, ("customers",))]
