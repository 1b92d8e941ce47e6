"""The sample CRM on SQLite, PostgreSQL and MariaDB: a copy for each test."""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.demo.crm_sample import build
from storage.crm.connect import open_engine
from storage.crm.desk import SqlCrm
from storage.crm.mapload import load
from tests.conftest import administer
from tests.mariadb import copy_database, running_mariadb
from tests.storage.crm.desk import MAP, TODAY, Desk, FileLog

PEOPLE = 40


@pytest.fixture(scope="session")
def sqlite_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample CRM as a file to copy."""
    path = tmp_path_factory.mktemp("crm") / "sample.db"
    build(f"sqlite:///{path}", people=PEOPLE, today=TODAY)
    return path


@pytest.fixture(scope="session")
def postgres_sample(postgres: sa.URL) -> str:
    """The sample CRM as a database to copy; returns its name."""
    administer(postgres, "CREATE DATABASE sample")
    build(postgres.set(database="sample").render_as_string(hide_password=False), people=PEOPLE, today=TODAY)
    return "sample"


@pytest.fixture(scope="session")
def mariadb() -> Iterator[sa.URL]:
    """A MariaDB server of this session's own; skips the test where none is installed."""
    with running_mariadb() as server:
        yield server.url


@pytest.fixture(scope="session")
def mariadb_sample(mariadb: sa.URL) -> str:
    """The sample CRM as a database to copy; returns its name."""
    administer(mariadb, "CREATE DATABASE sample")
    build(mariadb.set(database="sample").render_as_string(hide_password=False), people=PEOPLE, today=TODAY)
    return "sample"


@pytest.fixture
def sqlite_url(sqlite_sample: Path, tmp_path: Path) -> str:
    """A test's own copy of the sample CRM on SQLite."""
    return f"sqlite:///{shutil.copy(sqlite_sample, tmp_path / 'crm.db')}"


@pytest.fixture
def postgres_url(postgres: sa.URL, postgres_sample: str) -> Iterator[str]:
    """A test's own copy of the sample CRM on PostgreSQL."""
    name = f"crm_{uuid.uuid4().hex}"
    administer(postgres, f"CREATE DATABASE {name} TEMPLATE {postgres_sample}")
    yield postgres.set(database=name).render_as_string(hide_password=False)
    administer(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def mariadb_url(mariadb: sa.URL, mariadb_sample: str) -> Iterator[str]:
    """A test's own copy of the sample CRM on MariaDB."""
    name = f"crm_{uuid.uuid4().hex}"
    copy_database(mariadb, source=mariadb_sample, target=name)
    yield mariadb.set(database=name).render_as_string(hide_password=False)
    administer(mariadb, f"DROP DATABASE {name}")


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        (tmp_path / "empty.db").touch()
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: sa.URL = request.getfixturevalue(request.param)
    name = f"empty_{uuid.uuid4().hex}"
    administer(server, f"CREATE DATABASE {name}")
    yield server.set(database=name).render_as_string(hide_password=False)
    administer(server, f"DROP DATABASE {name}{' WITH (FORCE)' if request.param == 'postgres' else ''}")


@pytest.fixture
def desk(sqlite_url: str, log: FileLog) -> Iterator[Desk]:
    """The sample CRM on SQLite."""
    yield from _desk(sqlite_url, log)


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def any_desk(request: pytest.FixtureRequest, log: FileLog) -> Iterator[Desk]:
    """The sample CRM on each kind of database."""
    yield from _desk(request.getfixturevalue(f"{request.param}_url"), log)


@pytest.fixture
def log(tmp_path: Path) -> FileLog:
    """A log of what was intended."""
    return FileLog(tmp_path / "log")


def _desk(url: str, log: FileLog) -> Iterator[Desk]:
    engine = open_engine(url)
    yield Desk(crm=SqlCrm(engine, load(MAP), log=log), engine=engine)
    engine.dispose()
