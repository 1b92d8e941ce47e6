"""What the sender's Date header says never moves the receipt; it is only noted."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.law.receipt import LONGEST_QUEUE, TOLERANCE, DateDoubt, receipt_of

ARRIVED = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("claimed", "doubt"),
    [
        (ARRIVED, None),
        (ARRIVED - timedelta(hours=5), None),
        (ARRIVED + TOLERANCE, None),
        (ARRIVED + TOLERANCE + timedelta(seconds=1), DateDoubt.FUTURE),
        (datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC), DateDoubt.FUTURE),
        (None, DateDoubt.MISSING),
        (datetime(1970, 1, 1, tzinfo=UTC), DateDoubt.UNSET),
        (datetime(1970, 1, 1, 1, tzinfo=UTC), DateDoubt.UNSET),
        (datetime(1904, 1, 1, tzinfo=UTC), DateDoubt.UNSET),
        (ARRIVED - LONGEST_QUEUE, None),
        (ARRIVED - LONGEST_QUEUE - timedelta(seconds=1), DateDoubt.OLD),
        (datetime(2026, 11, 23, 8, 0), None),  # noqa: DTZ001 - "-0000" in a header gives a time without a zone
        (datetime(2026, 11, 23, 18, 0), DateDoubt.FUTURE),  # noqa: DTZ001 - the same
    ],
)
def test_the_receipt_is_the_servers_stamp(claimed: datetime | None, doubt: DateDoubt | None) -> None:
    receipt = receipt_of(arrived_at=ARRIVED, claimed_at=claimed)
    assert receipt.at == ARRIVED
    assert receipt.doubt is doubt


@given(claimed=st.datetimes(timezones=st.timezones()) | st.datetimes() | st.none())
def test_no_date_header_moves_the_receipt_or_stops_the_mail(claimed: datetime | None) -> None:
    assert receipt_of(arrived_at=ARRIVED, claimed_at=claimed).at == ARRIVED
