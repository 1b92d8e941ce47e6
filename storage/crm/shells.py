"""What an erasure leaves of persons of whom a law keeps something: their identity rows, as empty shells."""

import sqlalchemy as sa

from storage.crm.datamap import Erasure
from storage.crm.replace import ERASED_PREFIX, REDACTED
from storage.crm.schema import MappedDatabase


def gone(crm: MappedDatabase) -> sa.ColumnElement[bool]:
    """Return the condition that picks identity rows that only stay as empty shells."""
    identity = crm.map.identity
    columns = crm.tables[identity.table].c
    if identity.erased:
        return columns[identity.erased].is_(sa.true())
    # A CRM without such a flag: the shell is known by what erasing wrote into it.
    erasures = crm.map.tables[identity.table].erased_fields().items()
    marks = [columns[name] == REDACTED for name, erasure in erasures if erasure is Erasure.REDACT]
    marks += [columns[name].startswith(ERASED_PREFIX) for name, erasure in erasures if erasure is Erasure.RANDOM]
    return sa.and_(*marks) if marks else sa.false()
