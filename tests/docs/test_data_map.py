"""The example of docs/data-map.md is carried out as it stands: its tables, its map, its database user."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml

from handlers.crm import Action, Done, PlanStep
from handlers.recognition import Correction
from storage.crm.desk import SqlCrm
from storage.crm.mapfile import (
    ConsentEntry,
    DutyEntry,
    GivenEntry,
    HandlingEntry,
    IdentityEntry,
    RecordsEntry,
    StopEntry,
    TableEntry,
    TargetEntry,
    WordingEntry,
)
from storage.crm.mapload import load, load_all
from tests.conftest import administer
from tests.docs import markdown

TODAY = date(2026, 11, 20)
TABLES, INDEX, GRANTS = range(3)
PEOPLE = """
    INSERT INTO customers VALUES
        (1, 'Emma@Shop.example', 'Emma', 'Clarke', 'Mill Lane 3', '10115', 'Berlin', 'en', false, false, false),
        (2, 'jonas@example.org', 'Jonas', 'Weber', NULL, NULL, NULL, 'de', false, false, false);
    INSERT INTO invoices VALUES
        (1, 1, 'A-1', '2026-03-01', 20.00, 'Emma Clarke'), (2, 1, 'A-2', '2005-03-01', 30.00, 'Emma Clarke');
    INSERT INTO newsletter VALUES (1, 'emma@shop.example', true), (2, 'jonas@example.org', true);
"""


def documented_sql(number: int) -> str:
    return markdown.blocks(markdown.read("data-map.md"), "sql")[number]


@pytest.fixture
def map_path(tmp_path: Path) -> Path:
    path = tmp_path / "crm.yaml"
    path.write_text(markdown.blocks(markdown.read("data-map.md"), "yaml")[0], encoding="utf-8")
    return path


@pytest.fixture
def owner(postgres: sa.URL) -> Iterator[sa.Engine]:
    """The documented tables on PostgreSQL, as their owner sees them."""
    administer(postgres, "CREATE DATABASE crm")
    engine = sa.create_engine(postgres.set(database="crm"))
    for script in (documented_sql(TABLES), documented_sql(INDEX), PEOPLE, documented_sql(GRANTS)):
        _execute(engine, script)
    yield engine
    engine.dispose()
    administer(postgres, "DROP DATABASE crm WITH (FORCE)")
    administer(postgres, "DROP ROLE IF EXISTS rightsdesk")


@pytest.fixture
def crm(owner: sa.Engine, map_path: Path) -> Iterator[SqlCrm]:
    """The CRM as the documented database user reaches it."""
    url = owner.url.set(username="rightsdesk", password=None)
    crm = SqlCrm.open(url.render_as_string(hide_password=False), map_path)
    yield crm
    crm.close()


def _execute(engine: sa.Engine, script: str) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(script)


def steps(done: Done) -> dict[tuple[str, str], int]:
    return {(step.table, step.action): step.rows for step in done.steps}


def test_documented_user_may_do_what_the_desk_does(crm: SqlCrm, owner: sa.Engine) -> None:
    crm.check()
    (emma,) = crm.find_by_email("emma@shop.example")
    assert emma.name == "Emma Clarke"

    changes = crm.plan_correction(emma.key, [Correction("address", "", "Lindenweg 12, 10117 Berlin")])
    assert steps(crm.correct(emma.key, changes)) == {("customers", "change"): 1}
    assert steps(crm.suppress("jonas@example.org", ())) == {("newsletter", "change"): 1, ("customers", "change"): 1}
    assert steps(crm.restrict("2")) == {("customers", "change"): 1}
    assert [table.name for table in crm.collect(emma.key).tables] == ["customers", "invoices", "newsletter"]

    plan = crm.plan_deletion(emma.key, today=TODAY)
    law = "§ 14b UStG, § 147 AO, § 257 HGB"
    expected = [
        ("customers", Action.ANONYMISE, 1, "", None),
        ("invoices", Action.KEEP, 1, law, date(2034, 12, 31)),
        ("invoices", Action.DELETE, 1, "", None),
        ("newsletter", Action.DELETE, 1, "", None),
    ]
    assert [_facts(step) for step in plan.steps] == expected

    crm.delete(emma.key, plan, today=TODAY, resumed=False)
    assert crm.find_by_email("emma@shop.example") == ()
    with owner.connect() as connection:
        shell = connection.execute(sa.text("SELECT * FROM customers WHERE id = 1")).one()
        assert list(shell) == [1, None, "***", "***", None, None, None, "en", False, True, True]


def _facts(step: PlanStep) -> tuple[str, Action, int, str, date | None]:
    return step.table, step.action, step.rows, step.law, step.until


def test_documented_user_may_do_nothing_else(owner: sa.Engine) -> None:
    guest = sa.create_engine(owner.url.set(username="rightsdesk", password=None))
    for statement in (
        "INSERT INTO newsletter VALUES (3, 'x@example.org', true)",
        "UPDATE invoices SET total = 0",
        "CREATE TABLE own (id integer)",
        "DROP TABLE newsletter",
    ):
        with pytest.raises(sa.exc.ProgrammingError, match=r"permission denied|must be owner"):
            _execute(guest, statement)
    guest.dispose()


def test_every_key_of_the_map_is_documented() -> None:
    text = markdown.without_blocks(markdown.read("data-map.md"))
    own = (HandlingEntry, IdentityEntry, TableEntry, DutyEntry, StopEntry, TargetEntry)
    models = (*own, ConsentEntry, WordingEntry, GivenEntry, RecordsEntry)
    published = {"primary_key", "identity", "references", "read_only", "masking_strategy_override", "skip_processing"}
    keys = published | {key for model in models for key in model.model_fields}
    documented = {part for word in markdown.code_words(text) for part in re.split(r"\W+", word)}
    assert keys - documented == set()


def test_worked_example_loads_alone(map_path: Path) -> None:
    assert load(map_path).order == ("customers", "invoices", "newsletter")


def test_documented_second_database_fits_the_first(map_path: Path) -> None:
    (blocks,) = [one for one in markdown.blocks(markdown.read("data-map.md"), "yaml") if "others:" in one]
    content, more = yaml.safe_load(map_path.read_text(encoding="utf-8")), yaml.safe_load(blocks)
    content["dataset"].append(more["dataset"][1])
    content["handling"]["others"] = more["handling"]["others"]
    map_path.write_text(yaml.safe_dump(content), encoding="utf-8")

    assert [map_.dataset for map_ in load_all(map_path)] == ["shop", "support"]
