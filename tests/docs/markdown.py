"""Reading the documentation as its readers do: sections, tables, code blocks, links."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
_LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")


def read(name: str) -> str:
    """Return the text of a page."""
    return (DOCS / name).read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    """Return the code blocks in one language."""
    return [body for found, body in _FENCE.findall(text) if found == language]


def without_blocks(text: str) -> str:
    """Return the text without its code blocks."""
    return _FENCE.sub("", text)


def section(text: str, title: str) -> str:
    """Return what stands below a heading, up to the next one of its rank. Raises ValueError if there is none."""
    prose = _FENCE.sub(lambda block: re.sub(r"^#", " ", block.group(), flags=re.MULTILINE), text)
    headings = list(_HEADING.finditer(prose))
    for number, heading in enumerate(headings):
        if heading.group(2) == title:
            after = (later.start() for later in headings[number + 1 :] if len(later.group(1)) <= len(heading.group(1)))
            return prose[heading.end() : next(after, len(prose))]
    raise ValueError(f"no heading {title!r}")


def rows(text: str) -> Iterator[list[str]]:
    """Yield the cells of every table row, titles and rules left out."""
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if cells and cells[0].startswith("`"):
            yield cells


def code_words(cell: str) -> list[str]:
    """Return what stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def anchors(text: str) -> set[str]:
    """Return the names under which a page's headings can be linked to."""
    titles = (title for _, title in _HEADING.findall(without_blocks(text)))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def links(text: str) -> list[str]:
    """Return the targets of all links."""
    return _LINK.findall(without_blocks(text))
