"""What docs/how-to-add.md promises to notice: every language has every text, every right has its words."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.settings import LANGUAGES
from handlers.rights import Right
from nlp.phrasebook import LANGUAGES as LANGUAGES_READ
from nlp.phrasebook import phrasebook
from tests.docs import markdown

TEMPLATES = markdown.ROOT / "templates"
CATALOGUES = ("letters/{}/words.toml", "portal/{}.toml", "slack/{}.toml", "law/{}.toml")
PLACEHOLDER = re.compile(r"{\w+}")
FILE = re.compile(r"(?:bot|handlers|nlp|storage|templates|tests)/[\w/.<>-]*")


def catalogue(name: str, language: str) -> Mapping[str, Any]:
    return tomllib.loads((TEMPLATES / name.format(language)).read_text(encoding="utf-8"))


def placeholders(texts: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return every text's key with the names in braces that it holds."""
    return {
        f"{section}.{key}": sorted(set(PLACEHOLDER.findall(text)))
        for section, entries in texts.items()
        for key, text in entries.items()
    }


def files(language: str) -> set[str]:
    folders = (TEMPLATES / "letters" / language, TEMPLATES / "summary" / language)
    return {str(path.relative_to(folder)) for folder in folders for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_letter(language: str) -> None:
    assert files(language) == files("en")


@pytest.mark.parametrize("name", CATALOGUES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_word_with_the_same_names_in_braces(language: str, name: str) -> None:
    assert placeholders(catalogue(name, language)) == placeholders(catalogue(name, "en"))


def test_letters_are_written_in_the_languages_that_are_read() -> None:
    assert set(LANGUAGES) <= set(LANGUAGES_READ)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_right_has_its_section_its_names_and_its_cues(language: str) -> None:
    rights = {str(right) for right in Right}
    assert {f"sections/{right}.md.j2" for right in rights} <= files(language)
    assert set(catalogue("letters/{}/words.toml", language)["rights"]) == rights
    assert set(catalogue("slack/{}.toml", language)["rights"]) == rights
    assert set(phrasebook(language).cues) == set(Right)


def named_files() -> Iterator[str]:
    for word in markdown.code_words(markdown.without_blocks(markdown.read("how-to-add.md"))):
        if FILE.fullmatch(word):
            yield word


@pytest.mark.parametrize("name", sorted(set(named_files())))
def test_named_files_exist(name: str) -> None:
    sample = name.replace("<language>", "en").replace("<right>", "access").replace("<kind>", "challenge")
    assert Path(markdown.ROOT, sample).exists()
