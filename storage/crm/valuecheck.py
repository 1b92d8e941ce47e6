"""Whether the values that a data map writes or looks for can stand in their columns."""

from collections.abc import Iterable, Iterator, Mapping

from storage.crm.datamap import DataMap, Place
from storage.crm.mapcheck import Told
from storage.crm.sample import LiveTable
from storage.crm.schema import as_used

Pairs = Iterable[tuple[str, object]]
# Python's class of a column's type, what a value of the file may be, and how to write it.
_TAKES: Mapping[type, tuple[tuple[type, ...], str]] = {
    bool: ((bool,), "true or false"),
    int: ((int,), "a whole number"),
    str: ((str,), "a text, in quotation marks"),
}


def misfits(map_: DataMap, live: Mapping[str, LiveTable]) -> Iterator[Told]:
    """Yield the values of consents and corrections that the columns' types do not allow, each with its place."""
    for place, table, pairs in _written(map_):
        for column, value in pairs if table in live else ():
            wanted = _wanted(live[table], column, value)
            if wanted:
                yield place, f"{value!r} cannot stand in column '{table}.{column}'; write {wanted}"


def _written(map_: DataMap) -> Iterator[tuple[Place, str, Pairs]]:
    for name, stops in map_.consents.items():
        for stop in stops:
            yield ("handling", "consents", name), stop.table, (*stop.where, *stop.values)
    for consent in map_.consent_types:
        for given in consent.given:
            granted = ((given.granted, value) for value in given.granted_values if given.granted)
            yield ("handling", "consents", consent.name, "given"), given.table, (*given.where, *granted)
    for field, targets in map_.correctable.items():
        for target in targets:
            yield ("handling", "correctable", field), target.table, target.where


def _wanted(table: LiveTable, column: str, value: object) -> str:
    """Return how a value of the column is written, "" if this one is."""
    if value is None or column not in table.columns:
        return ""
    try:
        kind = as_used(table.columns[column]["type"]).python_type
    except NotImplementedError:
        return ""
    classes, words = _TAKES.get(kind, ((), ""))
    return "" if not classes or isinstance(value, classes) else words
