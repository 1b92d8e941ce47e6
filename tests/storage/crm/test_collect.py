from datetime import date

import pytest

from handlers.crm import CrmError
from tests.storage.crm.desk import ANN, JOANN, Desk

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
