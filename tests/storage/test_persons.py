"""What else there is of a person: found by address or record, by an index, in a fixed number of statements."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, text

from handlers import intake
from handlers.intake import Reading
from handlers.mail import Mail
from handlers.recognition import Asked, Decision, Recognition
from handlers.repeats import Answered
from handlers.rights import Right
from handlers.tickets import Requester, Status, Ticket, new_id, new_reference
from storage import persons
from storage.crypto import Keyring
from storage.database import SENDER_LOCKS, Database, make_engine
from storage.persons import PersonHashes
from storage.store import Store
from storage.unit import SqlUnit
from tests.conftest import MASTER
from tests.fakes import PlainTypesetter, a_desk
from tests.people import ANNA, BERND, NOW, STRANGER, a_mail, a_request, a_ticket
from tests.storage.test_queries import plan, run_and_explain


def opened(right: Right = Right.ACCESS, status: Status = Status.RECEIVED, **changes: object) -> Ticket:
    fields = {"id": new_id(), "reference": new_reference(), **changes}
    return a_ticket(a_request(right, status, request_id=new_id()), **fields)


def saved(store: Store, **tickets: Ticket) -> dict[str, Ticket]:
    with store.unit(now=NOW) as unit:
        return {name: unit.save(ticket, actor="") for name, ticket in tickets.items()}


def test_open_tickets_are_found_by_address_and_by_record(any_store: Store) -> None:
    found = saved(
        any_store,
        second=opened(received_at=NOW + timedelta(hours=1)),
        first=opened(),
        elsewhere=opened(requester=Requester(STRANGER), received_at=NOW + timedelta(hours=2)),
        unknown=opened(person=None, received_at=NOW + timedelta(hours=3)),
        closed=opened(closed_at=NOW),
        family=opened(person=BERND, received_at=NOW + timedelta(hours=4)),  # two persons behind one address
        bernd=opened(requester=Requester(BERND.email), person=BERND),
    )
    with any_store.unit(now=NOW) as unit:
        assert unit.open_tickets_of(ANNA.email, ANNA.key) == [
            found[name] for name in ("first", "second", "elsewhere", "unknown")
        ]
        mine = [found[name] for name in ("first", "second", "unknown", "family")]
        assert unit.open_tickets_of(ANNA.email, "") == mine
        assert unit.open_tickets_of(STRANGER, "") == [found["elsewhere"]]
        assert unit.open_tickets_of("nobody@x.example", "") == []


def test_a_person_who_becomes_known_is_found(any_store: Store) -> None:
    ticket = saved(any_store, it=opened(person=None, requester=Requester(STRANGER)))["it"]
    with any_store.unit(now=NOW) as unit:
        assert unit.open_tickets_of(ANNA.email, ANNA.key) == []
        unit.ticket(ticket.id)
        known = unit.save(dataclasses.replace(ticket, person=ANNA), actor="")
        assert unit.open_tickets_of(ANNA.email, ANNA.key) == [known]


def test_answers_since_a_moment(any_store: Store) -> None:
    def answered(at: datetime, status: Status = Status.ANSWERED, **changes: object) -> Ticket:
        return opened(Right.DELETION, status, answered_at=at, closed_at=at, **changes)

    found = saved(
        any_store,
        there=answered(NOW),
        refused=answered(NOW + timedelta(1), Status.REFUSED),
        before=answered(NOW - timedelta(seconds=1)),
        withdrawn=answered(NOW, Status.WITHDRAWN),
        open=opened(Right.DELETION),
        bernd=answered(NOW, person=BERND, requester=Requester(BERND.email)),
    )
    with any_store.unit(now=NOW) as unit:
        answers = sorted(unit.answered(STRANGER, ANNA.key, since=NOW), key=lambda one: one.at)
    assert answers == [
        Answered(Right.DELETION, found["there"].reference, NOW),
        Answered(Right.DELETION, found["refused"].reference, NOW + timedelta(1)),
    ]


@pytest.mark.parametrize("hashes", [PersonHashes("a"), PersonHashes("a", "b")])
def test_both_are_found_by_an_index(store: Store, hashes: PersonHashes) -> None:
    with store.database.read() as connection:
        seen = [plan(connection, persons.open_tickets(hashes))]
    seen += run_and_explain(store, lambda connection: persons.answered(connection, hashes, since=NOW))
    for one in seen:
        assert "ix_tickets_requester_hash" in one
        assert ("ix_tickets_person_hash" in one) is bool(hashes.person)
        assert "SCAN" not in one


def test_two_nodes_decide_on_a_senders_mails_one_after_the_other(postgres_store_url: str) -> None:
    store = Store(Database(make_engine(postgres_store_url)), Keyring(MASTER), PlainTypesetter())
    with store.unit(now=NOW) as unit:
        assert can_decide(store, unit)
        unit.hold_sender(ANNA.email)
        assert not can_decide(store, unit)
    with store.unit(now=NOW) as unit:
        assert can_decide(store, unit)
    store.close()


def can_decide(store: Store, unit: SqlUnit) -> bool:
    """Would another node get to decide on Anna's mails now?"""
    sender = int.from_bytes(bytes.fromhex(unit.hash("address", ANNA.email))[:4], signed=True)
    with store.database.engine.begin() as connection:
        query = text("SELECT pg_try_advisory_xact_lock(:kind, :sender)")
        return bool(connection.execute(query, {"kind": SENDER_LOCKS, "sender": sender}).scalar_one())


@contextmanager
def counted(store: Store) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(store.database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(store.database.engine, "before_cursor_execute", note)


def asks(*rights: Right) -> Recognition:
    return Recognition("en", Decision.ACT, tuple(Asked(right, 0.9, "") for right in rights))


def take_in(store: Store, sender: str, *rights: Right) -> int:
    """Take a mail in; return how many statements that took."""
    raw = a_mail(sender=sender, message_id=f"{new_id()}@customer.example")
    mail_id = store.keep_mail(raw, arrived_at=NOW, now=NOW)
    assert mail_id
    desk = a_desk(verdict=asks(*rights))
    reading: Reading = intake.read(Mail.from_bytes(raw, arrived_at=NOW), desk=desk)
    with counted(store) as seen, store.unit(now=NOW) as unit:
        intake.take_in(unit, mail_id, reading, desk=desk)
    return len(seen)


def of_others(store: Store, count: int) -> None:
    """Save tickets of other people, half of them answered."""
    with store.unit(now=NOW) as unit:
        for number in range(count):
            person = dataclasses.replace(BERND, key=f"other-{number}")
            done = {"answered_at": NOW, "closed_at": NOW} if number % 2 else {}
            status = Status.ANSWERED if number % 2 else Status.IDENTITY_ASKED
            requester = Requester(f"{number}@x.example")
            unit.save(opened(status=status, person=person, requester=requester, **done), actor="")


def story(store: Store, sender: str) -> list[int]:
    """Return the statements of a mail that opens a ticket, one that joins it, and one that opens a linked one."""
    return [take_in(store, sender, right) for right in (Right.ACCESS, Right.ACCESS, Right.DELETION)]


def test_intake_takes_as_many_statements_however_many_tickets_others_have(store: Store) -> None:
    alone = story(store, ANNA.email)
    of_others(store, 1_000)
    assert story(store, BERND.email) == alone
    with store.unit(now=NOW) as unit:
        first, linked = unit.open_tickets_of(BERND.email, BERND.key)
    assert (first.related, linked.related) == ((linked.reference,), (first.reference,))
