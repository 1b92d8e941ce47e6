from storage.crm.rows import ROWS_A_STATEMENT, batches


def test_batches_leave_no_key_out_and_repeat_none() -> None:
    keys = [(number,) for number in range(2 * ROWS_A_STATEMENT + 1)]

    portions = list(batches(keys))

    assert [len(portion) for portion in portions] == [ROWS_A_STATEMENT, ROWS_A_STATEMENT, 1]
    assert [key for portion in portions for key in portion] == keys
    assert list(batches([])) == []
