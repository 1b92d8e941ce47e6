"""Which pieces of a mail are details, and of which role: networks that score the pieces, and the best way through.

They are told nothing but the labelled mails. The few mails of each language teach all ten, since what they go by are
the vectors of the words around a value, its shape and its place.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np
from thinc.api import fix_random_seed

from nlp.scores import Floats, log_softmax, sigmoid
from nlp.slots.course import BATCH, SLOPE, Course
from nlp.slots.features import Seen
from nlp.slots.fillers import Fillers
from nlp.slots.lattice import Ways, best_by_count, best_tags
from nlp.slots.lessons import Example, Lesson
from nlp.slots.network import COUNTS, Errors, Scorer
from nlp.slots.swaps import Swaps
from nlp.slots.tags import BEGINS_NEW, COUNT, FIELDS, Span, Tags, barred, forbidden_steps, spans_of

EPOCHS = 7
POOL = 20 * BATCH  # so many lessons are sorted by length, since a batch is as slow as its longest text
PLACE_SLOPE = 0.3
COUNT_SLOPE = 1.0
SWAPPED_SHARE = 0.5  # of the mails, anew in each epoch
ACCOMPANIED_SHARE = 0.4  # of the short mails that correct something, anew in each epoch
CITING_SHARE = 0.4  # of the mails without values, which cite a law, a deadline or a person, anew in each epoch
QUIET_SHARE = 0.15  # of the mails without any detail
SEED = 7

# Of how likely a number of new values is, against the ways through the mail; chosen on writers who were held out.
COUNT_WEIGHT = 2.0

_IS_NEW = np.isin(np.arange(COUNT), [*BEGINS_NEW, *(BEGINS_NEW + 1)])


class Tagger:
    """Finds the details of a mail; safe to share between threads."""

    def __init__(self, *, scorer: Scorer, steps: Floats) -> None:
        self._scorer = scorer
        self._kept_steps = steps
        self._steps = steps + forbidden_steps()

    @classmethod
    def learn(cls, examples: Sequence[Example], *, tick: Callable[[], None] = lambda: None) -> Self:
        """Return the tagger that labelled mails teach; `tick` is called after each of EPOCHS passes."""
        fix_random_seed(SEED)
        school = _School(examples)
        for _ in range(EPOCHS):
            school.pass_through()
            tick()
        return cls(scorer=school.graduate(), steps=school.steps)

    @classmethod
    def load(cls, kept: Mapping[str, Any]) -> Self:
        """Return the tagger of arrays that were kept."""
        return cls(scorer=Scorer.of(kept), steps=kept["steps"])

    def arrays(self) -> dict[str, Any]:
        """Return what has to be kept."""
        return self._scorer.arrays() | {"steps": self._kept_steps}

    def spans(self, seen: Seen, *, correcting: bool) -> tuple[Span, ...]:
        """Return the details among the pieces; old and new values only where a correction is asked for."""
        raw, counts = self._scorer.scores(seen)
        scores = raw + _barred(seen, correcting=correcting)
        return spans_of(self._best_correcting(scores, counts) if correcting else best_tags(scores, self._steps))

    def certainty(self, seen: Seen) -> float:
        """Return how likely the new values are the right ones, at the piece where that is least certain."""
        raw, counts = self._scorer.scores(seen)
        scores = raw + _barred(seen, correcting=True)
        (likely,) = Ways([scores], self._steps).likely
        likely[:, ~_IS_NEW] = likely[:, ~_IS_NEW].sum(axis=1, keepdims=True)
        return float(min(row[tag] for row, tag in zip(likely, self._best_correcting(scores, counts), strict=True)))

    def field_at(self, seen: Seen, place: int) -> str:
        """Return the field that a new value at this place would most likely be of."""
        return FIELDS[int(self._scorer.scores(seen)[0][place, BEGINS_NEW].argmax())]

    def _best_correcting(self, scores: Floats, counts: Floats) -> Tags:
        """Return the best way, given how likely each number of new values is."""
        ways = best_by_count(scores, self._steps)
        likely = COUNT_WEIGHT * log_softmax(counts)
        return max(enumerate(ways), key=lambda way: way[1][0] + likely[way[0]])[1][1]


def _barred(seen: Seen, *, correcting: bool) -> Floats:
    return barred(correcting=correcting, dividing=seen.dividing, on_new_line=seen.on_new_line)


class _School:
    """A network and the steps between tags while they learn."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self._random = random.Random(SEED)  # noqa: S311 - an order of study, no secret
        quiet = [example for example in examples if not example.tells]
        self._quiet = [one.lesson() for one in self._random.sample(quiet, int(len(quiet) * QUIET_SHARE))]
        self._examples = [(example, example.lesson()) for example in examples if example.tells]
        self._swaps = Swaps(example for example, _ in self._examples)
        self._fillers = Fillers(examples)
        self._chance = np.random.default_rng(SEED)
        self._course = Course()
        self._scorer = Scorer()
        self._scorer.study()
        self._all = 0
        self.steps: Floats = np.zeros((COUNT, COUNT), dtype=np.float32)

    def pass_through(self) -> None:
        """Study each mail with details once, as it is or with other values, and some without."""
        batches = self._batches(self._lessons())
        self._all = self._all or EPOCHS * len(batches)
        for batch in batches:
            self._course.begin_step(of=self._all)
            self._study(batch)

    def graduate(self) -> Scorer:
        """Return the network with the means of its weights over all steps, and take those of the steps."""
        self._scorer.graduate(self._course.optimizer.averages)
        self.steps = self._course.optimizer.averages.get(("steps", 0), self.steps).copy()
        return self._scorer

    def _study(self, batch: Sequence[Lesson]) -> None:
        opinion, learn = self._scorer.begin_update([lesson.seen for lesson in batch], self._chance)
        open_scores = [
            scores + _barred(lesson.seen, correcting=lesson.correcting)
            for scores, lesson in zip(opinion.scores, batch, strict=True)
        ]
        ways = Ways(open_scores, self.steps + forbidden_steps())
        score_errors, step_errors = ways.errors([lesson.tags for lesson in batch])
        share = SLOPE / len(batch)
        asking = np.concatenate([lesson.asking for lesson in batch])
        learn(
            Errors(
                scores=[error * share for error in score_errors],
                places=(sigmoid(opinion.places) - asking) * (PLACE_SLOPE / len(batch)),
                counts=_count_errors(opinion.counts, batch) * (COUNT_SLOPE / len(batch)),
            )
        )
        self._scorer.finish_update(self._course.optimizer)
        self.steps, _ = self._course.optimizer(("steps", 0), self.steps, step_errors * share)

    def _lessons(self) -> list[Lesson]:
        chosen = (pair for pair in self._examples if pair[0].names_values or self._random.random() < CITING_SHARE)
        return [*self._quiet, *(self._perhaps_changed(example, lesson) for example, lesson in chosen)]

    def _perhaps_changed(self, example: Example, lesson: Lesson) -> Lesson:
        changed = example
        if self._random.random() < SWAPPED_SHARE:
            changed = self._swaps.swapped(changed, self._random)
        if example.correcting and self._random.random() < ACCOMPANIED_SHARE:
            changed = self._fillers.beside(changed, self._random)
        return lesson if changed is example else changed.lesson()

    def _batches(self, lessons: list[Lesson]) -> list[Sequence[Lesson]]:
        self._random.shuffle(lessons)
        pools = (lessons[at : at + POOL] for at in range(0, len(lessons), POOL))
        ordered = [lesson for pool in pools for lesson in sorted(pool, key=lambda lesson: len(lesson.seen))]
        batches: list[Sequence[Lesson]] = [ordered[at : at + BATCH] for at in range(0, len(ordered), BATCH)]
        self._random.shuffle(batches)
        return batches


def _count_errors(counts: Floats, batch: Sequence[Lesson]) -> Floats:
    """Return the slopes of the cross entropy; mails that correct nothing do not say how many values others name."""
    errors: Floats = (
        np.exp(log_softmax(counts)) - np.eye(COUNTS, dtype=np.float32)[[lesson.new_values for lesson in batch]]
    )
    errors[[not lesson.correcting for lesson in batch]] = 0
    return errors
