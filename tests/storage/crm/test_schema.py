import pytest

from storage.crm.datamap import MapError
from tests.storage.crm.desk import ANN, Desk


def test_check_accepts_the_sample(any_desk: Desk) -> None:
    any_desk.crm.check()


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (
            "DROP TABLE interactions",
            "table 'interactions' of the data map is not in the database; correct its name in the map or remove it",
        ),
        (
            "ALTER TABLE notes RENAME COLUMN body TO content",
            "column 'notes.body' of the data map is not in the database; correct its name in the map or remove it",
        ),
        (
            "ALTER TABLE customers ADD COLUMN nickname VARCHAR(40)",
            "column 'customers.nickname' is not in the data map; add it with its data_categories",
        ),
        (
            "CREATE TABLE calls (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id))",
            "table 'calls' refers to 'customers' but is not in the data map; add it",
        ),
    ],
)
def test_check_names_what_does_not_fit(any_desk: Desk, statement: str, message: str) -> None:
    any_desk.run(statement)

    with pytest.raises(MapError) as caught:
        any_desk.crm.check()

    assert str(caught.value) == message


def test_check_names_an_erasure_that_the_column_cannot_take(any_desk: Desk) -> None:
    any_desk.run("ALTER TABLE invoices DROP COLUMN billing_email")
    any_desk.run("ALTER TABLE invoices ADD COLUMN billing_email VARCHAR(254) NOT NULL DEFAULT ''")
    any_desk.run("ALTER TABLE customers DROP COLUMN first_name")
    any_desk.run("ALTER TABLE customers ADD COLUMN first_name INTEGER")

    with pytest.raises(MapError) as caught:
        any_desk.crm.check()

    assert str(caught.value).splitlines() == [
        "column 'customers.first_name' holds no text; erase it by null instead of redact",
        "column 'invoices.billing_email' cannot be empty; erase it by redact or random instead of null",
    ]


def test_a_missing_table_stops_every_use_not_only_the_check(desk: Desk) -> None:
    desk.run("DROP TABLE interactions")

    with pytest.raises(MapError, match="table 'interactions'"):
        desk.crm.collect(ANN)
