"""A database that was not made for Rightsdesk: drafted by `crm map`, finished by hand, and every right passes on it."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml
from typer.testing import CliRunner

from bot.__main__ import app
from handlers.crm import Action, Clue, CrmConflict, CrmIncomplete
from handlers.recognition import Correction
from storage.crm.connect import open_engine
from storage.crm.desk import SqlCrm
from storage.crm.mapload import load
from tests.storage.crm import chinook
from tests.storage.crm.small import Small

TODAY = date(2026, 11, 22)
LENA, HELENA, OTHER_LENA = "1", "2", "3"
WORDS = {
    "Customer": ("To manage the customer relationship", "Our support staff", "For as long as you are our customer"),
    "Invoice": (
        "To invoice and to keep the books",
        "Our tax adviser and the tax office",
        "Until the tax law's period ends",
    ),
    "InvoiceLine": ("To invoice and to keep the books", "Our tax adviser", "Until the tax law's period ends"),
}


def finished(draft: dict[str, Any]) -> dict[str, Any]:
    """Return the draft with the decisions of a person who knows the shop."""
    own = draft["handling"]
    for table, (purpose, recipients, retention) in WORDS.items():
        texts = {"purpose": purpose, "recipients": recipients, "retention": retention}
        own["tables"][table].update({name: {"en": text} for name, text in texts.items()}, provided=True)
    # It holds countries by their names, and we compare by code.
    own["identity"]["country"] = ""
    own["tables"]["Invoice"]["duty"]["country"] = "DE"
    return draft


@pytest.fixture(scope="module")
def drafts() -> dict[str, str]:
    """What `crm map` drafted on each kind of database."""
    return {}


@pytest.fixture
def shop(empty_url: str, tmp_path: Path, drafts: dict[str, str]) -> Iterator[Small]:
    """Chinook on each kind of database, with the map that the command drafted and a person finished."""
    engine = open_engine(empty_url)
    chinook.build(engine)
    path = tmp_path / "crm.yaml"
    if engine.dialect.name not in drafts:
        options = ["--database", empty_url, "--out", str(path), "--language", "en", "--country", "DE"]
        drafted = CliRunner().invoke(app, ["crm", "map", *options])
        assert drafted.exit_code == 0, drafted.output
        drafts[engine.dialect.name] = path.read_text(encoding="utf-8")
    path.write_text(yaml.safe_dump(finished(yaml.safe_load(drafts[engine.dialect.name])), sort_keys=False))
    yield Small(crm=SqlCrm(engine, load(path)), engine=engine, metadata=chinook.metadata)
    engine.dispose()


def test_the_finished_map_fits_the_database(shop: Small) -> None:
    shop.crm.check()


def test_access_gives_all_that_is_known_of_her_and_nothing_of_others(shop: Small) -> None:
    tables = {table.name: table for table in shop.crm.collect(LENA).tables}

    assert {name: len(table.rows) for name, table in tables.items()} == {"Customer": 1, "Invoice": 4, "InvoiceLine": 12}
    assert tables["Customer"].rows[0]["Email"] == "lena@music.example"
    assert tables["Invoice"].purpose == {"en": "To invoice and to keep the books"}
    assert "helena" not in repr(tables)


@pytest.mark.parametrize(
    ("clue", "found"),
    [
        (Clue(email="Lena@Music.example"), [LENA]),
        (Clue(phone="0049 341 555 0101"), [LENA]),
        (Clue(name="Lena Brandt", street="Am Markt 9", postcode="10115"), [OTHER_LENA]),
    ],
)
def test_she_is_found_by_what_the_shop_knows(shop: Small, clue: Clue, found: list[str]) -> None:
    assert [person.key for person in shop.crm.find(clue)] == found


def test_a_correction_is_proposed_written_and_refused_when_the_value_changed(shop: Small) -> None:
    before = shop.rows()
    changes = shop.crm.plan_correction(LENA, [Correction("address", "", "Hafenweg 7, 20457 Hamburg")])
    assert [(change.field, change.old, change.new) for change in changes] == [
        ("Address", "Lindenweg 3", "Hafenweg 7"),
        ("PostalCode", "04109", "20457"),
        ("City", "Leipzig", "Hamburg"),
    ]

    shop.crm.correct(LENA, changes)

    moved = {"Address": "Hafenweg 7", "PostalCode": "20457", "City": "Hamburg"}
    expected = [row | moved if row["CustomerId"] == 1 else row for row in before["Customer"]]
    after = shop.rows()
    assert sorted(after["Customer"], key=repr) == sorted(expected, key=repr)
    assert after | {"Customer": before["Customer"]} == before
    rename(shop, chinook.customer, City="Kiel")
    with pytest.raises(CrmConflict):
        shop.crm.correct(LENA, changes)


@pytest.mark.parametrize("deep", [False, True])
def test_deletion_keeps_young_invoices_with_their_lines_and_everybody_else(shop: Small, deep: bool) -> None:
    before = shop.rows()
    plan = shop.crm.plan_deletion(LENA, today=TODAY)
    assert [(step.table, step.action, step.rows, step.until) for step in plan.steps] == [
        ("Customer", Action.ANONYMISE, 1, None),
        ("Invoice", Action.DELETE, 2, None),
        ("Invoice", Action.KEEP, 2, date(2033, 12, 31)),
        ("InvoiceLine", Action.DELETE, 6, None),
        ("InvoiceLine", Action.KEEP, 6, date(2033, 12, 31)),
    ]

    done = shop.crm.delete(LENA, plan, today=TODAY, resumed=False, deep=deep)

    assert done.steps == plan.steps
    assert shop.crm.find_by_email("lena@music.example") == ()
    assert shop.crm.person(LENA) is None
    after = shop.rows()
    old = {row["InvoiceId"] for row in before["Invoice"] if row["CustomerId"] == 1 and row["InvoiceDate"].year < 2020}  # type: ignore[attr-defined]
    shell = {"FirstName": "***", "LastName": "***", "Email": "***", "Address": None, "City": None, "PostalCode": None}
    expected = before | {
        "Customer": [row | shell | {"Phone": None} if row["CustomerId"] == 1 else row for row in before["Customer"]],
        "Invoice": [row for row in before["Invoice"] if row["InvoiceId"] not in old],
        "InvoiceLine": [row for row in before["InvoiceLine"] if row["InvoiceId"] not in old],
    }
    assert after == {table: sorted(rows, key=repr) for table, rows in expected.items()}


def test_the_rest_goes_on_its_day(shop: Small) -> None:
    shop.crm.delete(LENA, shop.crm.plan_deletion(LENA, today=TODAY), today=TODAY, resumed=False)
    last = date(2033, 12, 31)
    assert shop.crm.due_erasures(today=last) == ()

    after = last.replace(year=2034, month=1, day=1)
    assert shop.crm.due_erasures(today=after) == (LENA,)
    done = shop.crm.erase_due(LENA, today=after)

    assert {step.table: step.rows for step in done.steps} == {"Customer": 1, "Invoice": 2, "InvoiceLine": 6}
    rows = shop.rows()
    assert {row["CustomerId"] for row in rows["Customer"]} == {2, 3}
    assert len(rows["InvoiceLine"]) == 24


def test_a_trace_in_a_table_that_nobody_mapped_is_found_by_the_deep_search(shop: Small) -> None:
    rename(shop, chinook.playlist, Name="for LENA@music.example")
    before = shop.rows()
    plan = shop.crm.plan_deletion(LENA, today=TODAY)

    with pytest.raises(CrmIncomplete, match=r"traces were left in Playlist\.Name"):
        shop.crm.delete(LENA, plan, today=TODAY, resumed=False, deep=True)

    assert shop.rows() == before


def rename(shop: Small, table: sa.Table, **values: str) -> None:
    with shop.engine.begin() as connection:
        connection.execute(sa.update(table).values(values))
