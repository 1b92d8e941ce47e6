"""Long formal letters of the kind that consumer organisations publish, in all languages."""

import json
from typing import Any

import pytest

from handlers.rights import Right
from nlp.corpus import CORPUS
from nlp.phrasebook import LANGUAGES
from nlp.reading import read
from nlp.recognise import SpacyRecogniser
from nlp.rules import examine

FOLDER = CORPUS / "letters"
LETTERS: list[dict[str, Any]] = [
    json.loads(line) for code in LANGUAGES for line in (FOLDER / f"{code}.jsonl").read_text("utf-8").splitlines()
]


@pytest.mark.parametrize("letter", LETTERS, ids=lambda letter: str(letter["id"]))
def test_the_article_rule_alone_reads_a_formal_letter(letter: dict[str, Any]) -> None:
    findings = examine(read(subject=letter["subject"], body=letter["body"]), language=letter["lang"])
    assert findings.cited == {Right(label) for label in letter["labels"]}
    assert findings.vetoes == frozenset()


def test_there_are_five_letters_in_every_language() -> None:
    assert all(sum(letter["lang"] == code for letter in LETTERS) >= 5 for code in LANGUAGES)


def test_letters_are_read_exactly(recogniser: SpacyRecogniser) -> None:
    exact = [
        {one.right for one in recogniser.recognise(subject=letter["subject"], body=letter["body"]).asked}
        == {Right(label) for label in letter["labels"]}
        for letter in LETTERS
    ]
    assert sum(exact) >= 0.95 * len(LETTERS)
