"""Opens the databases of a data map: one, or one for each of its datasets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from handlers.crm import Author
from storage.crm.changelog import ChangeLog, NoLog, Write
from storage.crm.connect import open_engine
from storage.crm.datamap import DataMap, MapError
from storage.crm.desk import SqlCrm
from storage.crm.mapload import load_all
from storage.crm.notes import NoteGate
from storage.crm.several import SeveralCrms

FIRST = ""  # names the first dataset
OpenCrm = SqlCrm | SeveralCrms
Urls = Mapping[str, str]  # by dataset


def open_databases(
    urls: Urls, map_path: Path, *, gate: NoteGate | None = None, log: ChangeLog | None = None
) -> OpenCrm:
    """Join a data map's file with a database for each of its datasets; raises CrmError if something cannot be used."""
    maps = load_all(map_path)
    places = assign(urls, maps)
    leading, *others = maps
    first = SqlCrm(open_engine(places[leading.dataset]), leading, gate=gate, log=log)
    if not others:
        return first
    rest = (
        SqlCrm(open_engine(places[map_.dataset]), map_, gate=gate, log=_LogOfOther(log or NoLog(), map_.dataset))
        for map_ in others
    )
    return SeveralCrms([first, *rest])


def assign(urls: Urls, maps: Sequence[DataMap]) -> Urls:
    """Return each dataset's database; raises MapError for one that is missing, unknown or named twice."""
    first, *_ = names = [map_.dataset for map_ in maps]
    given = {name or first: url for name, url in sorted(urls.items())}
    problems = list(_misfits(given, names))
    if problems:
        raise MapError("\n".join(problems))
    return given


def _misfits(given: Urls, names: Sequence[str]) -> Iterator[str]:
    for name in names:
        if name not in given:
            yield f"no database is named for dataset '{name}'; add it to [crm] urls, or with --database {name}=URL"
    for name in given:
        if name not in names:
            yield f"there is no dataset '{name}' in the data map (there is {', '.join(names)}); correct the name"
    if len(set(given.values())) < len(given):
        # Two transactions on one database would wait for each other.
        yield "two datasets name the same database; tables of one database belong into one dataset"


class _LogOfOther:
    """The log, in which persons and rows of another dataset are not taken for those of the first."""

    def __init__(self, log: ChangeLog, dataset: str) -> None:
        self._log = log
        self._dataset = dataset

    def intend(self, person: str, writes: Sequence[Write], *, operation: str, author: Author) -> str:
        """Keep what is about to be committed."""
        named = [replace(write, key=self._named(write.key), person=self._named(write.person)) for write in writes]
        return self._log.intend(self._named(person), named, operation=operation, author=author)

    def written(self, batch: str) -> None:
        """Note that it was committed."""
        self._log.written(batch)

    def intended(self, person: str, *, operation: str, author: Author) -> bool:
        """Is such a try kept?"""
        return self._log.intended(self._named(person), operation=operation, author=author)

    def _named(self, key: str) -> str:
        return f"{self._dataset}:{key}" if key else ""
