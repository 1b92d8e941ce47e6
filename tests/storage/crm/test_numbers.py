"""Rows that refer to a person by a number that is no key: it may be empty, and two persons may have it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.storage.crm.desk import TODAY
from tests.storage.crm.small import IDENTITY, LINK, Small, make, people_of

ANN = "1"

metadata = sa.MetaData()
people = people_of(
    metadata,
    sa.Column("number", sa.String(20), info={IDENTITY: "customer_number"}),
)
calls = sa.Table(
    "calls",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("number", sa.String(20), info={LINK: "people.number"}),
    sa.Column("caller", sa.String(100), info={IDENTITY: "email"}),
)


@pytest.fixture
def shop(empty_url: str, tmp_path: Path) -> Iterator[Small]:
    """Ann and Tim, whose numbers a test sets, and a call under no number."""
    tables = {table.name: {"erase": "delete"} for table in metadata.sorted_tables}
    small = make(
        empty_url, metadata, tmp_path / "map.yaml", identity={"table": "people", "name": ["name"]}, tables=tables
    )
    with small.engine.begin() as connection:
        found = [
            {"id": 1, "email": "ann@example.org", "name": "Ann"},
            {"id": 2, "email": "tim@example.org", "name": "Tim"},
        ]
        connection.execute(sa.insert(people), found)
        connection.execute(sa.insert(calls), [{"id": 1, "number": "", "caller": "mia@example.org"}])
    yield small
    small.engine.dispose()


def copied(shop: Small) -> int:
    return sum(len(table.rows) for table in shop.crm.collect(ANN).tables if table.name == "calls")


@pytest.mark.parametrize("blank", ["", "  "])
def test_an_empty_number_leads_to_nobody_and_nowhere(shop: Small, blank: str) -> None:
    shop.run("UPDATE people SET number = :blank WHERE id = 1", blank=blank)
    shop.run("UPDATE calls SET number = :blank", blank=blank)

    assert copied(shop) == 0
    assert shop.crm.find_by_email("mia@example.org") == ()
    plan = shop.crm.plan_deletion(ANN, today=TODAY)
    assert [step.table for step in plan.steps] == ["people"]
    shop.crm.delete(ANN, plan, today=TODAY, resumed=False)
    assert len(shop.rows()["calls"]) == 1


def test_rows_under_a_number_are_theirs_who_alone_have_it(shop: Small) -> None:
    shop.run("UPDATE people SET number = 'C-1001'")
    shop.run("UPDATE calls SET number = 'C-1001'")
    assert copied(shop) == 0

    shop.run("UPDATE people SET number = 'C-1002' WHERE id = 2")
    assert copied(shop) == 1
