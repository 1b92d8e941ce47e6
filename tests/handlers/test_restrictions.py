from datetime import timedelta

import pytest

from handlers.crm import CrmUnavailable, Done, Formerly
from handlers.restriction import carry_out, lift
from handlers.restrictions import NotTold, Restriction
from handlers.rights import Right
from handlers.tickets import Status
from tests.fakes import FakeCrm, a_job
from tests.people import ANNA, NOW, a_request, a_ticket

DAY = timedelta(days=1)
FROZEN = Restriction("t1", since=NOW, mailings=("customers",))


@pytest.mark.parametrize(
    ("formerly", "mailings"), [((), ()), ((Formerly("customers", (("no_marketing", "False"),)),), ("customers",))]
)
def test_carrying_out_remembers_whether_mailings_ended_with_it(
    formerly: tuple[Formerly, ...], mailings: tuple[str, ...]
) -> None:
    request = a_request(Right.RESTRICTION, Status.CARRYING_OUT)
    ticket = a_ticket(request)

    outcome = carry_out(a_job(ticket, request, crm=FakeCrm(done=Done((), formerly=formerly))))

    assert outcome.restricted == Restriction(ticket.id, since=NOW, mailings=mailings)


def test_a_restriction_is_lifted_after_the_person_was_told() -> None:
    crm = FakeCrm()

    ended = lift(FROZEN.tell(now=NOW + DAY), crm, ANNA, now=NOW + 2 * DAY, objected=False)

    assert crm.calls == [("lift_restriction", ANNA.key, ("customers",))]
    assert ended == Restriction("t1", NOW, mailings=("customers",), told_at=NOW + DAY, lifted_at=NOW + 2 * DAY)


@pytest.mark.parametrize("restriction", [FROZEN, FROZEN.tell(now=NOW + DAY)])
def test_a_restriction_is_not_lifted_before(restriction: Restriction) -> None:
    crm = FakeCrm()

    with pytest.raises(NotTold):
        lift(restriction, crm, ANNA, now=NOW, objected=False)

    assert crm.calls == []


def test_a_restriction_whose_lifting_failed_is_in_force() -> None:
    with pytest.raises(CrmUnavailable):
        lift(FROZEN.tell(now=NOW), FakeCrm(problem=CrmUnavailable()), ANNA, now=NOW, objected=False)


def test_telling_and_lifting_again_keep_the_first_date() -> None:
    once = FROZEN.tell(now=NOW).lift(now=NOW)

    assert once.tell(now=NOW + DAY).lift(now=NOW + DAY) == once
