import hashlib
import shutil
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from handlers.crm import CrmError, CrmUnavailable
from handlers.recognition import Correction
from storage.crm.connect import open_engine, reading, writing
from storage.crm.desk import SqlCrm
from storage.crm.mapload import load
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


@pytest.mark.parametrize(
    "url",
    [
        "",
        "no url",
        "oracle+nothing://host/name",
        "mysql+pymysql://desk@host:hidden/crm",
        "sqlite:///crm.db?timeout=hidden",
        "sqlite:///crm.db?mode=ro",
    ],
)
def test_open_engine_says_how_a_url_is_written(url: str) -> None:
    with pytest.raises(CrmError, match="write it as sqlite:///path, postgresql"):
        open_engine(url)


@pytest.mark.parametrize(
    "url",
    [
        "mysql+pymysql://desk@127.0.0.1:1/crm?colour=hidden",
        "mysql+pymysql://desk@127.0.0.1:1/crm?charset=hidden",
        "mysql+pymysql://desk@127.0.0.1:1/crm?ssl_ca=/hidden",
        "postgresql+psycopg://desk@127.0.0.1:1/crm?colour=hidden",
        "sqlite:///file:crm.db?mode=hidden&uri=true",
        f"sqlite:////{'hidden' * 1_000}",
    ],
)
def test_an_option_that_the_driver_does_not_know_is_told_without_its_value(url: str) -> None:
    with pytest.raises(CrmError, match=r"URL cannot be used \(\[crm\] url, or --database\)") as caught:
        SqlCrm.open(url, MAP).check()

    assert "hidden" not in str(caught.value)


def test_open_engine_prepares_sqlite(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    with engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("synchronous", "busy_timeout", "foreign_keys", "secure_delete")
        }
    engine.dispose()

    assert found == {"synchronous": 2, "busy_timeout": 5000, "foreign_keys": 1, "secure_delete": 1}


def journal_mode(path: Path, change: str = "") -> str:
    """Return how an SQLite file keeps its journal, after changing that if wanted."""
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute(f"PRAGMA journal_mode{change and f' = {change}'}").fetchone()[0])


@pytest.fixture(params=["delete", "wal"])
def kept_so(request: pytest.FixtureRequest, sqlite_url: str) -> tuple[Path, str]:
    """The sample as a file in its owner's journal mode, and that mode."""
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    assert journal_mode(path, request.param) == request.param
    return path, request.param


def look(url: str) -> None:
    """Do everything that only looks."""
    crm = SqlCrm.open(url, MAP)
    crm.check()
    assert [person.key for person in crm.find_by_email("ann@example.org")] == [ANN]
    crm.collect(ANN)
    crm.plan_deletion(ANN, today=TODAY)
    crm.plan_correction(JONAS, [Correction("last_name", "", "Beck")])
    crm.close()


@pytest.mark.parametrize("url", ["sqlite:///{}", "sqlite:///file:{}?uri=true", "sqlite:///file:{}?mode=ro&uri=true"])
def test_a_look_changes_no_byte_of_an_sqlite_file(kept_so: tuple[Path, str], url: str) -> None:
    path, _ = kept_so
    before = hashlib.sha256(path.read_bytes()).digest()

    look(url.format(path))

    assert hashlib.sha256(path.read_bytes()).digest() == before


def test_a_file_that_nobody_may_write_is_read_and_a_change_of_it_refused(kept_so: tuple[Path, str]) -> None:
    crm = SqlCrm.open(f"sqlite:///file:{kept_so[0]}?mode=ro&uri=true", MAP)

    with pytest.raises(CrmError, match="may not do this"):
        crm.restrict(ANN)

    crm.close()


def test_a_change_leaves_the_journal_of_an_sqlite_file_as_its_owner_keeps_it(kept_so: tuple[Path, str]) -> None:
    path, mode = kept_so
    crm = SqlCrm.open(f"sqlite:///{path}", MAP)

    crm.restrict(JONAS)
    crm.delete(ANN, crm.plan_deletion(ANN, today=TODAY), today=TODAY, resumed=False)
    crm.close()

    assert journal_mode(path) == mode
    assert [left.name for left in path.parent.glob(f"{path.name}-*")] == []


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///{}.typo",
        "sqlite:///file:{}.typo?uri=true",
        "sqlite:///file:{}.typo?mode=rwc&uri=true",
        "sqlite:///file://localhost{}.typo?uri=true",
    ],
)
def test_a_mistyped_path_is_named_and_makes_no_file(sqlite_url: str, url: str) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    crm = SqlCrm.open(url.format(path), MAP)

    with pytest.raises(CrmUnavailable, match=f"there is no SQLite database at '{path}.typo'"):
        crm.check()

    assert not Path(f"{path}.typo").exists()


def test_a_path_with_signs_that_mean_something_in_a_uri_is_opened(sqlite_url: str, tmp_path: Path) -> None:
    odd = shutil.copy(sqlite_url.removeprefix("sqlite:///"), tmp_path / "a #1 100%25?.db")
    engine = open_engine(sa.URL.create("sqlite", database=str(odd)).render_as_string())

    crm = SqlCrm(engine, load(MAP))

    assert crm.person(ANN) is not None
    crm.close()


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


@pytest.mark.parametrize(
    ("table", "key", "column", "value"),
    [
        ("customers", "id", "birth_date", "'spring of 1979'"),
        ("customers", "id", "birth_date", "19790401"),
        ("customers", "id", "birth_date", "x'00ff'"),
        ("invoices", "customer_id", "total", "'secret'"),
        ("invoices", "customer_id", "total", "x'00ff'"),
    ],
)
def test_an_unreadable_value_is_not_quoted(desk: Desk, table: str, key: str, column: str, value: str) -> None:
    desk.run(f"UPDATE {table} SET {column} = {value} WHERE {key} = 13")  # noqa: S608 - named above

    with pytest.raises(CrmError) as caught:
        desk.crm.collect(ANN)

    assert str(caught.value) == "the CRM holds a value that its column's type does not allow; correct it there"
    assert caught.value.__suppress_context__


def test_a_mistake_of_ours_is_not_taken_for_a_value_of_the_database(desk: Desk) -> None:
    def mistake() -> None:
        with reading(desk.engine) as connection:
            connection.execute(sa.text("SELECT 1"))
            raise TypeError("ours")

    with pytest.raises(TypeError, match="ours"):
        mistake()


def test_no_error_shows_personal_data(any_desk: Desk) -> None:
    # The constraint's own message would quote the value.
    any_desk.run("CREATE UNIQUE INDEX one_address ON customers (email)")
    changes = any_desk.crm.plan_correction(JONAS, [Correction("email", "", "ann@example.org")])

    with pytest.raises(CrmError) as caught:
        any_desk.crm.correct(JONAS, changes)

    assert str(caught.value) == "a constraint of the CRM database refused the change; nothing was committed"
    assert caught.value.__suppress_context__
