"""The stimuli: each one unit of work, each telling the engine after the commit, and each safe to come twice."""

import logging
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.cases import TRIES_BEFORE_ASKING, Cases
from handlers.crm import CrmIncomplete, CrmUnavailable
from handlers.letters import acknowledgement
from handlers.recognition import Asked, Decision, Recognition
from handlers.rights import Right
from handlers.staff import NotAllowed
from handlers.tickets import Request, Status, Ticket
from storage import journal, mails, tables, work
from storage.work import Kind, Work
from tests.fakes import FakeClock, FakeCrm, FakeRecogniser
from tests.people import ANNA, GRETA, GUEST, NOW, OLGA, PLAN, POLICY, STRANGER, a_mail, a_request, a_ticket


def saved(cases: Cases, *requests: Request, **changes: object) -> Ticket:
    with cases.unit() as unit:
        return unit.save(a_ticket(*requests, **changes), actor="")


def kept(cases: Cases, raw: bytes | None = None) -> str:
    mail_id = cases.keep(a_mail() if raw is None else raw, arrived_at=NOW)
    assert mail_id
    return mail_id


def state(cases: Cases, mail_id: str) -> tuple[str, str]:
    with cases.store.database.read() as connection:
        outcome = mails.outcome(connection, mail_id)
    return outcome.state, outcome.reason


def the_ticket(cases: Cases) -> Ticket:
    ticket = cases.ticket("R-7KQ4M")
    assert ticket is not None
    return ticket


def letters(cases: Cases) -> list[str]:
    with cases.store.database.read() as connection:
        return sorted(connection.execute(select(tables.letters.c.kind)).scalars())


def cards(cases: Cases) -> list[str]:
    with cases.store.database.read() as connection:
        return sorted(connection.execute(select(tables.cards.c.topic)).scalars())


def test_a_mail_is_kept_once_and_taken_in_once(cases: Cases) -> None:
    mail_id = kept(cases)
    assert cases.keep(a_mail(), arrived_at=NOW) is None
    for _ in range(2):
        cases.take_in(mail_id)
    cases.take_in("nowhere")
    assert state(cases, mail_id) == ("ticket", "")
    assert letters(cases) == ["acknowledgement", "challenge"]


def test_a_mail_waits_for_the_crm(cases: Cases, crm: FakeCrm) -> None:
    mail_id = kept(cases)
    crm.problem = CrmUnavailable()
    with pytest.raises(CrmUnavailable):
        cases.take_in(mail_id)
    assert state(cases, mail_id) == ("new", "")
    assert (letters(cases), cards(cases)) == ([], [])


def test_only_a_mail_that_was_set_aside_is_released(cases: Cases, recogniser: FakeRecogniser) -> None:
    spam = kept(cases, a_mail(headers="X-Spam-Flag: YES\r\n"))
    cases.release(spam)
    assert state(cases, spam) == ("new", "")
    cases.take_in(spam)
    assert state(cases, spam) == ("quarantined", "spam")
    for _ in range(2):
        cases.release(spam)
    assert state(cases, spam) == ("ticket", "")
    assert letters(cases) == ["acknowledgement", "challenge"]
    recogniser.verdict = Recognition("en", Decision.NONE)
    other = kept(cases, a_mail(message_id="2@x.example", headers="X-Spam-Flag: YES\r\n"))
    cases.take_in(other)
    cases.release(other)
    assert state(cases, other) == ("ignored", "no_request")


def test_the_engine_is_woken_after_the_commit_and_not_after_a_failure(cases: Cases) -> None:
    seen: list[bool] = []
    cases.on_commit = lambda: seen.append(cases.ticket("R-7KQ4M") is not None)
    saved(cases, a_request(Right.DELETION, Status.APPROVAL_ASKED, plan=PLAN))
    assert seen == [True]
    with pytest.raises(NotAllowed):
        cases.approve("R-7KQ4M", staff=GUEST)
    assert seen == [True]
    kept(cases)
    assert seen == [True, True]


ERASURE = a_request(Right.DELETION, Status.CARRYING_OUT, plan=PLAN, attempt=1, due_at=NOW)


def test_a_request_is_carried_out_once(cases: Cases, crm: FakeCrm) -> None:
    ticket = saved(cases, ERASURE)
    for _ in range(2):
        cases.carry_out(ticket.id, "deletion", attempt=1)
    assert [call[0] for call in crm.calls] == ["delete"]
    assert the_ticket(cases).requests[0].status is Status.CARRIED_OUT
    assert letters(cases) == ["answer"]


def test_what_the_crm_refuses_goes_to_a_person(cases: Cases, crm: FakeCrm) -> None:
    ticket = saved(cases, ERASURE)
    crm.problem = CrmIncomplete()
    cases.carry_out(ticket.id, "deletion", attempt=1)
    assert (the_ticket(cases).requests[0].status, the_ticket(cases).question) == (Status.TRIAGE, "carry_out_failed")
    assert cards(cases) == ["failed:R-7KQ4M:deletion:1", "ticket:R-7KQ4M"]
    assert letters(cases) == []


def test_a_crm_out_of_reach_leaves_the_intent(cases: Cases, crm: FakeCrm) -> None:
    ticket = saved(cases, ERASURE)
    crm.problem = CrmUnavailable()
    with pytest.raises(CrmUnavailable):
        cases.carry_out(ticket.id, "deletion", attempt=1)
    crm.problem = None
    cases.carry_out(ticket.id, "deletion", attempt=1)
    assert crm.calls[-1][-1] is True  # resumed: the first call may have got through


def put_off(cases: Cases, one: Work, problem: Exception, *, times: int) -> Work:
    for _ in range(times):
        cases.put_off(one, problem)
        one = Work(one.kind, one.id, one.attempt + 1, one.ticket_id)
    return one


def test_failed_work_is_tried_again_later_and_later(
    cases: Cases, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    ticket = saved(cases, ERASURE)
    with caplog.at_level(logging.WARNING):
        put_off(cases, Work(Kind.CARRY_OUT, "deletion", 1, ticket.id), CrmUnavailable(ANNA.email), times=1)
    assert "work.failed kind=carry-out attempt=1 problem=CrmUnavailable" in caplog.text
    assert ANNA.email not in caplog.text
    for seconds, found in ((29, []), (30, [Work(Kind.CARRY_OUT, "deletion", 2, ticket.id)])):
        with cases.store.database.read() as connection:
            assert work.due(connection, kinds=[Kind.CARRY_OUT], now=NOW + timedelta(seconds=seconds)) == found


def test_work_that_keeps_failing_is_told_to_a_person_once(cases: Cases) -> None:
    ticket = saved(cases, ERASURE)
    one = Work(Kind.CARRY_OUT, "deletion", 1, ticket.id)
    one = put_off(cases, one, CrmUnavailable(), times=TRIES_BEFORE_ASKING - 1)
    assert cards(cases) == ["ticket:R-7KQ4M"]
    put_off(cases, one, CrmUnavailable(), times=3)
    assert cards(cases) == ["crm:2026-11-23", "failing:deletion", "ticket:R-7KQ4M"]
    with cases.store.database.read() as connection:
        events = [(entry.event, entry.data) for _, entry in journal.read(connection)]
    assert events[-1] == ("work.failing", {"kind": "carry-out", "problem": "CrmUnavailable"})
    assert the_ticket(cases).requests[0].status is Status.CARRYING_OUT  # it goes on


@pytest.mark.parametrize(
    ("problem", "after"), [(CrmUnavailable(), ("new", "")), (KeyError(STRANGER), ("quarantined", "failed_often"))]
)
def test_a_mail_that_cannot_be_handled_is_set_aside_unless_the_crm_is_down(
    cases: Cases, problem: Exception, after: tuple[str, str]
) -> None:
    mail_id = kept(cases)
    put_off(cases, Work(Kind.INTAKE, mail_id, 1), problem, times=TRIES_BEFORE_ASKING)
    assert state(cases, mail_id) == after
    assert cards(cases) == ([f"mail:{mail_id}"] if after[0] == "quarantined" else ["crm:2026-11-23"])


def test_only_agents_decide_and_only_what_is_asked(cases: Cases) -> None:
    saved(cases, a_request(Right.ACCESS, Status.TRIAGE), question="low_score")
    with pytest.raises(NotAllowed, match="not_allowed"):
        cases.decide("R-7KQ4M", [Right.ACCESS], staff=GUEST)
    with pytest.raises(NotAllowed, match="unknown_ticket"):
        cases.decide("R-22222", [Right.ACCESS], staff=GRETA)
    assert cases.decide("R-7KQ4M", [Right.ACCESS], staff=GRETA).question == ""
    with pytest.raises(NotAllowed, match="done_already"):
        cases.decide("R-7KQ4M", [Right.ACCESS], staff=GRETA)


def test_an_approval_is_of_the_plan_that_was_seen(cases: Cases) -> None:
    ticket = saved(cases, a_request(Right.DELETION, Status.APPROVAL_ASKED, plan=PLAN))
    with pytest.raises(NotAllowed, match="plan_changed"):
        cases.approve("R-7KQ4M", staff=OLGA, fingerprint="0" * 16)
    after = cases.approve("R-7KQ4M", staff=OLGA, fingerprint=ticket.fingerprint)
    assert after.requests[0].status is Status.WAITING


def test_nobody_looks_without_a_role_and_every_look_is_noted(cases: Cases) -> None:
    saved(cases, a_request(Right.ACCESS, Status.TRIAGE))
    with pytest.raises(NotAllowed):
        cases.show("R-7KQ4M", staff=GUEST)
    ticket, found = cases.show("R-7KQ4M", staff=GRETA)
    assert (ticket, found) == (the_ticket(cases), [])
    with cases.store.database.read() as connection:
        assert [e.actor for _, e in journal.read(connection) if e.event == "shown"] == [GRETA.id]


def test_a_letter_that_was_given_up_can_be_sent_again(cases: Cases) -> None:
    ticket = saved(cases, a_request(Right.ACCESS, Status.CARRIED_OUT))
    with cases.unit() as unit:
        unit.ticket(ticket.id)
        unit.add_letter(ticket, acknowledgement(ticket, policy=POLICY))
    with cases.store.database.write() as connection:
        connection.execute(update(tables.letters).values(state="failed", created_at=NOW - timedelta(days=9)))
    assert cases.send_again("R-7KQ4M", staff=GRETA) == 1
    with cases.store.database.read() as connection:
        row = connection.execute(select(tables.letters)).one()
        assert (row.state, row.attempt, row.created_at) == ("ready", 2, cases.clock())
        assert [one.kind for one in work.due(connection, kinds=[Kind.DELIVER], now=cases.clock())] == [Kind.DELIVER]
    assert cases.send_again("R-7KQ4M", staff=GRETA) == 0
    with pytest.raises(NotAllowed, match="not_allowed"):
        cases.send_again("R-7KQ4M", staff=GUEST)


def test_the_mails_of_a_merged_ticket_are_shown_with_the_older_one(cases: Cases) -> None:
    first = kept(cases)
    cases.take_in(first)
    cases.clock.now = NOW + timedelta(hours=1)  # type: ignore[attr-defined]  # a fake
    cases.desk.recogniser.verdict = Recognition(  # type: ignore[attr-defined]  # a fake
        "en", Decision.ACT, (Asked(Right.DELETION, 0.9, ""),)
    )
    second = kept(cases, a_mail("Please erase me.", message_id="2@customer.example"))
    cases.take_in(second)
    (one, other), _ = cases.open_tickets(limit=9)
    older = cases.merge(one.reference, other.reference, staff=OLGA)
    younger = next(ticket for ticket in (one, other) if ticket.id != older.id)
    _, mails_shown = cases.show(older.reference, staff=GRETA)
    assert ["copy" in mail.text or "erase" in mail.text for mail in mails_shown] == [True, True]
    ticket, mails_shown = cases.show(younger.reference, staff=GRETA)
    assert (ticket.merged_into, len(mails_shown)) == (older.reference, 1)


def test_an_approval_after_a_merge_is_of_the_new_plan(cases: Cases) -> None:
    ticket = saved(cases, a_request(Right.DELETION, Status.APPROVAL_ASKED, plan=PLAN))
    other = a_request(Right.ACCESS, Status.APPROVAL_ASKED)
    saved(cases, other, id="b" * 32, reference="R-BBBBB", received_at=NOW + timedelta(hours=1))
    cases.merge("R-7KQ4M", "R-BBBBB", staff=OLGA)
    with pytest.raises(NotAllowed, match="plan_changed"):
        cases.approve("R-7KQ4M", staff=OLGA, fingerprint=ticket.fingerprint)


def test_a_split_keeps_receipt_and_clock(cases: Cases) -> None:
    ticket = saved(cases, a_request(Right.DELETION, Status.APPROVAL_ASKED, plan=PLAN), a_request(Right.ACCESS))
    cases.clock.now = NOW + timedelta(days=2)  # type: ignore[attr-defined]  # a fake
    new = cases.split("R-7KQ4M", [Right.DELETION], staff=OLGA)
    assert (new.received_at, new.clock, new.requester) == (ticket.received_at, ticket.clock, ticket.requester)
    after = cases.approve(new.reference, staff=OLGA, fingerprint=new.fingerprint)
    assert after.requests[0].status is Status.WAITING


def test_staff_never_see_the_code_that_a_reply_quotes(cases: Cases) -> None:
    first, second = (
        kept(cases),
        cases.keep(
            a_mail(
                "How long will it take?\n\nShop wrote:\n> write this code: 123 456\n", message_id="2@customer.example"
            ),
            arrived_at=NOW + timedelta(hours=1),
        ),
    )
    ticket = saved(cases, a_request(Right.ACCESS))
    with cases.store.database.write() as connection:
        connection.execute(update(tables.mails).values(ticket_id=ticket.id))
    _, mails_shown = cases.show("R-7KQ4M", staff=GRETA)
    assert (first is not None, second is not None, len(mails_shown)) == (True, True, 2)
    assert "How long" in mails_shown[1].text
    assert "123" not in mails_shown[1].text
