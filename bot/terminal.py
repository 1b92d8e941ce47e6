"""What the commands of the command line share: consoles, options, tables, and clear messages in place of tracebacks."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError

from bot.learning import NotAllowedToLearn
from bot.offline import NotThere
from bot.settings import SettingsProblem
from handlers.crm import CrmError
from handlers.law.deadlines import UnknownCountry, UnknownRegion
from nlp.corpus import BadLine
from storage.crypto import KeyProblem
from storage.database import StoreProblem

# Piped output is for other programs, which do not want lines broken or cut at 80 columns.
PIPED_COLUMNS = 500
out = Console(width=None if sys.stdout.isatty() else PIPED_COLUMNS)
err = Console(stderr=True, highlight=False)

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The settings file.", show_default=True)]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
PROBLEM = 1
MISUSE = 2
# Their texts say what to mend.
REMEDIABLE = (
    SettingsProblem,
    KeyProblem,
    StoreProblem,
    CrmError,
    UnknownCountry,
    UnknownRegion,
    NotThere,
    NotAllowedToLearn,
    BadLine,
)


@contextmanager
def told() -> Iterator[None]:
    """Turn what an administrator can mend into one clear message and exit status 2."""
    try:
        yield
    except REMEDIABLE as problem:
        err.print(str(problem), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(MISUSE) from None
    except SQLAlchemyError as problem:
        # Its own text may quote a row.
        reason = f"[store] url: the database cannot be used ({type(problem).__name__}): see `rightsdesk check`"
        err.print(reason, style="red", markup=False, soft_wrap=True)
        raise typer.Exit(MISUSE) from None
    except OSError as problem:
        err.print(f"{problem.filename}: {problem.strerror}", style="red", markup=False, soft_wrap=True)
        raise typer.Exit(MISUSE) from None


def print_rows(titles: Sequence[str], rows: Sequence[Sequence[str]], *, as_json: bool) -> None:
    """Print a table, or for programs a list of objects."""
    if as_json:
        print_json([dict(zip(titles, row, strict=True)) for row in rows])
        return
    table = Table(*titles)
    for row in rows:
        table.add_row(*map(Text, row))
    out.print(table if rows else "Nothing to show.")


def print_json(value: object) -> None:
    """Print a value for programs; what JSON does not know (dates, decimals) as text."""
    print(json.dumps(value, ensure_ascii=False, default=str))  # noqa: T201  (the output)
