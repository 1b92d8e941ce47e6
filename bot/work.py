"""The durable work: short DBOS workflows with deterministic ids, their queues and schedules, and the sweep.

The rows of the store say what is due. The sweep gives each due row to the engine under the id kind:id:attempt; the
engine does it once, and again after a crash. Inputs and results are ids and single words: the engine keeps them in
clear. A problem is caught here and becomes another attempt later, because a workflow that raises never runs again.
"""

import asyncio
import logging
import math
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Coroutine
from datetime import datetime
from pathlib import Path
from typing import Any

from dbos import DBOS, DBOSConfig, SetWorkflowID
from sqlalchemy import make_url

from bot.cases import Cases
from bot.outbox import Outbox
from bot.settings import EngineSection
from storage import work
from storage.work import Kind, Work

log = logging.getLogger(__name__)

# One version for all releases: workflows are short, and hold no state that a new release could not read.
APPLICATION_VERSION = "1"
SWEEP_SECONDS = 15.0
POLL_SECONDS = 0.1
# Work of another node that is neither done nor given up after so long is taken to be lost with that node.
LOST_AFTER_SECONDS = 900
CALL_SECONDS = 300
KEEP_FINISHED_SECONDS = 7 * 86_400
LIVE = frozenset({"PENDING", "ENQUEUED"})
CONCURRENCY = {Kind.INTAKE: 4, Kind.CARRY_OUT: 4, Kind.DELIVER: 4, Kind.NOTIFY: 2}


class Engine:
    """Runs what is due, until closed. One per process: DBOS is a singleton.

    `kinds` leaves out what has no door here: letters without a mail server, cards without Slack.
    """

    def __init__(
        self,
        settings: EngineSection,
        cases: Cases,
        outbox: Outbox,
        *,
        tick: Callable[[], None],
        kinds: Collection[Kind],
        letters_a_minute: int,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._cases = cases
        self._outbox = outbox
        self._tick = tick
        self._kinds = kinds
        self._letters_a_minute = letters_a_minute
        self._loop = loop
        self._settings = settings
        self._woken = threading.Event()
        self._closing = threading.Event()
        self._sweeper = threading.Thread(target=self._sweep_until_closed, name="sweep", daemon=True)
        self._workflows: dict[Kind, Callable[[str, str, int], str]] = {}
        self._given: dict[str, float] = {}  # workflow id -> when; spares asking the engine about what is under way

    def launch(self) -> None:
        """Register, start the engine, which resumes what a crash cut off, and begin to sweep."""
        url = make_url(self._settings.url)
        if url.get_backend_name() == "sqlite" and url.database:
            _use_write_ahead_log(url.database)
        config: DBOSConfig = {
            "name": "rightsdesk",
            "system_database_url": self._settings.url,
            "application_version": APPLICATION_VERSION,
            "executor_id": self._settings.node,
            "log_level": "WARNING",
            "run_migrations": True,
            "scheduler_polling_interval_sec": 1.0,
        }
        DBOS(config=config)
        self._register()
        DBOS.launch()
        for kind in Kind:
            limiter = {"limit": self._letters_a_minute, "period": 60.0} if kind is Kind.DELIVER else None
            DBOS.register_queue(
                kind,
                worker_concurrency=CONCURRENCY[kind],
                limiter=limiter,  # type: ignore[arg-type]  # a TypedDict, made above
                polling_interval_sec=POLL_SECONDS,
            )
        self._schedule()
        self._sweeper.start()

    def _register(self) -> None:
        for kind, do in (
            (Kind.INTAKE, self._intake),
            (Kind.CARRY_OUT, self._carry_out),
            (Kind.DELIVER, self._deliver),
            (Kind.NOTIFY, self._notify),
        ):
            self._workflows[kind] = DBOS.workflow(name=kind)(self._guarded(kind, do))

    def _guarded(self, kind: Kind, do: Callable[[Work], str]) -> Callable[[str, str, int], str]:
        def workflow(work_id: str, ticket_id: str, attempt: int) -> str:
            one = Work(kind, work_id, attempt, ticket_id)
            try:
                return do(one)
            except Exception as problem:  # noqa: BLE001  (the edge of the loop: the work is put off, never lost)
                self._cases.put_off(one, problem)
                return f"put off: {type(problem).__name__}"
            finally:
                self._given.pop(one.workflow_id, None)

        workflow.__qualname__ = f"rightsdesk.{kind}"
        return workflow

    def _intake(self, one: Work) -> str:
        self._cases.take_in(one.id)
        return "done"

    def _carry_out(self, one: Work) -> str:
        self._cases.carry_out(one.ticket_id, one.id, attempt=one.attempt)
        return "done"

    def _deliver(self, one: Work) -> str:
        return self._call(self._outbox.deliver(one.id, attempt=one.attempt))

    def _notify(self, one: Work) -> str:
        return self._call(self._outbox.notify(one.id, attempt=one.attempt))

    def _call(self, coroutine: Coroutine[Any, Any, str]) -> str:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(CALL_SECONDS)

    def _schedule(self) -> None:
        tick, tidy = self._tick, self._tidy

        def tick_workflow(_scheduled: datetime, _context: Any) -> None:
            tick()

        def tidy_workflow(_scheduled: datetime, _context: Any) -> None:
            tidy()

        tick_workflow.__qualname__, tidy_workflow.__qualname__ = "rightsdesk.tick", "rightsdesk.tidy"
        every_minute = DBOS.workflow(name="tick")(tick_workflow)
        every_night = DBOS.workflow(name="tidy")(tidy_workflow)
        DBOS.apply_schedules(
            [
                {"schedule_name": "tick", "workflow_fn": every_minute, "schedule": "* * * * *"},
                {"schedule_name": "tidy", "workflow_fn": every_night, "schedule": "17 3 * * *"},
            ]
        )

    def _tidy(self) -> None:
        """Delete finished workflows: the store's journal is the record, not the engine's tables."""
        before = datetime.fromtimestamp(time.time() - KEEP_FINISHED_SECONDS).astimezone().isoformat()
        finished = DBOS.list_workflows(end_time=before, status=["SUCCESS", "ERROR", "CANCELLED"], load_input=False)
        DBOS.delete_workflows([one.workflow_id for one in finished])

    def wake(self) -> None:
        """Sweep now."""
        self._woken.set()

    def _sweep_until_closed(self) -> None:
        while not self._closing.is_set():
            self._woken.clear()
            try:
                self.sweep()
            except Exception:
                log.exception("sweep.failed")
            self._woken.wait(SWEEP_SECONDS)

    def sweep(self) -> int:
        """Give everything that is due and not under way to the engine; return how much that was."""
        with self._cases.store.database.read() as connection:
            found = work.due(connection, kinds=self._kinds, now=self._cases.clock())
        return sum(self._enqueue(one) for one in found)

    def _enqueue(self, one: Work) -> bool:
        if time.monotonic() - self._given.get(one.workflow_id, -math.inf) < LOST_AFTER_SECONDS:
            return False
        status = DBOS.get_workflow_status(one.workflow_id)
        if status is None:
            self._given[one.workflow_id] = time.monotonic()
            with SetWorkflowID(one.workflow_id):
                DBOS.enqueue_workflow(one.kind, self._workflows[one.kind], one.id, one.ticket_id, one.attempt)
            return True
        # What is queued outlives every node; only what a node began can be lost with it.
        begun = status.dequeued_at or status.created_at or 0
        if status.status == "ENQUEUED" or (
            status.status == "PENDING" and time.time() - begun / 1000 < LOST_AFTER_SECONDS
        ):
            return False
        if status.status == "ERROR":
            log.error("work.error workflow=%s", one.workflow_id)
        with self._cases.store.database.write() as connection:
            work.try_again(connection, one, at=self._cases.clock())
        self.wake()
        return False

    def is_idle(self) -> bool:
        """Is nothing due and nothing under way?"""
        with self._cases.store.database.read() as connection:
            if work.due(connection, kinds=self._kinds, now=self._cases.clock()):
                return False
        return not DBOS.list_workflows(status=list(LIVE), limit=1, load_input=False)

    def close(self) -> None:
        """Stop sweeping, let running work end, and stop the engine."""
        self._closing.set()
        self._woken.set()
        self._sweeper.join()
        DBOS.destroy(workflow_completion_timeout_sec=10, destroy_registry=True)


def _use_write_ahead_log(path: str) -> None:
    """Set WAL before the engine opens its file: its threads read and write at once."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
