"""Reads a data map's file into frozen values."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError
from pathlib import Path
from types import MappingProxyType

from fideslang.models import Dataset
from pydantic import ValidationError

from storage.crm import joins, maptables, published
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
    """A data map's file as far as it could be read, one map a dataset; none where too little can be made of it."""

    source: Source
    maps: tuple[DataMap, ...]
    findings: tuple[Finding, ...]

    @property
    def map(self) -> DataMap | None:
        """The map of the first dataset, which leads."""
        return self.maps[0] if self.maps else None


@dataclass(frozen=True)
class _Part:
    """One dataset of the file, with what our section says of it."""

    dataset: Dataset
    own: HandlingEntry | None
    source: Source


def load(path: Path) -> DataMap:
    """Read and check the data map of one database. Raises MapError as `load_all`, and for several datasets."""
    map_, *others = load_all(path)
    if others:
        names = ", ".join(other.dataset for other in others)
        raise MapError(f"{path.name}: there is no database for {names}; name one for each dataset")
    return map_


def load_all(path: Path) -> tuple[DataMap, ...]:
    """Read and check a data map, the leading dataset first.

    Raises MapError that names file, line, key and remedy for everything found.
    """
    examined = examine(path)
    if examined.findings or not examined.maps:
        raise MapError.of(examined.findings)
    return examined.maps


def examine(path: Path) -> Examined:
    """Read a data map and say everything that is to be mended; raises MapError if it is no file or no YAML."""
    source = Source.read(path)
    maps, findings = _read(source)
    found = [*source.repeated(), *source.undecided(), *findings]
    return Examined(source, maps, tuple(sorted(found, key=lambda finding: finding.line)))


def _read(source: Source) -> tuple[tuple[DataMap, ...], list[Finding]]:
    try:
        file = MapFile.model_validate(source.values)
    except ValidationError as error:
        return (), [source.finding(entry["loc"], f"{entry['msg']}; correct the key") for entry in error.errors()]
    findings = list(joins.unknown_datasets(file, source))
    if findings:
        return (), findings
    parts = list(_parts(file, source))
    findings = [finding for part in parts for finding in _unknown(part, parts)]
    if findings:
        return (), findings
    return _joined(parts, source)


def _parts(file: MapFile, source: Source) -> Iterator[_Part]:
    for number, (entry, raw) in enumerate(zip(file.dataset, source.values["dataset"], strict=True)):
        dataset = published.in_file_order(entry, raw)
        if number == 0 or file.handling is None:
            yield _Part(dataset, file.handling, source)
        else:
            yield _Part(dataset, file.handling.of_other(dataset.fides_key), source.of_other(dataset.fides_key))


def _unknown(part: _Part, parts: Sequence[_Part]) -> Iterator[Finding]:
    beside = [other.dataset.fides_key for other in parts if other is not part]
    return unknown_names(part.dataset, part.own, part.source, beside=beside)


def _joined(parts: Sequence[_Part], source: Source) -> tuple[tuple[DataMap, ...], list[Finding]]:
    """Return the maps, each of the others joined to the first, and what is wrong with them."""
    maps: list[DataMap] = []
    for part in parts:
        map_, problem = _mapped(part)
        if map_ is None:
            return (), [part.source.finding(("dataset", part.dataset.fides_key), problem)]
        maps.append(map_)
    joined, findings = joins.join(maps, [part.dataset for part in parts], source)
    rules = (broken_rules(map_, part.source) for map_, part in zip(joined, parts, strict=True))
    return joined, [*findings, *(finding for found in rules for finding in found)]


def _mapped(part: _Part) -> tuple[DataMap | None, str]:
    """Return the map, or None and why there is none."""
    try:
        return _map(part.dataset, part.own, part.source), _NOBODY
    except CycleError as error:
        return None, f"references run in a circle ({' -> '.join(error.args[1])}); remove one of them"


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
