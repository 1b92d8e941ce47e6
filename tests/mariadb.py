"""A private MariaDB server for tests: own data directory, a socket and no port, thrown away at the end."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

BINARIES = ("mariadbd", "mariadb-install-db")
START_SECONDS = 60


@dataclass
class MariaDb:
    """A server below `directory`, which `start` and `stop` may be called on again and again."""

    directory: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> sa.URL:
        """The server's address, without a database."""
        return sa.URL.create("mysql+pymysql", username="root", query={"unix_socket": str(self.directory / "socket")})

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.process = subprocess.Popen(
            [
                "mariadbd",
                "--no-defaults",
                "--user=root",
                "--skip-networking",
                "--character-set-server=utf8mb4",
                "--innodb-flush-log-at-trx-commit=2",  # the server may be killed, but the machine does not lose power
                "--innodb-log-file-size=16M",
                f"--datadir={self.directory / 'data'}",
                f"--socket={self.directory / 'socket'}",
                f"--pid-file={self.directory / 'pid'}",
            ],
            stdout=subprocess.DEVNULL,
            stderr=(self.directory / "log").open("ab"),
        )
        self._wait()

    def stop(self, sent: signal.Signals = signal.SIGTERM) -> None:
        """End it, with SIGKILL as by a crash."""
        if self.process is not None:
            self.process.send_signal(sent)
            self.process.wait(START_SECONDS)

    def _wait(self) -> None:
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                engine.connect().close()
                return
            except sa.exc.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)


@contextmanager
def running_mariadb() -> Iterator[MariaDb]:
    """Make and start a server; skips the test where MariaDB is not installed."""
    missing = [name for name in BINARIES if shutil.which(name) is None]
    if missing:
        assert os.environ.get("CI") != "true", f"{', '.join(missing)} missing"
        pytest.skip(f"{', '.join(missing)} not installed (Debian: mariadb-server)")
    # The path of its socket may be no longer than about 100 characters, so it is not below pytest's directory.
    directory = Path(tempfile.mkdtemp(prefix="maria"))
    subprocess.run(
        [
            "mariadb-install-db",
            "--no-defaults",
            "--user=root",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            f"--datadir={directory / 'data'}",
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    server = MariaDb(directory)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)


def copy_database(server: sa.URL, *, source: str, target: str) -> None:
    """Make a database with the tables, keys and rows of another."""
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("SET foreign_key_checks = 0")
        connection.exec_driver_sql(f"CREATE DATABASE {target}")
        names = [row[0] for row in connection.exec_driver_sql(f"SHOW TABLES FROM {source}")]
        made = [connection.exec_driver_sql(f"SHOW CREATE TABLE {source}.`{name}`").one()[1] for name in names]
        connection.exec_driver_sql(f"USE {target}")
        for name, statement in zip(names, made, strict=True):
            connection.exec_driver_sql(statement.replace("%", "%%"))
            connection.exec_driver_sql(f"INSERT INTO `{name}` SELECT * FROM {source}.`{name}`")  # noqa: S608 - own names
