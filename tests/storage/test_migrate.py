"""Migrations: from nothing they give exactly the tables of the code, and run twice they do nothing."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from storage.database import make_engine
from storage.migrate import upgrade
from storage.tables import metadata
from tests.conftest import administer


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """An engine on an empty database of each kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'new' / 'store.db'}"
    else:
        server: sa.URL = request.getfixturevalue("postgres")
        name = f"new_{uuid.uuid4().hex}"
        administer(server, f"CREATE DATABASE {name}")
        url = server.set(database=name).render_as_string(hide_password=False)
    made = make_engine(url)
    yield made
    made.dispose()


def test_an_empty_database_gets_the_tables_of_the_code(engine: sa.Engine) -> None:
    upgrade(engine)
    upgrade(engine)
    # On SQLite, alembic takes the default '' for another than ''.
    opts = {"compare_type": True, "compare_server_default": engine.dialect.name != "sqlite"}
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == "0004"


def test_partial_indexes_are_made_as_partial(engine: sa.Engine) -> None:
    upgrade(engine)
    partial = {
        index["name"]
        for table in metadata.tables
        for index in sa.inspect(engine).get_indexes(table)
        if any(value is not None for key, value in index["dialect_options"].items() if key.endswith("_where"))
    }
    assert partial == {
        "ix_mails_waiting",
        "ix_tickets_open",
        "ix_requests_waiting",
        "ix_requests_carrying_out",
        "ix_challenges_open",
        "ix_letters_waiting",
        "ix_cards_waiting",
    }


def test_foreign_keys_hold(engine: sa.Engine) -> None:
    upgrade(engine)
    orphan = {"link_hash": "h", "kind": "d", "ticket_id": "t", "request_id": "r", "sealed": b""}
    statement = sa.text(
        "INSERT INTO links (link_hash, kind, ticket_id, request_id, expires_at, sealed) "
        "VALUES (:link_hash, :kind, :ticket_id, :request_id, CURRENT_TIMESTAMP, :sealed)"
    )
    with pytest.raises(sa.exc.IntegrityError), engine.begin() as connection:
        connection.execute(statement, orphan)
