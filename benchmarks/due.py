"""The cost of "what is due today" in stores of different sizes, on SQLite."""

import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import insert, select

from bot.typeset import JinjaTypesetter
from handlers.rights import Right
from storage import queries, tables
from storage.crypto import MasterKey
from storage.store import Store
from tests.people import NOW, a_request, a_ticket

DUE_TODAY = 20
CHUNK = 20_000
ROUNDS = 200


def due_today(count: int) -> dict[str, object]:
    """Return the median of finding the tickets to look at, in microseconds, in a store with so many open ones."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{Path(folder) / 'store.db'}", MasterKey.generate(), JinjaTypesetter())
        _fill(store, count)
        seconds = []
        with store.database.read() as connection:
            for _ in range(ROUNDS):
                began = time.perf_counter()
                found = queries.to_look_at(connection, now=NOW, limit=500)
                seconds.append(time.perf_counter() - began)
        store.close()
    assert len(found) == DUE_TODAY
    return {"what": "tickets due today found", "tickets": count, "microseconds": round(median(seconds) * 1e6)}


def _fill(store: Store, count: int) -> None:
    """Save one ticket, and make of its row as many open ones as are wanted; twenty of them are due."""
    with store.unit(now=NOW) as unit:
        saved = unit.save(a_ticket(a_request(Right.ACCESS)), actor="")
    with store.database.write() as connection:
        pattern = connection.execute(select(tables.tickets)).mappings().one()
        unit_row = dict(pattern)
        connection.execute(tables.tickets.update().where(tables.tickets.c.id == saved.id).values(look_at=None))
        for chunk in _chunks(count - 1):
            connection.execute(insert(tables.tickets), [_copy(unit_row, number) for number in chunk])


def _chunks(count: int) -> Iterator[range]:
    for first in range(0, count, CHUNK):
        yield range(first, min(first + CHUNK, count))


def _copy(row: dict[str, object], number: int) -> dict[str, object]:
    look_at = NOW - timedelta(seconds=number) if number < DUE_TODAY else NOW + timedelta(minutes=1 + number % 100_000)
    return {**row, "id": f"{number:032}", "reference": f"R{number}", "look_at": look_at}
