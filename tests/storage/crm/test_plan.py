from datetime import date

import pytest

from handlers.crm import Action, CrmError
from tests.storage.crm.desk import ANN, ANNA, JONAS, NAMESAKE, TODAY, Desk

GERMAN_LAW = "§ 14b UStG, § 147 AO, § 257 HGB"


def test_plan_deletion_says_per_table_what_goes_and_what_stays(any_desk: Desk) -> None:
    any_desk.run("DELETE FROM order_items")

    plan = any_desk.crm.plan_deletion(JONAS, today=TODAY)

    # Invoices of 2026-05-07, 2024-06-06 and 2014; German law keeps 8 years from the end of the year of issue.
    assert sorted((step.table, step.action, step.rows, step.law, step.until) for step in plan.steps if step.until) == [
        ("invoices", Action.KEEP, 1, GERMAN_LAW, date(2032, 12, 31)),
        ("invoices", Action.KEEP, 1, GERMAN_LAW, date(2034, 12, 31)),
    ]
    assert [(step.table, step.action, step.rows) for step in plan.steps if not step.until] == [
        ("customers", Action.ANONYMISE, 1),
        ("addresses", Action.DELETE, 2),
        ("orders", Action.DELETE, 3),
        ("invoices", Action.DELETE, 1),
        ("notes", Action.DELETE, 3),
        ("consents", Action.DELETE, 8),
        ("list_members", Action.DELETE, 2),
        ("interactions", Action.DELETE, 3),
    ]
    assert {step.label["de"] for step in plan.steps if step.table == "invoices"} == {"Rechnungen"}


def test_plan_deletion_keeps_a_record_until_its_last_day(desk: Desk) -> None:
    def kept(today: date) -> int:
        plan = desk.crm.plan_deletion(JONAS, today=today)
        return sum(step.rows for step in plan.steps if step.action is Action.KEEP)

    assert kept(date(2032, 12, 31)) == 2
    assert kept(date(2033, 1, 1)) == 1
    assert kept(date(2035, 1, 1)) == 0


def test_plan_deletion_follows_the_law_of_the_seller(desk: Desk) -> None:
    desk.run("UPDATE invoices SET seller_country = 'PL' WHERE customer_id = 2")

    plan = desk.crm.plan_deletion(JONAS, today=TODAY)

    assert {step.until for step in plan.steps if step.action is Action.KEEP} == {date(2030, 12, 31), date(2032, 12, 31)}


def test_plan_deletion_keeps_an_undated_record_without_a_date(desk: Desk) -> None:
    desk.run("ALTER TABLE invoices RENAME COLUMN issued_on TO issued_before")
    desk.run("ALTER TABLE invoices ADD COLUMN issued_on DATE")

    plan = desk.crm.plan_deletion(JONAS, today=TODAY)

    (step,) = (step for step in plan.steps if step.table == "invoices")
    assert (step.action, step.rows, step.law, step.until) == (Action.KEEP, 3, "", None)


def test_plan_deletion_fingerprint_changes_with_the_rows_only(desk: Desk) -> None:
    def fingerprint() -> str:
        return desk.crm.plan_deletion(ANN, today=TODAY).fingerprint

    first = fingerprint()
    desk.run("UPDATE notes SET body = 'Something else' WHERE customer_id <> 13")
    assert fingerprint() == first
    desk.run("UPDATE notes SET customer_id = 13 WHERE id = 1")
    second = fingerprint()
    assert second != first
    desk.run("UPDATE invoices SET issued_on = '2025-01-01' WHERE customer_id = 13")
    assert fingerprint() != second


def test_plan_deletion_traces_are_the_persons_own_identifiers(desk: Desk) -> None:
    desk.run("UPDATE customers SET phone = '+48 22 5550199' WHERE id = 3")

    plan = desk.crm.plan_deletion(ANNA, today=TODAY)

    assert plan.traces == ("+48 22 5550199", "+48225550199", "anna.nowak@example.org", "k-10003")


def test_plan_deletion_traces_leave_out_what_another_person_shares(desk: Desk) -> None:
    desk.run("UPDATE customers SET email = 'ANN@example.org', phone = '12345' WHERE id IN (13, 15)")

    assert desk.crm.plan_deletion(ANN, today=TODAY).traces == ("k-10013",)
    assert desk.crm.plan_deletion(NAMESAKE, today=TODAY).traces == ("k-10015",)


@pytest.mark.parametrize("key", ["999", "", "Ann"])
def test_plan_deletion_refuses_when_nobody_is_there(any_desk: Desk, key: str) -> None:
    with pytest.raises(CrmError, match="nobody is on file"):
        any_desk.crm.plan_deletion(key, today=TODAY)
