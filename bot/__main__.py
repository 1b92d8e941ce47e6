"""The command line, `rightsdesk`: its commands, what they print and how they exit."""

import asyncio
import json
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer
from rich.progress import track
from rich.table import Table
from rich.text import Text
from sqlalchemy import make_url

from bot import crm_carry, crm_copies, crm_map, crm_memory, dates, explain, logs, offline, states  # noqa: F401  (they add their commands)
from bot.app import running
from bot.check import check as check_connections
from bot.crm_commands import crm_app
from bot.nlp_commands import nlp_app
from bot.settings import FILE, Settings, load
from bot.terminal import MISUSE, PROBLEM, ConfigOption, JsonOption, err, out, print_rows, told
from storage import journal as journal_store
from storage.database import sole_process

app = typer.Typer(
    name="rightsdesk",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they print values, which may be personal data
    help="A privacy inbox that answers itself, and never acts on a guess. Start with: rightsdesk demo",
)
journal_app = typer.Typer(no_args_is_help=True, help="What was done, when, by whom: append-only and verifiable.")
app.add_typer(journal_app, name="journal")
app.add_typer(nlp_app, name="nlp")
app.add_typer(crm_app, name="crm")

DIGEST = re.compile(r"[0-9a-f]{16,64}")


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Where to put rightsdesk.toml and rightsdesk.key.")] = Path(),
) -> None:
    """Write commented settings and a master key, and make the store. Nothing that exists is replaced."""
    with told():
        for line in offline.init(folder):
            out.print(line, markup=False, highlight=False, soft_wrap=True)


@app.command()
def check(config: ConfigOption = FILE, as_json: JsonOption = False) -> None:
    """Try every connection, and say what is wrong and how to mend it. Exit status 1 if there is a problem."""
    with told():
        findings = asyncio.run(check_connections(load(config)))
    if as_json:
        print(json.dumps([vars(finding) for finding in findings]))  # noqa: T201  (the output)
    else:
        colours = {"ok": "green", "off": "yellow", "problem": "red"}
        table = Table("Part", "", "")
        for finding in findings:
            outcome = Text(finding.outcome, style=colours[finding.outcome])
            table.add_row(finding.part, outcome, Text(finding.text))
        out.print(table)
    raise typer.Exit(PROBLEM if any(finding.outcome == "problem" for finding in findings) else 0)


@app.command()
def run(
    config: ConfigOption = FILE,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log more events.")] = False,
) -> None:
    """Run the bot: read the inbox, answer, serve the portal and Slack, until stopped (Ctrl-C or SIGTERM)."""
    logs.set_up(verbose=verbose)
    with told():
        settings = load(config)
        with sole_process(_lock_file(settings, config)):
            asyncio.run(_run(settings))


def _lock_file(settings: Settings, config: Path) -> Path:
    """Return the file that only one bot can lock: beside an SQLite store, whichever settings name it."""
    url = make_url(settings.store.url)
    if url.get_backend_name() == "sqlite" and url.database:
        return Path(f"{Path(url.database).resolve()}.lock")
    return config.resolve().parent / "rightsdesk-data" / "lock"


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with running(settings) as bot:
        err.print(f"Rightsdesk is running; portal on port {bot.portal_port}. Stop with Ctrl-C.")
        await stop.wait()
        err.print("Stopping …")


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Play the story without a person, print it and end.")] = False,
    as_json: JsonOption = False,
    port: Annotated[int, typer.Option(help="The port of the demo's page.", min=0, max=65535)] = 8026,
) -> None:
    """Show everything at work on this machine: mail server, CRM, Slack and portal in one process, no set-up."""
    from bot.demo.play import play_once, serve  # noqa: PLC0415  (the demo's parts are an optional extra)

    logs.set_up_quietly()
    if once:
        raise typer.Exit(asyncio.run(play_once(as_json=as_json)))
    asyncio.run(serve(port=port))


@app.command()
def classify(
    texts: Annotated[
        list[str] | None, typer.Argument(help="Texts or files (.eml, .txt); none: standard input.")
    ] = None,
    as_json: JsonOption = False,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Read JSON lines (id, from, subject, body) and write one for each.")
    ] = False,
) -> None:
    """Say which rights a text exercises, with scores and the sentences that ask."""
    with told():
        if jsonl:
            _classify_lines()
            return
        for verdict in offline.classify(texts or [sys.stdin.read()]):
            if as_json:
                print(json.dumps(verdict, ensure_ascii=False))  # noqa: T201  (the output)
            else:
                _print_verdict(verdict)


def _classify_lines() -> None:
    problems: list[str] = []
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # a mail may hold anything
    for row in offline.classify_rows(sys.stdin, on_problem=problems.append):
        print(json.dumps(row), flush=True)  # noqa: T201  (the output)
    for problem in problems:
        err.print(problem, style="red", markup=False, soft_wrap=True)
    raise typer.Exit(PROBLEM if problems else 0)


def _print_verdict(verdict: offline.Verdict) -> None:
    colour = {"act": "green", "triage": "yellow", "none": "dim"}[verdict["decision"]]
    reason = f" ({verdict['reason']})" if verdict["reason"] else ""
    out.print(f"[bold {colour}]{verdict['decision']}[/]{reason} · language {verdict['language']}")
    for one in verdict["rights"]:
        out.print(f"  {one['right']:<12} {one['score']:.2f}  ", end="", highlight=False)
        out.print(f"“{one['evidence']}”", markup=False, highlight=False)
    for name, value in _details(verdict["slots"]):
        out.print(f"  {name}: {value}", markup=False, highlight=False)


def _details(slots: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield name and value of every detail that was found."""
    for one in slots["corrections"]:
        yield f"correction of {one['field']}", f"“{one['old']}” → “{one['new']}”" if one["old"] else f"“{one['new']}”"
    texts = {"consents": ", ".join(slots["consents"]), **slots["identifiers"]}
    texts |= {name: slots[name] for name in ("on_behalf_of", "deadline_mentioned", "law")}
    yield from ((name.replace("_", " "), value) for name, value in texts.items() if value)


@app.command()
def intake(
    files: Annotated[list[Path], typer.Argument(help="Mails as files (.eml).", exists=True, dir_okay=False)],
    config: ConfigOption = FILE,
    as_json: JsonOption = False,
) -> None:
    """Take in mails from files, as if the inbox had received them now; letters stay queued until `run`."""
    with told(), offline.desk(load(config)) as cases:
        rows = [
            offline.take_in(cases, file, now=datetime.now(UTC))
            for file in track(files, description="Reading", console=err, transient=True, disable=len(files) == 1)
        ]
    print_rows(("file", "became", "ticket", "rights", "answer by", "reason"), rows, as_json=as_json)


@app.command()
def tickets(config: ConfigOption = FILE, as_json: JsonOption = False) -> None:
    """List the open tickets, the most urgent first."""
    with told(), offline.desk(load(config)) as cases:
        rows = offline.ticket_rows(cases)
    print_rows(("ticket", "rights", "status", "received", "safe date", "last date"), rows, as_json=as_json)


@app.command()
def clock(
    ticket: Annotated[str, typer.Argument(help="A reference such as R-7KQ4M; without it, --received counts.")] = "",
    *,
    received: Annotated[
        datetime | None, typer.Option(help="What if a request were received then?", formats=["%Y-%m-%d"])
    ] = None,
    country: Annotated[
        str, typer.Option(help="Whose public holidays count, instead of the settings': DE, or DE-BY.")
    ] = "",
    breach: Annotated[
        datetime | None,
        typer.Option(
            help="When did a breach become known? Says by when the authority has to be told (Art. 33 GDPR).",
            formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M%z"],
        ),
    ] = None,
    cases_file: Annotated[
        Path | None,
        typer.Option("--csv", help="Many cases at once, of any law, as CSV; - is standard input.", allow_dash=True),
    ] = None,
    config: ConfigOption = FILE,
    as_json: JsonOption = False,
) -> None:
    """Show the dates of a ticket, or of a day of receipt, and how they come about."""
    with told():
        if cases_file:
            _reckon_csv(cases_file)
            return
        settings = load(config)
        if breach:
            print_rows(dates.BREACH_TITLES, [dates.breach_clock(settings, breach)], as_json=as_json)
            return
        if ticket:
            with offline.desk(settings) as cases:
                found = dates.ticket_clock(cases, ticket, settings)
        else:
            found = dates.what_if_clock(settings, received or datetime.now(UTC), country=country)
    _print_clock(found, as_json=as_json)


def _opened(file: Path) -> TextIO:
    # A letter that is no UTF-8 is a fault of its row, not of the file.
    return file.open(encoding="utf-8-sig", errors="replace", newline="")


def _reckon_csv(file: Path) -> None:
    """Print the dates of all rows; exit with 1 if there was one without."""
    problems = 0
    with nullcontext(sys.stdin) if str(file) == "-" else _opened(file) as source:
        for problem in dates.reckon_csv(source, sys.stdout):
            problems += 1
            err.print(problem, style="red", markup=False, soft_wrap=True)
    if problems:
        raise typer.Exit(PROBLEM)


def _print_clock(found: explain.Explained, *, as_json: bool) -> None:
    if as_json:
        steps = [dict(zip(explain.SEGMENT_TITLES, step, strict=True)) for step in found.steps]
        row = dict(zip(explain.CLOCK_TITLES, found.row, strict=True))
        beside = {"law": found.law, "remarks": found.remarks, "segments": steps}
        print(json.dumps([{**row, **beside}], ensure_ascii=False))  # noqa: T201
        return
    print_rows(explain.CLOCK_TITLES, [found.row], as_json=False)
    print_rows(explain.SEGMENT_TITLES, found.steps, as_json=False)
    for line in (found.law, *found.remarks):
        out.print(line, markup=False, highlight=False)


@app.command("states")
def states_(
    as_diagram: Annotated[bool, typer.Option("--mermaid", help="Draw it, for a page that renders Mermaid.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the states of a request, and what each can become; anything else is refused."""
    if as_diagram:
        print(states.mermaid())  # noqa: T201  (the output)
        return
    print_rows(states.TITLES, states.rows(), as_json=as_json)


@app.command()
def retention(
    country: Annotated[str, typer.Option(help="Where the books are kept: DE.")],
    day: Annotated[
        datetime | None, typer.Option("--date", help="The document's date; today if not given.", formats=["%Y-%m-%d"])
    ] = None,
    record: Annotated[str, typer.Option(help="One kind of record, as the data map calls it: invoice.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Show how long the law wants records kept, and until when for a document of a date."""
    with told():
        rows = dates.retention_table(country, (day or datetime.now(UTC)).date(), record=record)
    print_rows(dates.RETENTION_TITLES, rows, as_json=as_json)


@app.command()
def mails(
    state: Annotated[str, typer.Option(help="Only: new, ticket, joined, ignored or quarantined.")] = "",
    config: ConfigOption = FILE,
    as_json: JsonOption = False,
) -> None:
    """List what became of the mails, the newest first; a quarantined one can be released."""
    with told(), offline.desk(load(config)) as cases:
        rows = offline.mail_rows(cases, state=state)
    print_rows(("mail", "arrived", "state", "reason", "size"), rows, as_json=as_json)


@app.command()
def release(
    mail: Annotated[str, typer.Argument(help="As `rightsdesk mails` and the card in Slack name it: M-1234abcd.")],
    config: ConfigOption = FILE,
) -> None:
    """Handle a mail that was set aside after all."""
    with told(), offline.desk(load(config)) as cases:
        out.print(offline.release(cases, mail), markup=False)


@journal_app.command("list")
def journal_list(
    ticket: Annotated[str, typer.Option(help="Only this ticket's entries.")] = "",
    config: ConfigOption = FILE,
    as_json: JsonOption = False,
) -> None:
    """List the entries, oldest first."""
    with told(), offline.desk(load(config)) as cases:
        rows = offline.journal_rows(cases, reference=ticket.upper())
    print_rows(("no.", "when", "event", "ticket", "by", "facts"), rows, as_json=as_json)


@journal_app.command("verify")
def journal_verify(
    head: Annotated[
        str | None,
        typer.Option(help="A digest that was written down, or its first 16 digits: it must be there."),
    ] = None,
    config: ConfigOption = FILE,
) -> None:
    """Find an entry that was changed, removed or inserted. Exit status 1 if there is one."""
    if head is not None and not DIGEST.fullmatch(head):
        err.print("--head takes 16 to 64 digits of a digest (0-9, a-f).", style="red")
        raise typer.Exit(MISUSE)
    with told(), offline.desk(load(config)) as cases, cases.store.database.read() as connection:
        verdict = journal_store.verify(connection, cases.store.keyring.journal, noted=head or "")
    if verdict.problem:
        err.print(f"The journal does not hold: {verdict.problem}.", style="red", markup=False, soft_wrap=True)
        raise typer.Exit(PROBLEM)
    out.print(
        f"The journal is whole: {verdict.entries} entries, head {verdict.head.digest}", highlight=False, soft_wrap=True
    )


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
