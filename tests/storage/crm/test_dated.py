"""Which rows are a person's: read together where keys are alike, and by themselves where they are not."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from handlers.crm import Action
from storage.crm.datamap import MapError
from storage.crm.dated import day_of, keys_of
from storage.crm.find import with_key
from storage.crm.plan import rows_of
from tests.storage.crm.desk import ANN, TODAY, Desk
from tests.storage.crm.small import IDENTITY, LINK, Small, make

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


def test_a_plan_takes_one_statement_a_table_and_erasing_three(any_desk: Desk) -> None:
    with any_desk.crm.reading() as (_, crm):
        tables = len(crm.map.order)
    plan = any_desk.crm.plan_deletion(ANN, today=TODAY)

    assert any_desk.statements(lambda: any_desk.crm.plan_deletion(ANN, today=TODAY)) <= tables
    assert any_desk.statements(lambda: any_desk.crm.delete(ANN, plan, today=TODAY, resumed=False)) <= 3 * tables


@pytest.mark.parametrize(
    ("value", "day"),
    [
        (date(2026, 1, 31), date(2026, 1, 31)),
        (datetime(2026, 1, 31, 23, 59), date(2026, 1, 31)),  # noqa: DTZ001 - as databases return them
        (" 2026-01-31T10:00:00Z", date(2026, 1, 31)),
        ("2026-01-31", date(2026, 1, 31)),
        ("20260131", date(2026, 1, 31)),
        ("31.01.2026", None),
        ("01/31/2026", None),
        ("2026-31-01", None),
        ("", None),
        (1769817600, None),
        (None, None),
    ],
)
def test_day_of_takes_dates_and_texts_that_can_only_be_read_in_one_way(value: object, day: date | None) -> None:
    assert day_of(value) == day


def bills(url: str, path: Path, type_: sa.types.TypeEngine[Any]) -> Small:
    own = sa.MetaData()
    sa.Table(
        "persons",
        own,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("email", sa.String(100), info={IDENTITY: "email"}),
        sa.Column("name", sa.String(100)),
        sa.Column("erased", sa.Boolean, nullable=False, default=False),
    )
    sa.Table(
        "bills",
        own,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("person", sa.Integer, info={LINK: "persons.id"}),
        sa.Column("issued", type_),
    )
    duty = {"record": "invoice", "dated": "issued", "country": "DE"}
    small = make(
        url,
        own,
        path,
        identity={"table": "persons", "name": ["name"], "erased": "erased"},
        tables={
            "persons": {"erase": "delete", "fields": {"email": None, "name": "redact", "erased": "keep"}},
            "bills": {"erase": "keep", "duty": duty, "fields": {"issued": "keep"}},
        },
    )
    small.run("INSERT INTO persons (id, email, name, erased) VALUES (1, 'ann@example.org', 'Ann', false)")
    return small


def test_a_date_in_a_text_column_ends_the_duty(empty_url: str, tmp_path: Path) -> None:
    small = bills(empty_url, tmp_path / "map.yaml", sa.String(30))
    small.run("INSERT INTO bills (id, person, issued) VALUES (1, 1, '2001-01-01 10:00'), (2, 1, '2026-01-01')")

    small.crm.check()
    steps = small.crm.plan_deletion("1", today=TODAY).steps

    found = [(step.action, step.rows, step.until) for step in steps if step.table == "bills"]
    assert found == [(Action.DELETE, 1, None), (Action.KEEP, 1, date(2034, 12, 31))]
    small.engine.dispose()


@pytest.mark.parametrize(("type_", "value"), [(sa.String(30), "'31.01.2026'"), (sa.Integer(), "1769817600")])
def test_the_check_names_a_column_by_which_no_duty_would_ever_end(
    empty_url: str, tmp_path: Path, type_: sa.types.TypeEngine[Any], value: str
) -> None:
    path = tmp_path / "map.yaml"
    small = bills(empty_url, path, type_)
    usual = value if isinstance(type_, sa.Integer) else "'2026-01-31'"
    rows = ", ".join(f"({number}, 1, {value if number == 299 else usual})" for number in range(1, 300))
    small.run(f"INSERT INTO bills (id, person, issued) VALUES {rows}")  # noqa: S608 - own values
    line = next(n for n, line in enumerate(path.read_text().splitlines(), start=1) if '"dated"' in line)

    with pytest.raises(MapError, match=rf"map.yaml:{line}: .*column 'bills.issued' holds no dates"):
        small.crm.check()
    small.engine.dispose()
