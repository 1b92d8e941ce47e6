import numpy as np

from nlp.slots.keeping import LARGE, narrow, wide


def test_large_tables_are_kept_as_bytes_and_come_back_nearly_the_same() -> None:
    chance = np.random.default_rng(1)
    table = chance.normal(size=(LARGE, 3)).astype(np.float32) * np.array([0.01, 1, 100], dtype=np.float32)
    table[:, 1] = 0
    few = np.array([[1.5, -2]], dtype=np.float32)
    kept = narrow({"table": table, "few": few})
    assert kept["table"].dtype == np.int8
    again = wide(kept)
    assert set(again) == {"table", "few"}
    np.testing.assert_array_equal(again["few"], few)
    np.testing.assert_allclose(again["table"], table, atol=0.005 * np.abs(table).max(axis=0).max())
    np.testing.assert_allclose(again["table"][:, 0], table[:, 0], atol=0.0005)
    assert {array.dtype for array in again.values()} == {np.dtype(np.float32)}
