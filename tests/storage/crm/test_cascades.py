"""Foreign keys by which the database itself deletes or empties what refers to an erased row."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from handlers.crm import CrmIncomplete
from storage.crm.datamap import MapError
from tests.conftest import administer
from tests.storage.crm.desk import TODAY
from tests.storage.crm.small import CATEGORY, IDENTITY, LINK, Small, make

ANN = "1"
OPERATIONS = {CATEGORY: "system.operations"}
PEOPLE = {"erase": "delete", "fields": {"email": None, "name": "redact"}}
INVOICES = {"erase": "keep", "duty": {"record": "invoice", "dated": "issued", "country": "DE"}, "fields": {}}


@pytest.fixture
def metadata() -> sa.MetaData:
    return sa.MetaData()


def people(metadata: sa.MetaData, *more: sa.Column[Any]) -> None:
    sa.Table(
        "people",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("email", sa.String(100), info={IDENTITY: "email", CATEGORY: "user.contact.email"}),
        sa.Column("name", sa.String(100), info={CATEGORY: "user.name"}),
        sa.Column("erased", sa.Boolean, nullable=False, default=False, info=OPERATIONS),
        *more,
    )


def house(url: str, metadata: sa.MetaData, path: Path, **tables: Any) -> Small:
    identity = {"table": "people", "name": ["name"], "erased": "erased"}
    made = make(url, metadata, path / "map.yaml", identity=identity, tables={"people": PEOPLE, **tables})
    made.run("INSERT INTO people (id, email, name, erased) VALUES (1, 'ann@example.org', 'Ann', false)")
    made.run("INSERT INTO people (id, email, name, erased) VALUES (2, 'joann@example.org', 'Joann', false)")
    return made


def erase(small: Small) -> None:
    plan = small.crm.plan_deletion(ANN, today=TODAY)
    small.crm.delete(ANN, plan, today=TODAY, resumed=False)


def refused(small: Small, match: str) -> None:
    before = small.rows()
    with pytest.raises(MapError, match=match):
        erase(small)
    assert small.rows() == before


@pytest.mark.parametrize("action", ["CASCADE", "SET NULL"])
def test_somebody_whom_the_person_brought_along_is_neither_deleted_nor_changed_with_them(
    empty_url: str, metadata: sa.MetaData, tmp_path: Path, action: str
) -> None:
    people(metadata, sa.Column("brought_by", sa.ForeignKey("people.id", ondelete=action), info=OPERATIONS))
    small = house(empty_url, metadata, tmp_path)
    small.run("UPDATE people SET brought_by = 1 WHERE id = 2")

    refused(small, rf"people\(brought_by\) says ON DELETE {action}")


def test_an_invoice_that_the_law_keeps_does_not_go_with_its_order(
    empty_url: str, metadata: sa.MetaData, tmp_path: Path
) -> None:
    people(metadata)
    mine = sa.ForeignKey("people.id", name="orderer")
    sa.Table("orders", metadata, _key(), sa.Column("person", mine, info={LINK: "people.id"}))
    sa.Table(
        "invoices",
        metadata,
        _key(),
        sa.Column("person", sa.ForeignKey("people.id"), info={LINK: "people.id"}),
        sa.Column("ord", sa.ForeignKey("orders.id", ondelete="CASCADE"), info=OPERATIONS),
        sa.Column("issued", sa.Date, info=OPERATIONS),
    )
    small = house(empty_url, metadata, tmp_path, orders={"erase": "delete"}, invoices=INVOICES)
    small.run("INSERT INTO orders (id, person) VALUES (5, 1)")
    small.run("INSERT INTO invoices (id, person, ord, issued) VALUES (9, 1, 5, '2026-01-01')")

    refused(small, r"invoices\(ord\) says ON DELETE CASCADE")


@pytest.mark.parametrize(
    "boss",
    [
        "boss INTEGER, FOREIGN KEY (boss) REFERENCES people (id) ON DELETE CASCADE",
        "boss INTEGER REFERENCES people (id) ON DELETE CASCADE",
        'boss INTEGER, CONSTRAINT "of all" FOREIGN KEY (boss) REFERENCES people (id) ON DELETE CASCADE',
    ],
)
def test_rows_of_a_table_outside_the_map_do_not_go_unseen(
    empty_url: str, metadata: sa.MetaData, tmp_path: Path, boss: str
) -> None:
    people(metadata)
    small = house(empty_url, metadata, tmp_path)
    quoted = boss.replace('"', "`") if small.engine.dialect.name == "mysql" else boss
    small.run(f"CREATE TABLE team (id INTEGER PRIMARY KEY, {quoted})")
    small.run("INSERT INTO team (id, boss) VALUES (1, 1)")

    refused(small, r"team\(boss\) says ON DELETE CASCADE")

    small.run("UPDATE team SET boss = 2")
    erase(small)
    with small.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT id, boss FROM team")).all() == [(1, 2)]


@pytest.mark.parametrize("boss", ["REFERENCES PEOPLE(ID) ON DELETE cascade", "references people on delete set null"])
def test_sqlite_knows_names_in_capitals_and_keys_that_name_no_column(
    metadata: sa.MetaData, tmp_path: Path, boss: str
) -> None:
    (tmp_path / "crm.db").touch()
    people(metadata)
    small = house(f"sqlite:///{tmp_path / 'crm.db'}", metadata, tmp_path)
    small.run("CREATE TABLE lost (id INTEGER PRIMARY KEY, place INTEGER REFERENCES nowhere (id) ON DELETE CASCADE)")
    small.run(f"CREATE TABLE team (id INTEGER PRIMARY KEY, boss INTEGER {boss})")
    small.run("INSERT INTO team (id, boss) VALUES (1, 1)")

    refused(small, r"team\(boss\) says ON DELETE (CASCADE|SET NULL)")


@pytest.fixture(params=["postgres", "mariadb"])
def beside(request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database beside a schema called "elsewhere"."""
    server: sa.URL = request.getfixturevalue(request.param)
    administer(server, "CREATE DATABASE here")
    url = server.set(database="here")
    if request.param == "mariadb":
        administer(server, "CREATE DATABASE elsewhere")
    else:
        administer(url, "CREATE SCHEMA elsewhere")
    yield url.render_as_string(hide_password=False)
    if request.param == "mariadb":
        administer(server, "DROP DATABASE elsewhere")
    administer(server, f"DROP DATABASE here{' WITH (FORCE)' if request.param == 'postgres' else ''}")


def test_rows_in_another_schema_do_not_go_unseen(beside: str, metadata: sa.MetaData, tmp_path: Path) -> None:
    people(metadata)
    small = house(beside, metadata, tmp_path)
    people_there = "here.people" if small.engine.dialect.name == "mysql" else "people"
    small.run(
        "CREATE TABLE elsewhere.team (id INTEGER PRIMARY KEY, boss INTEGER,"
        f" FOREIGN KEY (boss) REFERENCES {people_there} (id) ON DELETE CASCADE)"
    )
    small.run("INSERT INTO elsewhere.team (id, boss) VALUES (1, 1)")

    refused(small, r"elsewhere\.team\(boss\) says ON DELETE CASCADE")

    small.run("UPDATE elsewhere.team SET boss = 2")
    erase(small)
    small.engine.dispose()


def test_rows_that_the_plan_erases_may_hang_on_a_cascade(empty_url: str, metadata: sa.MetaData, tmp_path: Path) -> None:
    people(metadata)
    sa.Table(
        "posts",
        metadata,
        _key(),
        sa.Column("person", sa.ForeignKey("people.id", ondelete="CASCADE"), info={LINK: "people.id"}),
    )
    small = house(empty_url, metadata, tmp_path, posts={"erase": "delete"})
    small.run("INSERT INTO posts (id, person) VALUES (5, 1)")
    small.run("INSERT INTO posts (id, person) VALUES (6, 2)")

    erase(small)

    assert {table: [row["id"] for row in rows] for table, rows in small.rows().items()} == {
        "people": [2],
        "posts": [6],
    }


def test_a_trigger_that_takes_a_kept_row_along_stops_the_erasure(metadata: sa.MetaData, tmp_path: Path) -> None:
    (tmp_path / "crm.db").touch()
    people(metadata)
    mine = sa.Column("person", sa.Integer, info={LINK: "people.id"})
    sa.Table("invoices", metadata, _key(), mine, sa.Column("issued", sa.Date, info=OPERATIONS))
    small = house(f"sqlite:///{tmp_path / 'crm.db'}", metadata, tmp_path, invoices=INVOICES)
    small.run("INSERT INTO invoices (id, person, issued) VALUES (9, 1, '2026-01-01')")
    small.run("CREATE TRIGGER t AFTER UPDATE ON people BEGIN DELETE FROM invoices WHERE person = OLD.id; END")
    before = small.rows()

    with pytest.raises(CrmIncomplete, match="of 1 rows of invoices to keep 0 were left"):
        erase(small)

    assert small.rows() == before


@pytest.mark.parametrize("erasure", ["redact", "random", "hash", None])
def test_a_trigger_that_restores_an_erased_field_stops_the_erasure(
    metadata: sa.MetaData, tmp_path: Path, erasure: str | None
) -> None:
    (tmp_path / "crm.db").touch()
    people(metadata, sa.Column("nick", sa.String(100), info={CATEGORY: "user.name"}))
    mine = sa.Column("person", sa.Integer, info={LINK: "people.id"})
    sa.Table("invoices", metadata, _key(), mine, sa.Column("issued", sa.Date, info=OPERATIONS))
    fields = {"email": None, "name": "redact", "nick": erasure}
    shells = {"erase": "delete", "fields": fields}
    small = house(f"sqlite:///{tmp_path / 'crm.db'}", metadata, tmp_path, people=shells, invoices=INVOICES)
    small.run("UPDATE people SET nick = 'Annie' WHERE id = 1")
    small.run("INSERT INTO invoices (id, person, issued) VALUES (9, 1, '2026-01-01')")
    small.run(
        "CREATE TRIGGER t AFTER UPDATE OF nick ON people BEGIN UPDATE people SET nick = OLD.nick WHERE id = OLD.id; END"
    )
    before = small.rows()

    with pytest.raises(CrmIncomplete, match=r"people\.nick was not") as refusal:
        erase(small)

    assert refusal.value.places == ("people.nick",)
    assert small.rows() == before
    small.run("DROP TRIGGER t")
    erase(small)


def _key() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True)
