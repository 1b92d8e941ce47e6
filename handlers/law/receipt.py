"""When a mail counts as received: its Date header is the sender's word, the mail server's stamp is ours."""

import enum
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# Clocks of senders are often some minutes ahead; more than this is no honest date.
TOLERANCE = timedelta(minutes=15)
# Mail that waited in a queue arrives within this; an older date is that of a clock which was never set, or invented.
LONGEST_QUEUE = timedelta(days=30)


@enum.unique
class DateDoubt(enum.StrEnum):
    """What is wrong with the Date header: the reason to note beside the receipt."""

    MISSING = "date_missing"
    FUTURE = "date_in_future"
    UNSET = "date_unset"  # 1970: the sender's clock was never set
    OLD = "date_long_past"


@dataclass(frozen=True)
class Receipt:
    """The moment from which a clock runs, and what was doubtful about the date the sender gave."""

    at: datetime
    doubt: DateDoubt | None


# "... within one month of receipt of the request" (GDPR Art. 12(3)): the request is received when it reaches the
# controller's sphere, whatever the sender's clock says and whenever somebody reads it (EDPB 01/2022 § 159).
def receipt_of(*, arrived_at: datetime, claimed_at: datetime | None) -> Receipt:
    """Return the mail server's stamp as the receipt, with the doubt about the Date header (GDPR Art. 12(3))."""
    return Receipt(at=arrived_at, doubt=_doubt(arrived_at, claimed_at))


def _doubt(arrived_at: datetime, claimed_at: datetime | None) -> DateDoubt | None:
    if claimed_at is None:
        return DateDoubt.MISSING
    # "-0000" says that the sender's zone is unknown; the moment is then in UTC (RFC 5322 3.3).
    claimed = claimed_at if claimed_at.tzinfo else claimed_at.replace(tzinfo=UTC)
    if claimed.astimezone(UTC).year <= datetime.fromtimestamp(0, UTC).year:
        return DateDoubt.UNSET
    if claimed - arrived_at > TOLERANCE:
        return DateDoubt.FUTURE
    return DateDoubt.OLD if arrived_at - claimed > LONGEST_QUEUE else None
