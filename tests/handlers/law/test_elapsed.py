"""Periods in hours: elapsed time, whatever the clocks on the wall do."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.law.elapsed import breach_due, breach_due_by_full_hours, stop_due
from handlers.rights import Right

BERLIN = ZoneInfo("Europe/Berlin")
KOLKATA = ZoneInfo("Asia/Kolkata")  # half an hour off


@pytest.mark.parametrize(
    ("aware", "due"),
    [
        ("2026-05-13T16:30+02:00", "2026-05-16T16:30+02:00"),  # over Ascension Day, to a Saturday
        ("2026-10-23T20:15+02:00", "2026-10-26T19:15+01:00"),  # summer time ends: 20:15 would be 73 hours
        ("2026-03-27T20:15+01:00", "2026-03-30T21:15+02:00"),  # summer time begins: 20:15 would be 71 hours
    ],
)
def test_a_breach_is_notified_within_72_elapsed_hours(aware: str, due: str) -> None:
    assert breach_due(datetime.fromisoformat(aware), zone=BERLIN).isoformat(timespec="minutes") == due


@pytest.mark.parametrize(
    ("aware", "zone", "due"),
    [
        ("2020-12-22T12:17+01:00", BERLIN, "2020-12-25T13:00+01:00"),
        ("2020-12-22T12:00+01:00", BERLIN, "2020-12-25T13:00+01:00"),  # the hour of awareness has only begun
        ("2020-12-22T12:59+05:30", KOLKATA, "2020-12-25T13:00+05:30"),
    ],
)
def test_by_full_hours_the_hour_of_awareness_is_left_out(aware: str, zone: ZoneInfo, due: str) -> None:
    assert breach_due_by_full_hours(datetime.fromisoformat(aware), zone=zone).isoformat(timespec="minutes") == due


def test_only_what_must_stop_has_a_target_of_a_day() -> None:
    received = datetime(2026, 10, 24, 12, tzinfo=BERLIN)  # summer time ends in the night that follows
    assert stop_due(received, right=Right.WITHDRAWAL, zone=BERLIN) == datetime(2026, 10, 25, 11, tzinfo=BERLIN)
    assert stop_due(received, right=Right.OBJECTION, zone=BERLIN) == datetime(2026, 10, 25, 11, tzinfo=BERLIN)
    assert stop_due(received, right=Right.ACCESS, zone=BERLIN) is None


@given(since=st.timedeltas(timedelta(0), timedelta(days=30_000)))
def test_the_cautious_reading_is_never_the_later(since: timedelta) -> None:
    aware = datetime(2000, 1, 1, tzinfo=UTC) + since
    cautious, full = breach_due(aware, zone=BERLIN), breach_due_by_full_hours(aware, zone=BERLIN)
    assert (cautious - aware).total_seconds() == 72 * 3600
    assert 0 < (full.astimezone(UTC) - cautious.astimezone(UTC)).total_seconds() <= 3600
