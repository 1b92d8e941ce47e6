"""Invisible marks round the words that fulfil a duty; they are found in the finished text, and taken out of it."""

import re
from collections.abc import Callable

from handlers.letters import Said

# Private use characters, which bot.typeset.one_line takes out of every value.
OPEN, NAMED, CLOSE = "\ue000", "\ue001", "\ue002"
MARKS = re.compile(f"({OPEN}[^{NAMED}]*{NAMED}|{CLOSE})")


def marked(name: object, caller: Callable[[], str]) -> str:
    """Return a block's words between marks, for {% call duty("reasons") %}…{% endcall %}."""
    return f"{OPEN}{name}{NAMED}{caller()}{CLOSE}"


def unmarked(_name: object, caller: Callable[[], str]) -> str:
    """Return a block's words as they stand."""
    return caller()


def take_marks(text: str) -> tuple[str, tuple[Said, ...]]:
    """Return the text without its marks, and what stood between them; marks in marks make a path."""
    plain = ""
    begun: list[tuple[str, int]] = []
    said = []
    for piece in MARKS.split(text):
        if piece.startswith(OPEN):
            begun.append((piece[1:-1], len(plain)))
        elif piece == CLOSE:
            path = tuple(name for name, _ in begun)
            said.append(Said(path, plain[begun.pop()[1] :]))
        else:
            plain += piece
    return plain, tuple(said)
