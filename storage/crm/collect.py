"""All mapped data of a person (Art. 15), one statement a table."""

import sqlalchemy as sa

from handlers.crm import Copy, TableCopy
from storage.crm.find import require
from storage.crm.schema import MappedDatabase
from storage.crm.walk import Condition, conditions


def collect(connection: sa.Connection, crm: MappedDatabase, key: str) -> Copy:
    """Return the copy, tables in the map's order; raises CrmError if nobody is there."""
    mine = conditions(crm, require(connection, crm, key))
    return Copy(tuple(_table(connection, crm, name, mine[name]) for name in crm.map.tables if name in mine))


def _table(connection: sa.Connection, crm: MappedDatabase, name: str, mine: Condition) -> TableCopy:
    handling = crm.map.handling(name)
    fields = [field for field in crm.map.tables[name].fields if field.personal]
    columns = tuple(field.name for field in fields)
    statement = sa.select(*crm.columns(name, columns)).where(mine).order_by(*crm.key(name))
    return TableCopy(
        name=name,
        label=handling.label,
        purpose=handling.purpose,
        recipients=handling.recipients,
        retention=handling.retention,
        columns=columns,
        column_labels=tuple(field.label for field in fields),
        rows=tuple(dict(row) for row in connection.execute(statement).mappings()),
        provided=handling.provided,
    )
