"""Training end to end on a handful of mails: what comes out can be loaded and asked."""

import json
from pathlib import Path

import pytest

from handlers.rights import Right
from nlp import train as training
from nlp.classify import Classifier
from nlp.corpus import read_corpus
from nlp.second import SecondOpinion
from nlp.train import train

SENTENCES = {
    "Please delete my data": ["deletion"],
    "What do you have on me": ["access"],
    "Where is my parcel, please": [],
}


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    rows = [
        {
            "id": f"en-{number}",
            "lang": "en",
            "subject": "",
            "body": f"Hello.\n{text}, number {number}.\nBye.",
            "labels": labels,
            "evidence": [f"{text}, number {number}."] * len(labels),
            "slots": {},
            "kind": "mail",
            "note": "",
        }
        for number in range(8)
        for text, labels in SENTENCES.items()
    ]
    (tmp_path / "en.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return tmp_path


def test_train_writes_a_model_that_knows_its_lessons(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "EPOCHS", 6)
    shares: list[float] = []
    out = tmp_path / "model"

    train(corpus, out, seed=1, progress=shares.append)

    (scores,) = Classifier.load(out).score(["Please delete my data"])
    assert scores[Right.DELETION] > scores[Right.ACCESS]
    assert SecondOpinion.load(out).score("What do you have on me")[Right.ACCESS] > 0.5
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert not list(out.rglob("vocab"))


def test_read_corpus_reads_what_train_is_taught(corpus: Path) -> None:
    assert len(read_corpus(corpus)) == 8 * len(SENTENCES)
