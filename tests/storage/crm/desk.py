"""A CRM under test, and a look at its whole database behind its back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from bot.demo.crm_sample import metadata
from storage.crm.desk import SqlCrm

TODAY = date(2026, 11, 22)
MAP = Path(__file__).parents[3] / "bot" / "demo" / "crm.yaml"
# Keys of the sample's named people.
EMMA, JONAS, ANNA, ANN, JOANN, NAMESAKE = "1", "2", "3", "13", "14", "15"

Snapshot = dict[str, dict[object, dict[str, object]]]


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
