"""The sample CRM on SQLite and on PostgreSQL: a copy for each test."""

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
from tests.storage.crm.desk import MAP, TODAY, Desk

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
