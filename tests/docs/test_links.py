"""Links lead somewhere, and the commands that the pages name exist."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from bot.__main__ import app
from tests.docs import markdown

PAGES = [markdown.ROOT / "README.md", *sorted(markdown.DOCS.glob("*.md"))]
COMMAND = re.compile(r"(?:^|`|bin/)rightsdesk ((?:(?:crm|journal|nlp) )?[a-z]+)((?: [^\n`#&|]+)?)", re.MULTILINE)
page = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)


@page
def test_links_lead_somewhere(path: Path) -> None:
    assert [target for target in markdown.links(path.read_text(encoding="utf-8")) if not leads(path, target)] == []


def leads(path: Path, target: str) -> bool:
    if target.startswith("https://"):
        return True
    name, _, anchor = target.partition("#")
    there = (path.parent / name).resolve() if name else path
    return there.exists() and (not anchor or anchor in markdown.anchors(there.read_text(encoding="utf-8")))


@page
def test_commands_and_their_options_exist(path: Path) -> None:
    options = known_options()
    for name, rest in COMMAND.findall(path.read_text(encoding="utf-8")):
        assert name in options, f"{path.name}: rightsdesk {name}"
        assert set(re.findall(r"--[a-z]+", rest)) <= options[name], f"{path.name}: rightsdesk {name}{rest}"


def known_options() -> dict[str, set[str]]:
    """Return the options of every command, those of groups under "group command"."""
    found = {}
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]  # a group
        found[name] = {option for parameter in command.params for option in parameter.opts}
        for sub, below in getattr(command, "commands", {}).items():
            found[f"{name} {sub}"] = {option for parameter in below.params for option in parameter.opts}
    return found
