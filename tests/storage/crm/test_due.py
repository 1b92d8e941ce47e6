"""What the law kept of an erased person erases itself on its day, on real databases."""

from datetime import date, timedelta

import pytest

from handlers.crm import Action, CrmIncomplete
from tests.storage.crm.desk import ANN, JOANN, NAMESAKE, TODAY, Desk

# Ann's invoices of 2024 and 2026 are kept in Great Britain for six years from the end of the financial year.
FIRST_END, LAST_END = date(2030, 12, 31), date(2032, 12, 31)
DAY = timedelta(days=1)


@pytest.fixture
def without_ann(any_desk: Desk) -> Desk:
    """A CRM in which only Ann's shell and two invoices are left of her."""
    plan = any_desk.crm.plan_deletion(ANN, today=TODAY)
    assert [step.until for step in plan.steps if step.action is Action.KEEP] == [LAST_END, FIRST_END]
    any_desk.crm.delete(ANN, plan, today=TODAY, resumed=False)
    return any_desk


def test_nothing_is_due_on_the_last_day_that_the_law_asks_for(without_ann: Desk) -> None:
    assert without_ann.crm.due_erasures(today=TODAY) == ()
    assert without_ann.crm.due_erasures(today=FIRST_END) == ()


def test_what_is_due_goes_and_the_rest_stays_with_its_shell(without_ann: Desk) -> None:
    before = without_ann.rows()
    today = FIRST_END + DAY

    assert without_ann.crm.due_erasures(today=today) == (ANN,)
    done = without_ann.crm.erase_due(ANN, today=today)

    assert [(step.table, step.action, step.rows) for step in done.steps] == [("invoices", Action.DELETE, 1)]
    (old,) = (
        key for key, row in before["invoices"].items() if row["customer_id"] == 13 and row["issued_on"].year == 2024
    )
    before["invoices"].pop(old)
    assert without_ann.rows() == before
    assert without_ann.crm.due_erasures(today=today) == ()


def test_the_shell_goes_with_the_last_row(without_ann: Desk) -> None:
    today = LAST_END + DAY

    without_ann.crm.erase_due(ANN, today=today)

    rows = without_ann.rows()
    assert int(ANN) not in rows["customers"]
    assert not [row for row in rows["invoices"].values() if row["customer_id"] == int(ANN)]
    assert {int(JOANN), int(NAMESAKE)} <= rows["customers"].keys()
    assert without_ann.crm.due_erasures(today=today) == ()


def test_again_there_is_nothing_to_do(without_ann: Desk) -> None:
    without_ann.crm.erase_due(ANN, today=LAST_END + DAY)
    before = without_ann.rows()

    assert without_ann.crm.erase_due(ANN, today=LAST_END + DAY).steps == ()
    assert without_ann.rows() == before


def test_a_person_on_file_is_left_alone(any_desk: Desk) -> None:
    # Joann's oldest invoice need not be kept either, but she has not been erased.
    before = any_desk.rows()

    assert any_desk.crm.due_erasures(today=LAST_END + DAY) == ()
    assert any_desk.crm.erase_due(JOANN, today=LAST_END + DAY).steps == ()
    assert any_desk.rows() == before


def test_the_shell_stays_if_something_unknown_refers_to_it(without_ann: Desk) -> None:
    without_ann.run("CREATE TABLE calls (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id))")
    without_ann.run("INSERT INTO calls VALUES (1, 13)")
    before = without_ann.rows()

    with pytest.raises(CrmIncomplete, match="refused to delete rows of customers"):
        without_ann.crm.erase_due(ANN, today=LAST_END + DAY)

    assert without_ann.rows() == before


def test_nothing_goes_if_a_row_that_the_law_keeps_would_go_with_it(desk: Desk) -> None:
    desk.crm.delete(ANN, desk.crm.plan_deletion(ANN, today=TODAY), today=TODAY, resumed=False)
    desk.run(
        "CREATE TRIGGER t AFTER DELETE ON invoices BEGIN DELETE FROM invoices WHERE customer_id = OLD.customer_id; END"
    )
    before = desk.rows()

    with pytest.raises(CrmIncomplete, match="of 1 rows of invoices to keep 0 were left"):
        desk.crm.erase_due(ANN, today=FIRST_END + DAY)

    assert desk.rows() == before
