"""What the law kept of erased persons goes when its day has come.

Nothing remembers those days. They follow from the kept rows and the law's table, as in the plan: so they hold after a
restore of either database, and when a law changes its period. The CRM needs no table of ours for them.
"""

from collections.abc import Iterator
from datetime import date

import sqlalchemy as sa

from handlers.crm import Action, Done
from storage.crm.changelog import Write
from storage.crm.dated import dated_keys
from storage.crm.erase import carry_out
from storage.crm.find import with_key
from storage.crm.plan import as_plan, kept, rows_of, survey
from storage.crm.remainder import refuse_gone
from storage.crm.rows import Key, batches, with_keys
from storage.crm.schema import MappedDatabase
from storage.crm.shells import gone
from storage.crm.walk import Condition, by_keys, persons_of


def due_erasures(connection: sa.Connection, crm: MappedDatabase, *, today: date) -> tuple[str, ...]:
    """Return the keys of erased persons with rows whose duty has ended, two statements a table with a duty."""
    shells = gone(crm)
    rows = by_keys(crm, shells)
    found: set[str] = set()
    for table in rows:
        duty = crm.map.handling(table).duty
        if duty is not None:
            dated = connection.execute(dated_keys(crm, table, duty).where(rows[table]))
            width = len(crm.key(table))
            ended = [tuple(row[:width]) for row in dated if kept(duty, row, today)[0] is Action.DELETE]
            found.update(_owners(connection, crm, table, ended, shells))
    return tuple(sorted(found))


def erase_due(connection: sa.Connection, crm: MappedDatabase, key: str, writes: list[Write], *, today: date) -> Done:
    """Erase what need not be kept any longer, within the caller's transaction; with the last row goes the shell.

    Whoever is on file, by now or again, is left alone. Raises CrmIncomplete; the caller then rolls back.
    """
    person = sa.and_(with_key(crm, key), gone(crm))
    connection.execute(sa.select(*crm.key(crm.map.identity.table)).where(person).with_for_update())
    fates = survey(connection, crm, rows_of(connection, crm, person), today=today)
    # What stays was made anonymous when the person was erased.
    ended = [fate for fate in fates if fate.action is Action.DELETE]
    carry_out(connection, crm, ended, writes)
    refuse_gone(connection, crm, fates)
    return Done(steps=as_plan(crm, ended, ()).steps)


def _owners(
    connection: sa.Connection, crm: MappedDatabase, table: str, keys: list[Key], shells: Condition
) -> Iterator[str]:
    column = crm.tables[crm.map.identity.table].c[crm.map.identity.key]
    for portion in batches(keys):
        owners = persons_of(crm, table, with_keys(crm, table, portion))
        yield from (str(key) for key in connection.scalars(sa.select(column).where(shells, owners)))
