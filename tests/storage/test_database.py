"""Opening the store: settings of SQLite, one writer at a time, one process, moments with their zone."""

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import StatementError

from handlers.cards import Card
from storage import journal, tables
from storage.database import Database, StoreProblem, make_engine, sole_process
from storage.store import Store
from tests.people import NOW, a_mail


def test_sqlite_is_set_up_for_one_careful_writer(store: Store) -> None:
    pragmas = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "busy_timeout": 10_000}
    with store.database.read() as connection:
        assert {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in pragmas} == pragmas


def begun(database: Database, *, writes: bool) -> str:
    statements: list[str] = []
    raw = database.engine.raw_connection()
    assert raw.dbapi_connection
    raw.dbapi_connection.set_trace_callback(statements.append)
    raw.close()
    with database.write() if writes else database.read() as connection:
        connection.execute(text("SELECT 1"))
    return statements[0]


def test_a_writer_takes_its_place_at_once_and_a_reader_blocks_nobody(store: Store) -> None:
    assert begun(store.database, writes=True) == "BEGIN IMMEDIATE"
    assert begun(store.database, writes=False) == "BEGIN"


def add(connection: Connection, number: int) -> None:
    count = connection.execute(text("SELECT count(*) FROM cards")).scalar_one()
    row = {"id": f"{number}-{count}", "topic": f"{number}-{count}", "state": "sent", "revision": count, "attempt": 1}
    row |= {"next_attempt_at": NOW, "channel": "", "slack_ts": "", "content": {}}
    connection.execute(tables.cards.insert(), row)


def test_writers_in_two_processes_and_threads_wait_for_each_other(sqlite_store_url: str) -> None:
    """Two engines stand for two processes: only SQLite's own lock is between them."""
    databases = [Database(make_engine(sqlite_store_url)) for _ in range(2)]
    problems: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for _ in range(10):
                with databases[number % 2].write() as connection:
                    add(connection, number)
        except BaseException as problem:  # noqa: BLE001  (told by the test's own thread)
            problems.append(problem)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    with databases[0].read() as connection:
        # Each writer saw all rows of those before it.
        seen = connection.execute(text("SELECT revision FROM cards ORDER BY revision")).scalars().all()
    assert list(seen) == list(range(40))
    for database in databases:
        database.close()


def test_units_of_work_at_once_make_one_journal(any_store: Store) -> None:
    ready = threading.Barrier(4)

    def work(number: int) -> None:
        ready.wait()
        for turn in range(5):
            with any_store.unit(now=NOW) as unit:
                unit.note("shown", actor=f"U{number}", turn=turn)
                unit.put_card(Card(f"{number}-{turn}", {}))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with any_store.database.read() as connection:
        verdict = journal.verify(connection, any_store.keyring.journal)
    assert (verdict.entries, verdict.problem) == (20, "")


def test_an_error_leaves_nothing_behind(any_store: Store) -> None:
    def fail() -> None:
        with any_store.database.write() as connection:
            add(connection, 1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with any_store.database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM cards")).scalar_one() == 0


def test_a_moment_keeps_its_instant_and_comes_back_in_utc(any_store: Store) -> None:
    there = datetime(2026, 10, 25, 2, 30, 0, 7, tzinfo=timezone(timedelta(hours=2)))
    mail_id = any_store.keep_mail(a_mail(), arrived_at=there, now=there)
    assert mail_id
    mail = any_store.mail(mail_id)
    assert mail is not None
    assert mail.arrived_at == there
    assert mail.arrived_at.tzinfo is UTC
    with pytest.raises(StatementError, match="a moment without time zone"):
        any_store.keep_mail(a_mail("x"), arrived_at=there.replace(tzinfo=None), now=there)


HOLD = """
import sys
from pathlib import Path
from storage.database import sole_process
with sole_process(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_is_told_who_the_first_is(tmp_path: Path) -> None:
    lock = tmp_path / "data" / "lock"
    lock.parent.mkdir()
    lock.write_text("1234567890 left by a process that was killed")
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout
        assert first.stdout.readline() == "held\n"
        with (
            pytest.raises(StoreProblem, match=rf"another Rightsdesk \(process {first.pid}\) works on this store: stop"),
            sole_process(lock),
        ):
            pass
        first.communicate()
    with sole_process(lock):
        assert lock.read_text()


def test_a_relative_path_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    engine = make_engine("sqlite:///deep/down/store.db")
    with engine.connect():
        assert (tmp_path / "deep" / "down" / "store.db").exists()
    engine.dispose()


def test_postgresql_is_spoken_to_by_psycopg() -> None:
    engine = make_engine("postgresql://user:secret@host/name")
    assert engine.url.drivername == "postgresql+psycopg"
    assert "secret" not in repr(engine)
