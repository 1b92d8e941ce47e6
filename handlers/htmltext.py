"""HTML mails as readable text, quotes marked with "> " as in plain mail so that they can be stripped alike.

Tags are told apart from text here and not by html.parser: that one looks for the end of every unfinished tag up to the
end of the page, so a mail of a few hundred kilobytes could keep it busy for many minutes.
"""

import html
import re

_LINE = frozenset({"address", "br", "dd", "div", "dl", "dt", "footer", "form", "header", "hr", "section", "tr"})
_PARAGRAPH = frozenset({"article", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "table", "ul"})
_DROPPED = frozenset({"head", "script", "style", "template", "title"})
# Possessive: of an unfinished tag no part is tried anew.
_TAG = re.compile(r"<(/?[a-zA-Z][a-zA-Z0-9]*+)[^<>]*+>")
_DECLARATION = re.compile(r"<[!?][^<>]*+>")
_SPACES = re.compile(r"\s+")


def html_to_text(source: str) -> str:
    """Return the text that a person would read; never raises, in time proportional to the length."""
    reader = _Reader()
    # Text and the names of tags by turns, text first.
    for position, piece in enumerate(_TAG.split(_DECLARATION.sub("", _without_comments(source)))):
        if position % 2:
            reader.tag(piece.lower())
        else:
            reader.text(piece)
    return _tidy("".join(reader.pieces))


def _without_comments(source: str) -> str:
    kept: list[str] = []
    start = 0
    # By position: cutting the rest off at each comment would copy the page as often as it has comments.
    while (opened := source.find("<!--", start)) >= 0 and (closed := source.find("-->", opened + 4)) >= 0:
        kept.append(source[start:opened])
        start = closed + 3
    return "".join(kept) + source[start:]


def _tidy(text: str) -> str:
    """Collapse spaces, and blank lines to one, quoted or not."""
    kept: list[str] = []
    for raw in text.split("\n"):
        line = _SPACES.sub(" ", raw).strip()
        if not _is_blank(line) or (kept and not _is_blank(kept[-1])):
            kept.append(line)
    if kept and _is_blank(kept[-1]):
        kept.pop()
    return "\n".join(kept)


def _is_blank(line: str) -> bool:
    return not line.strip("> ")


class _Reader:
    """Collects text; a tag of the page's layout becomes a line break."""

    MAX_QUOTES = 10  # nobody reads quotes of quotes beyond, and every line carries the marks

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self._dropped = ""  # the tag whose content is being left out
        self._quotes = 0

    def text(self, piece: str) -> None:
        if not self._dropped:
            self.pieces.append(_SPACES.sub(" ", html.unescape(piece)))

    def tag(self, name: str) -> None:
        if self._dropped:
            # A head that was never closed ends where the body begins.
            if name in {f"/{self._dropped}", "body"}:
                self._dropped = ""
            return
        if name in _DROPPED:
            self._dropped = name
            return
        if name.endswith("blockquote"):
            self._quotes = max(0, self._quotes + (-1 if name.startswith("/") else 1))
        self._break(name)

    def _break(self, name: str) -> None:
        if name.removeprefix("/") in _PARAGRAPH:
            self._new_line(2)
        elif name == "li":
            self._new_line(1)
            self.pieces.append("- ")
        elif name.removeprefix("/") in _LINE:
            self._new_line(1)
        elif name in {"td", "th"}:
            self.pieces.append(" ")

    def _new_line(self, count: int) -> None:
        self.pieces.append(("\n" + "> " * min(self._quotes, self.MAX_QUOTES)) * count)
