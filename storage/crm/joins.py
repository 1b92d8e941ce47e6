"""How the datasets of one file hang together: the first one leads, the persons of each other one are joined to it."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from fideslang.models import Dataset

from storage.crm.datamap import DataMap, Finding, Joined, Link, Place
from storage.crm.mapcheck import Told, in_dataset
from storage.crm.mapfile import MapFile
from storage.crm.marks import HANDLING, Source
from storage.crm.published import outward

_EXAMPLE = "customer_number"  # of an identity


@dataclass(frozen=True)
class _Way:
    """A reference that leads out of its dataset, and where it stands."""

    link: Link
    dataset: str  # of the parent
    place: Place


def unknown_datasets(file: MapFile, source: Source) -> Iterator[Finding]:
    """Yield datasets that are described twice, lack our section, or have one without being there."""
    names = [entry.fides_key for entry in file.dataset]
    for name, count in Counter(names).items():
        if count > 1:
            yield source.finding(("dataset", name), "two datasets are called so; rename one")
    if file.handling is None:
        return
    for name in names[1:]:
        if name not in file.handling.others:
            yield source.finding(("dataset", name), f"only the first dataset is handled; add {HANDLING}.others.{name}")
    for name in file.handling.others:
        if name not in names[1:]:
            text = f"'{name}' is no dataset after the first; correct the name"
            yield source.finding((HANDLING, "others", name), text)


def join(
    maps: Sequence[DataMap], datasets: Sequence[Dataset], source: Source
) -> tuple[tuple[DataMap, ...], list[Finding]]:
    """Return the maps, each but the first joined to it, and what is wrong with the references between them."""
    leading, *others = maps
    names = [map_.dataset for map_ in maps]
    ways = {dataset.fides_key: list(_ways(map_, dataset, names)) for map_, dataset in zip(maps, datasets, strict=True)}
    told = [problem for map_ in maps for way in ways[map_.dataset] for problem in _wrong(leading, map_, way)]
    told += [problem for map_ in others for problem in _not_one(leading, map_, ways[map_.dataset])]
    joined = [_with(map_, ways[map_.dataset]) for map_ in others]
    told += [problem for map_ in joined for problem in _torn(leading, map_)]
    return (leading, *joined), [source.finding(place, text) for place, text in told]


def _ways(map_: DataMap, dataset: Dataset, names: Collection[str]) -> Iterator[_Way]:
    for link, name in outward(dataset):
        if name in names:
            yield _Way(link, name, in_dataset(map_, link.child, link.child_column))


def _with(map_: DataMap, ways: Sequence[_Way]) -> DataMap:
    return replace(map_, joined=Joined(ways[0].link.child_column, ways[0].link.parent_column)) if ways else map_


def _wrong(leading: DataMap, map_: DataMap, way: _Way) -> Iterator[Told]:
    start, there = map_.identity.table, leading.identity.table
    if map_ is leading:
        yield way.place, f"'{map_.dataset}' leads; let the persons of '{way.dataset}' refer to '{there}' instead"
    elif (way.dataset, way.link.parent) != (leading.dataset, there):
        yield way.place, f"persons are joined to '{leading.dataset}' only; refer to a column of '{there}' there"
    elif way.link.child != start:
        yield way.place, f"only '{start}', which stands for persons, can be joined; move the reference there"
    elif not (_identifies(leading, way.link.parent_column) and _identifies(map_, way.link.child_column)):
        text = "persons must be known by it on both sides; mark both columns with the same identity"
        yield way.place, f"{text}, such as {_EXAMPLE}"


def _identifies(map_: DataMap, column: str) -> bool:
    table = map_.tables[map_.identity.table]
    return column in table.key or any(field.name == column and field.identity for field in table.fields)


def _not_one(leading: DataMap, map_: DataMap, ways: Sequence[_Way]) -> Iterator[Told]:
    if len(ways) != 1:
        table = map_.identity.table
        text = f"exactly one reference must lead from '{table}' to '{leading.dataset}.{leading.identity.table}'"
        yield in_dataset(map_, table), f"{text}, to the e-mail address or a number; there are {len(ways)}"


def _torn(leading: DataMap, map_: DataMap) -> Iterator[Told]:
    """Yield the corrections by which the two sides of a join would part."""
    if map_.joined is None:
        return
    for field in leading.correctable:
        if _corrects(leading, field, map_.joined.leading_column) and not _corrects(map_, field, map_.joined.column):
            text = f"'{map_.dataset}' is joined by this; add it to {HANDLING}.others.{map_.dataset}.correctable too"
            yield (HANDLING, "correctable", field), text


def _corrects(map_: DataMap, field: str, column: str) -> bool:
    targets = map_.correctable.get(field, ())
    return any(target.table == map_.identity.table and column in dict(target.columns).values() for target in targets)
