"""What the networks of the details have in common: mails below each other, and layers that look at a few pieces.

Words themselves are hidden half of the time while a network learns, so that it goes by their vectors and English
keywords, which hold in ten languages, and by shapes and places.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from thinc.api import (
    HashEmbed,
    Maxout,
    Model,
    Optimizer,
    chain,
    clone,
    concatenate,
    expand_window,
    residual,
    set_dropout_rate,
)

from nlp.scores import Floats
from nlp.slots.features import Seen
from nlp.vectors import WIDTH as VECTOR

WIDTH = 64
DEPTH = 3  # layers, each of which sees one neighbour more on both sides
PIECES = 2
TABLES = ((24, 3_000), (24, 3_000), (16, 200), (24, 2_000), (32, 3_000))  # width and rows for each of a piece's ids
WORDS = 48  # columns of the first two tables, which know the word itself
DROPOUT = 0.3
HIDDEN_WORDS = 0.5
HIDDEN_VECTORS = HIDDEN_FLAGS = 0.06

Network = Model[Any, Any]
Ways = tuple[int, int]  # first row, and the one after the last
Slope = Callable[[Floats], None]


class Layers:
    """Layers that learn, and are kept, together."""

    def __init__(self, *layers: Network) -> None:
        """Set up layers that know nothing yet."""
        self._layers = layers
        for layer in layers:
            layer.initialize()

    def hide(self, share: float) -> None:
        """Hide this share of what the layers see, lest they learn by heart; 0 when the studies are over."""
        for layer in self._layers:
            set_dropout_rate(layer, share)

    def finish_update(self, optimizer: Optimizer) -> None:
        """Change the weights as the last errors say."""
        for layer in self._layers:
            layer.finish_update(optimizer)

    def graduate(self, averages: Mapping[tuple[int, str], Any]) -> None:
        """Take the means of the weights over all steps, which even out the last mails' chance, and hide no more."""
        self.hide(0.0)
        for _, layer, name in self._parameters():
            if (layer.id, name) in averages:
                layer.set_param(name, averages[layer.id, name].copy())

    def arrays(self) -> dict[str, Any]:
        """Return what has to be kept."""
        return {name: layer.get_param(part) for name, layer, part in self._parameters()}

    def fill(self, kept: Mapping[str, Any]) -> None:
        """Take the weights that were kept; raises KeyError if they are of other layers."""
        for name, layer, part in self._parameters():
            layer.set_param(part, kept[name])

    def _parameters(self) -> Iterator[tuple[str, Network, str]]:
        number = 0
        for part in self._layers:
            for layer in part.walk():
                number += 1
                for name in layer.param_names:
                    if layer.has_param(name):
                        yield f"{number}_{name}", layer, name


class Batch:
    """Mails below each other, with so many empty rows between that no layer sees from one into the next."""

    def __init__(self, mails: Sequence[Seen]) -> None:
        self.mails = mails
        starts = np.cumsum([DEPTH, *(len(mail) + DEPTH for mail in mails)])
        self.ways: list[Ways] = [(int(at), int(at) + len(mail)) for at, mail in zip(starts, mails, strict=False)]
        self.length = int(starts[-1])
        self.ids = self._stack([mail.ids for mail in mails])
        self.inside = self._stack([np.ones((len(mail), 1), dtype=np.float32) for mail in mails])

    def inputs(self, embedded: Floats, chance: np.random.Generator | None = None) -> Floats:
        """Return all that is shown of the pieces; with chance, some of it is hidden."""
        vectors = self._stack([mail.vectors for mail in self.mails])
        flags = self._stack([mail.flags for mail in self.mails])
        if chance is not None:
            vectors *= chance.random((self.length, 1)) > HIDDEN_VECTORS
            flags *= chance.random(flags.shape) > HIDDEN_FLAGS
        shown: Floats = np.concatenate([embedded, vectors, flags], axis=1) * self.inside
        return shown

    def rows(self, parts: Sequence[Floats]) -> Floats:
        """Return rows of all mails, in one part or several, where their mails stand in the batch."""
        whole = np.concatenate(parts)
        stacked = np.zeros((self.length, whole.shape[1]), dtype=np.float32)
        stacked[self.inside[:, 0] > 0] = whole
        return stacked

    def split(self, rows: Floats) -> list[Floats]:
        """Return the rows of each mail."""
        return [rows[first:end] for first, end in self.ways]

    def _stack(self, parts: Sequence[Any]) -> Any:
        stacked = np.zeros((self.length, parts[0].shape[1]), dtype=parts[0].dtype)
        for (first, end), part in zip(self.ways, parts, strict=True):
            stacked[first:end] = part
        return stacked


class Encoder:
    """A row of WIDTH numbers for each piece of some mails: what it is, among its neighbours."""

    def __init__(self, *, flags: int) -> None:
        """Set up layers for mails whose pieces have so many flags."""
        width = sum(table for table, _ in TABLES) + VECTOR + flags
        self._embed: Network = concatenate(
            *(HashEmbed(nO, rows, column=at, seed=at + 1) for at, (nO, rows) in enumerate(TABLES))
        )
        self._mix: Network = maxout(width)
        self._around: Network = clone(residual(chain(expand_window(1), maxout(3 * WIDTH))), DEPTH)

    @property
    def layers(self) -> tuple[Network, ...]:
        """The layers, which somebody else has to set up, together with their own."""
        return self._embed, self._mix, self._around

    def read(self, mails: Batch) -> Floats:
        """Return the rows."""
        found, _ = self._found(mails, mails.inputs(self._embed.predict(mails.ids) * _weakened()), is_train=False)
        return found

    def begin_update(self, mails: Batch, chance: np.random.Generator) -> tuple[Floats, Slope]:
        """Return the rows, and how to learn from their slopes."""
        embedded, back_embed = self._embed.begin_update(mails.ids)
        kept = _chosen(chance, embedded.shape)
        found, back_found = self._found(mails, mails.inputs(embedded * kept, chance), is_train=True)

        def learn(slope: Floats) -> None:
            back_embed(back_found(slope)[:, : embedded.shape[1]] * kept)

        return found, learn

    def _found(self, mails: Batch, shown: Floats, *, is_train: bool) -> tuple[Floats, Callable[[Floats], Floats]]:
        mixed, back_mix = self._mix(shown, is_train=is_train)
        found, back_around = self._around(mixed * mails.inside, is_train=is_train)

        def back(slope: Floats) -> Floats:
            result: Floats = back_mix(back_around(slope * mails.inside) * mails.inside) * mails.inside
            return result

        return found * mails.inside, back


def maxout(inputs: int) -> Network:
    """Return a layer of WIDTH that takes the larger of PIECES sums."""
    return Maxout(WIDTH, inputs, nP=PIECES, normalize=True, dropout=0.0)


def _chosen(chance: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Return what keeps the columns of the words for some pieces only, and all others."""
    kept = np.ones(shape, dtype=np.float32)
    kept[:, :WORDS] = chance.random((shape[0], 1)) > HIDDEN_WORDS
    return kept


def _weakened() -> Floats:
    """Return what weakens the words in use as much as hiding them did while learning."""
    kept = np.ones(sum(width for width, _ in TABLES), dtype=np.float32)
    kept[:WORDS] = 1 - HIDDEN_WORDS
    return kept
