"""The journal: whoever changes, removes, inserts, cuts off or re-orders entries is found, on both databases."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Connection, delete, func, insert, select, update

from handlers.journal import Entry
from storage import journal, tables
from storage.journal import START, Head, Verdict
from storage.store import Store

KEY = b"journal key"
AT = datetime(2026, 11, 23, 9, 0, 0, 123456, tzinfo=UTC)
ENTRIES = [
    Entry(
        AT + timedelta(minutes=number), "status", f"R-{number}", "U1", {"to": "triage", "n": number, "rows": {"a": 1}}
    )
    for number in range(1, 6)
]


def written(store: Store, entries: list[Entry] | None = None) -> Head:
    with store.database.write() as connection:
        return journal.append(connection, KEY, ENTRIES if entries is None else entries)


def verdict(store: Store, noted: str = "") -> Verdict:
    with store.database.read() as connection:
        return journal.verify(connection, KEY, noted=noted)


def test_what_is_written_is_read_again(any_store: Store) -> None:
    rich = Entry(
        AT.astimezone(timezone(timedelta(hours=2))),
        "ünïcode",
        "",
        "rightsdesk",
        {"b": [], "a": ["ž", '"'], "f": 0.1, "n": None, "t": True, "d": {"x": "y"}},
    )
    head = written(any_store, [*ENTRIES, rich])
    with any_store.database.read() as connection:
        assert journal.read(connection) == list(enumerate([*ENTRIES, rich], start=1))
        assert journal.read(connection, reference="R-2") == [(2, ENTRIES[1])]
        assert journal.read_head(connection) == head
    assert verdict(any_store) == Verdict(6, head)


def test_an_empty_journal_is_whole(store: Store) -> None:
    assert verdict(store) == Verdict(0, Head(0, START))
    assert written(store, []) == Head(0, START)


def test_the_chain_goes_on_after_each_commit(any_store: Store) -> None:
    heads = [written(any_store, [entry]) for entry in ENTRIES]
    assert [head.seq for head in heads] == [1, 2, 3, 4, 5]
    assert verdict(any_store) == Verdict(5, heads[-1])
    for head in heads:
        assert verdict(any_store, head.digest[:16]).problem == ""


j = tables.journal


def change_data(connection: Connection) -> None:
    connection.execute(update(j).where(j.c.seq == 3).values(data={"to": "closed"}))


def change_actor(connection: Connection) -> None:
    connection.execute(update(j).where(j.c.seq == 3).values(actor="U2"))


def change_moment(connection: Connection) -> None:
    connection.execute(update(j).where(j.c.seq == 3).values(at=AT))


def remove(connection: Connection) -> None:
    connection.execute(delete(j).where(j.c.seq == 3))


def remove_and_close_the_gap(connection: Connection) -> None:
    remove(connection)
    for seq in (4, 5):
        connection.execute(update(j).where(j.c.seq == seq).values(seq=seq - 1))


def remove_first(connection: Connection) -> None:
    connection.execute(delete(j).where(j.c.seq == 1))


def insert_before(connection: Connection) -> None:
    for seq in (5, 4, 3):
        connection.execute(update(j).where(j.c.seq == seq).values(seq=seq + 1))
    connection.execute(insert(j), forged(3))


def forged(seq: int) -> dict[str, object]:
    row = {"at": AT, "event": "approved", "reference": "R-1", "actor": "U1", "data": {}}
    return {**row, "seq": seq, "digest": journal.digest(b"a guess", START, seq, Entry(AT, "approved", "R-1", "U1", {}))}


def swap(connection: Connection) -> None:
    for before, after in ((2, 99), (3, 2), (99, 3)):
        connection.execute(update(j).where(j.c.seq == before).values(seq=after))


def put_at_the_end(connection: Connection) -> None:
    connection.execute(insert(j), forged(6))


def insert_at_zero(connection: Connection) -> None:
    connection.execute(insert(j), forged(0))


def cut_off(connection: Connection) -> None:
    connection.execute(delete(j).where(j.c.seq > 3))


def cut_off_with_head(connection: Connection) -> None:
    cut_off(connection)
    digest = connection.execute(select(j.c.digest).where(j.c.seq == 3)).scalar_one()
    connection.execute(update(tables.journal_head).values(seq=3, digest=digest))


def remove_head(connection: Connection) -> None:
    connection.execute(delete(tables.journal_head))


def empty_all_but_head(connection: Connection) -> None:
    connection.execute(delete(j))


MOMENT = "2026-11-23 09:0{} UTC"
CHANGED = "entry {} (2026-11-23 09:0{} UTC) was changed, or one before it was"


@pytest.mark.parametrize(
    ("tamper", "problem"),
    [
        (change_data, CHANGED.format(3, 3)),
        (change_actor, CHANGED.format(3, 3)),
        (change_moment, CHANGED.format(3, 0)),
        (remove, "entry 3 is missing: after 2 comes 4"),
        (remove_and_close_the_gap, CHANGED.format(3, 4)),
        (remove_first, "entry 1 is missing: after 0 comes 2"),
        (insert_before, CHANGED.format(3, 0)),
        (insert_at_zero, "entry 1 is missing: after 0 comes 0"),
        (swap, CHANGED.format(2, 3)),
        (put_at_the_end, CHANGED.format(6, 0)),
        (cut_off, "entries 4 to 5 are missing at the end"),
        (cut_off_with_head, "the head was changed"),
        (remove_head, "the head is missing"),
        (empty_all_but_head, "entries 1 to 5 are missing at the end"),
    ],
)
def test_tampering_is_found(any_store: Store, tamper: Callable[[Connection], None], problem: str) -> None:
    written(any_store)
    with any_store.database.write() as connection:
        tamper(connection)
    assert verdict(any_store).problem == problem


def test_an_old_head_put_back_with_the_end_cut_off_is_found_by_the_noted_digest(store: Store) -> None:
    written(store, ENTRIES[:3])
    with store.database.read() as connection:
        old = connection.execute(select(tables.journal_head)).one()
    noted = written(store, ENTRIES[3:])
    with store.database.write() as connection:
        cut_off(connection)
        connection.execute(update(tables.journal_head).values(**old._mapping))
    assert verdict(store).problem == ""  # the store alone cannot tell: therefore the digest is in every summary
    assert verdict(store, noted.digest[:16]).problem == (
        "the digest that was noted is not in the chain: entries were cut off, or it is not of this journal"
    )


def test_another_key_proves_nothing(store: Store) -> None:
    written(store)
    with store.database.read() as connection:
        assert journal.verify(connection, b"another").problem.startswith("entry 1 ")


def test_the_pages_of_a_long_journal_are_one_chain(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "PAGE_ROWS", 2)
    head = written(store)
    assert verdict(store) == Verdict(5, head)


def test_entries_that_come_while_the_chain_is_walked_are_no_tampering(any_store: Store) -> None:
    head = written(any_store)
    with any_store.database.read() as connection:
        assert journal.read_head(connection) == head
        written(any_store, ENTRIES)
        assert connection.execute(select(func.count()).select_from(j)).scalar_one() == 5
        assert journal.verify(connection, KEY) == Verdict(5, head)
    assert verdict(any_store).entries == 10
