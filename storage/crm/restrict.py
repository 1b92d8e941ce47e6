"""Freezing a record (GDPR Art. 18): flags in the CRM, and what they keep Rightsdesk itself from doing."""

from collections.abc import Mapping

import sqlalchemy as sa

from handlers.crm import Action, CrmError, CrmRestricted, Done, Formerly
from storage.crm.changelog import Write
from storage.crm.find import require
from storage.crm.schema import MappedDatabase
from storage.crm.values import shown

Writes = list[Write]


def restrict(connection: sa.Connection, crm: MappedDatabase, key: str, writes: Writes) -> Done:
    """Set the flag, and the one that ends mailings; raises CrmError if nobody is there or the CRM has no such flag.

    `formerly` has the latter where it was not set before.
    """
    identity = crm.map.identity
    if not identity.restricted:
        raise CrmError("the data map names no flag of a restriction; add handling.identity.restricted")
    flags = [flag for flag in (identity.restricted, identity.suppressed) if flag]
    return _set(connection, crm, key, dict.fromkeys(flags, True), writes)


def lift(connection: sa.Connection, crm: MappedDatabase, key: str, writes: Writes, *, mailings: bool) -> Done:
    """Take the flag away, and with `mailings` the one that ended them; raises CrmError if nobody is there.

    The person has to be told before (Art. 18(3)): handlers.restriction sees to that.
    """
    identity = crm.map.identity
    flags = [identity.restricted] + [identity.suppressed] * mailings
    return _set(connection, crm, key, dict.fromkeys(filter(None, flags), False), writes)


def refuse_restricted(crm: MappedDatabase, row: sa.RowMapping) -> None:
    """Raise CrmRestricted if the record of an identity row is frozen."""
    flag = crm.map.identity.restricted
    if flag and row[flag]:
        raise CrmRestricted("the person's data are restricted (GDPR Art. 18); lift the restriction before they change")


def _set(connection: sa.Connection, crm: MappedDatabase, key: str, values: Mapping[str, bool], writes: Writes) -> Done:
    person = require(connection, crm, key)
    table = crm.tables[crm.map.identity.table]
    before = connection.execute(sa.select(*crm.columns(table.name, values)).where(person).with_for_update()).mappings()
    changed = {flag: old for row in before for flag, old in row.items() if bool(old) is not values[flag]}
    if changed:
        connection.execute(sa.update(table).where(person).values({flag: values[flag] for flag in changed}))
    for flag, new in values.items():
        writes.append(Write(Action.CHANGE, table.name, key, flag, shown(changed.get(flag, new)), shown(new)))
    ended = crm.map.identity.suppressed
    formerly = (Formerly(table.name, ((ended, shown(changed[ended])),)),) if ended in changed else ()
    return Done(steps=(crm.changed(table.name, int(bool(changed))),), formerly=formerly)
