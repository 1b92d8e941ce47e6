import itertools

import numpy as np
import pytest

from nlp.scores import Floats
from nlp.slots.lattice import Ways, best_by_count, best_tags
from nlp.slots.tags import BEGINS_NEW, COUNT, NEVER, OUTSIDE

A, B = int(BEGINS_NEW[0]), int(BEGINS_NEW[1])
OPEN = (OUTSIDE, A, B)


def scores(length: int, seed: int) -> Floats:
    """Return random scores by which only the tags OPEN are possible."""
    rows = np.full((length, COUNT), NEVER, dtype=np.float32)
    rows[:, OPEN] = np.random.default_rng(seed).normal(size=(length, len(OPEN)))
    return rows


STEPS = np.random.default_rng(5).normal(size=(COUNT, COUNT)).astype(np.float32)


def worth(rows: Floats, tags: tuple[int, ...]) -> float:
    steps = sum(STEPS[before, tag] for before, tag in itertools.pairwise((OUTSIDE, *tags)))
    return float(steps + sum(row[tag] for row, tag in zip(rows, tags, strict=True)))


def ways(length: int) -> list[tuple[int, ...]]:
    return list(itertools.product(OPEN, repeat=length))


def test_best_tags_are_the_best_of_all_ways() -> None:
    rows = scores(4, seed=1)
    assert tuple(best_tags(rows, STEPS)) == max(ways(4), key=lambda way: worth(rows, way))


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_best_by_count_knows_the_best_way_with_so_many_new_values(count: int) -> None:
    rows = scores(4, seed=2)
    best = max(
        (way for way in ways(4) if sum(tag != OUTSIDE for tag in way) == count), key=lambda way: worth(rows, way)
    )
    sums, tags = best_by_count(rows, STEPS)[count]
    assert tuple(tags) == best
    assert sums == pytest.approx(worth(rows, best), abs=1e-4)


def test_errors_are_the_likely_tags_without_the_right_ones() -> None:
    mails = [scores(3, seed=3), scores(2, seed=4)]
    right = [[OUTSIDE, A, B], [B, OUTSIDE]]
    score_errors, step_errors = Ways(mails, STEPS).errors(right)
    expected_steps = np.zeros((COUNT, COUNT))
    for rows, tags, found in zip(mails, right, score_errors, strict=True):
        shares = {way: np.exp(worth(rows, way)) for way in ways(len(rows))}
        total = sum(shares.values())
        expected = -np.eye(COUNT)[tags]
        for way, share in shares.items():
            expected += np.eye(COUNT)[list(way)] * share / total
            for before, tag in itertools.pairwise((OUTSIDE, *way)):
                expected_steps[before, tag] += share / total
        for before, tag in itertools.pairwise((OUTSIDE, *tags)):
            expected_steps[before, tag] -= 1
        np.testing.assert_allclose(found, expected, atol=1e-4)
    np.testing.assert_allclose(step_errors, expected_steps, atol=1e-4)
