"""Connections to the CRM database; what the driver raises becomes ours, without statements, values or addresses."""

import sqlite3
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path
from traceback import walk_tb
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from handlers.crm import CrmError, CrmUnavailable
from storage.crm.failures import translate
from storage.crm.match import SQLITE_FOLD, fold

SQLITE = "sqlite"
LOCK_SECONDS = 5  # somebody else's transaction may hold a row for as long; then it is tried again later
# Of the connection alone. How the file itself is kept, such as its journal, is its owner's: a look must change nothing.
SQLITE_PRAGMAS = {
    "synchronous": "FULL",
    "busy_timeout": str(LOCK_SECONDS * 1000),
    "foreign_keys": "ON",
    "secure_delete": "ON",  # erased bytes are overwritten, not only unlinked
}
# Without these a server waits for a lock for 50 seconds, a day, or for ever.
_MARIADB_WAITS = f"SET SESSION innodb_lock_wait_timeout = {LOCK_SECONDS}, lock_wait_timeout = {LOCK_SECONDS}"
_LOCK_WAITS = {
    "postgresql": f"SET lock_timeout = '{LOCK_SECONDS}s'",
    "mysql": _MARIADB_WAITS,
    "mariadb": _MARIADB_WAITS,
}
_WRITES = "rightsdesk_writes"
_MEMORY = ":memory:"
_FILE_MODES = ("ro", "rw", "memory")
_BAD_URL = (
    "the CRM's database URL cannot be used ([crm] url, or --database); write it as sqlite:///path,"
    " postgresql+psycopg://user@host/name or mysql+pymysql://user@host/name, with options that its driver knows, and"
    " install the driver that it names"
)


def open_engine(url: str) -> sa.Engine:
    """Make an engine, without connecting; raises CrmError if the URL or its driver cannot be used."""
    try:
        with warnings.catch_warnings():
            # An option that the driver would pass over, such as mode=ro outside a file: URI, is a mistake.
            warnings.simplefilter("error", sa.exc.SAWarning)
            engine = sa.create_engine(url, hide_parameters=True, pool_pre_ping=True)
    except (sa.exc.ArgumentError, sa.exc.SAWarning, ModuleNotFoundError, ValueError):
        raise CrmError(_BAD_URL) from None
    if engine.dialect.name == SQLITE:
        sa.event.listen(engine, "do_connect", _open_existing)
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    elif engine.dialect.name in _LOCK_WAITS:
        sa.event.listen(engine, "connect", _limiter(_LOCK_WAITS[engine.dialect.name]))
    return engine


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Connect to read; raises CrmUnavailable or CrmError."""
    with _translated(), _connect(engine) as connection:
        yield connection


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Connect for one transaction, committed at the end unless something is raised.

    Raises CrmUnavailable, CrmIncomplete if a constraint refuses, or CrmError.
    """
    with _translated(), _connect(engine) as connection:
        connection.execution_options(**{_WRITES: True})
        with connection.begin():
            yield connection


def flush(engine: sa.Engine) -> None:
    """Move what was committed from SQLite's write-ahead log into the database and empty the log.

    The log still holds pages as they were before an erasure. While somebody reads it stays; the next flush empties it.
    """
    if engine.dialect.name != SQLITE:
        return
    with _translated():
        connection = engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
        finally:
            connection.close()


def _connect(engine: sa.Engine) -> sa.Connection:
    try:
        return engine.connect()
    except sa.exc.ProgrammingError:
        raise CrmError(_BAD_URL) from None  # PostgreSQL's driver: an option that there is not
    except (TypeError, ValueError, AttributeError, OSError):
        # What drivers make of an option that they do not know, or of one that has no sense. Their text may quote it.
        raise CrmError(_BAD_URL) from None


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sa.exc.SQLAlchemyError as error:
        raise translate(error) from None
    except (TypeError, ValueError, ArithmeticError) as error:
        if not _is_of_a_value(error):
            raise
        # SQLite keeps any value in any column, and the message would quote it.
        raise CrmError("the CRM holds a value that its column's type does not allow; correct it there") from None


def _is_of_a_value(error: Exception) -> bool:
    """Was it raised while SQLAlchemy read a row, rather than by a mistake of ours?"""
    modules = [str(frame.f_globals.get("__name__", "")).partition(".")[0] for frame, _ in walk_tb(error.__traceback__)]
    ours = __name__.partition(".")[0]
    return (ours, "sqlalchemy") in pairwise(modules) and modules[-1] != ours


def _open_existing(
    _dialect: sa.Dialect, _entry: ConnectionPoolEntry, places: list[Any], options: dict[str, Any]
) -> None:
    """Keep SQLite from making an empty database of a mistyped path; raises CrmUnavailable or CrmError."""
    place = str(places[0])
    if place == _MEMORY:
        return
    uri = urlsplit(place) if options.get("uri") else urlsplit(Path(place).as_uri())
    wanted = dict(parse_qsl(uri.query))
    mode, path = wanted.get("mode", "rwc").replace("rwc", "rw"), unquote(uri.path)
    if mode not in _FILE_MODES:
        raise CrmError(_BAD_URL)
    if mode == "memory" or path == _MEMORY:
        return
    if not Path(path).exists():
        raise CrmUnavailable(f"there is no SQLite database at '{path}'; correct the CRM's database URL")
    places[0], options["uri"] = uri._replace(query=urlencode(wanted | {"mode": mode})).geturl(), True


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    # The driver would begin transactions by itself and late; _begin_sqlite does it instead.
    connection.isolation_level = None
    for name, value in SQLITE_PRAGMAS.items():
        connection.execute(f"PRAGMA {name} = {value}")
    connection.create_function(SQLITE_FOLD, 1, fold, deterministic=True)


def _limiter(statement: str) -> Callable[[DBAPIConnection, ConnectionPoolEntry], None]:
    def limit(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        with closing(connection.cursor()) as cursor:
            cursor.execute(statement)
        connection.commit()  # or the setting would end with the first transaction that is rolled back

    return limit


def _begin_sqlite(connection: sa.Connection) -> None:
    # A transaction that reads first and writes later may be refused half-way; IMMEDIATE takes the write lock at once.
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
