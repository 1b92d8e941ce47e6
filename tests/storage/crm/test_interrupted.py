"""An erasure that is cut off: by SIGKILL at every step, by a restart of the database, by somebody else's lock."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from handlers.crm import CrmUnavailable, Plan
from storage.crm.connect import open_engine
from storage.crm.desk import SqlCrm
from storage.crm.mapload import load
from tests.storage.crm.desk import ANN, JOANN, MAP, TODAY, Desk, FileLog

FINISHED = 7  # the child's exit status if nothing killed it
SOON = {"postgresql": "SET lock_timeout = '50ms'", "mysql": "SET SESSION innodb_lock_wait_timeout = 1"}


def on_step(engine: sa.Engine, step: int, act: Callable[[], None]) -> None:
    """Act once, right before a statement or right before or after a commit; steps are counted from 1."""
    counted = 0

    def count(*_: Any) -> None:
        nonlocal counted
        counted += 1
        if counted == step:
            act()

    commit = engine.dialect.do_commit

    def commit_counted(connection: Any) -> None:
        count()
        commit(connection)
        count()

    sa.event.listen(engine, "before_cursor_execute", count)
    engine.dialect.do_commit = commit_counted  # type: ignore[method-assign]  # there is no event after a commit


def erase_until(url: str, plan: Plan, step: int, log: FileLog) -> bool:
    """Erase Ann in another process that is killed at a step; returns whether it got to the end instead."""
    child = os.fork()
    if child == 0:
        try:
            crm_engine = open_engine(url)
            crm = SqlCrm(crm_engine, load(MAP), log=log)
            crm.person(ANN)  # reads the tables
            on_step(crm_engine, step, lambda: os.kill(os.getpid(), signal.SIGKILL))
            crm.delete(ANN, plan, today=TODAY, resumed=True)
            os._exit(FINISHED)
        finally:
            os._exit(1)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.WEXITSTATUS(status) == FINISHED
    return True


def test_killed_at_any_step_an_erasure_is_all_or_nothing_and_can_be_resumed(any_desk: Desk, log: FileLog) -> None:
    plan = any_desk.crm.plan_deletion(ANN, today=TODAY)
    before = any_desk.rows()
    url = any_desk.engine.url.render_as_string(hide_password=False)
    undone, step = 0, 1
    while not erase_until(url, plan, step, log):
        step += 1
        undone += any_desk.rows() == before

    # It was cut off before each statement, and after the commit at least once.
    assert undone > len(plan.steps)
    assert undone < step
    erased = any_desk.rows()
    assert any_desk.crm.delete(ANN, plan, today=TODAY, resumed=True).steps == plan.steps
    assert any_desk.rows() == erased
    assert any_desk.crm.person(ANN) is None
    assert any_desk.crm.person(JOANN) is not None


@contextmanager
def waiting_shortly(desk: Desk) -> Iterator[None]:
    """Give up on locks at once."""
    desk.engine.dispose()

    def limit(connection: Any, _entry: object) -> None:
        connection.cursor().execute(SOON[desk.engine.dialect.name])
        connection.commit()

    sa.event.listen(desk.engine, "connect", limit)
    yield
    sa.event.remove(desk.engine, "connect", limit)


@pytest.mark.parametrize("table", ["customers", "notes"])
def test_a_lock_held_by_another_session_makes_it_unavailable_and_undoes_all(any_desk: Desk, table: str) -> None:
    if any_desk.engine.dialect.name == "sqlite":
        pytest.skip("SQLite locks the whole database: test_erase.py")
    plan = any_desk.crm.plan_deletion(ANN, today=TODAY)
    before = any_desk.rows()
    other = sa.create_engine(any_desk.engine.url)
    column = "id" if table == "customers" else "customer_id"
    with waiting_shortly(any_desk), other.connect() as holding:
        holding.execute(sa.text(f"SELECT id FROM {table} WHERE {column} = 13 FOR UPDATE"))  # noqa: S608 - own names
        with pytest.raises(CrmUnavailable):
            any_desk.crm.delete(ANN, plan, today=TODAY, resumed=False)
        assert any_desk.rows() == before
        holding.rollback()
        any_desk.crm.delete(ANN, plan, today=TODAY, resumed=True)
    other.dispose()

    assert any_desk.crm.person(ANN) is None


def test_rows_filed_while_it_is_carried_out_wait_and_are_refused(any_desk: Desk) -> None:
    """Whoever files something under the person during the erasure does so before it, or not at all."""
    if any_desk.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer")
    plan = any_desk.crm.plan_deletion(ANN, today=TODAY)
    any_desk.crm.person(ANN)
    other = sa.create_engine(any_desk.engine.url)
    sa.event.listen(other, "connect", lambda connection, _: connection.cursor().execute(SOON[other.dialect.name]))
    refused: list[str] = []

    def file_a_note() -> None:
        note = "INSERT INTO notes (customer_id, written_on, body) VALUES (13, '2026-11-22', 'New')"
        try:
            with other.begin() as connection:
                connection.execute(sa.text(note))
        except sa.exc.OperationalError as error:
            refused.append(type(error).__name__)

    on_step(any_desk.engine, 6, file_a_note)
    any_desk.crm.delete(ANN, plan, today=TODAY, resumed=False)
    other.dispose()

    assert refused == ["OperationalError"]
    assert not [row for row in any_desk.rows()["notes"].values() if row["customer_id"] == int(ANN)]
