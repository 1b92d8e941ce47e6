"""Opening Rightsdesk's own store: SQLite embedded, PostgreSQL by URL."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import IO, Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text

BUSY_MILLISECONDS = 10_000
# Any number, the same in every node: journal entries are appended one unit of work at a time.
JOURNAL_LOCK = 7_151_718
# Any number: the first half of the locks on senders, whose mails are decided one after the other.
SENDER_LOCKS = 7_151_719


class StoreProblem(Exception):
    """The store cannot be opened; the text says why and what to do."""


def make_engine(url: str) -> Engine:
    """Return an engine with the store's settings; a relative SQLite path starts at the working directory."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            _make_private(Path(parsed.database))
        engine = create_engine(parsed, hide_parameters=True)
        _set_up_sqlite(engine)
        return engine
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return create_engine(parsed, hide_parameters=True, pool_pre_ping=True)


def _make_private(path: Path) -> None:
    """Make the folder and the file for nobody else to read, whatever the umask."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)


def _set_up_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: Any) -> None:
        # SQLAlchemy begins the transactions itself, see below.
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout = {BUSY_MILLISECONDS}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reads = connection.get_execution_options().get("reads_only")
        # A transaction that begins by reading and then writes can fail at once with "database is locked".
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


class Database:
    """An engine with one writer at a time and many readers."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._writer = RLock()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Yield a connection in a transaction that is committed at the end, rolled back on any error."""
        if not self.is_sqlite:
            with self.engine.begin() as connection:
                yield connection
            return
        with self._writer, self.engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection for reading; all that is read stands as at the first statement."""
        with self.engine.connect() as connection:
            if self.is_sqlite:
                yield connection.execution_options(reads_only=True)
            else:
                yield connection.execution_options(isolation_level="REPEATABLE READ")

    def lock_journal(self, connection: Connection) -> None:
        """Let one unit of work at a time append to the journal; SQLite has one writer anyway."""
        if not self.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": JOURNAL_LOCK})

    def lock_sender(self, connection: Connection, address_hash: str) -> None:
        """Let one unit of work at a time decide on mails from an address; SQLite has one writer anyway."""
        if not self.is_sqlite:
            # Four bytes, as PostgreSQL's pairs of keys take; two senders that share them wait for each other, no more.
            keys = {"kind": SENDER_LOCKS, "sender": int.from_bytes(bytes.fromhex(address_hash)[:4], signed=True)}
            connection.execute(text("SELECT pg_advisory_xact_lock(:kind, :sender)"), keys)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


@contextmanager
def sole_process(path: Path) -> Iterator[None]:
    """Hold a lock file as long as the bot runs. Raises StoreProblem if another process holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        _lock(file, path)
        yield


def _lock(file: IO[str], path: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        other = file.read().strip() or "unknown"
        raise StoreProblem(
            f"another Rightsdesk (process {other}) works on this store: stop it first, or use PostgreSQL ({path})"
        ) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
