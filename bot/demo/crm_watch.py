"""What changed in the CRM since the demonstration began: the tables compared row by row."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.demo.page_world import CrmChangeView

Row = dict[str, Any]
Snapshot = dict[str, dict[object, Row]]
DESCRIBED_COLUMNS = 4


class CrmWatch:
    """Takes snapshots of a small database and remembers the differences."""

    def __init__(self, engine: sa.Engine, metadata: sa.MetaData) -> None:
        self._engine = engine
        self._metadata = metadata
        self._last = self._snapshot()
        self.changes: list[CrmChangeView] = []

    def look(self, now: datetime) -> bool:
        """Compare with the last look; return whether anything changed."""
        snapshot = self._snapshot()
        found = [change for table in snapshot for change in _differences(table, self._last, snapshot, now)]
        self._last = snapshot
        self.changes = found + self.changes
        return bool(found)

    def _snapshot(self) -> Snapshot:
        with self._engine.connect() as connection:
            return {
                table.name: {
                    tuple(row[column.name] for column in table.primary_key): dict(row)
                    for row in connection.execute(sa.select(table)).mappings()
                }
                for table in self._metadata.sorted_tables
            }


def _differences(table: str, before: Snapshot, after: Snapshot, now: datetime) -> Iterator[CrmChangeView]:
    old, new = before.get(table, {}), after[table]
    for key in old.keys() - new.keys():
        yield CrmChangeView(now, table, "delete", "", _described(old[key]), "")
    for key in new.keys() - old.keys():
        yield CrmChangeView(now, table, "insert", "", "", _described(new[key]))
    for key in old.keys() & new.keys():
        for column, value in new[key].items():
            if value != old[key][column]:
                yield CrmChangeView(now, table, _action(column, value), column, _text(old[key][column]), _text(value))


def _action(column: str, value: object) -> str:
    if column in {"restricted", "no_marketing", "granted", "withdrawn_on"}:
        return "restrict" if column == "restricted" else "suppress"
    return "anonymise" if value in {None, ""} or column == "erased" else "correct"


def _described(row: Row) -> str:
    filled = [_text(value) for name, value in row.items() if value not in {None, ""} and not name.endswith("id")]
    return " · ".join(filled[:DESCRIBED_COLUMNS])


def _text(value: object) -> str:
    return "" if value is None else str(value)
