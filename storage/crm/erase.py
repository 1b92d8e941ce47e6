"""Carries a deletion out: one transaction, children before parents, every row counted, traces searched at the end."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from handlers.crm import Action, CrmConflict, CrmIncomplete, Done, Plan
from storage.crm.cascades import refuse_cascades
from storage.crm.changelog import Write
from storage.crm.fates import Fate
from storage.crm.find import on_file, with_key
from storage.crm.likely import unsearched
from storage.crm.plan import as_plan, rows_of, survey, whose
from storage.crm.proof import leftovers
from storage.crm.remainder import refuse_undone
from storage.crm.removal import circular, removal_order
from storage.crm.replace import replacement
from storage.crm.restrict import refuse_restricted
from storage.crm.rows import Key, as_text, batches, with_keys
from storage.crm.schema import MappedDatabase
from storage.crm.traces import traces
from storage.crm.walk import Condition


def delete(
    connection: sa.Connection,
    crm: MappedDatabase,
    key: str,
    plan: Plan,
    writes: list[Write],
    *,
    today: date,
    resumed: bool,
    deep: bool = False,
    also: Sequence[str] = (),
) -> Done:
    """Carry the plan out and prove it, within the caller's transaction.

    1. Lock the person, so that nothing new is filed under them meanwhile. 2. See whether an earlier call has
    committed. 3. Compare the rows with the approved plan. 4. Erase. 5. Search for traces.
    `resumed`: such a call came as far as its commit; without one, that nobody is there proves nothing of their rows.
    `also` are traces that another database knows the person by. Raises CrmConflict, CrmRestricted or CrmIncomplete;
    the caller then rolls back.
    """
    row = on_file(connection, crm, key, locked=True)
    mine = rows_of(connection, crm, with_key(crm, key))
    fates = survey(connection, crm, mine, today=today)
    if row is not None:
        refuse_restricted(crm, row)
        current = as_plan(crm, fates, traces(connection, crm, mine, row), whose=whose(crm, row))
        _refuse_other_rows(plan, current)
        carry_out(connection, crm, fates, writes)
    elif not resumed:
        raise CrmConflict(
            "the person is no longer on file, and nothing says that this erasure took them: look for what was left"
        )
    refuse_leftovers(connection, crm, tuple(dict.fromkeys([*plan.traces, *also])), fates=fates, deep=deep)
    return Done(steps=plan.steps, unsearched=unsearched(connection) if deep else ())


def carry_out(connection: sa.Connection, crm: MappedDatabase, fates: Sequence[Fate], writes: list[Write]) -> None:
    """Do to the rows what was decided, children first, and say in `writes` to which.

    Raises CrmIncomplete unless exactly these were affected, MapError if the database would do more.
    """
    fates = [fate for fate in fates if not fate.shared]
    refuse_cascades(connection, crm, fates)
    places = {table: place for place, table in enumerate(removal_order(crm))}
    for fate, columns in circular(crm, fates, places):
        for keys in batches(fate.keys):
            _let_go(connection, crm, fate, keys, columns)
    for fate in sorted(fates, key=lambda fate: places[fate.table]):
        _carry_out(connection, crm, fate)
        if fate.action is not Action.KEEP or crm.map.tables[fate.table].erased_fields():
            writes.extend(Write(fate.action, fate.table, as_text(key)) for key in fate.keys)
    refuse_undone(connection, crm, fates)


def refuse_leftovers(
    connection: sa.Connection, crm: MappedDatabase, found: Sequence[str], *, fates: Sequence[Fate], deep: bool = False
) -> None:
    """Raise CrmIncomplete, naming the places, if one of these traces is still there."""
    places = leftovers(connection, crm, found, fates=fates, deep=deep)
    if places:
        raise CrmIncomplete(f"traces were left in {', '.join(places)}; nothing was committed", places=places)


def _refuse_other_rows(approved: Plan, current: Plan) -> None:
    # The identifiers count too: a key may have been given to somebody else since.
    if (current.fingerprint, current.traces) != (approved.fingerprint, approved.traces):
        raise CrmConflict("the person's rows changed since the plan was made; plan again")


def _let_go(
    connection: sa.Connection, crm: MappedDatabase, fate: Fate, keys: Sequence[Key], columns: Sequence[str]
) -> None:
    table = crm.tables[fate.table]
    filled = sa.or_(*(table.c[column].is_not(None) for column in columns))
    chosen = with_keys(crm, fate.table, keys)
    connection.execute(sa.update(table).where(chosen, filled).values(dict.fromkeys(columns)))


def _carry_out(connection: sa.Connection, crm: MappedDatabase, fate: Fate) -> None:
    try:
        affected = sum(_affect(connection, crm, fate, keys) for keys in batches(fate.keys))
    except sa.exc.IntegrityError:
        # The driver's own text quotes the row.
        raise CrmIncomplete(
            f"a constraint of the CRM database refused to {fate.action} rows of {fate.table}; nothing was committed"
        ) from None
    if affected != len(fate.keys):
        raise CrmIncomplete(
            f"{fate.action} in {fate.table} affected {affected} rows instead of {len(fate.keys)}; nothing was committed"
        )


def _affect(connection: sa.Connection, crm: MappedDatabase, fate: Fate, keys: Sequence[Key]) -> int:
    table = crm.tables[fate.table]
    chosen = with_keys(crm, fate.table, keys)
    if fate.action is Action.DELETE:
        return connection.execute(sa.delete(table).where(chosen)).rowcount
    values = {**_values(connection, crm, fate.table, chosen), **dict.fromkeys(fate.loosened)}
    if not values:
        return len(keys)
    return connection.execute(sa.update(table).where(chosen).values(values)).rowcount


def _values(connection: sa.Connection, crm: MappedDatabase, table: str, chosen: Condition) -> dict[str, object]:
    values = {
        name: replacement(connection, crm.tables[table].c[name], erasure, chosen=chosen, key=crm.key(table))
        for name, erasure in crm.map.tables[table].erased_fields().items()
    }
    identity = crm.map.identity
    if table == identity.table:
        # What the law keeps of an erased person is locked away (GDPR Art. 18).
        values |= dict.fromkeys(identity.flags(), True)
    return values
