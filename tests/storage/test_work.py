"""What is due: the oldest first, each kind by its own rows, and another attempt only if none was begun."""

import dataclasses
from datetime import timedelta

import pytest
from sqlalchemy import select

from handlers.cards import Card
from handlers.letters import Letter
from handlers.rights import Right
from handlers.tickets import Status
from storage import tables, work
from storage.store import Store
from storage.work import BATCH, Kind, Work
from tests.people import ANNA, NOW, a_mail, a_request, a_ticket

S = Status
TICKET = a_ticket(
    a_request(Right.ACCESS, S.CARRYING_OUT, attempt=3, due_at=NOW + timedelta(minutes=2)),
    a_request(Right.DELETION, S.CARRYING_OUT, attempt=1, due_at=NOW + timedelta(minutes=1)),
    a_request(Right.CORRECTION, S.WAITING, due_at=NOW),
    a_request(Right.RESTRICTION, S.CARRIED_OUT),
)


def due(store: Store, *kinds: Kind, minutes: int = 0) -> list[Work]:
    with store.database.read() as connection:
        return work.due(connection, kinds=kinds, now=NOW + timedelta(minutes=minutes))


def test_requests_are_due_at_their_moment_the_oldest_first(any_store: Store) -> None:
    with any_store.unit(now=NOW) as unit:
        unit.save(TICKET, actor="")
    access = Work(Kind.CARRY_OUT, "access", 3, TICKET.id)
    deletion = Work(Kind.CARRY_OUT, "deletion", 1, TICKET.id)
    assert [due(any_store, Kind.CARRY_OUT, minutes=minutes) for minutes in (0, 1, 2)] == [
        [],
        [deletion],
        [deletion, access],
    ]
    assert access.workflow_id == "carry-out:access:3"


def test_each_kind_has_its_own_rows(any_store: Store) -> None:
    mail_id = any_store.keep_mail(a_mail(), arrived_at=NOW, now=NOW)
    with any_store.unit(now=NOW) as unit:
        unit.save(TICKET, actor="")
        unit.add_letter(TICKET, Letter("answer", "en", ANNA.email))
        unit.add_internal_letter(Letter("week", "en", "dpo@shop.example"))
    assert mail_id
    assert due(any_store, Kind.INTAKE) == [Work(Kind.INTAKE, mail_id, 1)]
    assert {one.ticket_id for one in due(any_store, Kind.DELIVER)} == {TICKET.id, ""}
    assert [one.ticket_id for one in due(any_store, Kind.NOTIFY)] == [TICKET.id]
    assert {one.kind for one in due(any_store, *Kind, minutes=9)} == set(Kind)
    assert due(any_store, minutes=9) == []


@pytest.mark.parametrize("kind", [Kind.NOTIFY, Kind.DELIVER])
@pytest.mark.parametrize(("state", "is_due"), [("ready", True), ("sending", True), ("sent", False), ("failed", False)])
def test_what_is_being_sent_is_still_due_until_it_is_marked(store: Store, kind: Kind, state: str, is_due: bool) -> None:
    with store.unit(now=NOW) as unit:
        unit.put_card(Card("t", {}))
        unit.add_internal_letter(Letter("week", "en", "dpo@shop.example"))
        for table in (tables.cards, tables.letters):
            unit.flush()
            unit.connection.execute(table.update().values(state=state))
    assert bool(due(store, kind)) is is_due


def test_another_attempt_follows_once(any_store: Store) -> None:
    with any_store.unit(now=NOW) as unit:
        unit.save(TICKET, actor="")
    [deletion] = due(any_store, Kind.CARRY_OUT, minutes=1)
    later = NOW + timedelta(minutes=30)
    for _ in range(2):
        with any_store.database.write() as connection:
            work.try_again(connection, deletion, at=later)
    assert deletion.id not in {one.id for one in due(any_store, Kind.CARRY_OUT, minutes=29)}
    again = next(one for one in due(any_store, Kind.CARRY_OUT, minutes=30) if one.id == "deletion")
    assert again == dataclasses.replace(deletion, attempt=2)


@pytest.mark.parametrize("kind", [Kind.INTAKE, Kind.DELIVER, Kind.NOTIFY])
def test_other_work_can_be_tried_again_too(store: Store, kind: Kind) -> None:
    store.keep_mail(a_mail(), arrived_at=NOW, now=NOW)
    with store.unit(now=NOW) as unit:
        unit.put_card(Card("t", {}))
        unit.add_internal_letter(Letter("week", "en", "dpo@shop.example"))
    [one] = due(store, kind)
    with store.database.write() as connection:
        work.try_again(connection, one, at=NOW + timedelta(minutes=1))
    assert due(store, kind) == []
    assert due(store, kind, minutes=1) == [dataclasses.replace(one, attempt=2)]


def test_a_batch_is_bounded(store: Store) -> None:
    with store.unit(now=NOW) as unit:
        for number in range(BATCH + 1):
            unit.put_card(Card(str(number), {}))
    assert len(due(store, Kind.NOTIFY)) == BATCH
    with store.database.read() as connection:
        assert len(connection.execute(select(tables.cards.c.id)).all()) == BATCH + 1
