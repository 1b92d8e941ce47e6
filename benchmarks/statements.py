"""Counting SQL statements."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event


@contextmanager
def counted(*engines: Engine) -> Iterator[list[int]]:
    """Count the SQL statements on these engines, COMMIT and BEGIN apart."""
    count = [0]

    def one_more(*_args: object) -> None:
        count[0] += 1

    for engine in engines:
        event.listen(engine, "before_cursor_execute", one_more)
    yield count
    for engine in engines:
        event.remove(engine, "before_cursor_execute", one_more)
