"""A second opinion on consents: a small network that looks for their words where a mail asks to stop, and elsewhere.

It takes the most of each number over the pieces that ask, so that two channels named in one breath do not outvote each
other.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from thinc.api import Linear, fix_random_seed, zero_init

from handlers.recognition import Asked
from handlers.rights import STOP_RIGHTS, Right
from nlp.scores import Floats, sigmoid
from nlp.slots.course import BATCH, SLOPE, Course
from nlp.slots.features import Seen, see
from nlp.slots.layers import DROPOUT, WIDTH, Batch, Encoder, Layers, Network
from nlp.slots.tokens import tokens_of, within

RIGHTS = tuple(right for right in Right if right in STOP_RIGHTS)
EPOCHS = 12
SEED = 7

Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Stop:
    """A mail as it is seen, flagged where it asks to stop."""

    seen: Seen
    asking: Places  # the pieces that ask; all, where none is known


def stop_of(text: str, *, asked: Asked, language: str) -> Stop:
    """Return what is seen of a mail that asks to stop something by one of RIGHTS; it must have words."""
    tokens = tokens_of(text)
    flags = np.zeros((len(tokens), len(RIGHTS)), dtype=np.float32)
    flags[:, RIGHTS.index(asked.right)] = within(text, tokens, asked.evidence)
    asking = np.flatnonzero(flags.any(axis=1))
    return Stop(replace(see(text, tokens, language), flags=flags), asking if len(asking) else np.arange(len(tokens)))


class ConsentNetwork:
    """The layers with their weights; reading is safe to share between threads."""

    def __init__(self, *, names: int) -> None:
        """Set up a network for so many consents, that knows nothing yet."""
        self._encoder = Encoder(flags=len(RIGHTS))
        self._tell: Network = Linear(names, 2 * WIDTH, init_W=zero_init)
        self._layers = Layers(*self._encoder.layers, self._tell)

    @classmethod
    def learn(cls, stops: Sequence[Stop], truths: Floats, *, tick: Callable[[], None] = lambda: None) -> Self:
        """Return the network that mails teach, which have a row of 0 and 1 each; `tick` is called after each epoch."""
        fix_random_seed(SEED)
        network = cls(names=truths.shape[1])
        network._study(stops, truths, tick)
        return network

    @classmethod
    def of(cls, arrays: Mapping[str, Any], *, names: int) -> Self:
        """Return the network of what was kept."""
        network = cls(names=names)
        network._layers.fill(arrays)
        return network

    def arrays(self) -> dict[str, Any]:
        """Return what has to be kept."""
        return self._layers.arrays()

    def scores(self, stop: Stop) -> Floats:
        """Return a score for each consent: positive is rather yes."""
        mails = Batch([stop.seen])
        most, _ = _most(mails, [stop], self._encoder.read(mails))
        scores: Floats = self._tell.predict(most)[0]
        return scores

    def _study(self, stops: Sequence[Stop], truths: Floats, tick: Callable[[], None]) -> None:
        course = Course()
        order = list(range(len(stops)))
        shuffle, chance = random.Random(SEED), np.random.default_rng(SEED)  # noqa: S311 - an order of study
        steps = EPOCHS * -(-len(stops) // BATCH)
        self._layers.hide(DROPOUT)
        for _ in range(EPOCHS):
            shuffle.shuffle(order)
            for at in range(0, len(order), BATCH):
                course.begin_step(of=steps)
                batch = order[at : at + BATCH]
                self._correct([stops[place] for place in batch], truths[batch], chance)
                self._layers.finish_update(course.optimizer)
            tick()
        self._layers.graduate(course.optimizer.averages)

    def _correct(self, stops: Sequence[Stop], truths: Floats, chance: np.random.Generator) -> None:
        mails = Batch([stop.seen for stop in stops])
        found, back_found = self._encoder.begin_update(mails, chance)
        most, back_most = _most(mails, stops, found)
        scores, back = self._tell.begin_update(most)
        back_found(back_most(back((sigmoid(scores) - truths) * (SLOPE / len(stops)))))


def _most(mails: Batch, stops: Sequence[Stop], found: Floats) -> tuple[Floats, Callable[[Floats], Floats]]:
    """Return for each mail the largest of each number where it asks and in all of it, and how slopes go back."""
    groups = [
        (first + stop.asking, np.arange(first, end)) for (first, end), stop in zip(mails.ways, stops, strict=True)
    ]
    places = np.array([[rows[found[rows].argmax(axis=0)] for rows in pair] for pair in groups])

    def back(slopes: Floats) -> Floats:
        pieces = np.zeros((mails.length, WIDTH), dtype=np.float32)
        np.add.at(pieces, (places, np.arange(WIDTH)), slopes.reshape(-1, 2, WIDTH))
        return pieces

    return found[places, np.arange(WIDTH)].reshape(len(groups), 2 * WIDTH), back
