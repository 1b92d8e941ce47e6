import numpy as np

from nlp.scores import log_softmax, sigmoid


def test_softmax_makes_each_row_a_whole_and_keeps_its_order() -> None:
    raw = np.array([[1.0, 2.0, 3.0], [500.0, -500.0, 0.0]], dtype=np.float32)
    found = np.exp(log_softmax(raw))
    np.testing.assert_allclose(found.sum(axis=1), [1, 1], atol=1e-6)
    assert found[0].argsort().tolist() == [0, 1, 2]
    assert np.isfinite(log_softmax(raw)).all()


def test_sigmoid_stays_finite() -> None:
    assert sigmoid(np.array([-1e9, 0.0, 1e9])).round(3).tolist() == [0.0, 0.5, 1.0]
