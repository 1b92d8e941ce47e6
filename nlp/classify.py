"""The first opinion: a spaCy text classifier that reads the mail as a whole."""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import spacy
from spacy.language import Language as Pipeline
from thinc.api import Config

from handlers.rights import Right
from nlp.reading import mask

COMPONENT = "textcat_multilabel"
FOLDER = "textcat"
MAX_SCORED_CHARACTERS = 6_000  # a longer text is scored by its beginning; its sentences are scored too

_MODEL = """
[model]
@architectures = "spacy.TextCatEnsemble.v2"

[model.linear_model]
@architectures = "spacy.TextCatBOW.v3"
exclusive_classes = false
ngram_size = 2
no_output_layer = false
length = 65536

[model.tok2vec]
@architectures = "spacy.Tok2Vec.v2"

[model.tok2vec.embed]
@architectures = "spacy.MultiHashEmbed.v2"
width = 96
attrs = ["NORM", "PREFIX", "SUFFIX"]
rows = [5000, 2500, 2500]
include_static_vectors = false

[model.tok2vec.encode]
@architectures = "spacy.MaxoutWindowEncoder.v2"
width = 96
window_size = 1
maxout_pieces = 3
depth = 2
"""

Scores = Mapping[Right, float]


class Classifier:
    """Scores texts for each right; one thread at a time, since spaCy's vocabulary is shared."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._lock = threading.Lock()

    @classmethod
    def load(cls, folder: Path) -> "Classifier":
        """Return the classifier kept in a folder; raises OSError if there is none."""
        return cls(spacy.load(folder / FOLDER))

    def score(self, texts: Sequence[str]) -> tuple[Scores, ...]:
        """Return a score from 0 to 1 per right for each text."""
        masked = [mask(text)[:MAX_SCORED_CHARACTERS] for text in texts]
        # The memory zone forgets the words of the mail again: no growth, no personal data left in memory.
        with self._lock, self._pipeline.memory_zone():
            return tuple({right: doc.cats[right] for right in Right} for doc in self._pipeline.pipe(masked))


def untrained() -> Pipeline:
    """Return the pipeline before training."""
    pipeline = spacy.blank("xx")
    pipeline.add_pipe(COMPONENT, config={"model": Config().from_str(_MODEL)["model"]})
    return pipeline
