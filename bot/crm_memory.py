"""`rightsdesk crm suppressed`, `replay`, `guard`: what is remembered of persons who were erased or want no mailings."""

import codecs
import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from pathlib import Path
from tempfile import mkstemp
from typing import Annotated, BinaryIO, TextIO, TypeVar

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn, track

from bot.app import utc_now
from bot.crm_commands import DatabaseOption, MapOption, crm_app, map_place
from bot.crm_person import crm_with_memory, own_store, staff
from bot.settings import FILE, load
from bot.terminal import PROBLEM, ConfigOption, JsonOption, err, out, print_json, print_rows, told
from handlers.crm import Action, CrmError, PlanStep
from handlers.mailheaders import normalise_address
from handlers.ports import ADDRESS
from storage import suppressions
from storage.crm import guard as imports
from storage.crm import replay as memory
from storage.crm.desk import SqlCrm
from storage.crm.mapload import load_all
from storage.ledger import Ledger

STANDARD = "-"
AS_IT_WAS = "surrogateescape"  # bytes that are no text of the encoding come out as they went in
ERASE, SUPPRESS = "erase", "suppress"
PLANNED, DONE, FAILED = "planned", "done", "failed"
NOTHING = "nothing to change"
REASONS = {
    memory.Verdict.HELD: "left: the person is restricted, lift that first if they are to be erased",
    memory.Verdict.LOOK: "left: something of an erased person, but not all; look whether this is a new customer",
}
TITLES = ("what", "person", "rows", "outcome")

T = TypeVar("T")
Row = tuple[str, str, int, str]


@crm_app.command()
def suppressed(
    *,
    email: Annotated[str, typer.Option("--email", help="The address.")],
    config: ConfigOption = FILE,
    as_json: JsonOption = False,
) -> None:
    """Show which mailings to an address are stopped, since when, and the proof of what it had consented to."""
    with told(), own_store(config) as store:
        address_hash = store.keyring.lookup(ADDRESS, normalise_address(email))
        with store.database.read() as connection:
            stopped = suppressions.since(connection, [address_hash]).get(address_hash, {})
            ended = list(suppressions.history(connection, store.keyring, address_hash))
    if as_json:
        print_json({"suppressed": stopped, "history": [_ended(one) for one in ended]})
        return
    print_rows(("consent", "since"), [(name, f"{at:%Y-%m-%d %H:%M}") for name, at in stopped.items()], as_json=False)
    rows = [
        (f"{one.at:%Y-%m-%d}", one.right, one.reference, before.table, _values(before.values))
        for one in ended
        for before in one.formerly
    ]
    print_rows(("ended", "by", "ticket", "table", "as it had stood"), rows, as_json=False)


@crm_app.command()
def replay(
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this it is only shown.")] = False,
    database: DatabaseOption = None,
    map_file: MapOption = None,
    config: ConfigOption = FILE,
    as_json: JsonOption = False,
) -> None:
    """After a restore of the CRM: repeat all erasures and suppressions that it has forgotten.

    Persons are erased again if their key and an identifier that was theirs alone are those of an erased one; a
    restricted person is left to you, and so is somebody who has only the address of an erased one, or the key and the
    name: perhaps a new customer. In each of several databases persons are known by their key there. What a law keeps
    stays. Consents given after a suppression stay. Exit status 1 if something failed.
    """
    with told(), crm_with_memory(database, map_file, config) as (crm, store):
        ledger, today = Ledger(store.database, store.keyring), load(config).to_policy().today(utc_now())
        # Each database on its own: one alone may have been restored.
        known = {consent for one in crm.databases for consent in one.map.consents}
        rows = [row for one in crm.databases for row in _replayed(one, ledger, known, today=today, yes=yes)]
        if yes:
            with store.unit(now=utc_now()) as unit:
                done = [what for what, _, count, outcome in rows if count and outcome == DONE]
                failed = sum(outcome.startswith(FAILED) for *_, outcome in rows)
                unit.note(
                    "crm.replayed",
                    actor=staff(),
                    erased=done.count(ERASE),
                    suppressed=done.count(SUPPRESS),
                    failed=failed,
                )
    _show(rows, as_json=as_json, yes=yes)
    if any(outcome.startswith(FAILED) for *_, outcome in rows):
        raise typer.Exit(PROBLEM)


@crm_app.command("guard")
def guard_(
    file: Annotated[Path, typer.Argument(help="The import, as CSV; - is standard input.", allow_dash=True)],
    *,
    to: Annotated[Path, typer.Option("--out", "-o", help="The file to write; - is standard output.")] = Path(STANDARD),
    column: Annotated[
        list[str] | None,
        typer.Option(help="A column by which persons are known, as NAME or NAME=KIND (KIND as in the data map)."),
    ] = None,
    encoding: Annotated[str, typer.Option(help="Of the file.")] = "utf-8-sig",
    map_file: MapOption = None,
    config: ConfigOption = FILE,
    as_json: JsonOption = False,
) -> None:
    """Mark the rows of an import that belong to persons who were erased, or who want no mailings.

    Three columns are added: rightsdesk (erased, suppressed or empty), rightsdesk_consents (what is stopped) and
    rightsdesk_since. Exit status 1 if a row was marked.
    """
    with told():
        _refuse_same(file, to)
    with told(), own_store(config) as store, _reading(file, encoding) as source, _writing(to) as target:
        ledger, (map_, *_) = Ledger(store.database, store.keyring), load_all(map_place(map_file, config))
        named = dict(_named(one) for one in column or ())
        tally = imports.Tally()
        with _bar() as bar:
            task = bar.add_task("Checking", total=None)
            for tally in imports.guard(source, target, ledger=ledger, map_=map_, named=named):
                bar.update(task, completed=tally.rows)
    if as_json and str(to) != STANDARD:
        print_json(vars(tally))
    else:
        err.print(f"{tally.rows} rows: {tally.erased} erased, {tally.suppressed} suppressed", highlight=False)
    if tally.erased or tally.suppressed:
        raise typer.Exit(PROBLEM)


def _replayed(crm: SqlCrm, ledger: Ledger, known: Set[str], *, today: date, yes: bool) -> Iterator[Row]:
    returned = _watched("Looking for erased persons", memory.find_erased, crm, ledger)
    stopped = _watched("Looking for suppressed addresses", memory.find_suppressed, crm, ledger)
    # What only another database knows is stopped there; what none knows fails here.
    resumed = list(filter(None, (one.without(known - crm.map.consents.keys()) for one in stopped)))
    yield from (_erased(crm, one, today=today, yes=yes) for one in _tracked(returned, "Erasing"))
    yield from (_suppressed(crm, one, yes=yes) for one in _tracked(resumed, "Suppressing"))


def _erased(crm: SqlCrm, one: memory.Returned, *, today: date, yes: bool) -> Row:
    """Erase one person again, or say what that would do."""
    if one.verdict is not memory.Verdict.ERASE:
        return ERASE, one.key, 0, REASONS[one.verdict]
    try:
        if yes:
            return ERASE, one.key, _gone(memory.erase_again(crm, one, today=today).steps), DONE
        return ERASE, one.key, _gone(crm.plan_deletion(one.key, today=today).steps), PLANNED
    except CrmError as problem:
        return ERASE, one.key, 0, f"{FAILED}: {problem}"


def _gone(steps: Sequence[PlanStep]) -> int:
    return sum(step.rows for step in steps if step.action is not Action.KEEP)


def _suppressed(crm: SqlCrm, one: memory.Resumed, *, yes: bool) -> Row:
    """Stop one address's mailings again, or count what that would change."""
    try:
        rows = memory.suppress_again(crm, one) if yes else memory.count_again(crm, one)
    except CrmError as problem:
        return SUPPRESS, one.key or one.address, 0, f"{FAILED}: {problem}"
    return SUPPRESS, one.key or one.address, rows, (DONE if yes else PLANNED) if rows else NOTHING


def _show(rows: Sequence[Row], *, as_json: bool, yes: bool) -> None:
    if as_json:
        print_json([dict(zip(TITLES, row, strict=True)) for row in rows])
        return
    print_rows(TITLES, [(what, person, str(count), outcome) for what, person, count, outcome in rows], as_json=False)
    if rows and not yes:
        out.print("Nothing was changed; --yes does it.")


def _watched(title: str, find: Callable[..., tuple[T, ...]], crm: SqlCrm, ledger: Ledger) -> tuple[T, ...]:
    with _bar() as bar:
        task = bar.add_task(title, total=None)
        return find(crm, ledger, progress=lambda done, total: bar.update(task, completed=done, total=total))


def _bar() -> Progress:
    parts = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*parts, console=err, transient=True)


def _tracked(found: Sequence[T], title: str) -> Iterable[T]:
    return track(found, description=title, console=err, transient=True)


def _ended(one: suppressions.Ended) -> dict[str, object]:
    before = [{"table": row.table, "values": dict(row.values)} for row in one.formerly]
    return {"at": one.at, "right": one.right, "consents": one.consents, "ticket": one.reference, "formerly": before}


def _values(values: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in values)


def _named(text: str) -> tuple[str, str]:
    name, _, kind = text.partition("=")
    return name, kind


def _reading(file: Path, encoding: str) -> AbstractContextManager[TextIO]:
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise imports.GuardProblem(f"no encoding is called '{encoding}'; usual ones are utf-8 and cp1252") from None
    if str(file) == STANDARD:
        return _wrapped(sys.stdin.buffer, encoding)
    return file.open(encoding=encoding, errors=AS_IT_WAS, newline="")


def _writing(to: Path) -> AbstractContextManager[TextIO]:
    if str(to) == STANDARD:
        return _wrapped(sys.stdout.buffer, "utf-8")
    if to.exists() and not to.is_file():
        return to.open("w", encoding="utf-8", errors=AS_IT_WAS, newline="")
    return _whole(to.resolve())


@contextmanager
def _whole(to: Path) -> Iterator[TextIO]:
    """Yield a file that takes its place once all of it is written; after an error what was there stays."""
    descriptor, name = mkstemp(dir=to.parent, prefix=f".{to.name}.")
    part = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors=AS_IT_WAS, newline="") as target:
            yield target
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)


def _refuse_same(file: Path, to: Path) -> None:
    if STANDARD not in (str(file), str(to)) and file.exists() and to.exists() and file.samefile(to):
        raise imports.GuardProblem("--out is the import itself, which stays as it is; name another file")


@contextmanager
def _wrapped(stream: BinaryIO, encoding: str) -> Iterator[TextIO]:
    """Yield a standard stream as text, and leave it open afterwards."""
    text = io.TextIOWrapper(stream, encoding=encoding, errors=AS_IT_WAS, newline="")
    try:
        yield text
    finally:
        text.detach()
