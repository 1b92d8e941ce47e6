"""HTML mails as readable text, quotes marked with "> " as in plain mail so that they can be stripped alike."""

import html
import re
from html.parser import HTMLParser

_LINE = frozenset({"address", "div", "dd", "dl", "dt", "footer", "form", "header", "hr", "section", "tr"})
_PARAGRAPH = frozenset({"article", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "table", "ul"})
_DROPPED = frozenset({"head", "script", "style", "template", "title"})
_SPACES = re.compile(r"[^\S\n]+")
_DROPPED_WHOLE = re.compile(r"<(script|style|head)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")


def html_to_text(source: str) -> tuple[str, bool]:
    """Return the text a person would read, and whether the HTML could be parsed."""
    parser = _Reader()
    try:
        parser.feed(source)
        parser.close()
    except AssertionError:  # how html.parser answers an unknown marked section such as "<![x["
        return _tidy(html.unescape(_TAG.sub(" ", _DROPPED_WHOLE.sub(" ", source)))), False
    return _tidy("".join(parser.pieces)), True


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


class _Reader(HTMLParser):
    """Collects text; a tag of the page's layout becomes a line break."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._dropped: list[str] = []
        self._quotes = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 (the base class's)
        if tag in _DROPPED:
            self._dropped.append(tag)
        elif tag == "body":
            self._dropped.clear()  # a head that was never closed ends here
        elif tag == "blockquote":
            self._quotes += 1
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._dropped:
            del self._dropped[self._dropped.index(tag) :]
        elif tag == "blockquote":
            self._quotes = max(0, self._quotes - 1)
        if tag not in {"br", "li"}:
            self._break(tag)

    def handle_data(self, data: str) -> None:
        if not self._dropped:
            self.pieces.append(_SPACES.sub(" ", data.replace("\n", " ")))

    def _break(self, tag: str) -> None:
        if tag in _PARAGRAPH:
            self._new_line(2)
        elif tag in _LINE or tag == "br":
            self._new_line(1)
        elif tag == "li":
            self._new_line(1)
            self.pieces.append("- ")
        elif tag in {"td", "th"}:
            self.pieces.append(" ")

    def _new_line(self, count: int) -> None:
        self.pieces.append(("\n" + "> " * self._quotes) * count)
