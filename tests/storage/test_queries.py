"""Questions to the store: their answers, and that each finds them by an index however many tickets are done."""

import dataclasses
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Select, event

from handlers.challenge import Challenge
from handlers.reports import TicketLine
from handlers.rights import Right
from handlers.tickets import Status, Ticket, new_id
from storage import queries, work
from storage.store import Store
from storage.work import Kind
from tests.people import CLOCK, NOW, SHOP, a_request, a_ticket


def numbered(number: int, *, status: Status = Status.RECEIVED, **changes: Any) -> Ticket:
    clock = dataclasses.replace(CLOCK, safe_date=date(2026, 12, number), last_date=date(2026, 12, number))
    request = a_request(Right.DELETION, status, request_id=new_id(), due_at=NOW + timedelta(days=number))
    fields = {"id": new_id(), "reference": f"R-{number}{number}{number}{number}{number}", "clock": clock, **changes}
    return a_ticket(request, **fields)


@pytest.fixture
def filled(any_store: Store) -> Store:
    """Open tickets 2, 3 and 5 (3 with a question), a closed one and one that was answered."""
    with any_store.unit(now=NOW) as unit:
        unit.save(numbered(5, status=Status.WAITING), actor="")
        unit.save(numbered(3, question="reply"), actor="")
        unit.save(numbered(2, status=Status.WAITING, opened_at=NOW - timedelta(days=8)), actor="")
        unit.save(numbered(4, closed_at=NOW, question="reply"), actor="")
        unit.save(numbered(6, closed_at=NOW, answered_at=NOW + timedelta(days=7)), actor="")
    return any_store


def references(store: Store, query: Select[Any]) -> str:
    with store.unit(now=NOW) as unit:
        return " ".join(ticket.reference[2] for ticket in unit.tickets(query))


def test_open_tickets_by_urgency(filled: Store) -> None:
    assert references(filled, queries.open_tickets(limit=9)) == "2 3 5"
    assert references(filled, queries.open_tickets(limit=2)) == "2 3"
    assert references(filled, queries.newest_tickets(limit=4))[-1] != "2"


def waiting_over(store: Store, now: datetime) -> str:
    with store.unit(now=now) as unit:
        found = (unit.ticket(one) for one in queries.waiting_is_over(unit.connection, now=now))
        return " ".join(ticket.reference[2] for ticket in found if ticket)


def test_erasures_whose_waiting_period_is_over(filled: Store) -> None:
    for days, found in ((1, ""), (2, "2"), (4, "2"), (5, "2 5")):
        due = waiting_over(filled, NOW + timedelta(days=days))
        assert " ".join(sorted(due.split())) == found


def test_the_figures(filled: Store) -> None:
    week = (NOW - timedelta(days=1), NOW + timedelta(days=7))
    with filled.database.read() as connection:
        assert queries.count_open(connection) == 3
        assert queries.count_questions(connection) == 1
        assert queries.count_opened(connection, *week) == 4
        assert queries.count_opened(connection, week[0], NOW) == 0  # the end does not belong to the week
        assert queries.count_answered(connection, *week) == 0
        assert queries.count_answered(connection, week[1], week[1] + timedelta(seconds=1)) == 1
        assert queries.started_at(connection) == NOW
        two, three = (TicketLine(f"R-{n * 5}", date(2026, 12, int(n)), date(2026, 12, int(n))) for n in "23")
        assert queries.lines(connection, after=None, until=date(2026, 12, 3)) == (two, three)
        assert queries.lines(connection, after=date(2026, 12, 2), until=date(2026, 12, 3)) == (three,)


def test_an_empty_store_has_not_begun(store: Store) -> None:
    with store.database.read() as connection:
        assert queries.started_at(connection) is None


def test_expired_challenges(filled: Store) -> None:
    with filled.unit(now=NOW) as unit:
        for ticket in unit.tickets(queries.open_tickets(limit=9)):
            hours = int(ticket.reference[2])
            challenge = Challenge(new_id(), ticket.id, "c", ticket.id, "a", NOW + timedelta(hours=hours), 3, ())
            unit.add_challenge(challenge)
    with filled.database.read() as connection:
        assert [len(queries.expired_challenges(connection, now=NOW + timedelta(hours=h))) for h in (1, 2, 4, 5)] == [
            0,
            1,
            2,
            3,
        ]


@pytest.mark.parametrize(
    ("day", "start", "end"),
    [
        (date(2026, 11, 23), "2026-11-23T00:00:00+01:00", "2026-11-24T00:00:00+01:00"),
        (date(2026, 3, 29), "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"),  # 23 hours
        (date(2026, 10, 25), "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"),  # 25 hours
    ],
)
def test_a_local_day(day: date, start: str, end: str) -> None:
    assert queries.day_start(day, SHOP.zone) == datetime.fromisoformat(start)
    assert queries.day_end(day, SHOP.zone) == datetime.fromisoformat(end)


def plan(connection: Connection, query: Select[Any]) -> str:
    compiled = query.compile(connection.engine, compile_kwargs={"literal_binds": True})
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {str(compiled).replace('%', '%%')}")
    return "; ".join(row[-1] for row in rows)


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (queries.open_tickets(limit=20), "ix_tickets_open"),
        (queries.newest_tickets(limit=5), "ix_tickets_opened_at"),
    ],
)
def test_tickets_are_found_by_an_index(store: Store, query: Select[Any], index: str) -> None:
    with store.database.read() as connection:
        found = plan(connection, query)
    assert index in found
    assert "SCAN tickets;" not in f"{found};"
    assert "SCAN requests;" not in f"{found};"


@pytest.mark.parametrize(
    ("kind", "index"),
    [
        (Kind.INTAKE, "ix_mails_waiting"),
        (Kind.CARRY_OUT, "ix_requests_carrying_out"),
        (Kind.DELIVER, "ix_letters_waiting"),
        (Kind.NOTIFY, "ix_cards_waiting"),
    ],
)
def test_what_is_due_is_found_by_an_index(store: Store, kind: Kind, index: str) -> None:
    seen = run_and_explain(store, lambda connection: work.due(connection, kinds=[kind], now=NOW))
    assert [index in one and "TEMP B-TREE" not in one for one in seen] == [True], seen


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda c: queries.expired_challenges(c, now=NOW), "ix_challenges_open"),
        (lambda c: queries.drop_expired_links(c, now=NOW), "ix_links_expires_at"),
        (lambda c: queries.to_look_at(c, now=NOW, limit=9), "ix_tickets_look"),
        (lambda c: queries.waiting_is_over(c, now=NOW), "ix_requests_waiting"),
        (lambda c: queries.reckoned_otherwise(c, fingerprint="1"), "ix_tickets_"),
        (queries.count_open, "ix_tickets_"),
        (queries.count_questions, "ix_tickets_"),
        (lambda c: queries.count_opened(c, NOW, NOW), "ix_tickets_opened_at"),
        (lambda c: queries.count_answered(c, NOW, NOW), "ix_tickets_answered_at"),
        (lambda c: queries.lines(c, after=CLOCK.safe_date, until=CLOCK.safe_date), "ix_tickets_open"),
        (lambda c: queries.has_card(c, "t"), "topic"),
    ],
)
def test_the_rest_is_found_by_an_index_too(store: Store, ask: Any, index: str) -> None:
    seen = run_and_explain(store, ask)
    assert [index in one for one in seen] == [True], seen


def run_and_explain(store: Store, ask: Any) -> list[str]:
    """Return the query plans of the statements that a question takes."""
    plans: list[str] = []

    def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.startswith("BEGIN"):
            return
        other = cursor.connection.cursor()
        other.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        plans.append("; ".join(row[-1] for row in other.fetchall()))

    event.listen(store.database.engine, "before_cursor_execute", explain)
    try:
        with store.database.write() as connection:
            ask(connection)
    finally:
        event.remove(store.database.engine, "before_cursor_execute", explain)
    return plans
