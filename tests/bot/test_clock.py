"""The passing of time: each thing that falls due happens once, however often the clock ticks."""

import dataclasses
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.cases import Cases
from bot.clock import reckon_anew, silence_card, tick
from handlers import clocks, identity, letters, planning
from handlers.cards import Card
from handlers.law.calendars import table_version
from handlers.law.regimes import PauseReason
from handlers.letters import Letter
from handlers.rights import Right
from handlers.tickets import Request, Status, Ticket
from storage import journal, outgoing, queries, tables, work
from storage.work import Kind
from tests.fakes import FakeClock
from tests.people import ANNA, CLOCK, NOW, PLAN, POLICY, SHOP, a_request, a_ticket

IDENTITY = PauseReason.IDENTITY
DPO = "dpo@shop.example"


def saved(cases: Cases, *requests: Request, **changes: object) -> Ticket:
    with cases.unit() as unit:
        return unit.save(a_ticket(*requests, **changes), actor="")


def ticked(cases: Cases) -> None:
    """Let the clock tick twice: the second time nothing more may happen."""
    tick(cases, dpo_address=DPO, dpo_language="en")
    before = everything(cases)
    tick(cases, dpo_address=DPO, dpo_language="en")
    assert everything(cases) == before


def everything(cases: Cases) -> dict[str, list[str]]:
    # The ciphertext of a row that is saved again would differ, so this finds every write.
    with cases.store.database.read() as connection:
        return {
            table.name: [repr(row) for row in connection.execute(select(table))]
            for table in tables.metadata.sorted_tables
        }


def topics(cases: Cases) -> list[str]:
    with cases.store.database.read() as connection:
        return sorted(connection.execute(select(tables.cards.c.topic)).scalars())


def kinds(cases: Cases) -> list[str]:
    with cases.store.database.read() as connection:
        return list(connection.execute(select(tables.letters.c.kind)).scalars())


def the_ticket(cases: Cases) -> Ticket:
    ticket = cases.ticket("R-7KQ4M")
    assert ticket is not None
    return ticket


def test_an_empty_house_stays_empty(cases: Cases) -> None:
    ticked(cases)
    assert (topics(cases), kinds(cases)) == ([], [])


@pytest.mark.parametrize(("later", "status"), [(95, Status.IDENTITY_ASKED), (96, Status.TRIAGE), (999, Status.TRIAGE)])
def test_a_challenge_expires(cases: Cases, clock: FakeClock, later: int, status: Status) -> None:
    with cases.unit() as unit:
        ticket = a_ticket(a_request(Right.ACCESS), person=None)
        identity.ask(unit, ticket, ANNA, ticket.requests, policy=POLICY, actor="")
    clock.now = NOW + timedelta(hours=later)
    ticked(cases)
    assert the_ticket(cases).requests[0].status is status
    assert the_ticket(cases).question == ("" if later < 96 else "challenge_expired")


@pytest.mark.parametrize(("days", "status"), [(2, Status.WAITING), (3, Status.CARRYING_OUT)])
def test_a_waiting_period_ends(cases: Cases, clock: FakeClock, days: int, status: Status) -> None:
    ticket = saved(cases, a_request(Right.DELETION, Status.APPROVAL_ASKED, plan=PLAN))
    with cases.unit() as unit:
        unit.ticket(ticket.id)
        planning.begin(unit, ticket, ticket.requests, policy=POLICY, actor="U1")
    clock.now = NOW + timedelta(days=days)
    ticked(cases)
    assert the_ticket(cases).requests[0].status is status


def test_reminders_come_once_each_and_not_of_closed_tickets(cases: Cases, clock: FakeClock) -> None:
    near = dataclasses.replace(CLOCK, safe_date=date(2026, 11, 30), last_date=date(2026, 11, 30))
    saved(cases, a_request(Right.ACCESS), clock=near)
    other = a_request(Right.ACCESS, request_id="o")
    saved(cases, other, clock=near, id="b" * 32, reference="R-BBBBB", closed_at=NOW)
    found: list[list[str]] = []
    for day in range(23, 34):
        clock.now = NOW + timedelta(days=day - 23)
        ticked(cases)
        found.append(
            [one.rpartition(":")[2] for one in topics(cases) if one.startswith("reminder:R-7KQ4M:2026-11-30:")]
        )
    assert [sorted(one) for one in found] == [
        *[["7"]] * 4,  # Monday the 23rd to Thursday
        *[["3", "7"]] * 2,
        *[["1", "3", "7"]] * 2,  # the day before, and the day itself
        *[["1", "3", "7", "overdue"]] * 3,
    ]
    assert not [one for one in topics(cases) if one.startswith("reminder:R-BBBBB")]


def test_a_reminder_is_not_posted_again_with_every_tick(cases: Cases) -> None:
    near = dataclasses.replace(CLOCK, safe_date=date(2026, 11, 30), last_date=date(2026, 11, 30))
    saved(cases, a_request(Right.ACCESS), clock=near)
    ticked(cases)
    with cases.store.database.write() as connection:
        for one in work.due(connection, kinds=[Kind.NOTIFY], now=NOW):
            card = outgoing.claim_card(connection, one.id, attempt=one.attempt)
            assert card
            outgoing.mark_posted(connection, card, channel="C1", slack_ts="1.5")
    ticked(cases)
    with cases.store.database.read() as connection:
        assert work.due(connection, kinds=[Kind.NOTIFY], now=NOW) == []


def test_the_summary_comes_once_a_week_from_monday_eight_oclock(cases: Cases, clock: FakeClock) -> None:
    saved(cases, a_request(Right.ACCESS, Status.TRIAGE), question="low_score")
    ticked(cases)
    assert kinds(cases) == []  # the week before the first day of use is nobody's business
    monday = NOW + timedelta(days=7)
    for moment, count in ((monday.replace(hour=6, minute=59), 0), (monday.replace(hour=7), 1), (monday, 1)):
        clock.now = moment
        ticked(cases)
        assert kinds(cases) == ["week"] * count
    with cases.store.database.read() as connection:
        query = select(tables.cards.c.content).where(tables.cards.c.topic == "summary:2026-W48")
        content = connection.execute(query).scalar_one()
    figures = {"opened": 1, "answered": 0, "open": 1, "triage": 1, "at_risk": [], "late": []}
    assert content == {"kind": "summary", "week": "2026-W48", **figures}
    clock.now = monday + timedelta(days=28)
    ticked(cases)
    assert (kinds(cases), topics(cases)[-1]) == (["week", "week"], "ticket:R-7KQ4M")
    assert "summary:2026-W52" in topics(cases)


def test_without_a_dpo_the_card_alone_comes(cases: Cases, clock: FakeClock) -> None:
    saved(cases, a_request(Right.ACCESS))
    clock.now = NOW + timedelta(days=7)
    tick(cases, dpo_address="", dpo_language="en")
    assert (kinds(cases), "summary:2026-W48" in topics(cases)) == ([], True)


@pytest.mark.parametrize(
    ("last_success", "hours_since", "alarm"),
    [(None, 5, False), (None, 6, True), (NOW, 5.9, False), (NOW, 6, True), (NOW - timedelta(hours=3), 3, True)],
)
def test_a_silent_mailbox_raises_an_alarm(last_success: datetime | None, hours_since: float, alarm: bool) -> None:
    card = silence_card(last_success, started=NOW, now=NOW + timedelta(hours=hours_since), hours=6)
    assert (card is not None) is alarm
    if card is not None:
        since = (last_success or NOW).strftime("%Y-%m-%d %H:%M UTC")
        assert card == Card("silent:2026-11-23", {"kind": "silent", "reference": "", "since": since})


def looks(cases: Cases) -> list[datetime | None]:
    with cases.store.database.read() as connection:
        return list(connection.execute(select(tables.tickets.c.look_at)).scalars())


def test_a_ticket_is_looked_at_after_every_change_and_then_when_something_falls_due(
    cases: Cases, clock: FakeClock
) -> None:
    ticket = saved(cases, a_request(Right.ACCESS, Status.APPROVAL_ASKED))
    assert looks(cases) == [NOW]
    ticked(cases)
    assert looks(cases) == [datetime(2026, 12, 15, 23, tzinfo=UTC)]  # seven days before the safe date, in Berlin
    with cases.unit() as unit:
        before = unit.ticket(ticket.id)
        assert before
        unit.save(before, actor="")
    assert looks(cases) == [NOW]
    clock.now = datetime(2026, 12, 24, 9, tzinfo=UTC)
    ticked(cases)
    assert looks(cases) == [None]


def test_one_ticket_that_cannot_be_handled_does_not_hold_up_the_others(
    cases: Cases, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked = clocks.asked(a_ticket(a_request(Right.ACCESS, Status.IDENTITY_ASKED)), IDENTITY, at=NOW, controller=SHOP)
    other = dataclasses.replace(asked.requests[0], id="o")
    with cases.unit() as unit:
        unit.save(asked, actor="")
        unit.save(dataclasses.replace(asked, id="b" * 32, reference="R-BBBBB", requests=(other,)), actor="")
    silence = letters.silence

    def failing(ticket: Ticket, **values: Any) -> Letter:
        if ticket.reference == "R-7KQ4M":
            raise LookupError("Anna Nowak")
        return silence(ticket, **values)

    monkeypatch.setattr(letters, "silence", failing)
    clock.now = datetime(2026, 12, 18, 9, tzinfo=UTC)
    tick(cases, dpo_address="", dpo_language="en")
    assert kinds(cases) == ["silence"]
    assert "look.failed problem=LookupError" in caplog.text
    assert "Anna" not in caplog.text
    monkeypatch.undo()
    clock.now += timedelta(hours=1)
    tick(cases, dpo_address="", dpo_language="en")
    assert kinds(cases) == ["silence", "silence"]


def test_new_holiday_tables_move_the_dates_of_open_tickets_and_the_journal_says_so(cases: Cases) -> None:
    # The month ends on Christmas Day, which the old tables did not know.
    received = datetime(2026, 11, 25, 9, tzinfo=UTC)
    basis, clock = clocks.begin(received, rights=[Right.ACCESS], cited="", controller=SHOP)
    old = {
        "clock": dataclasses.replace(clock, last_date=date(2026, 12, 25)),
        "basis": dataclasses.replace(basis, tables="0.1", reckoned_by="old"),
        "received_at": received,
    }
    saved(cases, a_request(Right.ACCESS), **old)
    closed = a_request(Right.ACCESS, Status.CLOSED, request_id="c")
    saved(cases, closed, **old, id="c" * 32, reference="R-CCCCC", closed_at=NOW)
    assert reckon_anew(cases) == 1
    assert the_ticket(cases).clock == clock
    assert (the_ticket(cases).basis, reckon_anew(cases)) == (basis, 0)
    with cases.store.database.read() as connection:
        [entry] = [entry for _, entry in journal.read(connection) if entry.event == "clock"]
        assert queries.count_open(connection) == 1
    assert (entry.reference, entry.actor) == ("R-7KQ4M", "rightsdesk")
    dates = {name: entry.data[name] for name in ("last_date_before", "last_date", "holiday_tables")}
    assert dates == {"last_date_before": "2026-12-25", "last_date": "2026-12-28", "holiday_tables": table_version()}
