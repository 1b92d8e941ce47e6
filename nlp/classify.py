"""A small convolutional network on spaCy's token layers: it reads a text's keywords in their order.

It knows vectors of the keywords, so that a rare one is understood by its neighbours in meaning.
"""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import spacy
from spacy.attrs import PREFIX
from spacy.language import Language as Pipeline
from spacy.ml.models.tok2vec import MaxoutWindowEncoder, MultiHashEmbed, build_Tok2Vec_model
from spacy.tokens import Doc
from thinc.api import (
    Adam,
    Linear,
    Maxout,
    Model,
    chain,
    concatenate,
    fix_random_seed,
    list2ragged,
    reduce_max,
    reduce_mean,
    set_dropout_rate,
)

from handlers.rights import Right
from nlp.glossary import glossary
from nlp.lessons import Lesson, wanted
from nlp.scores import Floats, sigmoid
from nlp.vectors import KEYWORDS_FILE, load_vectors

FILE = "first.npz"
MAX_KEYWORDS = 1_000  # a longer text is scored by its beginning; its sentences are scored too

NO_KEYWORD = "-"
WIDTH = 64
STEM = 5  # letters of a word: inflected forms mostly share them
ROWS = (4_000, 4_000, 2_000)  # of the tables for words, their stems and their last three letters
DEPTH = 2  # layers, each of which sees one neighbour more on both sides
HIDDEN = 64
PIECES = 3

EPOCHS = 6
BATCH = 24
POOL = 20 * BATCH  # so many lessons are sorted by length, since a batch is as slow as its longest text
RATE = 0.002
WARM_UP = 100  # steps
LEAST_RATE = 0.02  # of RATE, at the end
DROPOUT = 0.3
RARE_WEIGHT = 2.0  # of a right that is asked, since most texts do not ask for it
QUIET_SHARE = 0.25  # of the sentences that ask nothing: there are so many more of them

Network = Model[Any, Any]  # documents in, a row of raw scores for each out


class Classifier:
    """Gives raw scores per right; one thread at a time, since spaCy's vocabulary is shared."""

    def __init__(self, pipeline: Pipeline, network: Network) -> None:
        self._pipeline = pipeline
        self._network = network
        self._lock = threading.Lock()

    @classmethod
    def learn(
        cls, *, mails: Sequence[Lesson], sentences: Sequence[Lesson], seed: int, tick: Callable[[], None] = lambda: None
    ) -> Self:
        """Return the classifier that these lessons teach; `tick` is called after each of EPOCHS passes."""
        fix_random_seed(seed)
        chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
        heard = (one for one in sentences if one.rights or chance.random() < QUIET_SHARE)
        lessons = list(dict.fromkeys([*mails, *heard]))  # a core is a mail, its only sentence and its evidence
        new = cls(_pipeline(), _network())
        docs = [new._doc(lesson.text, lesson.language) for lesson in lessons]
        new._network.initialize(X=docs[:BATCH], Y=wanted(lessons[:BATCH]))
        _descend(new._network, docs, wanted(lessons), chance=chance, tick=tick)
        return new

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the classifier kept in a folder; raises OSError if there is none."""
        new = cls(_pipeline(), _network())
        new._network.initialize(
            X=[Doc(new._pipeline.vocab, words=["a"])], Y=np.zeros((1, len(Right)), dtype=np.float32)
        )
        with np.load(folder / FILE) as kept:
            for name, layer, parameter in _parameters(new._network):
                layer.set_param(parameter, kept[name].astype(np.float32))
        return new

    def save(self, folder: Path) -> None:
        """Keep the classifier in a folder, at half precision; the word vectors are not part of it."""
        found: Iterator[tuple[str, Any]] = (
            (name, layer.get_param(part)) for name, layer, part in _parameters(self._network)
        )
        kept: dict[str, Any] = {name: value.astype(np.float16) for name, value in found}
        np.savez_compressed(folder / FILE, **kept)

    def raw(self, texts: Sequence[str], *, language: str) -> Floats:
        """Return a row of raw scores, one per right, for each text: positive is rather yes."""
        # The memory zone forgets the words of the mail again: no growth, no personal data left in memory.
        with self._lock, self._pipeline.memory_zone():
            return np.asarray(self._network.predict([self._doc(text, language) for text in texts]), dtype=np.float32)

    def _doc(self, text: str, language: str) -> Doc:
        words = glossary(language).keywords(text)[:MAX_KEYWORDS]
        return Doc(self._pipeline.vocab, words=words or [NO_KEYWORD])


def _pipeline() -> Pipeline:
    pipeline = spacy.blank("xx")
    pipeline.vocab.vectors = load_vectors(KEYWORDS_FILE)
    pipeline.vocab.lex_attr_getters[PREFIX] = lambda word: word[:STEM]  # type: ignore[attr-defined]  # not in its stubs
    return pipeline


def _network() -> Network:
    embed = MultiHashEmbed(
        width=WIDTH, attrs=["NORM", "PREFIX", "SUFFIX"], rows=list(ROWS), include_static_vectors=True
    )
    encode = MaxoutWindowEncoder(width=WIDTH, window_size=1, maxout_pieces=PIECES, depth=DEPTH)
    return chain(
        build_Tok2Vec_model(embed, encode),
        list2ragged(),
        concatenate(reduce_max(), reduce_mean()),
        Maxout(nO=HIDDEN, nP=PIECES, normalize=True, dropout=0.0),
        Linear(nO=len(Right)),
    )


def _parameters(network: Network) -> Iterator[tuple[str, Network, str]]:
    for number, layer in enumerate(network.walk()):
        for parameter in layer.param_names:
            if layer.has_param(parameter):
                yield f"{number}_{parameter}", layer, parameter


def _descend(
    network: Network, docs: Sequence[Doc], labels: Floats, *, chance: random.Random, tick: Callable[[], None]
) -> None:
    """Train with the cross entropy; spaCy's own text classifier squares its errors and gives rare rights up."""
    optimizer = Adam(RATE, L2_is_weight_decay=True, L2=0.01, grad_clip=1.0, use_averages=True)
    steps = EPOCHS * (len(docs) // BATCH + 1)
    step = 0
    set_dropout_rate(network, DROPOUT)
    for _ in range(EPOCHS):
        for batch in _batches(docs, chance):
            optimizer.learn_rate = RATE * min(1.0, (step + 1) / WARM_UP) * max(LEAST_RATE, 1 - step / steps)
            raw, backprop = network.begin_update([docs[at] for at in batch])
            error = sigmoid(raw) - labels[batch]
            error *= 1 + (RARE_WEIGHT - 1) * labels[batch]
            backprop(error / len(batch))
            network.finish_update(optimizer)
            step += 1
        tick()
    set_dropout_rate(network, 0.0)
    # Averaging the weights over all steps evens out the last batches' chance.
    with network.use_params(optimizer.averages):
        averaged = {(layer.id, name): layer.get_param(name).copy() for _, layer, name in _parameters(network)}
    for _, layer, name in _parameters(network):
        layer.set_param(name, averaged[layer.id, name])


def _batches(docs: Sequence[Doc], chance: random.Random) -> list[list[int]]:
    order = list(range(len(docs)))
    chance.shuffle(order)
    pools = (order[start : start + POOL] for start in range(0, len(order), POOL))
    sorted_by_length = [at for pool in pools for at in sorted(pool, key=lambda at: len(docs[at]))]
    batches = [sorted_by_length[start : start + BATCH] for start in range(0, len(order), BATCH)]
    chance.shuffle(batches)
    return batches
