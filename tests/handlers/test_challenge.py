"""Challenges: codes found in replies, tries that run out, expiry."""

import dataclasses
from datetime import timedelta

import pytest

from handlers.challenge import Challenge, ChallengeState, codes_in, new_code
from tests.people import NOW

OPEN = Challenge("c", "t", "code", "link", "address", NOW + timedelta(hours=1), tries_left=2, requests=("r",))


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("123456", ["123456"]),
        ("The code is 123 456.", ["123456"]),
        ("Code: 123-456!", ["123456"]),
        ("123\u00a0456", ["123456"]),
        ("it was 000000, or 999 999", ["000000", "999999"]),
        ("(123456)", ["123456"]),
        ("1234567", []),
        ("12345", []),
        ("phone 0171-123456", []),
        ("2026-11-23 and 12-345-678", []),
        ("123  456", []),
        ("123\n456", []),
        ("12 34 56", []),
        ("order 123456-7", []),
        ("", []),
    ],
)
def test_codes_are_six_digits_that_stand_alone(text: str, codes: list[str]) -> None:
    assert codes_in(text) == codes


def test_a_new_code_is_found_as_it_is_written_in_the_letter() -> None:
    for code in [*(new_code() for _ in range(20)), "000000"]:
        assert codes_in(f"> old\nMy code: {code[:3]} {code[3:]}\nAnna") == [code]


@pytest.mark.parametrize(
    ("right", "later", "tries_left", "state", "left"),
    [
        (True, timedelta(0), 2, ChallengeState.CONFIRMED, 2),
        (True, timedelta(0), 1, ChallengeState.CONFIRMED, 1),
        (True, timedelta(minutes=59), 2, ChallengeState.CONFIRMED, 2),
        (True, timedelta(hours=1), 2, ChallengeState.EXPIRED, 2),
        (False, timedelta(0), 2, ChallengeState.OPEN, 1),
        (False, timedelta(0), 1, ChallengeState.FAILED, 0),
        (False, timedelta(hours=2), 1, ChallengeState.EXPIRED, 1),
    ],
)
def test_a_try(right: bool, later: timedelta, tries_left: int, state: ChallengeState, left: int) -> None:
    before = dataclasses.replace(OPEN, tries_left=tries_left)
    expected = dataclasses.replace(OPEN, tries_left=left, state=state)
    assert before.tried(right=right, now=NOW + later) == expected
