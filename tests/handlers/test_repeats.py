"""What was asked before: counted right by right over twelve months, and never more than a mark."""

import dataclasses
from datetime import UTC, date, datetime

import pytest

from handlers.repeats import Answered, Earlier, Repeat, looked_back_to, repeats_of
from handlers.rights import Right
from tests.people import POLICY

A, D = Right.ACCESS, Right.DELETION


@pytest.mark.parametrize(
    ("now", "since"),
    [
        ("2026-11-23T09:00:00+00:00", "2025-11-23T00:00:00+01:00"),
        ("2026-11-22T23:30:00+00:00", "2025-11-23T00:00:00+01:00"),  # in Berlin it is the 23rd
        ("2028-02-29T09:00:00+00:00", "2027-02-28T00:00:00+01:00"),
        ("2026-07-01T09:00:00+00:00", "2025-07-01T00:00:00+02:00"),
    ],
)
def test_twelve_months_back_by_the_calendar(now: str, since: str) -> None:
    assert looked_back_to(datetime.fromisoformat(now), POLICY) == datetime.fromisoformat(since)


def at(day: int, right: Right = A) -> Answered:
    return Answered(right, f"R-{day}", datetime(2026, 6, day, 22, 30, tzinfo=UTC))


def earlier(*days: int) -> tuple[Earlier, ...]:
    return tuple(Earlier(f"R-{day}", date(2026, 6, day + 1)) for day in days)  # in Berlin it is the day after


@pytest.mark.parametrize(
    ("answered", "found"),
    [
        ([], ()),
        ([at(1)], (Repeat(A, earlier(1), False),)),
        ([at(2), at(1)], (Repeat(A, earlier(1, 2), False),)),
        ([at(1), at(2), at(3)], (Repeat(A, earlier(1, 2, 3), True),)),
        ([at(1), at(2, D), at(3)], (Repeat(A, earlier(1, 3), False), Repeat(D, earlier(2), False))),
    ],
)
def test_answers_are_counted_right_by_right(answered: list[Answered], found: tuple[Repeat, ...]) -> None:
    assert repeats_of(answered, policy=POLICY) == found


def test_the_policy_says_how_many_are_many() -> None:
    [repeat] = repeats_of([at(1)], policy=dataclasses.replace(POLICY, repeat_count=1))
    assert repeat.perhaps_excessive
