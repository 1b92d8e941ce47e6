"""How well remarks about persons are found, by cross-validation over the labelled notes."""

from collections.abc import Sequence
from pathlib import Path

from nlp.judgement import Head, Note, find, read_notes

FOLDS = 5


def score(path: Path) -> tuple[float, float]:
    """Return precision and recall; notes of one number, which are alike in all languages, are in one fold."""
    notes = read_notes(path)
    flags = [(note.judging, flagged) for fold in range(FOLDS) for note, flagged in _flag(notes, fold)]
    hits = sum(judging and flagged for judging, flagged in flags)
    return hits / sum(flagged for _, flagged in flags), hits / sum(judging for judging, _ in flags)


def _flag(notes: Sequence[Note], fold: int) -> list[tuple[Note, bool]]:
    head = Head.learn([note for note in notes if _fold(note) != fold])
    return [(note, bool(find(note.text, head=head))) for note in notes if _fold(note) == fold]


def _fold(note: Note) -> int:
    return int(note.id.rpartition("-r")[2]) % FOLDS
