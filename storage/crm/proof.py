"""The search after an erasure: no mapped text may still hold one of the person's identifiers."""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from storage.crm.datamap import MappedTable
from storage.crm.match import holds_token, lower_all
from storage.crm.plan import Fate
from storage.crm.rows import Key
from storage.crm.schema import MappedDatabase

_SEARCHED = (sa.String, sa.JSON, sa.ARRAY)


def leftovers(
    connection: sa.Connection, crm: MappedDatabase, traces: Sequence[str], *, kept: Sequence[Fate]
) -> tuple[str, ...]:
    """Return every "table.column" that holds a trace as a whole token, in anybody's rows; one statement a table.

    Fields that stay on rows kept by law are no leftovers: the proof names them with their law instead.
    """
    if not traces:
        return ()
    found: list[str] = []
    for mapped in crm.map.tables.values():
        lawful = {key for fate in kept if fate.table == mapped.name for key in fate.keys}
        found.extend(f"{mapped.name}.{column}" for column in _hits(connection, crm, mapped, traces, lawful))
    return tuple(found)


def _hits(
    connection: sa.Connection, crm: MappedDatabase, mapped: MappedTable, traces: Sequence[str], lawful: set[Key]
) -> Iterator[str]:
    columns = crm.tables[mapped.name].c
    names = [field.name for field in mapped.fields if isinstance(columns[field.name].type, _SEARCHED)]
    if not names:
        return
    texts = [sa.cast(columns[name], sa.Text) for name in names]
    # The database narrows down by substring; only a whole token counts as found.
    likely = [lower_all(text).contains(trace, autoescape=True) for text in texts for trace in traces]
    key = crm.key(mapped.name)
    rows = connection.execute(sa.select(*key, *texts).where(sa.or_(*likely))).all()
    for place, name in enumerate(names, start=len(key)):
        excused = set() if name in mapped.erased_fields() else lawful
        if any(_holds(row[place], traces) and tuple(row[: len(key)]) not in excused for row in rows):
            yield name


def _holds(text: object, traces: Sequence[str]) -> bool:
    return isinstance(text, str) and any(holds_token(text, trace) for trace in traces)
