"""Which consents a person gave or refused, when, and in which words: from where the map says that the CRM notes it."""

from collections.abc import Mapping
from datetime import date, datetime

import sqlalchemy as sa

from handlers.crm import ConsentGiven
from storage.crm.datamap import Consent, Given
from storage.crm.schema import MappedDatabase
from storage.crm.walk import Condition


def given(connection: sa.Connection, crm: MappedDatabase, mine: Mapping[str, Condition]) -> tuple[ConsentGiven, ...]:
    """Return the consents in the order of the map, the oldest first; one statement for each place in the map."""
    return tuple(
        entry
        for consent in crm.map.consent_types
        for place in consent.given
        for entry in _entries(connection, crm, mine, consent, place)
    )


def _entries(
    connection: sa.Connection, crm: MappedDatabase, mine: Mapping[str, Condition], consent: Consent, place: Given
) -> list[ConsentGiven]:
    table = crm.tables[place.table]
    columns = [table.c[name] for name in (place.granted, place.at, place.version) if name]
    chosen = [table.c[name] == value for name, value in place.where]
    order = [table.c[place.at]] if place.at else []
    statement = sa.select(*crm.key(place.table), *columns).where(mine[place.table], *chosen)
    rows = connection.execute(statement.order_by(*order, *crm.key(place.table))).mappings()
    return [_entry(consent, place, row) for row in rows]


def _entry(consent: Consent, place: Given, row: sa.RowMapping) -> ConsentGiven:
    day = _day(row[place.at]) if place.at else None
    wording = consent.wording(version=str(row[place.version] or "") if place.version else "", day=day)
    return ConsentGiven(
        consent=consent.name,
        channel=consent.channel,
        purpose=consent.purpose,
        granted=row[place.granted] in place.granted_values if place.granted else True,
        at=day,
        version=wording.version if wording else "",
        wording=wording.text if wording else {},
    )


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None
