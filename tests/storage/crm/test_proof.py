"""How the search after an erasure goes about it: by indexes where there are some, and never past a portion of rows."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from handlers.crm import CrmIncomplete
from storage.crm import rows
from storage.crm.connect import open_engine
from storage.crm.desk import SqlCrm
from storage.crm.mapload import load
from tests.storage.crm.desk import ANN, MAP, TODAY, Desk

FREE_TEXT = {"notes": ["body"], "interactions": ["channel", "subject", "body"]}
WORDS = "regexp_split_to_array(lower({column}), '[^a-z0-9]+')"  # as docs/crm-user.md tells


@pytest.fixture
def indexed(postgres_url: str) -> Iterator[Desk]:
    """The sample CRM on PostgreSQL, its free text indexed by words; a table is read only where no index serves."""
    engine = open_engine(postgres_url)
    desk = Desk(crm=SqlCrm(engine, load(MAP)), engine=engine)
    for table, columns in FREE_TEXT.items():
        for column in columns:
            desk.run(f"CREATE INDEX {table}_by_{column} ON {table} USING gin ({WORDS.format(column=column)})")
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("SET LOCAL enable_seqscan = off"))
    yield desk
    engine.dispose()


@contextmanager
def explained(engine: sa.Engine, table: str) -> Iterator[list[str]]:
    """Note the plan of every search of a table's free text."""
    plans: list[str] = []

    def explain(connection: sa.Connection, cursor: object, statement: str, values: Any, *_: object) -> None:
        if statement.startswith("SELECT") and f"CAST({table}." in statement:
            with closing(connection.connection.cursor()) as other:
                other.execute(f"EXPLAIN {statement}", values)
                plans.append("\n".join(line for (line,) in other.fetchall()))

    sa.event.listen(engine, "before_cursor_execute", explain)
    yield plans
    sa.event.remove(engine, "before_cursor_execute", explain)


def erase(desk: Desk) -> None:
    desk.crm.delete(ANN, desk.crm.plan_deletion(ANN, today=TODAY), today=TODAY, resumed=False)


@pytest.mark.parametrize(("table", "columns"), FREE_TEXT.items())
def test_free_text_is_searched_by_an_index_on_its_words(indexed: Desk, table: str, columns: list[str]) -> None:
    with explained(indexed.engine, table) as plans:
        erase(indexed)

    (plan,) = plans
    assert [column for column in columns if f"Bitmap Index Scan on {table}_by_{column}" not in plan] == []
    assert "Seq Scan" not in plan


@pytest.mark.parametrize("body", ["Wrote to <ANN@Example.org>.", "K-10013's parcel", "mail:ann@example.org"])
def test_a_trace_is_found_by_the_index(indexed: Desk, body: str) -> None:
    indexed.run("UPDATE notes SET body = :body WHERE id = 1", body=body)

    with pytest.raises(CrmIncomplete, match=r"notes\.body"):
        erase(indexed)


@pytest.mark.parametrize("body", ["joann@example.org called", "org example, ann", "K-10013-2"])
def test_words_alone_are_no_trace(indexed: Desk, body: str) -> None:
    indexed.run("UPDATE notes SET body = :body WHERE id = 1", body=body)

    erase(indexed)

    assert indexed.crm.person(ANN) is None


def test_a_trace_in_another_script_is_found_without_the_help_of_words(indexed: Desk) -> None:
    indexed.run("UPDATE customers SET email = 'анна@пример.рф' WHERE id = 13")
    indexed.run("UPDATE notes SET body = 'Писали на АННА@ПРИМЕР.РФ' WHERE id = 1")

    with pytest.raises(CrmIncomplete, match=r"notes\.body"):
        erase(indexed)


def test_every_portion_of_what_stays_is_searched(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "ROWS_A_STATEMENT", 1)
    # Ann keeps two invoices; the trigger puts the address back into the second.
    desk.run(
        "CREATE TRIGGER undo AFTER UPDATE ON invoices WHEN NEW.billing_email IS NULL"
        " AND NEW.id = (SELECT max(id) FROM invoices WHERE customer_id = 13 AND issued_on > '2020-01-01') BEGIN"
        " UPDATE invoices SET billing_email = 'x ' || OLD.billing_email WHERE id = OLD.id; END"
    )

    with pytest.raises(CrmIncomplete, match=r"invoices\.billing_email"):
        erase(desk)
