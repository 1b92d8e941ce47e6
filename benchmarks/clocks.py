"""Dates computed per second, and the cost of "what is due today" as the number of tickets grows.

Run: python -m benchmarks.clocks [--count 20000] [--tickets 1000 100000 1000000]
"""

import argparse
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from zoneinfo import ZoneInfo

from benchmarks.due import due_today
from benchmarks.record import record
from handlers.law.deadlines import reckon, start_clock
from handlers.law.facts import Extension, ExtensionReason, Facts, Pause
from handlers.law.regimes import EU, PauseReason
from handlers.law.segments import segments
from handlers.law.whatif import reckon_row

ZONE = ZoneInfo("Europe/Berlin")
COUNTRIES = ("DE", "PL", "SK", "CZ", "FR", "AT")
START = datetime(2026, 1, 1, 9, tzinfo=UTC)
DAYS = 730

Job = Callable[[int], object]


def received(number: int) -> datetime:
    """Return one of two years' mornings."""
    return START + timedelta(days=number % DAYS)


def plain_clock(number: int) -> object:
    """Start the clock of a ticket."""
    return start_clock(received(number), zone=ZONE, country=COUNTRIES[number % len(COUNTRIES)])


def eventful(number: int) -> Facts:
    """Return a request with a question back and an extension."""
    at = received(number)
    pause = Pause(PauseReason.IDENTITY, (at + timedelta(days=1)).date(), (at + timedelta(days=4)).date())
    return Facts(
        received_at=at,
        zone=ZONE,
        region=COUNTRIES[number % len(COUNTRIES)],
        regime=EU,
        pauses=(pause,),
        extension=Extension((at + timedelta(days=20)).date(), (ExtensionReason.COMPLEXITY,)),
    )


def row(number: int) -> object:
    """Reckon a row of text."""
    country = COUNTRIES[number % len(COUNTRIES)]
    return reckon_row(
        {
            "id": str(number),
            "law_profile": "GDPR",
            "received_at": received(number).isoformat(),
            "timezone": ZONE.key,
            "controller_country": country,
            "holiday_region": country,
        }
    )


JOBS: dict[str, Job] = {
    "clocks started": plain_clock,
    "clocks with a pause and an extension": lambda number: reckon(eventful(number)),
    "clocks explained": lambda number: segments(eventful(number)),
    "rows of a bulk what-if": row,
}


def per_second(job: Job, count: int) -> int:
    """Return how often a second a job is done, its calendars loaded."""
    for number in range(DAYS):
        job(number)
    numbers = islice(cycle(range(DAYS)), count)
    began = time.perf_counter()
    for number in numbers:
        job(number)
    return round(count / (time.perf_counter() - began))


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--tickets", type=int, nargs="*", default=[1_000, 100_000, 1_000_000])
    arguments = parser.parse_args()
    count = arguments.count
    rows: list[dict[str, object]] = [
        {"what": what, "count": count, "per_second": per_second(job, count)} for what, job in JOBS.items()
    ]
    record("clocks", [*rows, *map(due_today, arguments.tickets)])


if __name__ == "__main__":
    main()
