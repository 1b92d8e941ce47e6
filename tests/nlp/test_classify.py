from pathlib import Path

import pytest

from handlers.rights import Right
from nlp import classify
from nlp.classify import Classifier
from nlp.lessons import Lesson

ACCESS, DELETION = list(Right).index(Right.ACCESS), list(Right).index(Right.DELETION)
MAILS = [
    Lesson("Please delete my data", "en", frozenset({Right.DELETION})),
    Lesson("What do you have on me", "en", frozenset({Right.ACCESS})),
    Lesson("Where is my parcel, please", "en", frozenset()),
] * 16


@pytest.fixture(scope="module")
def taught() -> Classifier:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(classify, "EPOCHS", 100)
        return Classifier.learn(mails=MAILS, sentences=(), seed=1)


def test_learn_tells_apart_what_it_was_taught(taught: Classifier) -> None:
    deletion, access, parcel = taught.raw([lesson.text for lesson in MAILS[:3]], language="en")
    assert deletion[DELETION] > 0 > deletion[ACCESS]
    assert access[ACCESS] > 0 > access[DELETION]
    assert parcel.max() < 0


def test_a_saved_classifier_scores_as_before(taught: Classifier, tmp_path: Path) -> None:
    taught.save(tmp_path)
    text = ["Please delete what you have on me"]
    assert Classifier.load(tmp_path).raw(text, language="en") == pytest.approx(
        taught.raw(text, language="en"), abs=0.05
    )


def test_a_text_is_scored_alike_alone_and_among_others(taught: Classifier) -> None:
    texts = ["Where is my parcel", "", "Please delete my data " * 40]
    together = taught.raw(texts, language="en")
    for text, row in zip(texts, together, strict=True):
        assert taught.raw([text], language="en")[0] == pytest.approx(row, abs=1e-3)
