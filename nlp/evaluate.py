"""Measure the recogniser on the dev side of the corpus: `python -m nlp.evaluate`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.progress import track
from rich.table import Table

from handlers.ports import Recogniser
from handlers.recognition import Decision, Recognition
from handlers.rights import Right
from nlp.corpus import CORPUS, Mail, read_corpus
from nlp.recognise import SpacyRecogniser

ALL = "all"


@dataclass(frozen=True)
class Figures:
    """How well one right, or none (`right` is None), was found."""

    right: Right | None
    precision: float
    recall: float
    f1: float
    mails: int


@dataclass(frozen=True)
class Report:
    """The measure of one language, or of all."""

    language: str
    mails: int
    figures: tuple[Figures, ...]
    exact: float  # share of mails whose set of rights was guessed without fault
    act_coverage: float  # share of requests acted on without a person
    act_precision: float  # share of those acted on whose set of rights was right
    false_deletions: int  # acted on as deletion where none was asked
    silent_nones: float  # share of requests taken for nothing
    none_coverage: float  # share of mails that ask nothing and were laid aside without a person
    language_accuracy: float

    @property
    def macro_f1(self) -> float:
        """Return the mean F1 over the seven rights and none."""
        return sum(figures.f1 for figures in self.figures) / len(self.figures)


@dataclass(frozen=True)
class _Result:
    mail: Mail
    found: Recognition

    @property
    def wanted(self) -> frozenset[Right]:
        return frozenset(self.mail.labels)

    @property
    def guessed(self) -> frozenset[Right]:
        return frozenset(asked.right for asked in self.found.asked)

    @property
    def is_exact(self) -> bool:
        return self.guessed == self.wanted

    def decided(self, decision: Decision) -> bool:
        return self.found.decision is decision


def evaluate(recogniser: Recogniser, mails: Iterable[Mail]) -> tuple[Report, ...]:
    """Return a report per language, and one over all of them first."""
    results = [_Result(mail, recogniser.recognise(subject=mail.subject, body=mail.body)) for mail in mails]
    languages = sorted({result.mail.language for result in results})
    groups = ((language, [r for r in results if r.mail.language == language]) for language in languages)
    return (_report(ALL, results), *(_report(language, group) for language, group in groups))


def _report(language: str, results: Sequence[_Result]) -> Report:
    requests = [result for result in results if result.wanted]
    others = [result for result in results if not result.wanted]
    acted = [result for result in results if result.decided(Decision.ACT)]
    return Report(
        language=language,
        mails=len(results),
        figures=tuple(_figures(right, results) for right in (*Right, None)),
        exact=_share(results, lambda result: result.is_exact),
        act_coverage=_share(requests, lambda result: result.decided(Decision.ACT)),
        act_precision=_share(acted, lambda result: result.is_exact),
        false_deletions=sum(Right.DELETION in result.guessed - result.wanted for result in acted),
        silent_nones=_share(requests, lambda result: result.decided(Decision.NONE)),
        none_coverage=_share(others, lambda result: result.decided(Decision.NONE)),
        language_accuracy=_share(results, lambda result: result.found.language == result.mail.language),
    )


def _figures(right: Right | None, results: Sequence[_Result]) -> Figures:
    wanted = [result for result in results if _has(result.wanted, right)]
    guessed = [result for result in results if _has(result.guessed, right)]
    both = sum(_has(result.guessed, right) for result in wanted)
    return Figures(
        right=right,
        precision=both / max(1, len(guessed)),
        recall=both / max(1, len(wanted)),
        f1=2 * both / max(1, len(guessed) + len(wanted)),
        mails=len(wanted),
    )


def _has(rights: frozenset[Right], right: Right | None) -> bool:
    return not rights if right is None else right in rights


def _share(results: Sequence[_Result], holds: Callable[[_Result], bool]) -> float:
    return sum(map(holds, results)) / max(1, len(results))


def _rights_table(report: Report) -> Table:
    table = Table(title=f"{report.language}: {report.mails} mails, macro-F1 {report.macro_f1:.2f}")
    for heading in ("right", "precision", "recall", "F1", "mails"):
        table.add_column(heading, justify="left" if heading == "right" else "right")
    for row in report.figures:
        name = row.right.value if row.right else "none"
        table.add_row(name, f"{row.precision:.2f}", f"{row.recall:.2f}", f"{row.f1:.2f}", str(row.mails))
    return table


def _decisions_table(reports: Iterable[Report]) -> Table:
    table = Table(title="Decisions")
    headings = (
        "language", "macro-F1", "exact", "act: coverage", "act: precision",
        "false deletions", "silent nones", "none: coverage", "language found",
    )  # fmt: skip
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "language" else "right")
    for report in reports:
        shares = (report.exact, report.act_coverage, report.act_precision)
        rest = (report.silent_nones, report.none_coverage, report.language_accuracy)
        table.add_row(
            report.language,
            f"{report.macro_f1:.2f}",
            *(f"{share:.1%}" for share in shares),
            str(report.false_deletions),
            *(f"{share:.1%}" for share in rest),
        )
    return table


def main() -> None:
    """Print the figures of the shipped model on the dev split."""
    dev = [mail for mail in read_corpus(CORPUS) if mail.is_dev]
    reports = evaluate(SpacyRecogniser.load(), track(dev, description="Reading"))
    console = Console()
    for report in reports:
        console.print(_rights_table(report))
    console.print(_decisions_table(reports))


if __name__ == "__main__":
    main()
