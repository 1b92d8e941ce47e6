"""The processing activities that follow from a data map (GDPR Art. 30(1)): one a purpose."""

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.crm import Labels
from handlers.letters import pick
from storage.crm.datamap import Basis, DataMap, Handling, MappedTable


@dataclass(frozen=True)
class Activity:
    """What is done for one purpose, in one language."""

    purpose: str
    bases: tuple[Basis, ...]
    subjects: str
    data: tuple[str, ...]
    recipients: tuple[str, ...]
    third_countries: str
    retention: tuple[str, ...]
    security: str
    tables: tuple[str, ...]


def activities(map_: DataMap, language: str) -> tuple[Activity, ...]:
    """Return the activities in the order of the map; tables with the same purpose are one."""
    groups: dict[str, list[tuple[MappedTable, Handling]]] = {}
    for table in map_.tables.values():
        if table.handling is not None:
            groups.setdefault(pick(table.handling.purpose, language), []).append((table, table.handling))
    return tuple(_activity(map_, purpose, tables, language) for purpose, tables in groups.items())


def _activity(map_: DataMap, purpose: str, tables: Sequence[tuple[MappedTable, Handling]], language: str) -> Activity:
    handlings = [handling for _, handling in tables]
    identity = map_.handling(map_.identity.table)
    return Activity(
        purpose=purpose,
        bases=tuple(dict.fromkeys(handling.basis for handling in handlings if handling.basis)),
        subjects=pick(map_.subjects or identity.label, language),
        data=tuple(_data(table, handling, language) for table, handling in tables),
        recipients=_texts([handling.recipients for handling in handlings], language),
        third_countries=pick(map_.third_countries, language),
        retention=_texts([handling.retention for handling in handlings], language),
        security=pick(map_.security, language),
        tables=tuple(table.name for table, _ in tables),
    )


def _data(table: MappedTable, handling: Handling, language: str) -> str:
    labels = [pick(field.label, language) for field in table.fields if field.personal]
    return f"{pick(handling.label, language)}: {', '.join(labels)}"


def _texts(labels: Sequence[Labels], language: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for entry in labels if (text := pick(entry, language))))
