"""What cards and details say of other tickets of the same person."""

from datetime import date
from typing import Any

import pytest

from bot.settings import LANGUAGES
from bot.slack.cards import card_blocks
from bot.slack.details import details
from bot.slack.words import Words
from handlers.cards import ticket_card
from handlers.repeats import Earlier, Repeat
from handlers.rights import Right
from handlers.tickets import Status, Ticket
from tests.people import a_request, a_ticket


def repeated(count: int, *, perhaps_excessive: bool) -> Ticket:
    earlier = tuple(Earlier(f"R-{number:05}", date(2026, 1, number + 1)) for number in range(count))
    return a_ticket(a_request(Right.ACCESS), repeats=(Repeat(Right.ACCESS, earlier, perhaps_excessive),))


def said(ticket: Ticket, language: str = "en") -> str:
    """Return what a card says, after making sure that the details say it as well."""
    words = Words(language)
    blocks = card_blocks(ticket_card(ticket).content, words)
    text = "\n".join(block["text"]["text"] for block in blocks if block["type"] == "section").replace("\u00a0", " ")
    shown = details(ticket, [], words).replace("\u00a0", " ")
    assert set(text.splitlines()[1:-1]) <= set(shown.splitlines())
    return text


def test_an_earlier_answer_is_named() -> None:
    lines = said(repeated(1, perhaps_excessive=False)).splitlines()
    assert lines[1:-1] == ["*Access* asked before, in twelve months: 1. R-00000 (answered 1 Jan 2026)"]


def test_of_many_the_newest_are_named_and_all_are_counted() -> None:
    lines = said(repeated(9, perhaps_excessive=True)).splitlines()
    assert lines[1].startswith("*Access* asked before, in twelve months: 9. R-00004 (answered 5 Jan 2026), R-00005")
    assert lines[1].endswith("R-00008 (answered 9 Jan 2026)")
    assert lines[2:-1] == ["Perhaps excessive (Art. 12(5) GDPR): please decide."]


def test_related_tickets_are_named() -> None:
    assert "See also R-22222, R-33333." in said(a_ticket(a_request(Right.ACCESS), related=("R-22222", "R-33333")))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"merged": ("R-22222", "R-33333")}, "Merged into this one: R-22222, R-33333."),
        ({"merged_into": "R-22222"}, "Merged into R-22222, where it goes on."),
        ({"split_from": "R-22222"}, "Split off from R-22222."),
        ({}, ""),
    ],
)
def test_merged_and_split_tickets_name_each_other(changes: dict[str, Any], says: str) -> None:
    lines = said(a_ticket(a_request(Right.ACCESS), **changes)).splitlines()
    assert lines[1:-1] == ([says] if says else [])


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("merged", " (merged, goes on in another ticket)"),
        ("split", " (split off, goes on in another ticket)"),
        ("low_score", ""),
    ],
)
def test_a_request_that_left_says_so(reason: str, says: str) -> None:
    ticket = a_ticket(a_request(Right.ACCESS, Status.CLOSED, reason=reason))
    blocks = card_blocks(ticket_card(ticket).content, Words("en"))
    assert blocks[1]["text"]["text"] == f"*Access*: closed without answer{says}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_every_language(language: str) -> None:
    text = said(repeated(3, perhaps_excessive=True), language)
    assert text.count("R-0000") == 3
    ties = {"related": ("R-1",), "merged": ("R-2",), "merged_into": "R-3", "split_from": "R-4"}
    text += said(a_ticket(a_request(Right.ACCESS), **ties), language)
    assert [f"R-{number}" in text for number in range(1, 5)] == [True] * 4
    assert "{" not in text


def test_a_card_queued_by_the_version_before_can_still_be_posted() -> None:
    ticket = a_ticket(a_request(Right.ACCESS))
    old = {key: value for key, value in ticket_card(ticket).content.items() if key not in {"repeats", "ties"}}
    assert card_blocks(old, Words("en")) == card_blocks(ticket_card(ticket).content, Words("en"))
