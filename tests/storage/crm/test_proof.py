"""How the search after an erasure goes about it: by indexes where there are some, and never past a portion of rows."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from handlers.crm import CrmIncomplete, Done
from storage.crm import rows
from storage.crm.connect import open_engine
from storage.crm.desk import SqlCrm
from storage.crm.mapload import load
from tests.storage.crm.desk import ANN, MAP, TODAY, Desk
from tests.storage.crm.small import CATEGORY, IDENTITY, LINK, Small, make

FREE_TEXT = {"notes": ["body"], "interactions": ["channel", "subject", "body"]}
WORDS = "regexp_split_to_array(lower({column}), '[^a-z0-9]+')"  # as docs/crm-user.md tells


@pytest.fixture
def indexed(postgres_url: str) -> Iterator[Desk]:
    """The sample CRM on PostgreSQL, its free text indexed by words; a table is read only where no index serves."""
    engine = open_engine(postgres_url)
    desk = Desk(crm=SqlCrm(engine, load(MAP)), engine=engine)
    for table, columns in FREE_TEXT.items():
        for column in columns:
            desk.run(f"CREATE INDEX {table}_by_{column} ON {table} USING gin ({WORDS.format(column=column)})")
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("SET LOCAL enable_seqscan = off"))
    yield desk
    engine.dispose()


@contextmanager
def explained(engine: sa.Engine, table: str) -> Iterator[list[str]]:
    """Note the plan of every search of a table's free text."""
    plans: list[str] = []

    def explain(connection: sa.Connection, cursor: object, statement: str, values: Any, *_: object) -> None:
        if statement.startswith("SELECT") and f"CAST({table}." in statement:
            with closing(connection.connection.cursor()) as other:
                other.execute(f"EXPLAIN {statement}", values)
                plans.append("\n".join(line for (line,) in other.fetchall()))

    sa.event.listen(engine, "before_cursor_execute", explain)
    yield plans
    sa.event.remove(engine, "before_cursor_execute", explain)


def erase(desk: Desk) -> None:
    desk.crm.delete(ANN, desk.crm.plan_deletion(ANN, today=TODAY), today=TODAY, resumed=False)


@pytest.mark.parametrize(("table", "columns"), FREE_TEXT.items())
def test_free_text_is_searched_by_an_index_on_its_words(indexed: Desk, table: str, columns: list[str]) -> None:
    with explained(indexed.engine, table) as plans:
        erase(indexed)

    (plan,) = plans
    assert [column for column in columns if f"Bitmap Index Scan on {table}_by_{column}" not in plan] == []
    assert "Seq Scan" not in plan


@pytest.mark.parametrize("body", ["Wrote to <ANN@Example.org>.", "K-10013's parcel", "mail:ann@example.org"])
def test_a_trace_is_found_by_the_index(indexed: Desk, body: str) -> None:
    indexed.run("UPDATE notes SET body = :body WHERE id = 1", body=body)

    with pytest.raises(CrmIncomplete, match=r"notes\.body"):
        erase(indexed)


@pytest.mark.parametrize("body", ["joann@example.org called", "org example, ann", "K-10013-2"])
def test_words_alone_are_no_trace(indexed: Desk, body: str) -> None:
    indexed.run("UPDATE notes SET body = :body WHERE id = 1", body=body)

    erase(indexed)

    assert indexed.crm.person(ANN) is None


def test_a_trace_in_another_script_is_found_without_the_help_of_words(indexed: Desk) -> None:
    indexed.run("UPDATE customers SET email = 'анна@пример.рф' WHERE id = 13")
    indexed.run("UPDATE notes SET body = 'Писали на АННА@ПРИМЕР.РФ' WHERE id = 1")

    with pytest.raises(CrmIncomplete, match=r"notes\.body"):
        erase(indexed)


@pytest.fixture
def wall(empty_url: str, tmp_path: Path) -> Iterator[Small]:
    """Ann and Joann, and what is written on a wall."""
    metadata = sa.MetaData()
    sa.Table(
        "people",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("email", sa.String(100), info={IDENTITY: "email", CATEGORY: "user.contact.email"}),
        sa.Column("name", sa.String(100), info={CATEGORY: "user.name"}),
        sa.Column("erased", sa.Boolean, nullable=False, default=False, info={CATEGORY: "system.operations"}),
    )
    mails = sa.Table(
        "mails",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("person", sa.ForeignKey("people.id"), info={LINK: "people.id"}),
        sa.Column("email", sa.String(100), info={IDENTITY: "email", CATEGORY: "user.contact.email"}),
    )
    sa.Table(
        "wall",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("body", sa.Text, info={CATEGORY: "user.content.private"}),
        sa.Column("extra", sa.JSON, info={CATEGORY: "user.content.private"}),
    )
    identity = {"table": "people", "name": ["name"], "erased": "erased"}
    tables = {name: {"erase": "delete"} for name in ("people", mails.name)}
    small = make(empty_url, metadata, tmp_path / "map.yaml", identity=identity, tables=tables)
    small.run("INSERT INTO people (id, email, name, erased) VALUES (1, 'ann@example.org', 'Ann', false)")
    small.run("INSERT INTO people (id, email, name, erased) VALUES (2, 'joann@example.org', 'Joann', false)")
    small.run("INSERT INTO wall (id, body, extra) VALUES (1, '', '{}')")
    yield small
    small.engine.dispose()


def erase_ann(small: Small, *, deep: bool = False) -> Done:
    return small.crm.delete("1", small.crm.plan_deletion("1", today=TODAY), today=TODAY, resumed=False, deep=deep)


def is_found(small: Small, *, deep: bool = False) -> bool:
    """Does the proof find Ann? If so, nothing is erased."""
    try:
        erase_ann(small, deep=deep)
    except CrmIncomplete:
        return True
    return False


WRITTEN = [
    "see _ann@example.org_",
    "**__Ann@Example.org__**",
    "https://shop.example/?mail=ann%40example.org&x=1",
    "https://shop.example/?next=%2Flogin%3Fmail%3Dann%40example.org",
    '{"to": "Ask\\nann@example.org now"}',
    '{"to": "ann\\u0040example.org"}',
]
IN_JSON = ['{"to": "\\u0041nn@example.org"}', '{"to": "ann\\u0040example\\u002eorg"}']
NOT_HERS = [
    "joann@example.org",
    "jo_ann@example.org",
    "jo__ann@example.org",
    "x jo\\u0061nn@example.org",
    "mail=jo%61nn%40example.org&x=1",
    "mail=jo%2Bann%40example.org&x=1",
    '{"to": "jo\\u0061nn\\u0040example.org"}',
    '{"to": "Ask\\njoann@example.org"}',
]


def test_an_address_is_found_however_it_is_written(wall: Small) -> None:
    for text in WRITTEN:
        wall.run("UPDATE wall SET body = :text", text=text)
        assert is_found(wall), text
    wall.run("UPDATE wall SET body = ''")
    for text in IN_JSON:
        wall.run("UPDATE wall SET extra = :text", text=text)
        assert is_found(wall), text
        wall.run("UPDATE wall SET extra = '{}', body = :text", text=text)
        assert is_found(wall, deep=True), text
        wall.run("UPDATE wall SET body = ''")


def test_joanns_address_is_not_hers_however_it_is_written(wall: Small) -> None:
    for number, text in enumerate(NOT_HERS, start=2):
        wall.run("INSERT INTO wall (id, body, extra) VALUES (:id, :text, '{}')", id=number, text=text)
    before = wall.rows()

    erase_ann(wall, deep=True)

    assert wall.rows()["wall"] == before["wall"]
    assert wall.rows()["people"] == before["people"][1:]


@pytest.mark.parametrize(
    "text",
    [
        "ju\u0308rgen@example.org",
        "j\u00fcrgen@example.org",
        '{"to": "j\\u00fcrgen@example.org"}',
        "j%C3%BCrgen%40example.org",
    ],
)
def test_an_accent_is_found_in_one_code_point_or_two(wall: Small, text: str) -> None:
    wall.run("UPDATE wall SET body = :text", text=f"Wrote to {text}.")
    for stored in ("ju\u0308rgen@example.org", "j\u00fcrgen@example.org"):
        wall.run("UPDATE people SET email = :email WHERE id = 1", email=stored)
        assert is_found(wall), stored


def test_a_person_with_a_thousand_addresses_is_erased_and_the_last_of_them_found(wall: Small) -> None:
    with wall.engine.begin() as connection:
        rows = [{"id": number, "person": 1, "email": f"ann.{number}@example.org"} for number in range(1, 1_001)]
        connection.execute(sa.insert(wall.metadata.tables["mails"]), rows)
    wall.run("UPDATE wall SET body = 'see ann.999@example.org'")
    assert is_found(wall)

    wall.run("UPDATE wall SET body = 'see ann.1001@example.org'")
    done = erase_ann(wall)

    assert {step.table: step.rows for step in done.steps} == {"people": 1, "mails": 1_000}
    assert [row["id"] for row in wall.rows()["people"]] == [2]


KINDS = {
    "postgresql": [
        "CREATE TABLE other (x tsvector)",
        "CREATE TABLE other (x mail)",
        "CREATE TABLE other (x text[])",
        "CREATE TABLE other (x pair)",
        "CREATE TABLE other (x json)",
    ],
    "sqlite": ["CREATE TABLE other (x)", "CREATE TABLE other (x INTEGER)", "CREATE VIRTUAL TABLE other USING fts5(x)"],
    "mysql": ["CREATE TABLE other (x JSON)", "CREATE TABLE other (x LONGTEXT)"],
}
VALUES = {
    "text[]": "ARRAY['ann@example.org']",
    "pair": "ROW('x', 'ann@example.org')",
    "json": "'[\"ann@example.org\"]'",
    "JSON": "'[\"ann@example.org\"]'",
}


def test_the_deep_search_reads_columns_of_every_type_that_may_hold_text(wall: Small) -> None:
    if wall.engine.dialect.name == "postgresql":
        wall.run("CREATE DOMAIN mail AS varchar(100)")
        wall.run("CREATE TYPE pair AS (a text, b text)")
    for create in KINDS[wall.engine.dialect.name]:
        wall.run(create)
        value = next((value for kind, value in VALUES.items() if f" {kind})" in create), "'ann@example.org'")
        wall.run(f"INSERT INTO other (x) VALUES ({value})")  # noqa: S608 - own values
        with pytest.raises(CrmIncomplete, match=r"other\.x"):
            erase_ann(wall, deep=True)
        wall.run("DROP TABLE other")


def test_the_deep_search_says_what_it_could_not_read(wall: Small) -> None:
    wall.run(f"CREATE TABLE other (x {'bytea' if wall.engine.dialect.name == 'postgresql' else 'BLOB'}, y INTEGER)")
    expected = ["other.x"]
    if wall.engine.dialect.name == "postgresql":
        wall.run("CREATE SCHEMA attic")
        wall.run("CREATE TABLE attic.people (x text)")
        wall.run("CREATE MATERIALIZED VIEW names AS SELECT name FROM people")
        expected += ["attic.people", "public.names"]
    if wall.engine.dialect.name == "mysql":
        wall.run("CREATE TABLE places (x POINT)")
        expected.append("places.x")

    assert erase_ann(wall, deep=True).unsearched == tuple(expected)


def test_every_portion_of_what_stays_is_searched(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "ROWS_A_STATEMENT", 1)
    # Ann keeps two invoices; the trigger puts the address back into the second.
    desk.run(
        "CREATE TRIGGER undo AFTER UPDATE ON invoices WHEN NEW.billing_email IS NULL"
        " AND NEW.id = (SELECT max(id) FROM invoices WHERE customer_id = 13 AND issued_on > '2020-01-01') BEGIN"
        " UPDATE invoices SET billing_email = 'x ' || OLD.billing_email WHERE id = OLD.id; END"
    )

    with pytest.raises(CrmIncomplete, match=r"invoices\.billing_email"):
        erase(desk)
