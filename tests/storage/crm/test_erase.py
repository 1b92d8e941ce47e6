"""Deletion carried out on real databases: exactly the planned rows, nobody else's, and no trace afterwards."""

import sqlite3
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from handlers.crm import CrmConflict, CrmIncomplete, CrmUnavailable, Plan
from tests.storage.crm import club
from tests.storage.crm.desk import ANN, EMMA, JOANN, NAMESAKE, TODAY, Desk, Snapshot

PERSONAL_TABLES = ("addresses", "orders", "invoices", "notes", "consents", "interactions")


def plan_for(desk: Desk, key: str) -> Plan:
    return desk.crm.plan_deletion(key, today=TODAY)


def erase(desk: Desk, key: str, plan: Plan | None = None, *, resumed: bool = False) -> None:
    desk.crm.delete(key, plan or plan_for(desk, key), today=TODAY, resumed=resumed)


def keys_of(rows: Snapshot, key: str, email: str) -> dict[str, set[object]]:
    """Return the keys of a person's rows, found without the code under test."""
    number = int(key)
    found = {
        table: {row["id"] for row in rows[table].values() if row["customer_id"] == number} for table in PERSONAL_TABLES
    }
    return found | {
        "customers": {number},
        "order_items": {row["id"] for row in rows["order_items"].values() if row["order_id"] in found["orders"]},
        "list_members": {row["id"] for row in rows["list_members"].values() if row["email"] == email},
        "mailing_lists": set(),
    }


def test_delete_leaves_everybody_else_untouched(any_desk: Desk) -> None:
    before = any_desk.rows()
    ann = keys_of(before, ANN, "ann@example.org")
    assert all(ann[table] for table in ann if table != "mailing_lists")

    erase(any_desk, ANN)

    # The whole database, Joann and the namesake included, but for Ann's rows.
    after = any_desk.rows()
    for table, rows in before.items():
        others = {key: row for key, row in rows.items() if key not in ann[table]}
        assert {key: row for key, row in after[table].items() if key not in ann[table]} == others, table
    stayed = {table: len(keys & after[table].keys()) for table, keys in ann.items() if keys & after[table].keys()}
    assert stayed == {"customers": 1, "invoices": 2}


def test_delete_empties_the_shell(any_desk: Desk) -> None:
    before = any_desk.rows()["customers"][13]

    erase(any_desk, ANN)

    shell = any_desk.rows()["customers"][13]
    assert str(shell.pop("customer_number")).startswith("erased-")
    before.pop("customer_number")
    emptied = dict.fromkeys(["email", "salutation", "phone", "birth_date", "company", "iban"])
    flags = {"first_name": "***", "last_name": "***", "restricted": True, "erased": True}
    assert shell == before | emptied | flags


def test_delete_keeps_of_invoices_what_the_law_wants(any_desk: Desk) -> None:
    before = any_desk.rows()["invoices"]

    erase(any_desk, ANN)

    kept = [row for row in any_desk.rows()["invoices"].values() if row["customer_id"] == int(ANN)]
    assert [row["issued_on"] for row in kept] == [date(2026, 5, 7), date(2024, 6, 6)]
    assert kept == [before[row["id"]] | {"order_id": None, "billing_email": None} for row in kept]


def test_delete_reports_the_plan_as_done(any_desk: Desk) -> None:
    plan = plan_for(any_desk, ANN)

    done = any_desk.crm.delete(ANN, plan, today=TODAY, resumed=False)

    assert done.steps == plan.steps
    assert done.leftovers == ()
    assert any_desk.crm.person(ANN) is None
    assert any_desk.crm.find_by_email("ann@example.org") == ()


def test_delete_removes_the_record_when_nothing_has_to_be_kept(any_desk: Desk) -> None:
    any_desk.run("DELETE FROM invoices WHERE customer_id = 13")

    erase(any_desk, ANN)

    assert int(ANN) not in any_desk.rows()["customers"]


def test_delete_refuses_when_rows_came_since_the_plan(any_desk: Desk) -> None:
    plan = plan_for(any_desk, ANN)
    any_desk.run("UPDATE notes SET customer_id = 13 WHERE id = 1")
    before = any_desk.rows()

    with pytest.raises(CrmConflict):
        erase(any_desk, ANN, plan)

    assert any_desk.rows() == before


@pytest.mark.parametrize("remnant", ["\r\n", "\u00a0"])
def test_delete_takes_rows_under_an_address_with_remnants_of_an_import(any_desk: Desk, remnant: str) -> None:
    for table in ("customers", "list_members"):
        any_desk.run(
            f"UPDATE {table} SET email = :email WHERE email = 'ann@example.org'",  # noqa: S608 - own table names
            email=f"Ann@example.org{remnant}",
        )
    before = any_desk.rows()

    plan = plan_for(any_desk, ANN)
    erase(any_desk, ANN, plan)

    assert "ann@example.org" in plan.traces
    left = any_desk.rows()["list_members"]
    assert left == {key: row for key, row in before["list_members"].items() if not str(row["email"]).startswith("Ann@")}
    assert len(left) < len(before["list_members"])


def test_an_address_that_somebody_else_has_with_a_remnant_is_no_trace(any_desk: Desk) -> None:
    any_desk.run("UPDATE customers SET email = :email WHERE id = 15", email="ann@example.org\r\n")

    assert "ann@example.org" not in plan_for(any_desk, ANN).traces


def test_delete_refuses_another_persons_plan(desk: Desk) -> None:
    before = desk.rows()

    with pytest.raises(CrmConflict):
        erase(desk, ANN, plan_for(desk, JOANN))

    assert desk.rows() == before


def test_delete_refuses_when_the_key_is_somebody_elses_by_now(desk: Desk) -> None:
    # The same rows under the same keys: only the identifiers tell that it is another person.
    plan = plan_for(desk, ANN)
    for table in ("customers", "list_members"):
        desk.run(f"UPDATE {table} SET email = 'someone.else@example.org' WHERE email = 'ann@example.org'")  # noqa: S608 - own table names

    with pytest.raises(CrmConflict):
        erase(desk, ANN, plan, resumed=True)


def test_delete_refuses_when_the_key_is_that_of_somebody_with_the_same_address(empty_url: str, tmp_path: Path) -> None:
    # A family's address proves nothing of either, so it is no trace: only the name tells that Mia is not Ann.
    small = club.build(empty_url, tmp_path / "map.yaml")
    small.run("UPDATE members SET email = 'family@example.org' WHERE id < 3")
    plan = small.crm.plan_deletion(club.ANN, today=TODAY)
    assert plan.traces == ()
    small.run("UPDATE members SET name = 'Mia' WHERE id = 1")
    before = small.rows()

    with pytest.raises(CrmConflict):
        small.crm.delete(club.ANN, plan, today=TODAY, resumed=False)

    assert small.rows() == before
    small.engine.dispose()


def test_delete_refuses_a_person_who_is_gone(desk: Desk) -> None:
    plan = plan_for(desk, ANN)
    erase(desk, ANN, plan)

    with pytest.raises(CrmConflict):
        erase(desk, ANN, plan)


def test_delete_resumed_after_commit_only_searches_again(any_desk: Desk) -> None:
    plan = plan_for(any_desk, ANN)
    erase(any_desk, ANN, plan)
    before = any_desk.rows()

    done = any_desk.crm.delete(ANN, plan, today=TODAY, resumed=True)

    assert done.steps == plan.steps
    assert any_desk.rows() == before


def test_delete_resumed_after_commit_finds_what_came_back(desk: Desk) -> None:
    plan = plan_for(desk, ANN)
    erase(desk, ANN, plan)
    desk.run("UPDATE notes SET body = 'imported again: ann@example.org' WHERE id = 1")

    with pytest.raises(CrmIncomplete, match=r"notes\.body"):
        erase(desk, ANN, plan, resumed=True)


def test_delete_resumed_does_not_take_somebody_elses_deed_for_its_own(any_desk: Desk) -> None:
    plan = plan_for(any_desk, ANN)
    any_desk.run("UPDATE customers SET erased = true WHERE id = 13")
    before = any_desk.rows()

    with pytest.raises(CrmConflict, match="nothing says that this erasure took them"):
        erase(any_desk, ANN, plan, resumed=True)

    assert any_desk.rows() == before


def test_delete_resumed_before_commit_carries_the_plan_out(any_desk: Desk) -> None:
    erase(any_desk, ANN, resumed=True)

    assert any_desk.crm.person(ANN) is None


SWALLOW = {
    "sqlite": ["CREATE TRIGGER swallow BEFORE DELETE ON notes BEGIN SELECT RAISE(IGNORE); END"],
    "postgresql": [
        "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER swallow BEFORE DELETE ON notes FOR EACH ROW EXECUTE FUNCTION swallow()",
    ],
}


def test_delete_fails_loudly_when_the_database_swallows_a_delete(any_desk: Desk) -> None:
    # A trigger that skips deletes without an error: the erasure would be logged as complete.
    if any_desk.engine.dialect.name not in SWALLOW:
        pytest.skip("a trigger of MariaDB can refuse a row, but not pass over it")
    for statement in SWALLOW[any_desk.engine.dialect.name]:
        any_desk.run(statement)
    before = any_desk.rows()

    with pytest.raises(CrmIncomplete, match="delete in notes affected 0 rows"):
        erase(any_desk, ANN)

    assert any_desk.rows() == before


@pytest.mark.parametrize(
    "body",
    [
        "Spoke with ANN@Example.org about the parcel.",
        "mailto:<ann@example.org>, see above",
        "customer K-10013.",
    ],
)
def test_delete_finds_a_trace_in_somebody_elses_note(any_desk: Desk, body: str) -> None:
    any_desk.run("UPDATE notes SET body = :body WHERE id = 1", body=body)
    before = any_desk.rows()

    with pytest.raises(CrmIncomplete) as caught:
        erase(any_desk, ANN)

    assert str(caught.value) == "traces were left in notes.body; nothing was committed"
    assert any_desk.rows() == before


@pytest.mark.parametrize("body", ["joann@example.org called", "ann@example.org.uk", "x.ann@example.org", "K-100131"])
def test_delete_is_not_stopped_by_a_longer_identifier(desk: Desk, body: str) -> None:
    desk.run("UPDATE notes SET body = :body WHERE id = 1", body=body)

    erase(desk, ANN)

    assert desk.crm.person(ANN) is None


def test_delete_finds_a_telephone_number_written_together(desk: Desk) -> None:
    desk.run("UPDATE customers SET phone = '+44 20 5550199' WHERE id = 13")
    desk.run("UPDATE notes SET body = 'Ring +44205550199 after six' WHERE id = 1")

    with pytest.raises(CrmIncomplete, match=r"notes\.body"):
        erase(desk, ANN)


def test_delete_finds_an_address_in_other_scripts_whatever_its_case(any_desk: Desk) -> None:
    any_desk.run("UPDATE customers SET email = 'jürgen.ż@example.org' WHERE id = 13")
    any_desk.run("UPDATE notes SET body = 'Wrote to JÜRGEN.Ż@EXAMPLE.ORG' WHERE id = 1")

    with pytest.raises(CrmIncomplete, match=r"notes\.body"):
        erase(any_desk, ANN)


def test_delete_finds_a_trace_on_a_kept_row_beside_what_the_law_keeps(desk: Desk) -> None:
    # The trigger puts the address back after it was emptied.
    desk.run(
        "CREATE TRIGGER undo AFTER UPDATE ON invoices WHEN NEW.billing_email IS NULL BEGIN"
        " UPDATE invoices SET billing_email = OLD.billing_email WHERE id = OLD.id; END"
    )

    with pytest.raises(CrmIncomplete, match=r"invoices\.billing_email"):
        erase(desk, ANN)


def test_delete_accepts_an_identifier_in_a_field_that_the_law_keeps(desk: Desk) -> None:
    desk.run("UPDATE invoices SET billing_address = 'ann@example.org, 1 Mill Row, York' WHERE customer_id = 13")

    erase(desk, ANN)

    assert desk.crm.person(ANN) is None


def test_delete_leaves_to_another_person_what_a_shared_address_gives(any_desk: Desk) -> None:
    # A couple with one mailbox: the newsletter goes on for the one who stays.
    any_desk.run("UPDATE customers SET email = 'Ann@example.org ' WHERE id = 15")
    before = any_desk.rows()["list_members"]

    erase(any_desk, ANN)

    assert any_desk.rows()["list_members"] == before
    assert [person.key for person in any_desk.crm.find_by_email("ann@example.org")] == [NAMESAKE]


def test_delete_does_not_take_rows_without_an_address_for_hers(any_desk: Desk) -> None:
    # An empty address on both sides is no link.
    any_desk.run("UPDATE customers SET email = '' WHERE id = 13")
    any_desk.run("UPDATE list_members SET email = '' WHERE id = 1")

    erase(any_desk, ANN)

    assert 1 in any_desk.rows()["list_members"]


def test_delete_is_undone_when_an_unknown_table_refers_to_a_row(any_desk: Desk) -> None:
    any_desk.run("CREATE TABLE calls (id INTEGER PRIMARY KEY, note_id INTEGER REFERENCES notes (id))")
    any_desk.run("INSERT INTO calls SELECT 1, min(id) FROM notes WHERE customer_id = 13")
    before = any_desk.rows()

    with pytest.raises(CrmIncomplete, match="a constraint of the CRM database refused"):
        erase(any_desk, ANN)

    assert any_desk.rows() == before


def test_delete_takes_no_more_statements_for_a_thousand_notes(any_desk: Desk) -> None:
    any_desk.crm.person(ANN)  # reads the tables once
    few = any_desk.statements(lambda: erase(any_desk, JOANN))
    any_desk.run(
        "INSERT INTO notes (customer_id, written_on, body)"
        " SELECT 13, a.written_on, 'Called.' FROM notes a CROSS JOIN notes b LIMIT 1000"
    )
    assert sum(row["customer_id"] == 13 for row in any_desk.rows()["notes"].values()) > 1000

    assert any_desk.statements(lambda: erase(any_desk, ANN)) == few


def test_delete_leaves_no_bytes_in_sqlite_files(desk: Desk) -> None:
    desk.run("UPDATE notes SET body = 'Likes yellow submarines' WHERE customer_id = 13")

    erase(desk, ANN)

    database = Path(str(desk.engine.url.database))
    files = [path.read_bytes() for path in database.parent.glob("crm.db*")]
    assert not any(b"yellow submarines" in content or b"K-10013" in content for content in files)


def test_delete_is_unavailable_while_another_writer_holds_sqlite(desk: Desk) -> None:
    plan = plan_for(desk, EMMA)
    desk.engine.dispose()
    sa.event.listen(desk.engine, "connect", lambda connection, _entry: connection.execute("PRAGMA busy_timeout = 0"))
    other = sqlite3.connect(str(desk.engine.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(CrmUnavailable):
        erase(desk, EMMA, plan)

    other.close()
    erase(desk, EMMA, plan)
    assert desk.crm.person(EMMA) is None
