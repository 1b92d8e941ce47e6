import tracemalloc
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from handlers.crm import CrmError, Withheld
from storage.crm.notes import NoteGate
from tests.storage.crm.desk import ANN, JOANN, Desk
from tests.storage.crm.extended import extended, with_notes

SIZES = {
    "customers": 1,
    "addresses": 2,
    "orders": 3,
    "order_items": 6,
    "invoices": 3,
    "notes": 3,
    "consents": 8,
    "list_members": 2,
    "interactions": 3,
}


def test_collect_returns_all_tables_of_one_person(any_desk: Desk) -> None:
    rows = any_desk.rows()
    orders = {row["id"] for row in rows["orders"].values() if row["customer_id"] == 13}
    items = sum(row["order_id"] in orders for row in rows["order_items"].values())

    copy = any_desk.crm.collect(ANN)

    assert {table.name: len(table.rows) for table in copy.tables} == SIZES | {"order_items": items}


def test_collect_returns_values_labels_and_what_article_15_wants(any_desk: Desk) -> None:
    tables = {table.name: table for table in any_desk.crm.collect(ANN).tables}

    customers, invoices = tables["customers"], tables["invoices"]
    assert "id" not in customers.columns
    assert "erased" not in customers.columns
    (row,) = customers.rows
    assert tuple(row) == customers.columns
    assert (row["email"], row["no_marketing"], type(row["birth_date"])) == ("ann@example.org", False, date)
    assert len(customers.column_labels) == len(customers.columns)
    assert customers.column_labels[customers.columns.index("first_name")]["pl"] == "Imię"
    assert (customers.provided, invoices.provided) == (True, False)
    assert invoices.label["sk"] == "Faktúry"
    assert invoices.retention["de"] == "Bis zum Ende der gesetzlichen Aufbewahrungsfrist"
    assert all(text.keys() == {"en", "de", "pl", "sk"} for text in (invoices.purpose, invoices.recipients))


def test_collect_finds_list_members_by_address_whatever_its_spelling(any_desk: Desk) -> None:
    any_desk.run("UPDATE list_members SET email = ' ANN@example.org' WHERE email = 'ann@example.org'")

    tables = {table.name: table for table in any_desk.crm.collect(ANN).tables}

    assert len(tables["list_members"].rows) == 2


def test_collect_takes_no_more_statements_for_a_thousand_notes(desk: Desk) -> None:
    few = [desk.statements(lambda: desk.crm.collect(JOANN)) for _ in range(2)][1]
    desk.run(
        "INSERT INTO notes (customer_id, written_on, body)"
        " SELECT 13, a.written_on, 'Called.' FROM notes a CROSS JOIN notes b LIMIT 1000"
    )

    assert desk.statements(lambda: desk.crm.collect(ANN)) == few


def test_collect_refuses_when_nobody_is_there(any_desk: Desk) -> None:
    with pytest.raises(CrmError, match="nobody is on file"):
        any_desk.crm.collect("999")


def test_collect_holds_notes_that_may_judge_and_masks_what_concerns_others(any_desk: Desk, tmp_path: Path) -> None:
    any_desk.run("UPDATE notes SET body = 'Rude on the telephone.' WHERE id = (SELECT id FROM"
                 " (SELECT MIN(id) AS id FROM notes WHERE customer_id = 13) AS first)")  # fmt: skip
    desk = extended(any_desk, tmp_path, with_notes)

    tables = {table.name: table for table in desk.crm.collect(ANN).tables}

    notes, contacts = tables["notes"], tables["interactions"]
    [held] = notes.held
    assert (held.table, held.field, held.text) == ("notes", "body", "Rude on the telephone.")
    assert [row["body"] is Withheld.HELD for row in notes.rows] == [True, False, False]
    assert {row["subject"] for row in contacts.rows} <= {Withheld.THIRD_PERSON, None, ""}
    assert any(isinstance(row["body"], str) and row["body"] for row in contacts.rows)


def test_collect_gives_a_note_that_was_released(desk: Desk, tmp_path: Path) -> None:
    desk.run("UPDATE notes SET body = 'Rude on the telephone.' WHERE customer_id = 13")
    released: list[str] = []
    looked_at = extended(desk, tmp_path, with_notes, gate=NoteGate(released=lambda _ids: released))

    first, *others = looked_at.crm.collect(ANN).tables[5].held
    released.append(first.id)
    table = looked_at.crm.collect(ANN).tables[5]

    assert table.name == "notes"
    assert table.held == tuple(others)
    assert [row["body"] for row in table.rows] == ["Rude on the telephone.", Withheld.HELD, Withheld.HELD]


def test_collect_says_what_the_person_provided(desk: Desk, tmp_path: Path) -> None:
    def change(content: dict[str, Any]) -> None:
        content["handling"]["tables"]["customers"] |= {"derived": ["customer_number"], "basis": "contract"}
        content["handling"]["tables"]["customers"]["source"] = dict.fromkeys(("en", "de", "pl", "sk"), "A friend")

    table = extended(desk, tmp_path, change).crm.collect(ANN).tables[0]

    assert "customer_number" in table.columns
    assert table.portable == tuple(name for name in table.columns if name != "customer_number")
    assert (table.basis, table.source["en"], table.provided) == ("contract", "A friend", True)
    assert table.column_categories[table.columns.index("email")] == ("user.contact.email",)


def test_collect_of_ten_thousand_rows_stays_bounded(desk: Desk) -> None:
    desk.run(
        "INSERT INTO notes (customer_id, written_on, body) SELECT 13, '2026-01-01', 'Called about parcel ' || a.id"
        " FROM interactions a CROSS JOIN interactions b LIMIT 10000"
    )
    desk.crm.collect(JOANN)
    tracemalloc.start()
    copy = desk.crm.collect(ANN)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(len(table.rows) for table in copy.tables) > 10_000
    assert most < 24 * 2**20


def test_rows_found_only_by_an_address_that_others_share_are_left_out(any_desk: Desk) -> None:
    alone = {table.name: len(table.rows) for table in any_desk.crm.collect(ANN).tables}
    any_desk.run("UPDATE customers SET email = 'Ann@example.org' WHERE id = 14")

    shared = {table.name: len(table.rows) for table in any_desk.crm.collect(ANN).tables}

    assert alone["list_members"] > 0
    assert shared == {**alone, "list_members": 0}
