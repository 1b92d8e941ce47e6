import socket
from pathlib import Path

import pytest
import sqlalchemy as sa

from handlers.crm import CrmError, CrmUnavailable
from handlers.recognition import Correction
from storage.crm.connect import open_engine, reading, writing
from storage.crm.desk import SqlCrm
from tests.storage.crm.desk import ANN, JONAS, MAP, TODAY, Desk


def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def test_an_unreachable_server_is_unavailable_and_its_url_stays_out_of_the_text() -> None:
    crm = SqlCrm.open(f"postgresql+psycopg://desk:hidden@127.0.0.1:{closed_port()}/crm", MAP)

    for use in (crm.check, lambda: crm.person(ANN), lambda: crm.suppress("ann@example.org", [])):
        with pytest.raises(CrmUnavailable) as caught:
            use()
        assert "hidden" not in str(caught.value)
        assert "127.0.0.1" not in str(caught.value)


def test_a_missing_directory_is_unavailable(tmp_path: Path) -> None:
    crm = SqlCrm.open(f"sqlite:///{tmp_path}/absent/crm.db", MAP)

    with pytest.raises(CrmUnavailable):
        crm.plan_deletion(ANN, today=TODAY)


@pytest.mark.parametrize("url", ["", "no url", "oracle+nothing://host/name"])
def test_open_engine_says_how_a_url_is_written(url: str) -> None:
    with pytest.raises(CrmError, match="write it as sqlite:///path, postgresql"):
        open_engine(url)


def test_open_engine_prepares_sqlite(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    with engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys", "secure_delete")
        }
    engine.dispose()

    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "busy_timeout": 5000,
        "foreign_keys": 1,
        "secure_delete": 1,
    }


def test_writing_takes_the_write_lock_at_once_and_reading_does_not(desk: Desk) -> None:
    seen: list[str] = []
    sa.event.listen(desk.engine, "before_cursor_execute", lambda *arguments: seen.append(arguments[2]))

    with reading(desk.engine) as connection:
        connection.execute(sa.text("SELECT 1"))
    with writing(desk.engine) as connection:
        connection.execute(sa.text("SELECT 1"))
    with reading(desk.engine) as connection:
        connection.execute(sa.text("SELECT 1"))

    assert seen == ["BEGIN", "SELECT 1", "BEGIN IMMEDIATE", "SELECT 1", "BEGIN", "SELECT 1"]


def test_an_unreadable_value_is_not_quoted(desk: Desk) -> None:
    desk.run("UPDATE customers SET birth_date = 'spring of 1979' WHERE id = 13")

    with pytest.raises(CrmError) as caught:
        desk.crm.collect(ANN)

    assert str(caught.value) == "the CRM holds a value that its column's type does not allow; correct it there"
    assert caught.value.__suppress_context__


def test_no_error_shows_personal_data(any_desk: Desk) -> None:
    # The constraint's own message would quote the value.
    any_desk.run("CREATE UNIQUE INDEX one_address ON customers (email)")
    changes = any_desk.crm.plan_correction(JONAS, [Correction("email", "", "ann@example.org")])

    with pytest.raises(CrmError) as caught:
        any_desk.crm.correct(JONAS, changes)

    assert str(caught.value) == "a constraint of the CRM database refused the change; nothing was committed"
    assert caught.value.__suppress_context__
