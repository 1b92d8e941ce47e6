"""`rightsdesk nlp …`: train the recogniser, measure it, and check mails that were added to its corpus."""

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, track
from rich.table import Table

from bot import learning
from bot.app import open_store
from bot.settings import FILE, load
from bot.terminal import MISUSE, PROBLEM, ConfigOption, err, out, told
from nlp.corpus import CORPUS, Row, files_of, read_rows
from nlp.evaluate import DEV, Evaluation, evaluate, mails_of
from nlp.faults import faults_of
from nlp.language import LanguageFinder
from nlp.measure import Report
from nlp.plot import draw
from nlp.recognise import MODEL, SpacyRecogniser
from nlp.train import SEED, OnProgress, learn_weighing, train

nlp_app = typer.Typer(no_args_is_help=True, help="The recogniser: train it, measure it, check its corpus.")


@nlp_app.command(name="train")
def train_command(
    corpus: Annotated[Path, typer.Option(help="The folder of <language>.jsonl files.", exists=True)] = CORPUS,
    into: Annotated[Path, typer.Option(help="The folder to write the model into.")] = MODEL,
    seed: Annotated[int, typer.Option(help="The same seed gives the same model on the same machine.")] = SEED,
    blend: Annotated[bool, typer.Option("--blend", help="Also learn anew how the models are weighed; slow.")] = False,
) -> None:
    """Train from the corpus alone; no network is needed."""
    with told():
        if blend:
            with _progress("Weighing") as report:
                for part in learn_weighing(corpus, seed=seed, progress=report):
                    part.save()
        with _progress("Training") as report:
            train(corpus, into, seed=seed, progress=report)
    err.print(f"The model is in {into}. Measure it: rightsdesk nlp evaluate")


@nlp_app.command(name="evaluate")
def evaluate_command(
    mails: Annotated[str, typer.Option("--set", help='"dev", "frozen" or a file of labelled mails (.jsonl).')] = DEV,
    model: Annotated[Path, typer.Option(help="The folder of the model.", exists=True)] = MODEL,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write all figures to this file.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw what was taken for what into this file (.svg).")] = None,
) -> None:
    """Measure the model on labelled mails that it has not learnt from."""
    with told():
        labelled = track(mails_of(mails), description="Reading", console=err, transient=True)
        measured = evaluate(
            SpacyRecogniser.load(model),
            labelled,
            languages=LanguageFinder.load(model),
            model=model,
            clock=time.perf_counter,
        )
        if json_file:
            json_file.write_text(json.dumps(measured.to_json(), indent=1) + "\n", encoding="utf-8")
        if plot:
            plot.write_text(draw(measured.confusion), encoding="utf-8")
    for table in _tables(measured):
        out.print(table)


@nlp_app.command()
def check(
    files: Annotated[list[Path] | None, typer.Argument(help="Files of labelled mails; none: the corpus.")] = None,
) -> None:
    """Check labelled mails line by line. Exit status 1 if there is a fault."""
    with told():
        paths = files or files_of(CORPUS)
        rows = [row for path in paths for row in read_rows(path)]
        faults = list(faults_of(rows))
    for fault in faults:
        out.print(fault, markup=False, highlight=False, soft_wrap=True)
    out.print(f"{len(rows)} mails, {len(faults)} faults")
    raise typer.Exit(PROBLEM if faults else 0)


@nlp_app.command()
def export(
    into: Annotated[Path, typer.Argument(help="The file to write (.jsonl): one line for each decided mail.")],
    *,
    anonymise: Annotated[
        bool, typer.Option("--anonymise", help="Replace names, addresses and numbers; nothing is exported otherwise.")
    ] = False,
    config: ConfigOption = FILE,
) -> None:
    """Write what staff decided on triage cards as labelled mails: measure with them how well the desk does here."""
    if not anonymise:
        err.print("Say --anonymise: mails are only exported without names, addresses and numbers.", style="red")
        raise typer.Exit(MISUSE)
    with told():
        settings = load(config)
        with closing(open_store(settings)) as store:
            count = _write(
                into, track(learning.rows(settings, store, SpacyRecogniser.load()), console=err, transient=True)
            )
    err.print(f"{count} mails are in {into}. Read them before you pass them on: a story can tell who somebody is.")
    err.print(f"Measure with them: rightsdesk nlp evaluate --set {into}")


def _write(into: Path, rows: Iterable[Row]) -> int:
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    into.write_text("".join(lines), encoding="utf-8")
    return len(lines)


@contextmanager
def _progress(description: str) -> Iterator[OnProgress]:
    with Progress(console=err) as bar:
        task = bar.add_task(description, total=1.0)
        yield lambda share: bar.update(task, completed=share)


def _tables(measured: Evaluation) -> Iterator[Table]:
    yield _decisions(measured.reports)
    yield _rights(measured.reports)
    yield _details(measured)


def _decisions(reports: Iterable[Report]) -> Table:
    table = Table("language", title="Decisions")
    for heading in ("mails", "macro-F1", "exact", "act: of requests", "act: right", "false deletions"):
        table.add_column(heading, justify="right")
    for heading in ("silent nones", "none: recall", "none: laid aside", "language"):
        table.add_column(heading, justify="right")
    for r in reports:
        shares = (r.silent_nones, r.none_recall, r.none_coverage, r.language_found)
        table.add_row(
            r.language,
            str(r.mails),
            f"{r.macro_f1:.3f}",
            f"{r.exact:.1%}",
            f"{r.act_coverage:.1%}",
            f"{r.act_precision:.1%}",
            str(r.false_deletions),
            *(f"{share:.1%}" for share in shares),
        )
    return table


def _rights(reports: Iterable[Report]) -> Table:
    table = Table("F1", title="Rights (of all: precision / recall / F1)")
    for number, report in enumerate(reports):
        if number == 0:
            for figures in report.figures:
                table.add_column(figures.right, justify="right")
            table.add_row("all", *(f"{f.precision:.2f} / {f.recall:.2f} / {f.f1:.2f}" for f in report.figures))
        else:
            table.add_row(report.language, *(f"{f.f1:.2f}" for f in report.figures))
    return table


def _details(measured: Evaluation) -> Table:
    table = Table("detail", title="Details, and what it costs")
    table.add_column("", justify="right")
    shares = dict(measured.slots) | {
        "language of lines of 3–4 words": measured.short_lines,
        "stripping": measured.stripping,
        "remarks: precision": measured.remarks_precision,
        "remarks: recall": measured.remarks_recall,
    }
    for name, share in shares.items():
        table.add_row(name.replace("_", " "), f"{share:.1%}")
    table.add_row("ms per mail (median)", f"{measured.ms_per_mail:.1f}")
    table.add_row("MB in memory (at most)", f"{measured.memory_mb:.0f}")
    table.add_row("MB of model", f"{measured.model_mb:.1f}")
    return table
