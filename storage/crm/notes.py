"""Free texts of the staff that may judge the person: held out of a copy until somebody has looked at them."""

import hashlib
import json
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from handlers.crm import HeldNote

# Soft hyphens and characters without width, which nobody sees inside a word.
_UNSEEN = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff]")
_ESCAPED_SPACE = re.compile(r"\\[nrt]")  # in JSON, where its letter would belong to the word behind it
ID_LENGTH = 16  # hexadecimal digits: enough to tell one company's notes apart


def judged(text: str) -> bool:
    """May the text judge a person? By a short list of words; flags too much rather than too little."""
    return _lexicon().search(_UNSEEN.sub("", text)) is not None


def nothing_released(_ids: Collection[str]) -> Collection[str]:
    """Return none of the notes: nobody has looked at any."""
    return ()


@dataclass(frozen=True)
class NoteGate:
    """Which notes are held: those in which a judgement is suspected and that nobody has released."""

    judged: Callable[[str], bool] = judged
    released: Callable[[Collection[str]], Collection[str]] = nothing_released

    def hold(self, notes: Sequence[HeldNote]) -> tuple[HeldNote, ...]:
        """Return those of the notes that are to be held; asks once for what was released."""
        suspected = [note for note in notes if self.judged(note.text)]
        if not suspected:
            return ()
        released = set(self.released([note.id for note in suspected]))
        return tuple(note for note in suspected if note.id not in released)


def text_of(value: object) -> str | None:
    """Return a note column's value as the text that is looked at, None for one that holds no words."""
    if isinstance(value, dict | list):
        return _ESCAPED_SPACE.sub(" ", json.dumps(value, ensure_ascii=False))
    return value if isinstance(value, str) else None


def as_note(table: str, key: Sequence[object], field: str, text: str) -> HeldNote:
    """Return a note under an id that follows from its place and its words: a changed text is to be looked at again."""
    place = json.dumps([table, [str(part) for part in key], field, text])
    return HeldNote(hashlib.sha256(place.encode()).hexdigest()[:ID_LENGTH], table, field, text)


@cache
def _lexicon() -> re.Pattern[str]:
    lines = files("storage.crm").joinpath("judgements.txt").read_text(encoding="utf-8").splitlines()
    words = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    patterns = (re.escape(word.removesuffix("*")) + (r"\w*" if word.endswith("*") else "") for word in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)", re.IGNORECASE)
