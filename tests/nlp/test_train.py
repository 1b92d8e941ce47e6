"""Training end to end on a handful of mails: what comes out can be loaded and asked."""

import json
from pathlib import Path

import numpy as np
import pytest

from handlers.rights import Right
from nlp import classify
from nlp.consider import consider
from nlp.corpus import read_corpus
from nlp.language import LanguageFinder
from nlp.lessons import mail_lessons, sentence_lessons
from nlp.opinions import Models, ask
from nlp.slots.reader import SlotReader
from nlp.train import learn_weighing, train

SENTENCES = {
    "Please delete my data": ["deletion"],
    "What do you have on me": ["access"],
    "Where is my parcel, please": [],
}
WRITERS = "tuc"
RIGHTS = list(Right)


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(classify, "EPOCHS", 30)
    rows = [
        {
            "id": f"en-{WRITERS[number % len(WRITERS)]}{number}{labels}",
            "lang": "en",
            "subject": "",
            "body": f"Hello.\n{text}, number {number}.\nBye.",
            "labels": labels,
            "evidence": [f"{text}, number {number}."] * len(labels),
            "slots": {},
            "kind": "mail",
            "note": "",
        }
        for number in range(12)
        for text, labels in SENTENCES.items()
    ]
    (tmp_path / "en.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return tmp_path


def test_train_writes_a_model_that_knows_its_lessons(corpus: Path, tmp_path: Path) -> None:
    shares: list[float] = []
    out = tmp_path / "model"

    train(corpus, out, seed=1, progress=shares.append)

    opinions = ask("Please delete my data", language="en", models=Models.load(out))
    assert [RIGHTS[int(np.argmax(model.mail))] for model in opinions.models] == [Right.DELETION] * 3
    assert LanguageFinder.load(out).find("Where is it").code == "en"
    assert SlotReader.load(out)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_learn_weighing_trusts_models_that_are_right(corpus: Path) -> None:
    blend, confidence = learn_weighing(corpus, seed=1, progress=lambda _: None)
    text = "Hello.\nPlease delete my data, number 99.\nBye."
    models = Models.learn(
        mails=mail_lessons(read_corpus(corpus)),
        sentences=sentence_lessons(read_corpus(corpus)),
        seed=1,
        tick=lambda: None,
    )
    case = consider(ask(text, language="en", models=models), blend=blend, language="en")
    assert case.rights == (Right.DELETION,)
    assert confidence.of(case) > 0.5
