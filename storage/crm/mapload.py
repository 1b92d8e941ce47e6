"""Reads a data map's file into frozen values."""

from dataclasses import dataclass, replace
from graphlib import CycleError
from pathlib import Path
from types import MappingProxyType

from fideslang.models import Dataset
from pydantic import ValidationError

from storage.crm import maptables, published
from storage.crm.datamap import DataMap, Finding, Identity, MapError, MappedTable
from storage.crm.links import addresses, likely_identity, resolve
from storage.crm.mapcheck import broken_rules, unknown_names
from storage.crm.mapfile import HandlingEntry, IdentityEntry, MapFile
from storage.crm.mapuses import consent_types, correctable, stops
from storage.crm.marks import Source
from storage.crm.walk import in_order

_NOBODY = "no table stands for persons: mark one's primary_key and its address with identity: email"


@dataclass(frozen=True)
class Examined:
    """A data map's file as far as it could be read; `map` is None where too little can be made of it."""

    source: Source
    map: DataMap | None
    findings: tuple[Finding, ...]


def load(path: Path) -> DataMap:
    """Read and check a data map; raises MapError that names file, line, key and remedy for everything found."""
    examined = examine(path)
    if examined.findings or examined.map is None:
        raise MapError.of(examined.findings)
    return examined.map


def examine(path: Path) -> Examined:
    """Read a data map and say everything that is to be mended; raises MapError if it is no file or no YAML."""
    source = Source.read(path)
    map_, findings = _read(source)
    found = [*source.repeated(), *source.undecided(), *findings]
    return Examined(source, map_, tuple(sorted(found, key=lambda finding: finding.line)))


def _read(source: Source) -> tuple[DataMap | None, list[Finding]]:
    try:
        file = MapFile.model_validate(source.values)
    except ValidationError as error:
        return None, [source.finding(entry["loc"], f"{entry['msg']}; correct the key") for entry in error.errors()]
    findings = list(unknown_names(file, source))
    if findings:
        return None, findings
    dataset = published.in_file_order(file.dataset[0], source.values["dataset"][0])
    try:
        map_ = _map(dataset, file.handling, source)
    except CycleError as error:
        text = f"references run in a circle ({' -> '.join(error.args[1])}); remove one of them"
        return None, [source.finding(("dataset",), text)]
    if map_ is None:
        return None, [source.finding(("dataset",), _NOBODY)]
    return map_, list(broken_rules(map_, source))


def _map(dataset: Dataset, own: HandlingEntry | None, source: Source) -> DataMap | None:
    """Return the map, None if no table stands for persons; raises CycleError."""
    collections = published.collections(dataset)
    handled = own.tables if own else {}
    tables = maptables.with_followed_duties(
        {entry.name: maptables.table(dataset, entry, handled.get(entry.name)) for entry in collections}
    )
    references = [reference for entry in collections for reference in published.references(entry, dataset.fides_key)]
    start = own.identity.table if own else likely_identity(references, tables)
    if start not in tables:
        return None
    links = resolve(references, tables, start)
    order = in_order(links, start)
    if own is None:
        tables = maptables.with_defaults(dataset, tables, order)
    map_ = DataMap(
        tables=MappingProxyType(tables),
        links=links,
        order=order,
        identity=_identity(own.identity if own else _likely_columns(tables[start]), tables[start]),
        consents={},
        correctable={},
        locate=source.finding,
        dataset=dataset.fides_key,
        read_only=own is None,
    )
    return _handled(map_, own) if own else map_


def _handled(map_: DataMap, own: HandlingEntry) -> DataMap:
    return replace(
        map_,
        consents=stops(own),
        correctable=correctable(own),
        consent_types=consent_types(own),
        languages=own.languages,
        not_personal=frozenset(own.not_personal),
        security=own.records.security,
        third_countries=own.records.third_countries,
        subjects=own.records.subjects,
    )


def _identity(entry: IdentityEntry, table: MappedTable) -> Identity:
    return Identity(key=table.key[0] if table.key else "", emails=addresses(table), **entry.model_dump())


def _likely_columns(table: MappedTable) -> IdentityEntry:
    """Return what a file without handling says of the columns that the desk needs: the names, by their category."""
    names = tuple(field.name for field in table.fields if any(map(published.is_name, field.categories)))
    return IdentityEntry(table=table.name, name=names)
