"""Carries a deletion out: one transaction, children before parents, every row counted, traces searched at the end."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from handlers.crm import Action, CrmConflict, CrmIncomplete, Done, Plan
from storage.crm.find import find_by_key, with_key
from storage.crm.plan import Fate, as_plan, survey, traces
from storage.crm.proof import leftovers
from storage.crm.replace import replacement
from storage.crm.rows import Key, batches, with_keys
from storage.crm.schema import MappedDatabase
from storage.crm.walk import Condition


def delete(connection: sa.Connection, crm: MappedDatabase, key: str, plan: Plan, *, today: date, resumed: bool) -> Done:
    """Carry the plan out and prove it, within the caller's transaction.

    1. Lock the person, so that nothing new is filed under them meanwhile. 2. See whether an earlier call has
    committed. 3. Compare the rows with the approved plan. 4. Erase. 5. Search for traces.
    Raises CrmConflict or CrmIncomplete; the caller then rolls back.
    """
    person = with_key(crm, key)
    connection.execute(sa.select(*crm.key(crm.map.identity.table)).where(person).with_for_update())
    fates = survey(connection, crm, person, today=today)
    if find_by_key(connection, crm, key) is not None:
        _refuse_other_rows(plan, as_plan(crm, fates, traces(connection, crm, person)))
        for fate in fates:
            _carry_out(connection, crm, fate)
    elif not resumed:
        raise CrmConflict("the person is no longer on file; plan again")
    found = leftovers(connection, crm, plan.traces, kept=[fate for fate in fates if fate.action is Action.KEEP])
    if found:
        raise CrmIncomplete(f"traces were left in {', '.join(found)}; nothing was committed", places=found)
    return Done(steps=plan.steps)


def _refuse_other_rows(approved: Plan, current: Plan) -> None:
    # The identifiers count too: a key may have been given to somebody else since.
    if (current.fingerprint, current.traces) != (approved.fingerprint, approved.traces):
        raise CrmConflict("the person's rows changed since the plan was made; plan again")


def _carry_out(connection: sa.Connection, crm: MappedDatabase, fate: Fate) -> None:
    affected = sum(_affect(connection, crm, fate, keys) for keys in batches(fate.keys))
    if affected != len(fate.keys):
        raise CrmIncomplete(
            f"{fate.action} in {fate.table} affected {affected} rows instead of {len(fate.keys)}; nothing was committed"
        )


def _affect(connection: sa.Connection, crm: MappedDatabase, fate: Fate, keys: Sequence[Key]) -> int:
    table = crm.tables[fate.table]
    chosen = with_keys(crm, fate.table, keys)
    if fate.action is Action.DELETE:
        return connection.execute(sa.delete(table).where(chosen)).rowcount
    values = _values(connection, crm, fate.table, chosen)
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
        values |= {identity.erased: True, identity.restricted: True}
    return values
