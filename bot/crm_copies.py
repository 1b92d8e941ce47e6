"""`rightsdesk crm export`, `notes`, `release`: copies of a person's data, and the notes that they hold back."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.app import utc_now
from bot.crm_commands import DatabaseOption, MapOption, company, crm_app, opened
from bot.crm_person import EmailOption, KeyOption, crm_with_memory, one_person, staff
from bot.settings import FILE, load
from bot.terminal import ConfigOption, JsonOption, err, out, print_json, print_rows, told
from handlers.copy_about import Cover
from handlers.copy_files import WRITERS, portable
from handlers.crm import Copy, CrmError, HeldNote
from handlers.rights import Right
from storage.crm.databases import OpenCrm
from storage.store import Store

STANDARD = "-"
ZIP = "zip"


class Kind(StrEnum):
    """The kinds of files that a copy comes in."""

    JSON = "json"
    XLSX = "xlsx"
    CSV = "csv"
    HTML = "html"


class Answered(StrEnum):
    """The rights that are answered with a copy."""

    ACCESS = "access"
    PORTABILITY = "portability"


@crm_app.command()
def export(
    *,
    email: EmailOption = "",
    key: KeyOption = "",
    kind: Annotated[Kind, typer.Option("--format", "-f", help="csv is a zip with one file a table.")] = Kind.JSON,
    right: Annotated[
        Answered, typer.Option("--right", help="All data, or only what the person provided.")
    ] = Answered.ACCESS,
    language: Annotated[str, typer.Option("--language", help="Of labels and texts; else the person's own.")] = "",
    to: Annotated[Path, typer.Option("--out", "-o", help="The file to write; - is standard output.")] = Path(STANDARD),
    database: DatabaseOption = None,
    map_file: MapOption = None,
    config: ConfigOption = FILE,
    as_json: JsonOption = False,
) -> None:
    """Write the copy of one person's data, with purpose, recipients, retention and source per table (Art. 15, 20).

    What concerns other persons is left out, and notes that may judge the person are held: see `rightsdesk crm notes`.
    With a settings file, notes that were released are in the copy, and the export is entered in the journal.
    """
    with told():
        with _copying(database, map_file, config) as (crm, store):
            person = one_person(crm, email=email, key=key)
            copy = crm.collect(person.key)
            if store is not None:
                with store.unit(now=utc_now()) as unit:
                    unit.note("copy.exported", actor=staff(), right=right, kind=kind)
        copy = portable(copy) if right is Answered.PORTABILITY else copy
        cover = Cover(Right(right), company(config), "", _today(config))
        writer = WRITERS[ZIP if kind is Kind.CSV else kind]
        _write(to, writer(copy, language=language or person.language or "en", cover=cover))
    _say_written(copy, to, as_json=as_json)


@crm_app.command()
def notes(
    *,
    email: EmailOption = "",
    key: KeyOption = "",
    database: DatabaseOption = None,
    map_file: MapOption = None,
    config: ConfigOption = FILE,
    as_json: JsonOption = False,
) -> None:
    """List the notes about a person that copies hold back, because they may judge the person, with their texts."""
    with told(), _copying(database, map_file, config) as (crm, _):
        held = _held(crm.collect(one_person(crm, email=email, key=key).key))
    rows = [(note.id, f"{note.table}.{note.field}", note.text) for note in held]
    print_rows(("note", "place", "text"), rows, as_json=as_json)


@crm_app.command()
def release(
    ids: Annotated[list[str], typer.Argument(metavar="NOTE…", help="As `rightsdesk crm notes` names them.")],
    *,
    email: EmailOption = "",
    key: KeyOption = "",
    database: DatabaseOption = None,
    map_file: MapOption = None,
    config: ConfigOption = FILE,
) -> None:
    """Let copies hold these notes from now on. A note whose text changes is held again."""
    with told(), crm_with_memory(database, map_file, config) as (crm, store):
        held = {note.id for note in _held(crm.collect(one_person(crm, email=email, key=key).key))}
        unknown = [one for one in ids if one not in held]
        if unknown:
            raise CrmError(f"not held of this person: {', '.join(unknown)}; nothing was released")
        with store.unit(now=utc_now()) as unit:
            unit.release_notes(ids, by=staff())
            unit.note("note.released", actor=staff(), notes=len(set(ids)))
    out.print(f"Released {len(set(ids))}.", highlight=False)


@contextmanager
def _copying(database: Sequence[str] | None, map_: Path | None, config: Path) -> Iterator[tuple[OpenCrm, Store | None]]:
    """Yield the CRM, and the own store where there are settings."""
    if config.exists():
        with crm_with_memory(database, map_, config) as both:
            yield both
    else:
        with opened(database, map_, config) as crm:
            yield crm, None


def _held(copy: Copy) -> list[HeldNote]:
    return [note for table in copy.tables for note in table.held]


def _today(config: Path) -> date:
    """Return the controller's local day, the day in UTC without a settings file."""
    return load(config).to_policy().today(utc_now()) if config.exists() else utc_now().date()


def _write(to: Path, content: bytes) -> None:
    if str(to) == STANDARD:
        sys.stdout.buffer.write(content)
    else:
        # A copy is for one person: nobody else on this machine may read it.
        to.touch(mode=0o600)
        if to.is_file():
            to.chmod(0o600)  # one that was there keeps its mode otherwise
        to.write_bytes(content)


def _say_written(copy: Copy, to: Path, *, as_json: bool) -> None:
    """Say what is in the file; on standard error where the copy itself goes to standard output."""
    held = len(_held(copy))
    if str(to) != STANDARD and as_json:
        tables = {table.name: len(table.rows) for table in copy.tables}
        print_json({"file": str(to), "tables": tables, "held": held})
    elif str(to) != STANDARD:
        rows = sum(len(table.rows) for table in copy.tables)
        out.print(f"Wrote {to}: {len(copy.tables)} tables, {rows} rows.", highlight=False, markup=False, soft_wrap=True)
    if held and not as_json:
        err.print(f"{held} notes are held: look at them with `rightsdesk crm notes`.", highlight=False)
