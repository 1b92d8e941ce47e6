"""`rightsdesk crm find`, `plan`, `erase`, `log`, `grants`: carrying out on the CRM, one person at a time."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.app import utc_now
from bot.crm_commands import DatabaseOption, MapOption, crm_app, opened
from bot.crm_person import EmailOption, KeyOption, crm_with_memory, one_person, own_store, staff
from bot.settings import FILE
from bot.terminal import ConfigOption, JsonOption, err, out, print_json, print_rows, told
from handlers.crm import Author, Clue, CrmConflict, Done, Person, Plan, PlanStep
from storage.changes import LoggedChange, changes
from storage.crm.databases import OpenCrm
from storage.store import Store

ID_LENGTH = 12  # hexadecimal digits
HASH_SHOWN = 12
STEP_TITLES = ("table", "what", "rows", "law", "until")
PERSON_TITLES = ("key", "name", "address", "language", "country")
SHARED = "(shared with other persons)"  # in place of a law
LOG_TITLES = ("when", "state", "by", "ticket", "operation", "what", "table", "row", "field", "old", "new")


@crm_app.command("find")
def find_(
    *,
    email: Annotated[str, typer.Option(help="An address, first or second.")] = "",
    number: Annotated[str, typer.Option(help="The customer's number.")] = "",
    phone: Annotated[str, typer.Option(help="A telephone number, in any spelling.")] = "",
    country: Annotated[str, typer.Option(help="Where a telephone number without +code belongs: DE.")] = "",
    name: Annotated[str, typer.Option(help="The full name; goes with birth date, or street and postcode.")] = "",
    birth_date: Annotated[datetime | None, typer.Option(help="Day of birth.", formats=["%Y-%m-%d"])] = None,
    street: Annotated[str, typer.Option(help="Street and number.")] = "",
    postcode: Annotated[str, typer.Option(help="Postcode.")] = "",
    database: DatabaseOption = None,
    map_: MapOption = None,
    config: ConfigOption = FILE,
    as_json: JsonOption = False,
) -> None:
    """Find who is on file: exact, whatever the spelling; everyone whom any of the clues fits."""
    clue = Clue(
        email=email,
        number=number,
        phone=phone,
        country=country,
        name=name,
        birth_date=birth_date.date() if birth_date else None,
        street=street,
        postcode=postcode,
    )
    with told(), opened(database, map_, config) as crm:
        found = crm.find(clue)
    print_rows(PERSON_TITLES, [_person_row(person) for person in found], as_json=as_json)


@crm_app.command()
def plan(
    *,
    email: EmailOption = "",
    key: KeyOption = "",
    database: DatabaseOption = None,
    map_: MapOption = None,
    config: ConfigOption = FILE,
    as_json: JsonOption = False,
) -> None:
    """Show what erasing a person would do, per table, and the id by which `crm erase` carries out exactly that."""
    with told(), opened(database, map_, config) as crm:
        person = one_person(crm, email=email, key=key)
        made = crm.plan_deletion(person.key, today=utc_now().date())
    if as_json:
        print_json({"key": person.key, "plan": plan_id(made), "steps": [_step(step) for step in made.steps]})
        return
    print_rows(STEP_TITLES, [_step_row(step) for step in made.steps], as_json=False)
    out.print(f"Plan {plan_id(made)} for the person with the key {person.key}", markup=False, highlight=False)


@crm_app.command()
def erase(
    *,
    plan: Annotated[str, typer.Option("--plan", help="The id that `crm plan` printed.", metavar="ID")],
    email: EmailOption = "",
    key: KeyOption = "",
    deep: Annotated[
        bool, typer.Option("--deep", help="Search every text column of the database afterwards, mapped or not.")
    ] = False,
    database: DatabaseOption = None,
    map_: MapOption = None,
    config: ConfigOption = FILE,
    as_json: JsonOption = False,
) -> None:
    """Erase a person as planned, prove it, and remember it; all or nothing.

    With a settings file the erasure is logged and remembered for restores and imports; without one it is not.
    """
    with told(), _carrying(database, map_, config) as (crm, store):
        person = one_person(crm, email=email, key=key)
        with err.status("Erasing and searching for traces …"):
            made, done = _erase(crm, store, person, plan, today=utc_now().date(), deep=deep)
    if as_json:
        steps = [_step(step) for step in done.steps]
        said = {"remembered": store is not None, "searched": len(made.traces), "unsearched": list(done.unsearched)}
        print_json({"key": person.key, **said, "steps": steps})
        return
    print_rows(STEP_TITLES, [_step_row(step) for step in done.steps], as_json=False)
    if made.traces:
        out.print("Done: every row as planned, and no identifier of the person was found afterwards.")
    else:
        out.print("Done: every row as planned. Nothing could be searched for afterwards:")
        out.print("the person had no identifier that is theirs alone and long enough to prove anything.")
    if done.unsearched:
        err.print(f"Not searched, since it cannot be read: {', '.join(done.unsearched)}.", style="yellow")
    if store is None:
        err.print("Without a settings file nothing was logged or remembered.", style="yellow")


@crm_app.command("log")
def log_(
    ticket: Annotated[str, typer.Option(help="Only this ticket's.")] = "",
    most: Annotated[int, typer.Option(help="How many of the newest entries.", min=1)] = 100,
    values: Annotated[bool, typer.Option("--values", help="Show old and new values: personal data.")] = False,
    config: ConfigOption = FILE,
    as_json: JsonOption = False,
) -> None:
    """List what was written into the CRM: when, by whom, which field; rows appear as keyed hashes, oldest first.

    The state `intended` means that the result is unknown, as after a crash; the next try settles it.
    """
    with told(), own_store(config) as store, store.database.read() as connection:
        found = changes(connection, store.keyring, reference=ticket.upper(), most=most)
    rows = [_log_row(change, values=values) for change in found]
    print_rows(LOG_TITLES, rows, as_json=as_json)


@crm_app.command()
def grants(
    user: Annotated[str, typer.Option(help="The database user, as GRANT names it.")] = "rightsdesk",
    database: DatabaseOption = None,
    map_: MapOption = None,
    config: ConfigOption = FILE,
) -> None:
    """Print the statements that give a database user what the data map needs, and no more."""
    with told(), opened(database, map_, config) as crm:
        for one in crm.databases:
            if len(crm.databases) > 1:
                out.print(f"-- {one.map.dataset}", markup=False, highlight=False)
            for statement in one.grants(user):
                out.print(statement, markup=False, highlight=False, soft_wrap=True)


def plan_id(plan: Plan) -> str:
    """Return a short name for exactly this plan of exactly this person."""
    facts = json.dumps([plan.fingerprint, plan.traces])
    return hashlib.sha256(facts.encode()).hexdigest()[:ID_LENGTH]


@contextmanager
def _carrying(
    database: Sequence[str] | None, map_: Path | None, config: Path
) -> Iterator[tuple[OpenCrm, Store | None]]:
    """Yield the CRM, and the own store if there is a settings file."""
    if config.exists():
        with crm_with_memory(database, map_, config) as (crm, store):
            yield crm, store
        return
    with opened(database, map_, config) as crm:
        yield crm, None


def _erase(
    crm: OpenCrm, store: Store | None, person: Person, name: str, *, today: date, deep: bool
) -> tuple[Plan, Done]:
    made = crm.plan_deletion(person.key, today=today)
    if plan_id(made) != name:
        raise CrmConflict("the person's rows are not those of this plan: look at `crm plan` again; nothing was changed")
    who = staff()

    def remember() -> None:
        # Before the commit: a process killed after it would leave an erasure that no restore and no import knows of.
        if store is not None:
            with store.unit(now=utc_now()) as unit:
                unit.remember_erased(made.identifiers, reference="")

    signed = crm.signed(Author(who))
    done = signed.delete(person.key, made, today=today, resumed=False, deep=deep, before_commit=remember)
    if store is not None:
        with store.unit(now=utc_now()) as unit:
            rows = {f"{step.table}:{step.action}": step.rows for step in done.steps}
            unit.note("carried_out", actor=who, right="deletion", rows=rows)
    return made, done


def _step(step: PlanStep) -> dict[str, object]:
    return dict(zip(STEP_TITLES, (step.table, step.action, step.rows, _law(step), step.until), strict=True))


def _step_row(step: PlanStep) -> tuple[str, ...]:
    return (step.table, step.action, str(step.rows), _law(step), step.until.isoformat() if step.until else "")


def _law(step: PlanStep) -> str:
    """Return why rows stay."""
    return SHARED if step.shared else step.law


def _person_row(person: Person) -> tuple[str, ...]:
    return (person.key, person.name, person.email, person.language, person.country)


def _log_row(change: LoggedChange, *, values: bool) -> tuple[str, ...]:
    return (
        f"{change.at:%Y-%m-%d %H:%M:%S}",
        change.state,
        change.actor,
        change.reference,
        change.operation,
        change.action,
        change.table,
        change.key_hash[:HASH_SHOWN],
        change.field,
        change.old if values else "",
        change.new if values else "",
    )
