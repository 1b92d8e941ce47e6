"""The glossary: complete, well-formed, and read as it is meant."""

import pytest

from nlp.glossary import FOLDER, glossary
from nlp.phrasebook import LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_has_a_form_and_keywords(language: str) -> None:
    lines = [line.split("\t") for line in (FOLDER / f"{language}.tsv").read_text(encoding="utf-8").splitlines()]
    assert len(lines) >= 2_500
    assert [line for line in lines if len(line) != 2 or not all(line)] == []


def test_keywords_come_in_the_order_of_the_text() -> None:
    assert glossary("de").keywords("Löschen Sie meine Adresse!") == ["delete", "you", "my", "address", "!"]


def test_names_and_unknown_words_are_left_out() -> None:
    assert glossary("de").keywords("Lieselotte Xyzzyx löschen") == ["delete"]


def test_an_unknown_form_is_read_like_one_that_begins_alike() -> None:
    assert "address" in glossary("de").keywords("Adressenkartei")


def test_accents_and_case_do_not_matter() -> None:
    assert glossary("sk").keywords("VYMAZTE") == glossary("sk").keywords("vymažte") == ["delete"]
