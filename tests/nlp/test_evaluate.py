"""The figures are counted rightly, and the shipped model keeps the floor that the README promises."""

from dataclasses import dataclass

import pytest

from handlers.recognition import Asked, Decision, Recognition, Slots
from handlers.rights import Right
from nlp.corpus import CORPUS, Mail, read_corpus
from nlp.evaluate import Figures, Report, evaluate
from nlp.recognise import SpacyRecogniser

MACRO_F1_FLOOR = 0.6
ACT_PRECISION_FLOOR = 0.95
ACT_COVERAGE_FLOOR = 0.2
SILENT_NONES_CEILING = 0.015


@dataclass(frozen=True)
class FakeRecogniser:
    """Answers by the body: its first word is the decision, the others are the rights."""

    def recognise(self, *, subject: str, body: str) -> Recognition:
        decision, *rights = body.split()
        asked = tuple(Asked(right=Right(right), score=1.0, evidence="") for right in rights)
        return Recognition(language="en", decision=Decision(decision), asked=asked)

    def own_words(self, body: str) -> str:
        return body


def mail(answer: str, *labels: Right, language: str = "en") -> Mail:
    return Mail(
        id=answer, language=language, subject="", body=answer, labels=labels, evidence=(), slots=Slots(), kind="mail"
    )


def test_evaluate_counts_every_outcome() -> None:
    mails = [
        mail("act access", Right.ACCESS),
        mail("act deletion", Right.ACCESS),
        mail("triage access", Right.ACCESS, Right.DELETION),
        mail("none", Right.DELETION),
        mail("none"),
        mail("triage", language="de"),
    ]
    total, german, english = evaluate(FakeRecogniser(), mails)
    by_right = {figures.right: figures for figures in total.figures}

    assert (total.language, german.language, english.language) == ("all", "de", "en")
    assert (total.mails, german.mails, english.mails) == (6, 1, 5)
    assert by_right[Right.ACCESS] == Figures(right=Right.ACCESS, precision=1.0, recall=2 / 3, f1=0.8, mails=3)
    assert by_right[Right.DELETION] == Figures(right=Right.DELETION, precision=0.0, recall=0.0, f1=0.0, mails=2)
    assert by_right[None] == Figures(right=None, precision=2 / 3, recall=1.0, f1=0.8, mails=2)
    assert (total.exact, total.act_coverage, total.act_precision) == (3 / 6, 2 / 4, 1 / 2)
    assert (total.false_deletions, total.silent_nones, total.none_coverage) == (1, 1 / 4, 1 / 2)
    assert (total.language_accuracy, german.language_accuracy) == (5 / 6, 0.0)


@pytest.fixture(scope="module")
def report(recogniser: SpacyRecogniser) -> Report:
    return evaluate(recogniser, [mail for mail in read_corpus(CORPUS) if mail.is_dev])[0]


def test_the_shipped_model_never_deletes_wrongly_on_the_dev_split(report: Report) -> None:
    assert report.false_deletions == 0


def test_the_shipped_model_keeps_its_floor_on_the_dev_split(report: Report) -> None:
    assert report.mails > 300
    assert report.macro_f1 >= MACRO_F1_FLOOR
    assert report.act_precision >= ACT_PRECISION_FLOOR
    assert report.act_coverage >= ACT_COVERAGE_FLOOR
    assert report.silent_nones <= SILENT_NONES_CEILING
    assert report.language_accuracy >= 0.99
