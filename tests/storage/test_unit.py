"""The unit of work: what is saved is read again, nothing of a failed one stays, nobody overwrites another's change."""

import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Connection, event, func, select

from handlers.cards import Card, ticket_card
from handlers.challenge import Challenge, ChallengeState
from handlers.crm import TableSummary
from handlers.law.calendars import table_version
from handlers.law.receipt import DateDoubt
from handlers.letters import Letter
from handlers.links import CANCEL, COPY, Link
from handlers.ports import StaleTicket
from handlers.recognition import Correction
from handlers.repeats import Earlier, Repeat
from handlers.rights import Right
from handlers.tickets import Request, Status, Ticket
from storage import journal, queries, tables
from storage.crypto import KeyProblem, Keyring, MasterKey
from storage.database import Database
from storage.store import Store
from storage.unit import SqlUnit
from tests.fakes import PlainTypesetter
from tests.people import ANNA, CHANGE, DONE, EMAIL, NOW, OLGA, PLAN, STRANGER, a_mail, a_request, a_ticket

FULL = a_ticket(
    a_request(
        Right.DELETION,
        Status.WAITING,
        score=0.987,
        evidence="löschen Sie „alles“",
        plan=PLAN,
        done=DONE,
        attempt=2,
        due_at=NOW + timedelta(days=3, microseconds=1),
        approved_by=OLGA.id,
        started=True,
    ),
    a_request(
        Right.CORRECTION,
        Status.REFUSED,
        corrections=(Correction("email", "", "new@customer.example"),),
        changes=(CHANGE,),
        reason="unfounded",
    ),
    a_request(
        Right.ACCESS,
        Status.CARRIED_OUT,
        tables=(TableSummary(EMAIL, EMAIL, EMAIL, EMAIL, 3),),
        link="t0k",
        consents=("newsletter",),
    ),
    question="reply",
    opened_by="U1",
    decided_by=OLGA.id,
    answered_at=NOW,
    closed_at=NOW + timedelta(seconds=1),
    related=("R-22222", "R-33333"),
    merged=("R-44444",),
    merged_into="R-55555",
    split_from="R-66666",
    other_addresses=("anna@elsewhere.example",),
    repeats=(Repeat(Right.ACCESS, (Earlier("R-77777", NOW.date()),), True),),
)
BARE = a_ticket(a_request(Right.ACCESS, request_id="bare"), person=None, id="b" * 32, reference="R-BBBBB")


OPENED = {
    "safe_date": "2026-12-23",
    "last_date": "2026-12-23",
    "rule": "GDPR Art. 12(3)",
    "law": "EU",
    "law_reason": "law_of_controllers_seat",
    "holiday_tables": table_version(),
}
NEW = {"safe_date_before": "", "last_date_before": ""}
UNMOVED = {
    "rule": "GDPR Art. 12(3)",
    "safe_date_before": "2026-12-23",
    "safe_date": "2026-12-23",
    "last_date_before": "2026-12-23",
    "last_date": "2026-12-23",
}


def saved(store: Store, ticket: Ticket = FULL) -> Ticket:
    with store.unit(now=NOW) as unit:
        return unit.save(ticket, actor="U1")


def loaded(store: Store, ticket_id: str = FULL.id) -> Ticket | None:
    with store.unit(now=NOW) as unit:
        return unit.ticket(ticket_id)


def counts(store: Store) -> dict[str, int]:
    """Return how many rows each table has, of those that have any."""
    with store.database.read() as connection:
        found = {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in tables.metadata.sorted_tables
        }
    return {name: number for name, number in found.items() if number}


@pytest.mark.parametrize("ticket", [FULL, BARE, a_ticket()])
def test_a_ticket_is_read_as_it_was_saved(any_store: Store, ticket: Ticket) -> None:
    after = dataclasses.replace(ticket, version=1)
    assert saved(any_store, ticket) == after
    assert loaded(any_store, ticket.id) == after
    with any_store.unit(now=NOW) as unit:
        assert unit.ticket_named(ticket.reference) == after
        assert unit.ticket("nowhere") is unit.ticket_named("R-22222") is None


def test_a_change_is_read_as_it_was_saved(any_store: Store) -> None:
    saved(any_store)
    with any_store.unit(now=NOW) as unit:
        ticket = unit.ticket(FULL.id)
        assert ticket is not None
        changed = dataclasses.replace(ticket, question="", person=None, closed_at=None).replace(
            dataclasses.replace(ticket.requests[0], plan=None, due_at=None, status=Status.WITHDRAWN)
        )
        changed = dataclasses.replace(changed, requests=(*changed.requests, a_request(Right.RESTRICTION)))
        after = unit.save(changed, actor="")
    assert after == dataclasses.replace(changed, version=2)
    assert loaded(any_store) == after


def test_what_names_a_person_is_sealed(store: Store) -> None:
    with store.unit(now=NOW) as unit:
        unit.save(FULL, actor="U1")
        unit.add_letter(FULL, Letter("answer", "en", ANNA.email))
        unit.add_link(Link("t0k", COPY, FULL.id, "access", NOW + timedelta(1), {"json": ANNA.email.encode()}))
        unit.suppress(ANNA.email, ())
    store.keep_mail(a_mail(), arrived_at=NOW, now=NOW)
    with store.database.read() as connection:
        rows = [repr(row) for table in tables.metadata.sorted_tables for row in connection.execute(select(table)).all()]
    everything = "\n".join(rows).lower()
    for secret in ("anna", "nowak", "customer.example", "löschen", "t0k", "new@"):
        assert secret not in everything, secret
    assert "r-7kq4m" in everything


def test_two_that_read_the_same_version_cannot_both_save(any_store: Store) -> None:
    first = saved(any_store)
    with any_store.unit(now=NOW) as unit:
        unit.ticket(FULL.id)
        unit.save(first, actor="")
    with any_store.unit(now=NOW) as unit:
        unit.ticket(FULL.id)
        with pytest.raises(StaleTicket, match=r"^R-7KQ4M$"):
            unit.save(dataclasses.replace(first, question="late"), actor="")
    after = loaded(any_store)
    assert after is not None
    assert (after.version, after.question) == (2, "reply")


class Interrupted(Exception):
    """What cuts a unit of work off."""


def test_nothing_of_an_interrupted_unit_stays(any_store: Store) -> None:
    mail_id = any_store.keep_mail(a_mail(), arrived_at=NOW, now=NOW)
    assert mail_id
    before = counts(any_store)
    with pytest.raises(Interrupted):
        cut_off(any_store, mail_id)
    assert counts(any_store) == before == {"keys": 1, "mails": 1}
    mail = any_store.mail(mail_id)
    assert mail is not None
    assert mail.state == "new"
    with any_store.unit(now=NOW) as unit:
        everything(unit, mail_id)
    assert counts(any_store) == {
        "keys": 3,
        "mails": 1,
        "tickets": 1,
        "requests": 3,
        "letters": 2,
        "cards": 1,
        "challenges": 1,
        "links": 1,
        "suppressions": 1,
        "journal": 7,
        "journal_head": 1,
    }


def cut_off(store: Store, mail_id: str) -> None:
    with store.unit(now=NOW) as unit:
        everything(unit, mail_id)
        unit.flush()
        raise Interrupted


def everything(unit: SqlUnit, mail_id: str) -> None:
    """Do all that a unit of work can do."""
    unit.save(FULL, actor="U1")
    unit.add_letter(FULL, Letter("answer", "en", ANNA.email))
    unit.add_internal_letter(Letter("week", "en", "dpo@shop.example"))
    unit.add_challenge(challenge("c1"))
    unit.add_link(Link("t0k", COPY, FULL.id, "access", NOW + timedelta(days=1)))
    unit.suppress(ANNA.email, ("newsletter",))
    unit.settle_mail(mail_id, state="ticket", reason="", ticket_id=FULL.id)
    unit.note("shown", reference=FULL.reference, actor="U1")


def test_the_journal_learns_what_moved_and_not_who_it_was(any_store: Store) -> None:
    saved(any_store, BARE)
    with any_store.unit(now=NOW) as unit:
        ticket = unit.ticket(BARE.id)
        assert ticket is not None
        moved = ticket.requests[0].move(Status.TRIAGE, reason="unknown_sender")
        unit.save(ticket.replace(moved), actor="")
    with any_store.database.read() as connection:
        entries = [(entry.event, entry.actor, entry.data) for _, entry in journal.read(connection)]
        assert journal.verify(connection, any_store.keyring.journal).problem == ""
    assert entries == [
        ("opened", "U1", OPENED),
        ("status", "U1", {"right": "access", "from": "", "to": "received", "reason": "", **UNMOVED} | NEW),
        (
            "status",
            "rightsdesk",
            {"right": "access", "from": "received", "to": "triage", "reason": "unknown_sender", **UNMOVED},
        ),
    ]


def test_a_doubt_about_the_date_of_the_mail_is_noted_when_the_ticket_opens(any_store: Store) -> None:
    doubtful = dataclasses.replace(BARE.requester, date_doubt=DateDoubt.FUTURE)
    ticket = saved(any_store, dataclasses.replace(BARE, requester=doubtful))
    with any_store.unit(now=NOW) as unit:
        assert unit.ticket(ticket.id).requester == doubtful
        entry = next(entry for _, entry in journal.read(unit.connection) if entry.event == "opened")
    assert entry.data == {**OPENED, "date_doubt": "date_in_future"}


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Gather the statements that are run."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement.split(maxsplit=1)[0])

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def test_saving_takes_a_fixed_number_of_statements(any_store: Store) -> None:
    many = tuple(a_request(Right.ACCESS, request_id=str(number)) for number in range(7))
    locking = 0 if any_store.database.is_sqlite else 1
    with statements(any_store.database) as seen, any_store.unit(now=NOW) as unit:
        unit.save(dataclasses.replace(BARE, requests=many), actor="")
    # Key, ticket, requests; is the card there, card; journal's head, entries, head.
    assert [one for one in seen if one != "BEGIN"] == (
        ["INSERT"] * 3 + ["SELECT", "INSERT"] + ["SELECT"] * locking + ["SELECT", "INSERT", "INSERT"]
    )
    with any_store.unit(now=NOW) as unit:
        ticket = unit.ticket(BARE.id)
        assert ticket is not None
        changed = ticket.replace(*(request.move(Status.TRIAGE) for request in ticket.requests))
        with statements(any_store.database) as seen:
            unit.save(changed, actor="")
    assert seen[:2] == ["UPDATE", "UPDATE"]
    with statements(any_store.database) as seen, any_store.unit(now=NOW) as unit:
        assert len(unit.tickets(queries.open_tickets(limit=99))) == 1
    assert seen.count("SELECT") == 3  # tickets, keys, requests: however many tickets there are


def cards(store: Store) -> list[tuple[str, int, int, object]]:
    columns = tables.cards.c
    with store.database.read() as connection:
        rows = connection.execute(select(columns.topic, columns.revision, columns.attempt, columns.content))
        return [tuple(row) for row in rows]


def test_a_card_with_the_same_topic_replaces_the_one_before(any_store: Store) -> None:
    for number in (1, 2):
        with any_store.unit(now=NOW) as unit:
            unit.put_card(Card("t", {"n": 0}))
            unit.put_card(Card("t", {"n": number}))
    assert cards(any_store) == [("t", 2, 2, {"n": 2})]


def test_a_card_that_comes_once_comes_once(any_store: Store) -> None:
    for number in (1, 2):
        with any_store.unit(now=NOW) as unit:
            unit.put_card(Card("t", {"n": number}), once=True)
    assert cards(any_store) == [("t", 1, 1, {"n": 1})]
    with any_store.database.read() as connection:
        assert queries.has_card(connection, "t")
        assert not queries.has_card(connection, "u")


def test_a_saved_ticket_shows_itself(any_store: Store) -> None:
    ticket = saved(any_store, BARE)
    [(topic, _, _, content)] = cards(any_store)
    assert (topic, content) == ("ticket:R-BBBBB", json.loads(json.dumps(ticket_card(ticket).content)))


def challenge(name: str, **changes: object) -> Challenge:
    end = NOW + timedelta(hours=1)
    base = Challenge(name * 16, FULL.id, f"code-{name}", f"link-{name}", "address", end, 3, ("deletion", "access"))
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]  # any field


def test_a_new_challenge_takes_the_place_of_the_open_one_about_the_same(any_store: Store) -> None:
    saved(any_store)
    with any_store.unit(now=NOW) as unit:
        unit.add_challenge(challenge("c1"))
        assert unit.open_challenges(FULL.id) == [challenge("c1")]
        unit.add_challenge(challenge("c2", requests=("access", "deletion")))
    with any_store.unit(now=NOW) as unit:
        second = challenge("c2", requests=("access", "deletion"))
        assert unit.open_challenges(FULL.id) == [second]
        assert unit.open_challenge(link_hash="link-c2") == second
        assert unit.open_challenge(link_hash="link-c1") is None
        tried = challenge("c2", tries_left=2)
        unit.save_challenge(tried)
        assert unit.open_challenges(FULL.id) == [tried]
        unit.save_challenge(challenge("c2", state=ChallengeState.CONFIRMED))
        assert unit.open_challenges(FULL.id) == []


def test_challenges_about_other_requests_stay_open_beside_each_other(any_store: Store) -> None:
    saved(any_store)
    saved(any_store, BARE)
    first, second = challenge("c1"), challenge("c2", requests=("access",), expires_at=NOW + timedelta(minutes=1))
    with any_store.unit(now=NOW) as unit:
        unit.add_challenge(first)
        unit.add_challenge(second)
    with any_store.unit(now=NOW) as unit:
        assert unit.open_challenges(FULL.id) == [second, first]  # the first to expire first
        assert unit.open_challenge(link_hash="link-c1") == first
        moved = challenge("c1", ticket_id=BARE.id, requests=("bare",))
        unit.save_challenge(moved)
        assert (unit.open_challenges(FULL.id), unit.open_challenges(BARE.id)) == ([second], [moved])


def test_links_expire_and_can_be_extended_and_dropped(any_store: Store) -> None:
    saved(any_store)
    link = Link("t0k", COPY, FULL.id, "access", NOW + timedelta(days=1), {"json": b"{}", "xlsx": bytes(range(256))})
    with any_store.unit(now=NOW) as unit:
        unit.ticket(FULL.id)
        unit.add_link(link)
        unit.add_link(Link("c4n", CANCEL, FULL.id, "deletion", NOW + timedelta(days=9)))
    with any_store.unit(now=NOW) as unit:
        assert unit.link("t0k", kind=COPY) == link
        assert unit.link("t0k", kind=CANCEL) is unit.link("t1k", kind=COPY) is None
    with any_store.unit(now=NOW + timedelta(days=1)) as unit:
        assert unit.link("t0k", kind=COPY) is None
        unit.extend_link("t0k", until=NOW + timedelta(days=2))
        assert unit.link("t0k", kind=COPY) == dataclasses.replace(link, expires_at=NOW + timedelta(days=2))
        unit.drop_links("access", kind=CANCEL)
        unit.drop_links("deletion", kind=CANCEL)
        assert unit.link("c4n", kind=CANCEL) is None
        queries.drop_expired_links(unit.connection, now=NOW + timedelta(days=1))
        assert unit.link("t0k", kind=COPY) is not None
        queries.drop_expired_links(unit.connection, now=NOW + timedelta(days=2))
    assert "links" not in counts(any_store)


def letter_id(connection: Connection) -> str:
    return str(connection.execute(select(tables.letters.c.id)).scalar_one())


def test_a_ticket_is_found_by_its_letters(any_store: Store) -> None:
    ticket = saved(any_store)
    with any_store.unit(now=NOW) as unit:
        assert not unit.was_written(ticket.id, "answer")
        unit.ticket(ticket.id)
        unit.add_letter(ticket, Letter("answer", "en", ANNA.email))
        assert unit.was_written(ticket.id, "answer")
        assert unit.when_written([BARE.id, ticket.id], "answer") == [NOW]
        assert unit.when_written([ticket.id], "challenge") == unit.when_written([BARE.id], "answer") == []
        assert not unit.was_written(ticket.id, "challenge")
        assert not unit.was_written(BARE.id, "answer")
        found = letter_id(unit.connection)
        assert unit.ticket_of_letter(["nowhere", found]) == ticket
        assert unit.ticket_of_letter(["nowhere"]) is unit.ticket_of_letter([]) is None


def test_the_tickets_of_an_address_are_counted(any_store: Store) -> None:
    saved(any_store)
    saved(any_store, dataclasses.replace(BARE, opened_at=NOW - timedelta(days=2)))
    with any_store.unit(now=NOW) as unit:
        assert unit.count_tickets(ANNA.email, since=NOW - timedelta(days=1)) == 1
        assert unit.count_tickets(ANNA.email, since=NOW - timedelta(days=3)) == 2
        assert unit.count_tickets(ANNA.email, since=NOW) == 0
        assert unit.count_tickets(STRANGER, since=NOW - timedelta(days=3)) == 0
        assert unit.count_tickets("nn", since=NOW - timedelta(days=3)) == 0


def test_an_address_is_suppressed_once(any_store: Store) -> None:
    for consents in (("newsletter", "sms"), ("newsletter",), (), ()):
        with any_store.unit(now=NOW) as unit:
            unit.suppress(ANNA.email, consents)
    with any_store.database.read() as connection:
        found = set(connection.execute(select(tables.suppressions.c.consent)).scalars())
    assert found == {"newsletter", "sms", "all"}


def test_a_mail_is_settled_once(any_store: Store) -> None:
    mail_id = any_store.keep_mail(a_mail(), arrived_at=NOW, now=NOW)
    assert mail_id
    with any_store.unit(now=NOW) as unit:
        unit.settle_mail(mail_id, state="quarantined", reason="spam")
    with any_store.unit(now=NOW) as unit:  # released
        unit.settle_mail(mail_id, state="ignored", reason="no_request")
    for mail in (mail_id, "nowhere"):
        with pytest.raises(StaleTicket), any_store.unit(now=NOW) as unit:
            unit.settle_mail(mail, state="ticket", reason="")


def test_another_master_key_opens_nothing(store: Store) -> None:
    other = Store(store.database, Keyring(MasterKey.generate()), PlainTypesetter())
    other.check_key()  # an empty store takes any key
    saved(store)
    with pytest.raises(KeyProblem, match=r"made with another master key: .* \(key \[store\] key_file\)"):
        other.check_key()
    with pytest.raises(KeyProblem, match=r"cannot decrypt \(key\)"), other.unit(now=NOW) as unit:
        unit.ticket(FULL.id)


def test_a_request_of_another_ticket_does_not_open(store: Store) -> None:
    saved(store)
    saved(store, dataclasses.replace(BARE, requests=(Request("other", Right.ACCESS),)))
    moved = tables.requests.update().where(tables.requests.c.id == "other").values(ticket_id=FULL.id)
    with store.database.write() as connection:
        connection.execute(moved)
    with pytest.raises(KeyProblem, match=r"cannot decrypt \(request\)"):
        loaded(store)
