"""All ways to tag a mail, weighed together: how likely the right one is, and which are the best (a chain CRF)."""

from collections.abc import Sequence

import numpy as np

from nlp.scores import Floats
from nlp.slots.tags import BEGINS_NEW, COUNT, NEVER, OUTSIDE, Tags

MAX_NEW = 4  # new values of a mail; of more than a few a person makes sense
_TINY = 1e-30
_HUGE = 80.0  # of which the exponential is still a number; only forbidden steps come near
_BEGINS_NEW = frozenset(BEGINS_NEW.tolist())


class Ways:
    """All ways through some mails, each as likely as its sum of scores and steps says."""

    def __init__(self, scores: Sequence[Floats], steps: Floats) -> None:
        """Weigh the ways; the mails are padded to one length and done at once."""
        self._lengths = np.array([len(one) for one in scores])
        self._steps = steps
        self._pieces = np.zeros((int(self._lengths.max()), len(scores), COUNT), dtype=np.float32)
        for mail, one in enumerate(scores):
            self._pieces[: len(one), mail] = one
        forward = self._forward()
        total = _log_sum(forward[-1])
        backward, self._expected = self._backward(forward, total)
        self._likely = np.exp(forward + backward - total[None, :, None])
        self._expected[OUTSIDE] += self._likely[0].sum(axis=0)  # a mail begins as if after a piece outside

    @property
    def likely(self) -> list[Floats]:
        """Return for each mail how likely each tag is at each piece."""
        return [self._likely[:length, mail] for mail, length in enumerate(self._lengths)]

    def errors(self, right: Sequence[Tags]) -> tuple[list[Floats], Floats]:
        """Return what the scores of each mail, and the steps, should change by, towards the right ways."""
        steps = self._expected.copy()
        for tags in right:
            np.subtract.at(steps, ([OUTSIDE, *tags[:-1]], tags), 1)
        every = np.eye(COUNT, dtype=np.float32)
        return [likely - every[tags] for likely, tags in zip(self.likely, right, strict=True)], steps

    def _forward(self) -> Floats:
        sums = np.zeros_like(self._pieces)
        sums[0] = self._pieces[0] + self._steps[OUTSIDE]
        likely = np.exp(self._steps)
        for at in range(1, len(sums)):
            most = sums[at - 1].max(axis=1, keepdims=True)
            sums[at] = np.log(np.exp(sums[at - 1] - most) @ likely + _TINY) + most + self._pieces[at]
            over = self._lengths <= at
            sums[at][over] = sums[at - 1][over]
        return sums

    def _backward(self, forward: Floats, total: Floats) -> tuple[Floats, Floats]:
        sums = np.zeros_like(forward)
        likely = np.exp(self._steps)
        expected = np.zeros((COUNT, COUNT), dtype=np.float32)
        for at in range(len(sums) - 2, -1, -1):
            after = sums[at + 1] + self._pieces[at + 1]
            most = after.max(axis=1, keepdims=True)
            weights = np.exp(after - most)
            sums[at] = np.log(weights @ likely.T + _TINY) + most
            going = self._lengths > at + 1
            sums[at][~going] = 0
            before = np.exp(np.minimum(forward[at] + most - total[:, None], _HUGE))
            expected += (before[going].T @ weights[going]) * likely
        return sums, expected


def best_tags(scores: Floats, steps: Floats) -> Tags:
    """Return the tags of the highest sum (Viterbi)."""
    sums, back = scores[0] + steps[OUTSIDE], []
    for row in scores[1:]:
        paths = sums[:, None] + steps
        back.append(paths.argmax(axis=0))
        sums = paths.max(axis=0) + row
    tags = [int(sums.argmax())]
    for came_from in reversed(back):
        tags.append(int(came_from[tags[-1]]))
    return tags[::-1]


def best_by_count(scores: Floats, steps: Floats) -> list[tuple[float, Tags]]:
    """Return the highest sum and its tags for no new value in the mail, for one, two … MAX_NEW."""
    sums = np.full((MAX_NEW + 1, COUNT), 2 * NEVER, dtype=np.float32)
    sums[0] = scores[0] + steps[OUTSIDE]
    sums = _counted(sums)
    back = []
    for row in scores[1:]:
        paths = sums[:, :, None] + steps
        back.append(paths.argmax(axis=1))
        sums = _counted(paths.max(axis=1) + row)
    return [(float(sums[count].max()), _followed(back, count, int(sums[count].argmax()))) for count in range(len(sums))]


def _counted(sums: Floats) -> Floats:
    """Move the ways that just began a new value to the next count."""
    moved = sums.copy()
    moved[1:, BEGINS_NEW] = sums[:-1, BEGINS_NEW]
    moved[0, BEGINS_NEW] = 2 * NEVER
    return moved


def _followed(back: Sequence[np.ndarray[tuple[int, ...], np.dtype[np.int64]]], count: int, last: int) -> Tags:
    tags = [last]
    for came_from in reversed(back):
        count -= tags[-1] in _BEGINS_NEW
        tags.append(int(came_from[max(0, count), tags[-1]]))
    return tags[::-1]


def _log_sum(sums: Floats) -> Floats:
    most = sums.max(axis=1, keepdims=True)
    result: Floats = (most + np.log(np.exp(sums - most).sum(axis=1, keepdims=True)))[:, 0]
    return result
