"""Reads a data map's file into frozen values."""

from graphlib import CycleError
from pathlib import Path
from types import MappingProxyType

import yaml
from pydantic import ValidationError

from storage.crm.datamap import (
    EMAIL,
    DataMap,
    Duty,
    Field,
    Handling,
    Identity,
    Link,
    MapError,
    MappedTable,
    Stop,
    Target,
)
from storage.crm.mapcheck import broken_rules, unknown_names
from storage.crm.mapfile import (
    CollectionEntry,
    DutyEntry,
    HandlingEntry,
    IdentityEntry,
    MapFile,
    StopEntry,
    TableEntry,
    TargetEntry,
)
from storage.crm.walk import in_order

PERSONAL = "user"  # the root of every category of personal data in the Fides taxonomy


def load(path: Path) -> DataMap:
    """Read and check a data map; raises MapError that names file, key and remedy for everything found."""
    file = _parse(path)
    _refuse(path, list(unknown_names(file)))
    links = _links(file)
    try:
        order = in_order(links, file.handling.identity.table)
    except CycleError as error:
        round_trip = " -> ".join(error.args[1])
        raise MapError(f"{path.name}: dataset: references run in a circle ({round_trip}); remove one of them") from None
    map_ = _map(file, links, order)
    _refuse(path, list(broken_rules(map_, file.handling.languages)))
    return map_


def _parse(path: Path) -> MapFile:
    try:
        return MapFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise MapError(f"{path}: the data map cannot be read ({error.strerror}); correct its path") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise MapError(f"{path.name}: line {line}: not valid YAML ({error.problem}); correct the line") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise MapError(f"{path.name}: not a text file in UTF-8; save it as one") from None
    except ValidationError as error:
        found = (f"{'.'.join(map(str, entry['loc']))}: {entry['msg']}" for entry in error.errors())
        raise MapError("\n".join(f"{path.name}: {text}; correct the key" for text in found)) from None


def _refuse(path: Path, findings: list[str]) -> None:
    if findings:
        raise MapError("\n".join(f"{path.name}: {finding}" for finding in findings))


def _links(file: MapFile) -> tuple[Link, ...]:
    links = []
    for collection in file.dataset[0].collections:
        for field in collection.fields:
            for reference in field.fides_meta.references:
                there = tuple(reference.field.split("."))
                here = (collection.name, field.name)
                parent, child = (there, here) if reference.direction == "from" else (here, there)
                links.append(Link(*parent, *child))
    return tuple(links)


def _map(file: MapFile, links: tuple[Link, ...], order: tuple[str, ...]) -> DataMap:
    own = file.handling
    tables = {entry.name: _table(entry, own.tables.get(entry.name)) for entry in file.dataset[0].collections}
    return DataMap(
        tables=MappingProxyType(tables),
        links=links,
        order=order,
        identity=_identity(own.identity, tables[own.identity.table]),
        consents=_consents(own),
        correctable=_correctable(own),
    )


def _table(collection: CollectionEntry, entry: TableEntry | None) -> MappedTable:
    labels = entry.columns if entry else {}
    fields = tuple(
        Field(
            name=field.name,
            personal=any(category.split(".")[0] == PERSONAL for category in field.data_categories),
            identity=field.fides_meta.identity,
            label=labels.get(field.name, {}),
        )
        for field in collection.fields
    )
    key = tuple(field.name for field in collection.fields if field.fides_meta.primary_key)
    return MappedTable(name=collection.name, key=key, fields=fields, handling=_handling(entry) if entry else None)


def _handling(entry: TableEntry) -> Handling:
    return Handling(
        label=entry.label,
        purpose=entry.purpose,
        recipients=entry.recipients,
        retention=entry.retention,
        provided=entry.provided,
        erase=entry.erase,
        erasures=MappingProxyType(entry.fields),
        duty=_duty(entry.duty) if entry.duty else None,
    )


def _duty(entry: DutyEntry) -> Duty:
    return Duty(**entry.model_dump())


def _identity(entry: IdentityEntry, table: MappedTable) -> Identity:
    emails = tuple(field.name for field in table.fields if field.identity == EMAIL)
    return Identity(key=table.key[0] if table.key else "", emails=emails, **entry.model_dump())


def _consents(own: HandlingEntry) -> MappingProxyType[str, tuple[Stop, ...]]:
    def stop(entry: StopEntry) -> Stop:
        return Stop(table=entry.table, where=tuple(entry.where.items()), values=tuple(entry.values.items()))

    return MappingProxyType({name: tuple(map(stop, stops)) for name, stops in own.consents.items()})


def _correctable(own: HandlingEntry) -> MappingProxyType[str, tuple[Target, ...]]:
    def target(entry: TargetEntry) -> Target:
        whole = {"": entry.column} if entry.column else {}
        return Target(
            table=entry.table,
            columns=tuple((whole | entry.parts).items()),
            where=tuple(entry.where.items()),
        )

    return MappingProxyType({name: tuple(map(target, targets)) for name, targets in own.correctable.items()})
