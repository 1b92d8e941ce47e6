from pathlib import Path

import numpy as np
import pytest

from handlers.rights import Right
from nlp.second import features_of, learn

TEXTS = ["delete my data", "what do you know about me", "where is my parcel", "erase my data", "what do you have on me"]
ACCESS, DELETION, NOTHING = frozenset({Right.ACCESS}), frozenset({Right.DELETION}), frozenset[Right]()
LABELS = [DELETION, ACCESS, NOTHING, DELETION, ACCESS]


def test_learn_tells_apart_what_it_was_taught() -> None:
    second = learn(TEXTS * 5, LABELS * 5, seed=1)
    assert second.score("delete the data")[Right.DELETION] > second.score("delete the data")[Right.ACCESS]
    assert second.score("what you know")[Right.ACCESS] > second.score("what you know")[Right.DELETION]


def test_learn_gives_the_same_for_the_same_seed() -> None:
    first, again = (learn(TEXTS, LABELS, seed=3) for _ in range(2))
    assert first.score("erase me") == again.score("erase me")


def test_a_saved_model_scores_as_before(tmp_path: Path) -> None:
    second = learn(TEXTS * 5, LABELS * 5, seed=1)
    second.save(tmp_path)
    for right, score in type(second).load(tmp_path).score("delete my data").items():
        assert score == pytest.approx(second.score("delete my data")[right], abs=0.01)


@pytest.mark.parametrize("text", ["", "a", "!", "\ud800"])
def test_features_of_the_shortest_texts_are_finite(text: str) -> None:
    assert np.isfinite(features_of(text).weights).all()


def test_features_of_numbers_and_addresses_are_alike() -> None:
    one, other = features_of("number 123 ann@example.org"), features_of("number 98765 bob@example.org")
    assert np.array_equal(one.rows, other.rows)
