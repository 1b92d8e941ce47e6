"""Carrying out: intent, deed and result, each of which may be cut off and come again."""

import dataclasses
from datetime import timedelta

import pytest

from handlers import carrying_out
from handlers.crm import CrmConflict, CrmError, CrmIncomplete, CrmUnavailable
from handlers.desk import Job, Outcome
from handlers.links import COPY
from handlers.rights import Right
from handlers.tickets import Request, Status, Ticket
from tests.fakes import FakeCrm, FakeUnit, a_desk
from tests.people import ANNA, DONE, NOW, OLGA, PLAN, a_request, a_ticket

S = Status
ERASURE = a_request(Right.DELETION, S.CARRYING_OUT, plan=PLAN, attempt=1, due_at=NOW, approved_by=OLGA.id)
COPYING = a_request(Right.ACCESS, S.CARRYING_OUT, attempt=1, due_at=NOW)


def saved(*requests: Request) -> tuple[FakeUnit, Ticket]:
    unit = FakeUnit()
    return unit, unit.save(a_ticket(*requests), actor="")


def intended(unit: FakeUnit, ticket: Ticket, request: Request, *, crm: FakeCrm | None = None) -> Job:
    job = carrying_out.intend(unit, ticket.id, request.id, attempt=request.attempt, desk=a_desk(crm=crm))
    assert job is not None
    return job


def test_an_erasure_from_intent_to_answer() -> None:
    crm = FakeCrm()
    unit, ticket = saved(ERASURE)
    job = intended(unit, ticket, ERASURE, crm=crm)
    assert unit.events[-1] == "carrying_out"
    assert job.request.started
    assert not job.resumed
    outcome = carrying_out.do(job)
    assert crm.calls == [("delete", ANNA.key, PLAN, job.today, False)]
    ticket_after = carrying_out.conclude(unit, job, outcome, desk=a_desk())
    assert ticket_after is not None
    done = dataclasses.replace(ERASURE, status=S.CARRIED_OUT, done=DONE, due_at=None, told_in="letter-1")
    assert ticket_after.requests == (done,)
    assert unit.kinds == ["answer"]
    noted = next(entry for entry in unit.entries if entry.event == "carried_out")
    rows = {"customers:delete": 1, "tickets:anonymise": 2, "orders:keep": 2}
    assert (noted.reference, noted.data) == ("R-7KQ4M", {"right": "deletion", "rows": rows})


def test_a_copy_lies_behind_a_link_that_only_the_answer_tells() -> None:
    unit, ticket = saved(COPYING)
    job = intended(unit, ticket, COPYING)
    carrying_out.conclude(unit, job, carrying_out.do(job), desk=a_desk())
    [link] = unit.links.values()
    assert (link.kind, link.request_id, sorted(link.files)) == (COPY, "access", ["html", "json", "xlsx"])
    assert link.token not in repr(unit.entries) + repr(unit.cards)
    assert link.token in repr(unit.letters)


def test_a_stop_is_remembered_in_the_store_too() -> None:
    stop = a_request(Right.WITHDRAWAL, S.CARRYING_OUT, attempt=1, consents=("newsletter",))
    unit, ticket = saved(stop)
    job = intended(unit, ticket, stop)
    carrying_out.conclude(unit, job, carrying_out.do(job), desk=a_desk())
    assert unit.suppressed == [(ANNA.email, ("newsletter",))]
    assert unit.consents_kept == [(ANNA.email, Right.WITHDRAWAL, ("newsletter",), DONE.formerly, ticket.reference)]
    assert unit.erased == []


def test_an_erasure_is_entered_in_the_ledger_with_its_result() -> None:
    unit, ticket = saved(ERASURE)
    job = intended(unit, ticket, ERASURE)
    outcome = carrying_out.do(job)
    assert unit.erased == []
    carrying_out.conclude(unit, job, outcome, desk=a_desk())
    carrying_out.conclude(unit, job, outcome, desk=a_desk())
    assert unit.erased == [(PLAN.identifiers, ticket.reference)]


def test_an_erasure_that_failed_is_not_in_the_ledger() -> None:
    unit, ticket = saved(ERASURE)
    job = intended(unit, ticket, ERASURE)
    carrying_out.conclude(unit, job, CrmIncomplete(), desk=a_desk())
    assert unit.erased == []


def test_after_a_crash_the_work_is_resumed() -> None:
    unit, ticket = saved(ERASURE)
    intended(unit, ticket, ERASURE)
    again = intended(unit, ticket, ERASURE)
    assert again.resumed
    assert unit.events.count("carrying_out") == 1


@pytest.mark.parametrize(
    "request_",
    [
        dataclasses.replace(ERASURE, status=S.CARRIED_OUT),
        dataclasses.replace(ERASURE, status=S.APPROVAL_ASKED),
        dataclasses.replace(ERASURE, attempt=2),
        dataclasses.replace(ERASURE, id="another"),
    ],
)
def test_what_is_done_or_of_another_attempt_is_left_alone(request_: Request) -> None:
    unit, ticket = saved(request_)
    assert carrying_out.intend(unit, ticket.id, "deletion", attempt=1, desk=a_desk()) is None
    assert unit.tickets[ticket.id] == ticket


def test_an_unknown_ticket_is_left_alone() -> None:
    assert carrying_out.intend(FakeUnit(), "nowhere", "deletion", attempt=1, desk=a_desk()) is None


def test_an_erasure_waits_for_the_copy_and_is_woken_by_it() -> None:
    unit, ticket = saved(ERASURE, COPYING)
    assert carrying_out.intend(unit, ticket.id, "deletion", attempt=1, desk=a_desk()) is None
    assert unit.tickets[ticket.id].requests[0] == dataclasses.replace(ERASURE, due_at=NOW + timedelta(hours=1))
    job = intended(unit, ticket, COPYING)
    unit.now = NOW + timedelta(minutes=5)
    after = carrying_out.conclude(unit, job, carrying_out.do(job), desk=a_desk())
    assert after is not None
    assert after.requests[0] == dataclasses.replace(ERASURE, due_at=unit.now)
    assert unit.letters == []  # one answer, when the erasure is done too


def test_a_copy_does_not_wake_an_erasure_while_another_copy_is_missing() -> None:
    unit, ticket = saved(ERASURE, COPYING, a_request(Right.PORTABILITY, S.APPROVAL_ASKED))
    job = intended(unit, ticket, COPYING)
    unit.now = NOW + timedelta(minutes=5)
    after = carrying_out.conclude(unit, job, carrying_out.do(job), desk=a_desk())
    assert after is not None
    assert after.requests[0] == ERASURE


def test_a_crm_out_of_reach_is_tried_again() -> None:
    unit, ticket = saved(ERASURE)
    job = intended(unit, ticket, ERASURE, crm=FakeCrm(problem=CrmUnavailable()))
    with pytest.raises(CrmUnavailable):
        carrying_out.do(job)


def concluded(problem: Outcome | CrmError, request: Request = ERASURE) -> tuple[FakeUnit, Request]:
    unit, ticket = saved(request)
    job = intended(unit, ticket, request)
    after = carrying_out.conclude(unit, job, problem, desk=a_desk(crm=FakeCrm(plan=NEWER)))
    assert after is not None
    return unit, after.requests[0]


NEWER = dataclasses.replace(PLAN, fingerprint="0" * 16)


def test_data_that_changed_since_the_plan_need_a_new_approval() -> None:
    unit, request = concluded(CrmConflict())
    assert (request.status, request.plan, request.approved_by) == (S.APPROVAL_ASKED, NEWER, "")
    assert unit.letters == []


@pytest.mark.parametrize("problem", [CrmIncomplete("3 rows of anna"), CrmError("anna.nowak")])
def test_a_failure_goes_to_a_person_without_saying_whose_data(problem: CrmError) -> None:
    unit, request = concluded(problem)
    name = type(problem).__name__
    assert (request.status, request.reason) == (S.TRIAGE, "carry_out_failed")
    assert unit.tickets["0123456789abcdef0123456789abcdef"].question == "carry_out_failed"
    card = unit.cards["failed:R-7KQ4M:deletion:1"]
    assert card.content == {"kind": "failed", "reference": "R-7KQ4M", "reason": "carry_out_failed", "detail": name}
    assert "anna" not in repr(unit.entries) + repr([card.content for card in unit.cards.values()])
    assert unit.letters == []


def test_a_result_is_noted_once() -> None:
    unit, ticket = saved(ERASURE)
    job = intended(unit, ticket, ERASURE)
    outcome = carrying_out.do(job)
    carrying_out.conclude(unit, job, outcome, desk=a_desk())
    assert carrying_out.conclude(unit, job, outcome, desk=a_desk()) is None
    assert carrying_out.conclude(unit, job, CrmIncomplete(), desk=a_desk()) is None
    assert unit.kinds == ["answer"]
