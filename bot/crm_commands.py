"""`rightsdesk crm`: the CRM on its own, without mail and Slack. Its commands share one database and one data map."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from bot.settings import FILE, SettingsProblem, load
from storage.crm.desk import SqlCrm

crm_app = typer.Typer(
    no_args_is_help=True,
    help="The CRM on its own: its data map, and what the rights do with it. "
    "--database and --map stand in for the configured ones, so no settings file is needed.",
)

DatabaseOption = Annotated[
    str,
    typer.Option(
        "--database", help="The CRM database, in place of the configured one.", metavar="URL", show_default=False
    ),
]
MapOption = Annotated[
    Path | None,
    typer.Option("--map", help="The data map, in place of the configured one.", metavar="FILE", show_default=False),
]


def places(database: str, map_: Path | None, config: Path = FILE) -> tuple[str, Path]:
    """Return the database's URL and the map's path, from the settings what was not given; raises SettingsProblem."""
    if database and map_:
        return database, map_
    section = load(config).crm
    if not database and not section.url:
        raise SettingsProblem("[crm] url is not set: write the CRM's database URL there, or give it with --database.")
    return database or section.url, map_ or section.map


def home_country(config: Path = FILE) -> str:
    """Return the company's country, "" without a settings file."""
    return load(config).controller.country if config.exists() else ""


def company(config: Path = FILE) -> str:
    """Return the company's name, "" without a settings file."""
    return load(config).controller.name if config.exists() else ""


@contextmanager
def opened(database: str, map_: Path | None, config: Path = FILE) -> Iterator[SqlCrm]:
    """Yield the CRM; raises SettingsProblem or CrmError."""
    crm = SqlCrm.open(*places(database, map_, config))
    try:
        yield crm
    finally:
        crm.close()
