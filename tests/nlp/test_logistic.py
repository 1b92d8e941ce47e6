import json

import numpy as np
import pytest

from nlp.logistic import Logistic


@pytest.fixture
def taught() -> Logistic:
    """Two outputs: the first follows input 2, the second the opposite of input 0."""
    inputs = np.random.default_rng(1).normal(3, 2, size=(2_000, 4)).astype(np.float32)
    return Logistic.fit(inputs, np.column_stack([inputs[:, 2] > 4, inputs[:, 0] < 3]).astype(np.float32))


def test_fit_finds_what_speaks_for_an_output(taught: Logistic) -> None:
    assert np.abs(taught.weights).argmax(axis=1).tolist() == [2, 0]
    assert taught.weights[0, 2] > 0 > taught.weights[1, 0]
    likely = taught.probabilities(np.array([9, 3, 9, 3], np.float32))
    assert likely[0] > 0.9
    assert likely[1] < 0.1


def test_an_input_that_never_varies_does_no_harm() -> None:
    inputs = np.column_stack([np.ones(200), np.arange(200)]).astype(np.float32)
    taught = Logistic.fit(inputs, (inputs[:, 1:] > 99).astype(np.float32))
    assert np.isfinite(taught.probabilities(np.array([5, 150], np.float32))).all()


def test_plain_data_gives_the_same_probabilities(taught: Logistic) -> None:
    again = Logistic.from_json(json.loads(json.dumps(taught.to_json())))
    inputs = np.array([1, 2, 3, 4], np.float32)
    assert again.probabilities(inputs) == pytest.approx(taught.probabilities(inputs), abs=1e-3)
