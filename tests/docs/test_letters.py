"""docs/letters.md lists every letter and section with the variables that the templates use."""

from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from bot.settings import LANGUAGES
from tests.docs import markdown

TEMPLATES = markdown.ROOT / "templates"
LETTERS = TEMPLATES / "letters"
COMMON = {"controller", "authority", "reference", "received_on", "words"}
GIVEN_BY_TYPESETTING = {"language", "duty"}
TITLE = "The letters and what fills them"


def documented() -> dict[str, set[str]]:
    table = markdown.section(markdown.read("letters.md"), TITLE)
    return {cells[0].strip("`"): set(markdown.code_words(cells[-1])) for cells in markdown.rows(table)}


def used(path: Path) -> set[str]:
    """Return the variables that a template reads, those of a section as section.<name>."""
    tree = Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))
    own = {loop.target.name for loop in tree.find_all(nodes.For) if isinstance(loop.target, nodes.Name)}
    names = {name.name for name in tree.find_all(nodes.Name) if name.ctx == "load"} - own - {"loop"}
    if "section" not in names:
        return names
    parts = {part.attr for part in tree.find_all(nodes.Getattr) if getattr(part.node, "name", "") == "section"}
    return names - {"section"} | {f"section.{part}" for part in parts}


def templates() -> list[Path]:
    found = [path for language in LANGUAGES for path in sorted((LETTERS / language).rglob("*.md.j2"))]
    return found + [TEMPLATES / "summary" / language / "week.md.j2" for language in LANGUAGES]


@pytest.mark.parametrize("path", templates(), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_variables_of_a_template_are_documented(path: Path) -> None:
    common = GIVEN_BY_TYPESETTING if "summary" in path.parts else COMMON | GIVEN_BY_TYPESETTING
    assert used(path) - common <= documented()[path.name.removesuffix(".md.j2")]


def test_every_letter_and_section_is_documented_and_no_other() -> None:
    assert set(documented()) == {path.name.removesuffix(".md.j2") for path in templates()}


def test_every_documented_variable_is_used_somewhere() -> None:
    everywhere = set().union(*map(used, templates()))
    fields = {name for names in documented().values() for name in names if name.startswith("section.")}
    assert fields - everywhere == set()
