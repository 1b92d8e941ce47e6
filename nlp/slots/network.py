"""A small convolutional network: for each piece of a mail a score for each tag.

It sees the few pieces around one, its sentence, the whole mail, and the value that this one may be confused with: the
words around the *other* telephone number tell which of the two is the new one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from thinc.api import Linear, Optimizer, zero_init

from nlp.scores import Floats
from nlp.slots.features import FLAGS, Seen
from nlp.slots.lattice import MAX_NEW
from nlp.slots.layers import DROPOUT, WIDTH, Batch, Encoder, Layers, Network, Ways, maxout
from nlp.slots.tags import BEGINS_NEW, COUNT

VIEWS = 6
PIECE, MAIL, SENTENCE, TWIN = 0, 1, 3, 5  # columns of views; those of mail and sentence are the most, then the mean

COUNTS = MAX_NEW + 1

# The columns that the network gives beside COUNT are for beginning and going on with any new value: all fields share
# what is known about where new values stand.
SHARING = np.zeros((COUNT + 2, COUNT), dtype=np.float32)
SHARING[:COUNT] = np.eye(COUNT)
SHARING[COUNT, BEGINS_NEW] = SHARING[COUNT + 1, BEGINS_NEW + 1] = 1


@dataclass(frozen=True)
class Opinion:
    """What is made of some mails, or how wrong that is."""

    scores: Sequence[Floats]  # of each mail: a row for each piece, a column for each tag
    places: Floats  # of all pieces in one column: how much each seems to be asked about
    counts: Floats  # a row for each mail, a column for each number of new values


Errors = Opinion
Slope = Callable[[Errors], None]


class Scorer:
    """The layers with their weights; reading is safe to share between threads."""

    def __init__(self) -> None:
        """Set up a network that knows nothing yet."""
        self._encoder = Encoder(flags=FLAGS)
        self._join: Network = maxout(VIEWS * WIDTH)
        self._tag: Network = Linear(COUNT + 2, 2 * WIDTH, init_W=zero_init)
        self._place: Network = Linear(1, WIDTH, init_W=zero_init)
        self._count: Network = Linear(COUNTS, WIDTH, init_W=zero_init)
        self._layers = Layers(*self._encoder.layers, self._join, self._tag, self._place, self._count)

    def scores(self, seen: Seen) -> tuple[Floats, Floats]:
        """Return a row of scores for each piece of one mail, and one for each number of new values in it."""
        mails = Batch([seen])
        found = self._encoder.read(mails)
        views, _ = _Views(mails).of(found)
        joined = self._join.predict(views)
        first, end = mails.ways[0]
        scores: Floats = (self._tag.predict(np.concatenate([found, joined], axis=1)) @ SHARING)[first:end]
        counts: Floats = self._count.predict(joined[first:end].max(axis=0, keepdims=True))[0]
        return scores, counts

    def begin_update(self, seen: Sequence[Seen], chance: np.random.Generator) -> tuple[Opinion, Slope]:
        """Return what is made of mails, and how to learn from the errors of that."""
        mails = Batch(seen)
        found, back_found = self._encoder.begin_update(mails, chance)
        views, back_views = _Views(mails).of(found)
        joined, back_join = self._join.begin_update(views)
        raw, back_tag = self._tag.begin_update(np.concatenate([found, joined], axis=1))
        places, back_place = self._place.begin_update(found)
        most = np.array([first + joined[first:end].argmax(axis=0) for first, end in mails.ways])
        counts, back_counts = self._count.begin_update(joined[most, np.arange(WIDTH)])

        def learn(errors: Errors) -> None:
            slope = back_tag(mails.rows(errors.scores) @ SHARING.T)
            joint = slope[:, WIDTH:]
            np.add.at(joint, (most, np.arange(WIDTH)), back_counts(errors.counts))
            hidden = slope[:, :WIDTH] + back_views(back_join(joint * mails.inside))
            back_found(hidden + back_place(mails.rows([errors.places])))

        opinion = Opinion(scores=mails.split(raw @ SHARING), places=np.concatenate(mails.split(places)), counts=counts)
        return opinion, learn

    def finish_update(self, optimizer: Optimizer) -> None:
        """Change the weights as the last errors say."""
        self._layers.finish_update(optimizer)

    def study(self) -> None:
        """Begin to hide some of what there is to see, lest it be learnt by heart."""
        self._layers.hide(DROPOUT)

    def graduate(self, averages: Mapping[tuple[int, str], Any]) -> None:
        """Take the means of the weights over all steps; the studies are over."""
        self._layers.graduate(averages)

    def arrays(self) -> dict[str, Any]:
        """Return what has to be kept."""
        return self._layers.arrays()

    @classmethod
    def of(cls, arrays: Mapping[str, Any]) -> Self:
        """Return the network of what was kept."""
        scorer = cls()
        scorer._layers.fill(arrays)
        return scorer


class _Views:
    """What is seen beside each piece of a batch: its mail, its sentence, its twin."""

    def __init__(self, mails: Batch) -> None:
        self._mails = mails
        self._sentences: list[Ways] = []
        for (first, _), mail in zip(mails.ways, mails.mails, strict=True):
            self._sentences += [(first + start, first + end) for start, end in mail.sentences]
        pairs = [
            (first + place, first + mail.twins[place])
            for (first, _), mail in zip(mails.ways, mails.mails, strict=True)
            for place in np.flatnonzero(mail.twins >= 0)
        ]
        self._twins = np.array(pairs, dtype=np.int64).reshape(-1, 2).T

    def of(self, found: Floats) -> tuple[Floats, Callable[[Floats], Floats]]:
        """Return each piece with what its mail, its sentence and its twin look like, and how slopes go back."""
        views = np.zeros((self._mails.length, VIEWS, WIDTH), dtype=np.float32)
        views[:, PIECE] = found
        largest = []
        for view, groups in ((MAIL, self._mails.ways), (SENTENCE, self._sentences)):
            for first, end in groups:
                most = first + found[first:end].argmax(axis=0)
                largest.append((view, first, end, most))
                views[first:end, view] = found[most, np.arange(WIDTH)]
                views[first:end, view + 1] = found[first:end].mean(axis=0)
        places, twins = self._twins
        views[places, TWIN] = found[twins]

        def back(slopes: Floats) -> Floats:
            parts = slopes.reshape(self._mails.length, VIEWS, WIDTH) * self._mails.inside[:, :, None]
            pieces: Floats = parts[:, PIECE].copy()
            for view, first, end, most in largest:
                pieces[most, np.arange(WIDTH)] += parts[first:end, view].sum(axis=0)
                pieces[first:end] += parts[first:end, view + 1].sum(axis=0) / (end - first)
            np.add.at(pieces, twins, parts[places, TWIN])
            return pieces

        return views.reshape(self._mails.length, VIEWS * WIDTH), back
