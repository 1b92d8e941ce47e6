"""A small convolutional network: for each piece of a mail a score for each tag.

It sees the few pieces around one, its sentence, the whole mail, and the value that this one may be confused with: the
words around the *other* telephone number tell which of the two is the new one. Words themselves are hidden half of
the time while it learns, so that it goes by their vectors, which hold in ten languages, and by shapes and places.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np
from thinc.api import (
    HashEmbed,
    Linear,
    Maxout,
    Model,
    Optimizer,
    chain,
    clone,
    concatenate,
    expand_window,
    residual,
    set_dropout_rate,
    zero_init,
)

from nlp.scores import Floats
from nlp.slots.features import FLAGS, Seen
from nlp.slots.tags import BEGINS_NEW, COUNT
from nlp.vectors import WIDTH as VECTOR

WIDTH = 64
DEPTH = 3  # layers, each of which sees one neighbour more on both sides
PIECES = 2
TABLES = ((24, 3_000), (24, 3_000), (16, 200), (24, 2_000))  # width and rows for each of a piece's ids
WORDS = 48  # columns of the first two tables, which know the word itself
DROPOUT = 0.3
HIDDEN_WORDS = 0.5
HIDDEN_VECTORS = HIDDEN_FLAGS = 0.06
VIEWS = 6  # the piece; the mail's most and mean; the sentence's most and mean; the twin

Network = Model[Any, Any]
Ways = tuple[int, int]  # first row, and the one after the last
Slope = Callable[[Sequence[Floats], Floats], None]

# The columns that the network gives beside COUNT are for beginning and going on with any new value: all fields share
# what is known about where new values stand.
SHARING = np.zeros((COUNT + 2, COUNT), dtype=np.float32)
SHARING[:COUNT] = np.eye(COUNT)
SHARING[COUNT, BEGINS_NEW] = SHARING[COUNT + 1, BEGINS_NEW + 1] = 1


class Scorer:
    """The layers with their weights; reading is safe to share between threads."""

    def __init__(self) -> None:
        """Set up a network that knows nothing yet."""
        width = sum(table for table, _ in TABLES) + VECTOR + FLAGS
        self._embed: Network = concatenate(
            *(HashEmbed(nO, rows, column=at, seed=at + 1) for at, (nO, rows) in enumerate(TABLES))
        )
        self._mix: Network = _maxout(width)
        self._around: Network = clone(residual(chain(expand_window(1), _maxout(3 * WIDTH))), DEPTH)
        self._join: Network = _maxout(VIEWS * WIDTH)
        self._tag: Network = Linear(COUNT + 2, 2 * WIDTH, init_W=zero_init)
        self._place: Network = Linear(1, WIDTH, init_W=zero_init)
        for layer in self._layers:
            layer.initialize()

    @property
    def _layers(self) -> tuple[Network, ...]:
        return self._embed, self._mix, self._around, self._join, self._tag, self._place

    def scores(self, seen: Seen) -> Floats:
        """Return a row of scores for each piece of one mail."""
        mails = _Batch([seen])
        found, _ = self._hidden(mails, mails.inputs(self._embed.predict(mails.ids) * _kept_words()), is_train=False)
        views = np.concatenate([found, self._join.predict(mails.views(found))], axis=1)
        first, end = mails.ways[0]
        scores: Floats = (self._tag.predict(views) @ SHARING)[first:end]
        return scores

    def begin_update(self, seen: Sequence[Seen], chance: np.random.Generator) -> tuple[list[Floats], Floats, Slope]:
        """Return the scores of mails, how much each piece seems to be asked about, and how to learn from the errors."""
        mails = _Batch(seen)
        embedded, back_embed = self._embed.begin_update(mails.ids)
        kept = _chosen(chance, embedded.shape, HIDDEN_WORDS)
        shown = mails.inputs(embedded * kept, chance)
        found, back_hidden = self._hidden(mails, shown, is_train=True)
        joined, back_join = self._join.begin_update(mails.views(found))
        raw, back_tag = self._tag.begin_update(np.concatenate([found, joined], axis=1))
        places, back_place = self._place.begin_update(found)

        def learn(errors: Sequence[Floats], place_errors: Floats) -> None:
            slope = back_tag(mails.rows(errors) @ SHARING.T)
            hidden = slope[:, :WIDTH] + mails.back_views(back_join(slope[:, WIDTH:] * mails.inside))
            hidden += back_place(mails.rows([place_errors]))
            back_embed(back_hidden(hidden)[:, : embedded.shape[1]] * kept)

        return mails.split(raw @ SHARING), np.concatenate(mails.split(places)), learn

    def finish_update(self, optimizer: Optimizer) -> None:
        """Change the weights as the last errors say."""
        for layer in self._layers:
            layer.finish_update(optimizer)

    def study(self, *, dropout: float) -> None:
        """Hide this share of what the layers see, lest they learn by heart; 0 when the studies are over."""
        for layer in self._layers:
            set_dropout_rate(layer, dropout)

    def average(self, averages: Mapping[tuple[int, str], Any]) -> None:
        """Take the means of the weights over all steps, which even out the last mails' chance."""
        for _, layer, name in self._parameters():
            if (layer.id, name) in averages:
                layer.set_param(name, averages[layer.id, name].copy())

    def arrays(self) -> dict[str, Any]:
        """Return what has to be kept."""
        return {name: layer.get_param(part) for name, layer, part in self._parameters()}

    @classmethod
    def of(cls, arrays: Mapping[str, Any]) -> Self:
        """Return the network of what was kept."""
        scorer = cls()
        for name, layer, part in scorer._parameters():
            layer.set_param(part, arrays[name].astype(np.float32))
        return scorer

    def _hidden(self, mails: "_Batch", shown: Floats, *, is_train: bool) -> tuple[Floats, Callable[[Floats], Floats]]:
        mixed, back_mix = self._mix(shown, is_train=is_train)
        found, back_around = self._around(mixed * mails.inside, is_train=is_train)

        def back(slope: Floats) -> Floats:
            result: Floats = back_mix(back_around(slope * mails.inside) * mails.inside) * mails.inside
            return result

        return found * mails.inside, back

    def _parameters(self) -> Iterator[tuple[str, Network, str]]:
        number = 0
        for part in self._layers:
            for layer in part.walk():
                number += 1
                for name in layer.param_names:
                    if layer.has_param(name):
                        yield f"{number}_{name}", layer, name


class _Batch:
    """Mails below each other, with so many empty rows between that no layer sees from one into the next."""

    def __init__(self, mails: Sequence[Seen]) -> None:
        self._mails = mails
        starts = np.cumsum([DEPTH, *(len(mail) + DEPTH for mail in mails)])
        self.ways: list[Ways] = [(int(at), int(at) + len(mail)) for at, mail in zip(starts, mails, strict=False)]
        self._length = int(starts[-1])
        self.ids = self._stack([mail.ids for mail in mails])
        self.inside = self._stack([np.ones((len(mail), 1), dtype=np.float32) for mail in mails])
        self._groups: list[Ways] = []  # for the two views that look at more than a piece: mails, then sentences
        for (first, _), mail in zip(self.ways, mails, strict=True):
            self._groups += [(first + start, first + end) for start, end in mail.sentences]
        pairs = [
            (first + place, first + mail.twins[place])
            for (first, _), mail in zip(self.ways, mails, strict=True)
            for place in np.flatnonzero(mail.twins >= 0)
        ]
        self._twins = np.array(pairs, dtype=np.int64).reshape(-1, 2).T

    def inputs(self, embedded: Floats, chance: np.random.Generator | None = None) -> Floats:
        """Return all that is shown of the pieces; with chance, some of it is hidden."""
        vectors = self._stack([mail.vectors for mail in self._mails])
        flags = self._stack([mail.flags for mail in self._mails])
        if chance is not None:
            vectors *= chance.random((self._length, 1)) > HIDDEN_VECTORS
            flags *= chance.random(flags.shape) > HIDDEN_FLAGS
        shown: Floats = np.concatenate([embedded, vectors, flags], axis=1) * self.inside
        return shown

    def views(self, found: Floats) -> Floats:
        """Return each piece with what its mail, its sentence and its twin look like."""
        views = np.zeros((self._length, VIEWS, WIDTH), dtype=np.float32)
        views[:, 0] = found
        self._most = []
        for view, groups in ((1, self.ways), (3, self._groups)):
            for first, end in groups:
                most = found[first:end].argmax(axis=0)
                self._most.append((view, first, end, first + most))
                views[first:end, view] = found[first:end].max(axis=0)
                views[first:end, view + 1] = found[first:end].mean(axis=0)
        places, twins = self._twins
        views[places, 5] = found[twins]
        flat: Floats = views.reshape(self._length, VIEWS * WIDTH)
        return flat

    def back_views(self, slopes: Floats) -> Floats:
        """Return what the slopes of the last views mean for the pieces."""
        views = slopes.reshape(self._length, VIEWS, WIDTH) * self.inside[:, :, None]
        found: Floats = views[:, 0].copy()
        for view, first, end, most in self._most:
            found[most, np.arange(WIDTH)] += views[first:end, view].sum(axis=0)
            found[first:end] += views[first:end, view + 1].sum(axis=0) / (end - first)
        places, twins = self._twins
        np.add.at(found, twins, views[places, 5])
        return found

    def rows(self, parts: Sequence[Floats]) -> Floats:
        """Return the rows of mails as they stand in the batch; of one part for all, cut it first."""
        whole = np.concatenate(parts)
        stacked = np.zeros((self._length, whole.shape[1]), dtype=np.float32)
        stacked[self.inside[:, 0] > 0] = whole
        return stacked

    def split(self, rows: Floats) -> list[Floats]:
        """Return the rows of each mail."""
        return [rows[first:end] for first, end in self.ways]

    def _stack(self, parts: Sequence[Any]) -> Any:
        stacked = np.zeros((self._length, parts[0].shape[1]), dtype=parts[0].dtype)
        for (first, end), part in zip(self.ways, parts, strict=True):
            stacked[first:end] = part
        return stacked


def _maxout(inputs: int) -> Network:
    return Maxout(WIDTH, inputs, nP=PIECES, normalize=True, dropout=0.0)


def _chosen(chance: np.random.Generator, shape: tuple[int, int], hidden: float) -> Floats:
    """Return what keeps the columns of the words for some pieces only, and all others."""
    kept = np.ones(shape, dtype=np.float32)
    kept[:, :WORDS] = chance.random((shape[0], 1)) > hidden
    return kept


def _kept_words() -> Floats:
    """Return what weakens the words in use as much as hiding them did while learning."""
    kept = np.ones(sum(width for width, _ in TABLES), dtype=np.float32)
    kept[:WORDS] = 1 - HIDDEN_WORDS
    return kept
