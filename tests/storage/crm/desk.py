"""A CRM under test, and a look at its whole database behind its back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from bot.demo.crm_sample import metadata
from handlers.crm import Author
from storage.crm.changelog import NoLog, Write
from storage.crm.desk import SqlCrm

TODAY = date(2026, 11, 22)
MAP = Path(__file__).parents[3] / "bot" / "demo" / "crm.yaml"
# Keys of the sample's named people.
EMMA, JONAS, ANNA, ANN, JOANN, NAMESAKE = "1", "2", "3", "13", "14", "15"

Snapshot = dict[str, dict[object, dict[str, object]]]


class FileLog(NoLog):
    """Remembers in a file what was intended, for whatever process asks."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.touch()

    def intend(self, person: str, writes: Sequence[Write], *, operation: str, author: Author) -> str:
        """Keep what is about to be committed."""
        if writes:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{author.reference} {operation} {person}\n")
        return ""

    def intended(self, person: str, *, operation: str, author: Author) -> bool:
        """Was it kept?"""
        return f"{author.reference} {operation} {person}\n" in self._path.read_text(encoding="utf-8")


@dataclass(frozen=True)
class Desk:
    """The desk's view of a CRM, and the engine behind it."""

    crm: SqlCrm
    engine: sa.Engine

    def run(self, statement: str, **values: object) -> None:
        """Change the database behind the CRM's back."""
        with self.engine.begin() as connection:
            connection.execute(sa.text(statement), values)

    def rows(self) -> Snapshot:
        """Return every row of every table of the sample, by table and key."""
        with self.engine.connect() as connection:
            return {
                table.name: {row[0]: dict(row._mapping) for row in connection.execute(sa.select(table))}
                for table in metadata.sorted_tables
            }

    def statements(self, work: Callable[[], object]) -> int:
        """Return how many statements the work takes."""
        seen: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            seen.append(statement)

        sa.event.listen(self.engine, "before_cursor_execute", note)
        try:
            work()
        finally:
            sa.event.remove(self.engine, "before_cursor_execute", note)
        return len(seen)
