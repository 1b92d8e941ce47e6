import pytest

from handlers.recognition import Asked, Decision, Recognition, Slots
from handlers.rights import Right
from nlp.corpus import Mail
from nlp.measure import NONE, Figures, Reading, confusion, measure

ACCESS, DELETION = Right.ACCESS, Right.DELETION


def reading(answer: str, *labels: Right, language: str = "en") -> Reading:
    """Return a reading from its answer: the decision, then the rights guessed."""
    decision, *rights = answer.split()
    asked = tuple(Asked(right=Right(right), score=1.0, evidence="") for right in rights)
    return Reading(
        mail=Mail(
            id=answer, language=language, subject="", body="", labels=labels, evidence=(), slots=Slots(), kind="mail"
        ),
        found=Recognition(language="en", decision=Decision(decision), asked=asked),
    )


READINGS = [
    reading("act access", ACCESS),
    reading("act deletion", ACCESS),
    reading("triage access", ACCESS, DELETION),
    reading("none", DELETION),
    reading("none"),
    reading("triage", language="de"),
]


def test_measure_counts_every_outcome() -> None:
    total, german, english = measure(READINGS)
    by_right = {figures.right: figures for figures in total.figures}

    assert (total.language, german.language, english.language) == ("all", "de", "en")
    assert (total.mails, german.mails, english.mails) == (6, 1, 5)
    assert by_right[ACCESS] == Figures(right=ACCESS, precision=1.0, recall=2 / 3, f1=0.8, mails=3)
    assert by_right[DELETION] == Figures(right=DELETION, precision=0.0, recall=0.0, f1=0.0, mails=2)
    assert by_right[NONE] == Figures(right=NONE, precision=2 / 3, recall=1.0, f1=0.8, mails=2)
    assert total.macro_f1 == pytest.approx(0.8 / 7)
    assert (total.exact, total.act_coverage, total.act_precision) == (3 / 6, 2 / 4, 1 / 2)
    assert (total.false_deletions, total.silent_nones) == (1, 1 / 4)
    assert (total.none_recall, total.none_coverage) == (1.0, 1 / 2)
    assert (total.language_found, german.language_found) == (5 / 6, 0.0)


def test_confusion_counts_what_was_guessed_instead() -> None:
    assert confusion(READINGS) == {
        ("access", "access"): 2,
        ("access", "deletion"): 1,
        ("deletion", NONE): 2,
        (NONE, NONE): 2,
    }
