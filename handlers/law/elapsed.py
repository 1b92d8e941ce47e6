"""Periods in hours, which run through nights, weekends and changes of the clocks: breaches and stop-type requests."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from handlers.rights import STOP_RIGHTS, Right

BREACH_HOURS = 72
# Withdrawal and marketing objection allow no weighing (GDPR Art. 7(3), 21(3)); the number is ours (rule R12).
STOP_HOURS = 24


# "... without undue delay and, where feasible, not later than 72 hours after having become aware of it" (GDPR
# Art. 33(1)). Elapsed hours are counted in UTC: counted on the wall clock, the end of summer time would add one.
def breach_due(aware_at: datetime, *, zone: ZoneInfo) -> datetime:
    """Return 72 elapsed hours after the minute of awareness, in local time (GDPR Art. 33(1))."""
    return hours_after(aware_at, BREACH_HOURS, zone=zone)


# "... the hour during which that event occurs ... shall not be considered as falling within the period" (Reg. 1182/71
# Art. 3(1)): awareness at 12:17 starts the period at 13:00.
def breach_due_by_full_hours(aware_at: datetime, *, zone: ZoneInfo) -> datetime:
    """Return the end of the 72 hours if the hour of awareness is left out (Reg. 1182/71 Art. 3(1)): disputed."""
    local = aware_at.astimezone(zone)
    into_the_hour = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return hours_after(aware_at - into_the_hour, BREACH_HOURS + 1, zone=zone)


def stop_due(received_at: datetime, *, right: Right, zone: ZoneInfo) -> datetime | None:
    """Return by when a stop-type right has to be carried out, None for any other (our own target of 24 hours)."""
    return hours_after(received_at, STOP_HOURS, zone=zone) if right in STOP_RIGHTS else None


def hours_after(moment: datetime, hours: int, *, zone: ZoneInfo) -> datetime:
    """Return the local time some elapsed hours later."""
    return (moment.astimezone(UTC) + timedelta(hours=hours)).astimezone(zone)
