"""How tables are called where several databases are told of together: by their names, as far as those are unique."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from handlers.crm import Change, CrmConflict, Formerly, HeldNote, PlanStep, TableCopy
from storage.crm.datamap import DataMap

InTable = TypeVar("InTable", Change, Formerly, HeldNote, PlanStep)


class Names:
    """The tables of several maps; one whose name stands in two of them is called by its dataset too."""

    def __init__(self, maps: Sequence[DataMap]) -> None:
        counted = Counter(table for map_ in maps for table in map_.tables)
        self._shown = {
            (map_.dataset, table): table if counted[table] == 1 else f"{map_.dataset}.{table}"
            for map_ in maps
            for table in map_.tables
        }
        self._found = {shown: place for place, shown in self._shown.items()}

    def shown(self, dataset: str, value: InTable) -> InTable:
        """Return what a database says of one of its tables as it is told outside."""
        return replace(value, table=self._shown[dataset, value.table])

    def copied(self, dataset: str, copy: TableCopy) -> TableCopy:
        """Return a table's copy as it is told outside."""
        held = tuple(self.shown(dataset, note) for note in copy.held)
        return replace(copy, name=self._shown[dataset, copy.name], held=held)

    def found(self, change: Change) -> tuple[str, Change]:
        """Return the dataset that a change is of, and the change as its own database knows it; raises CrmConflict."""
        if change.table not in self._found:
            raise CrmConflict("the data map no longer has the table to correct; propose the correction again")
        dataset, table = self._found[change.table]
        return dataset, replace(change, table=table)
