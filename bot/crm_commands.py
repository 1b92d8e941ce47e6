"""`rightsdesk crm`: the CRM on its own, without mail and Slack. Its commands share one database and one data map."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from bot.settings import FILE, FIRST_DATASET, SettingsProblem, load
from storage.crm.databases import OpenCrm, open_databases

crm_app = typer.Typer(
    no_args_is_help=True,
    help="The CRM on its own: its data map, and what the rights do with it. "
    "--database and --map stand in for the configured ones, so no settings file is needed.",
)

# A URL may have an = of its own, though not before its scheme.
_NAMED = re.compile(r"(?P<name>[\w.-]+)=(?P<url>\w[\w+]*:.*)")

DatabaseOption = Annotated[
    list[str] | None,
    typer.Option(
        "--database",
        help="The CRM database, in place of the configured one; NAME=URL for each dataset of a map with several.",
        metavar="URL",
        show_default=False,
    ),
]
MapOption = Annotated[
    Path | None,
    typer.Option("--map", help="The data map, in place of the configured one.", metavar="FILE", show_default=False),
]


def places(database: Sequence[str] | None, map_: Path | None, config: Path = FILE) -> tuple[dict[str, str], Path]:
    """Return the databases' URLs by dataset and the map's path, from the settings what was not given.

    Raises SettingsProblem.
    """
    given = dict(map(_named, database or ()))
    if len(given) < len(database or ()):
        raise SettingsProblem("--database names one dataset twice: write NAME=URL, with the names of the data map.")
    if given and map_:
        return given, map_
    section = load(config).crm
    if not given and not section.databases:
        raise SettingsProblem("[crm] url is not set: write the CRM's database URL there, or give it with --database.")
    return given or section.databases, map_ or section.map


def map_place(map_: Path | None, config: Path = FILE) -> Path:
    """Return the map's path, from the settings if it was not given; raises SettingsProblem."""
    return map_ or load(config).crm.map


def home_country(config: Path = FILE) -> str:
    """Return the company's country, "" without a settings file."""
    return load(config).controller.country if config.exists() else ""


def company(config: Path = FILE) -> str:
    """Return the company's name, "" without a settings file."""
    return load(config).controller.name if config.exists() else ""


@contextmanager
def opened(database: Sequence[str] | None, map_: Path | None, config: Path = FILE) -> Iterator[OpenCrm]:
    """Yield the CRM; raises SettingsProblem or CrmError."""
    crm = open_databases(*places(database, map_, config))
    try:
        yield crm
    finally:
        crm.close()


def _named(given: str) -> tuple[str, str]:
    """Return the dataset that NAME=URL names, and the URL."""
    found = _NAMED.fullmatch(given)
    return (found["name"], found["url"]) if found else (FIRST_DATASET, given)
