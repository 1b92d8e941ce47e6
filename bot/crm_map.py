"""`rightsdesk crm map`, `check`, `show` and `records`: the data map drafted, checked, drawn and exported."""

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track
from rich.text import Text
from rich.tree import Tree
from sqlalchemy import make_url

from bot.crm_commands import DatabaseOption, MapOption, company, crm_app, home_country, map_place, places
from bot.records_export import Format, export
from bot.settings import FILE
from bot.terminal import PROBLEM, ConfigOption, JsonOption, err, out, print_json, told
from storage.crm import activities, draft, draw, livecheck
from storage.crm.connect import open_engine, reading
from storage.crm.databases import assign
from storage.crm.datamap import DataMap, Finding, MapError
from storage.crm.draftwrite import write
from storage.crm.mapload import examine

COLOURS = {"delete": "red", "anonymise": "yellow", "keep": "green"}
CountryOption = Annotated[
    str, typer.Option("--country", help="Whose telephone numbers have no +; the settings' country if not given.")
]


class Picture(StrEnum):
    """How a data map is drawn."""

    TREE = "tree"
    MERMAID = "mermaid"
    SVG = "svg"


@crm_app.command("map")
def map_(
    *,
    to: Annotated[Path, typer.Option("--out", "-o", help="The file to write; one that exists is not replaced.")] = Path(
        "crm.yaml"
    ),
    language: Annotated[
        list[str] | None, typer.Option(help="A language of your letters; may be given several times. Default: en.")
    ] = None,
    country: CountryOption = "",
    database: DatabaseOption = None,
    config: ConfigOption = FILE,
) -> None:
    """Write a first draft of the data map by looking at the database: tables, references, names and some rows.

    Every value that a person has to decide is a question mark, with the line named by `rightsdesk crm check`.
    Nothing is written to the database. Exit status 2 if the file is there already.
    """
    with told():
        if to.exists():
            raise MapError(f"{to} is there already; give another file with --out, or remove it first")
        url = _only(places(database, to, config)[0])
        engine = open_engine(url)
        with reading(engine) as connection:
            found = draft.look(connection, today=_today(), country=country or home_country(config), watch=_watch())
        engine.dispose()
        to.write_text(write(found, name=_key(url), languages=language or ["en"]), encoding="utf-8")
        open_points = len(examine(to).findings)
    described = len(found.tables)
    out.print(
        f"Wrote {to}: {described} tables, persons in '{found.identity}', {open_points} points to decide.\n"
        f"Next: rightsdesk crm check --map {to}, and `rightsdesk crm show` to see how the tables hang together.",
        highlight=False,
        markup=False,
    )


@crm_app.command()
def check(
    *,
    country: CountryOption = "",
    database: DatabaseOption = None,
    map_file: MapOption = None,
    config: ConfigOption = FILE,
    as_json: JsonOption = False,
) -> None:
    """Check the data map, alone and against the database; every point is named with its line. Exit status 1 if any.

    Besides names and keys, some rows of each table are looked at: a column that looks personal and is not mapped so
    is named too.
    """
    with told():
        urls, path = places(database, map_file, config)
        examined = examine(path)
        findings = list(examined.findings)
        places_of = assign(urls, examined.maps) if examined.maps else {}
        for map_ in examined.maps:
            findings += _compare(places_of[map_.dataset], map_, country or home_country(config))
    _print_findings(sorted(findings, key=lambda finding: finding.line), as_json=as_json)
    if not findings and not as_json:
        out.print(f"The data map fits the database: {path}", markup=False, highlight=False)
    raise typer.Exit(PROBLEM if findings else 0)


@crm_app.command()
def show(
    *,
    picture: Annotated[Picture, typer.Option("--format", help="tree for the terminal, mermaid or svg.")] = Picture.TREE,
    dataset: Annotated[
        str, typer.Option(help="Of a map with several datasets the one to draw; the first if not given.")
    ] = "",
    map_file: MapOption = None,
    config: ConfigOption = FILE,
    as_json: JsonOption = False,
) -> None:
    """Draw the data map: which tables hang on a person, by which column, and what erasing does to them.

    The database is not needed. Pictures go to standard output: rightsdesk crm show --format svg > map.svg
    """
    with told():
        drawn = _chosen(_examined(map_place(map_file, config)), dataset)
    if as_json:
        print_json(dataclasses.asdict(draw.tree(drawn)))
    elif picture is Picture.TREE:
        out.print(_tree(drawn))
    else:
        print(draw.mermaid(drawn) if picture is Picture.MERMAID else draw.svg(drawn), end="")  # noqa: T201


@crm_app.command()
def records(
    *,
    shape: Annotated[Format, typer.Option("--format", help="xlsx, json or md.")] = Format.MD,
    to: Annotated[
        Path | None, typer.Option("--out", "-o", help="The file to write; without it, md and json are printed.")
    ] = None,
    language: Annotated[str, typer.Option(help="The language of the texts.")] = "en",
    map_file: MapOption = None,
    config: ConfigOption = FILE,
) -> None:
    """Export the records of processing activities (GDPR Art. 30) that follow from the data map, one row a purpose."""
    with told():
        maps = _examined(map_place(map_file, config))
        content = export(
            [activity for map_ in maps for activity in activities.activities(map_, language)],
            shape=shape,
            language=language,
            controller=company(config),
            day=_today(),
        )
        if to is None and shape is Format.XLSX:
            raise MapError("a spreadsheet needs a file; name it with --out")
    if to is not None:
        to.write_bytes(content)
        return
    print(content.decode(), end="")  # noqa: T201  (the output)


def _only(urls: Mapping[str, str]) -> str:
    url, *others = urls.values()
    if others:
        raise MapError("a draft is made of one database; name it with --database URL")
    return url


def _examined(path: Path) -> tuple[DataMap, ...]:
    """Return the maps of a file, the leading one first; raises MapError if none can be made of it."""
    examined = examine(path)
    if not examined.maps:
        raise MapError.of(examined.findings)
    return examined.maps


def _chosen(maps: Sequence[DataMap], dataset: str) -> DataMap:
    found = next((map_ for map_ in maps if dataset in ("", map_.dataset)), None)
    if found is None:
        known = ", ".join(map_.dataset for map_ in maps)
        raise MapError(f"there is no dataset '{dataset}' in the data map; there is {known}")
    return found


def _compare(url: str, map_: DataMap, country: str) -> list[Finding]:
    engine = open_engine(url)
    try:
        with reading(engine) as connection:
            return livecheck.compare(
                connection, map_, look=livecheck.Look(today=_today(), country=country, watch=_watch())
            )
    finally:
        engine.dispose()


def _print_findings(findings: list[Finding], *, as_json: bool) -> None:
    if as_json:
        print_json([dataclasses.asdict(finding) for finding in findings])
        return
    for finding in findings:
        out.print(str(finding), markup=False, highlight=False, soft_wrap=True)


def _watch() -> Callable[[Iterable[str]], Iterable[str]]:
    def watch(tables: Iterable[str]) -> Iterable[str]:
        description = "Looking at tables"
        return track(list(tables), description, console=err, transient=True, disable=not err.is_terminal)

    return watch


def _tree(map_: DataMap) -> Tree:
    root = Tree(Text(map_.dataset, style="bold"))
    _grow(root, draw.tree(map_))
    for name in draw.alone(map_):
        root.add(Text(f"{name}  left alone", style="dim"))
    return root


def _grow(tree: Tree, branch: draw.Branch) -> None:
    line = Text(branch.table, style="bold")
    if branch.column:
        line.append(f".{branch.column}", style="not bold")
    line.append(f"  {branch.action}", style=f"not bold {COLOURS.get(branch.action, 'cyan')}")
    line.append(f"  {', '.join(branch.fields)}", style="not bold dim")
    below = tree.add(line)
    for one in branch.below:
        _grow(below, one)


def _key(url: str) -> str:
    """Return a name for the dataset: that of the database."""
    name = Path(make_url(url).database or "crm").stem
    return re.sub(r"\W+", "_", name).strip("_") or "crm"


def _today() -> date:
    return datetime.now(UTC).date()
