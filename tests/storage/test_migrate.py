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
from tests.people import NOW

TICKET = {
    **dict.fromkeys(("reference", "question", "opened_by", "decided_by", "requester_hash", "rule"), ""),
    **dict.fromkeys(("received_at", "opened_at"), NOW),
    **dict.fromkeys(("received_on", "nominal_date", "safe_date", "last_date"), NOW.date()),
    "key_id": "k",
    "version": 1,
    "language": "en",
    "trust": "aligned",
    "sealed": b"",
}
REQUEST = {"position": 0, "right": "access", "reason": "", "score": 1, "attempt": 0, "approved_by": "", "sealed": b""}
CHALLENGE = {"code_hash": "", "sent_to_hash": "", "expires_at": NOW, "tries_left": 3}


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
        assert context.get_current_revision() == "0006"


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
        "ix_tickets_look",
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


def test_an_open_challenge_goes_on_and_confirms_what_waits(engine: sa.Engine) -> None:
    upgrade(engine, to="0001")
    rows = {
        "keys": [{"id": "k", "wrapped": b""}],
        "tickets": [{**TICKET, "id": "t", "reference": "R-22222"}],
        "requests": [
            {**REQUEST, "id": name, "ticket_id": "t", "status": status}
            for name, status in (("a", "identity_asked"), ("b", "identity_asked"), ("c", "refused"))
        ],
        "challenges": [
            {**CHALLENGE, "id": state, "ticket_id": "t", "link_hash": state, "state": state}
            for state in ("open", "replaced")
        ],
    }
    with engine.begin() as connection:
        before = sa.MetaData()
        before.reflect(connection)
        for name, values in rows.items():
            connection.execute(sa.insert(before.tables[name]), values)
    upgrade(engine)
    columns = metadata.tables["challenges"].c
    with engine.connect() as connection:
        found = {row.state: row for row in connection.execute(sa.select(columns.id, columns.state, columns.requests))}
    # Its code was hashed with the ticket's id, so it takes that for its own.
    assert (found["open"].id, sorted(found["open"].requests)) == ("t", ["a", "b"])
    assert (found["replaced"].id, found["replaced"].requests) == ("replaced", None)


def test_an_open_ticket_from_before_is_looked_at_and_reckoned_anew(engine: sa.Engine) -> None:
    upgrade(engine, to="0001")
    closed = {**TICKET, "id": "c", "reference": "R-33333", "closed_at": TICKET["opened_at"]}
    with engine.begin() as connection:
        before = sa.MetaData()
        before.reflect(connection)
        connection.execute(sa.insert(before.tables["keys"]), [{"id": "k", "wrapped": b""}])
        connection.execute(sa.insert(before.tables["tickets"]), [{**TICKET, "id": "t", "reference": "R-22222"}])
        connection.execute(sa.insert(before.tables["tickets"]), [closed])
    upgrade(engine)
    columns = metadata.tables["tickets"].c
    with engine.connect() as connection:
        query = sa.select(columns.id, columns.look_at, columns.reckoned_by, columns.silent, columns.basis)
        found = {row.id: row for row in connection.execute(query)}
    assert found["t"].look_at is not None
    assert found["c"].look_at is None
    assert (found["t"].reckoned_by, found["t"].silent, found["t"].basis) == ("", False, None)
