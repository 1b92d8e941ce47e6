"""Which rows are a person's: read together where keys are alike, and by themselves where they are not."""

from pathlib import Path

import sqlalchemy as sa

from storage.crm.dated import keys_of
from storage.crm.find import with_key
from storage.crm.plan import rows_of
from tests.storage.crm.desk import ANN, TODAY, Desk
from tests.storage.crm.small import IDENTITY, LINK, make

metadata = sa.MetaData()
sa.Table(
    "persons",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("email", sa.String(100), info={IDENTITY: "email"}),
)
sa.Table(
    "cards",
    metadata,
    sa.Column("code", sa.String(20), primary_key=True),
    sa.Column("person", sa.Integer, info={LINK: "persons.id"}),
)
sa.Table(
    "calls",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("person", sa.Integer, info={LINK: "persons.id"}),
)
sa.Table(
    "seats",
    metadata,
    sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("person", sa.Integer, info={LINK: "persons.id"}),
)


def test_keys_of_every_kind_are_found_in_their_order(empty_url: str, tmp_path: Path) -> None:
    small = make(
        empty_url,
        metadata,
        tmp_path / "map.yaml",
        identity={"table": "persons"},
        tables={table: {"erase": "delete"} for table in metadata.tables},
    )
    small.run("INSERT INTO persons (id, email) VALUES (1, 'ann@example.org'), (2, 'joann@example.org')")
    small.run("INSERT INTO cards (code, person) VALUES ('b', 1), ('a', 1), ('c', 2)")
    small.run("INSERT INTO calls (id, person) VALUES (10, 1), (9, 1), (8, 2)")
    small.run("INSERT INTO seats (line, number, person) VALUES (2, 1, 1), (1, 12, 1), (1, 9, 1), (1, 1, 2)")

    with small.crm.reading() as (connection, crm):
        found = keys_of(connection, crm, rows_of(connection, crm, with_key(crm, "1")))
    small.engine.dispose()

    keys = {table: [tuple(row[: len(crm.key(table))]) for row in rows] for table, rows in found.items()}
    assert keys == {
        "persons": [(1,)],
        "cards": [("a",), ("b",)],
        "calls": [(9,), (10,)],
        "seats": [(1, 9), (1, 12), (2, 1)],
    }


def test_the_keys_of_all_tables_take_one_statement_beside_those_with_a_duty(any_desk: Desk) -> None:
    with any_desk.crm.reading() as (connection, crm):
        mine = rows_of(connection, crm, with_key(crm, ANN))

        assert any_desk.statements(lambda: keys_of(connection, crm, mine)) == 2


def test_a_plan_takes_one_statement_a_table_and_erasing_three_and_three_more_about_the_person(any_desk: Desk) -> None:
    with any_desk.crm.reading() as (_, crm):
        tables = len(crm.map.order)
    plan = any_desk.crm.plan_deletion(ANN, today=TODAY)

    assert any_desk.statements(lambda: any_desk.crm.plan_deletion(ANN, today=TODAY)) <= tables + 3
    assert any_desk.statements(lambda: any_desk.crm.delete(ANN, plan, today=TODAY, resumed=False)) <= 3 * tables + 3
