"""Cards as blocks: within Slack's limits in every language, with the buttons that the ticket's state allows."""

import dataclasses
import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from bot.clock import silence_card
from bot.settings import LANGUAGES
from bot.slack.cards import APPROVE, DECIDE, GROUNDS, NOTHING_FOUND, REFUSE, SHOW, card_blocks, card_text
from bot.slack.words import Words
from handlers import access
from handlers.cards import (
    Card,
    crm_down_card,
    due_card,
    due_erasure_failed_card,
    failure_card,
    quarantine_card,
    reminder_card,
    ticket_card,
)
from handlers.crm import Action, Plan, PlanStep
from handlers.due import Task
from handlers.reports import TicketLine, WeekFigures, summary_card
from handlers.rights import Right
from handlers.tickets import Request, Status
from tests.people import CHANGE, COPY, NOW, OLGA, PLAN, a_request, a_ticket

EN = Words("en")
LINE = TicketLine("R-7KQ4M", date(2026, 11, 30), date(2026, 11, 30))
FIGURES = WeekFigures(date(2026, 11, 16), date(2026, 11, 22), 4, 3, 2, 1, (LINE,), (), 99, "abcd")
LONG = {"en": "A label as long as people make them & <more>", "de": "Eine Bezeichnung, so lang wie Leute sie schreiben"}
MANY_TABLES = Plan(
    tuple(PlanStep(f"t{n}", LONG, Action.KEEP, n + 1, "§ 147 AO", NOW.date()) for n in range(80)), "f", ()
)


def furnished(right: Right, status: Status, **changes: Any) -> Request:
    plan = MANY_TABLES if right is Right.DELETION else None
    tables = access.summarise(COPY)
    return a_request(right, status, plan=plan, changes=(CHANGE,), tables=tables, approved_by=OLGA.id, **changes)


def cards() -> dict[str, Card]:
    """Return a card of each kind, tickets with all rights in each state among them."""
    found = {f"{status}": ticket_card(a_ticket(*(furnished(right, status) for right in Right))) for status in Status}
    for reason in ("low_score", "unknown_sender", "reply", "carry_out_failed"):
        requests = (furnished(right, Status.TRIAGE, reason=reason) for right in Right)
        found[f"question {reason}"] = ticket_card(a_ticket(*requests, question=reason))
    ticket = a_ticket(*(a_request(right) for right in Right))
    for days in (-1, 0, 1, 7):
        found[f"reminder {days}"] = reminder_card(ticket, days=days, step=max(days, -1) or 1)
    found["quarantined"] = quarantine_card("0123456789abcdef", "spam")
    found["failed"] = failure_card(ticket, topic="t", reason="carry_out_failed", detail="CrmConflict")
    for task in (Task.STOP, Task.ACKNOWLEDGE, Task.EXTEND):
        found[f"due {task}"] = due_card(ticket, task)
    found["crm down"], found["erase due"] = crm_down_card(NOW.date()), due_erasure_failed_card(NOW.date())
    found["summary"] = summary_card(FIGURES)
    silent = silence_card(None, started=NOW, now=NOW.replace(hour=23), hours=6)
    assert silent
    found["silent"] = silent
    return found


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object within blocks."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from parts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from parts(inner)


MOST = {"header": 150, "section": 3000}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(cards()))
def test_every_card_keeps_to_slacks_limits(name: str, language: str) -> None:
    content, words = cards()[name].content, Words(language)
    blocks = card_blocks(content, words)
    assert 0 < len(blocks) <= 50
    assert card_text(content, words).strip()
    assert not [text for text in texts(blocks) if not text.strip() or "{" in text]
    for block in blocks:
        if block["type"] in MOST:
            assert len(block["text"]["text"]) <= MOST[block["type"]]
        if block["type"] == "actions":
            check_actions(block["elements"])


def test_a_long_plan_is_shown_whole() -> None:
    request = a_request(Right.DELETION, Status.APPROVAL_ASKED, plan=MANY_TABLES)
    said = "\n".join(texts(card_blocks(ticket_card(a_ticket(request)).content, EN)))
    assert [f": {step.rows} kept until" in said for step in MANY_TABLES.steps] == [True] * 80


def texts(blocks: Any) -> list[str]:
    return [part["text"] for part in parts(blocks) if isinstance(part.get("text"), str)]


def check_actions(elements: list[dict[str, Any]]) -> None:
    assert 0 < len(elements) <= 25
    ids = [element["action_id"] for element in elements]
    assert len(ids) == len(set(ids))
    for element in elements:
        if element["type"] == "button":
            assert len(element["text"]["text"]) <= 75
            assert len(element["value"]) <= 2000
        else:
            assert len(element["placeholder"]["text"]) <= 150
            assert 0 < len(element["options"]) <= 100
            for option in element["options"]:
                assert len(option["text"]["text"]) <= 75
                assert len(option["value"]) <= 75
        for confirm in [element["confirm"]] if "confirm" in element else []:
            assert len(confirm["title"]["text"]) <= 100
            assert len(confirm["text"]["text"]) <= 300
            assert max(len(confirm[key]["text"]) for key in ("confirm", "deny")) <= 30


def actions(*requests: Request, **changes: Any) -> list[tuple[str, str]]:
    """Return the action ids of a ticket's card, with the value of a button or the last word of a menu's options."""
    content = ticket_card(a_ticket(*requests, **changes)).content
    [block] = [block for block in card_blocks(content, EN) if block["type"] == "actions"]
    return [
        (
            element["action_id"],
            element["value"] if "value" in element else " ".join(o["value"].split()[-1] for o in element["options"]),
        )
        for element in block["elements"]
    ]


SHOWN = (SHOW, "R-7KQ4M")
REFUSABLE = (REFUSE, " ".join(GROUNDS))
OTHERS = "portability correction deletion withdrawal objection restriction"


@pytest.mark.parametrize(
    ("status", "buttons"),
    [
        (Status.RECEIVED, [SHOWN, REFUSABLE]),
        (Status.IDENTITY_ASKED, [SHOWN, REFUSABLE]),
        (Status.WAITING, [SHOWN]),
        (Status.CARRYING_OUT, [SHOWN]),
        (Status.CARRIED_OUT, [SHOWN]),
        (Status.ANSWERED, [SHOWN]),
        (Status.REFUSED, [SHOWN]),
    ],
)
def test_a_card_offers_what_is_possible(status: Status, buttons: list[tuple[str, str]]) -> None:
    assert actions(a_request(Right.ACCESS, status)) == buttons


def test_an_approval_is_of_the_plan_on_the_card() -> None:
    ticket = a_ticket(a_request(Right.DELETION, Status.APPROVAL_ASKED, plan=PLAN))
    assert actions(*ticket.requests) == [(APPROVE, f"R-7KQ4M {ticket.fingerprint}"), SHOWN, REFUSABLE]


def test_a_question_offers_the_guess_the_other_rights_and_none() -> None:
    guess = a_request(Right.ACCESS, Status.TRIAGE)
    assert actions(guess, question="low_score") == [
        (f"{DECIDE}_0", "R-7KQ4M access"),
        (f"{DECIDE}_1", OTHERS),
        (f"{DECIDE}_2", "R-7KQ4M -"),
        SHOWN,
        REFUSABLE,
    ]
    two = actions(guess, a_request(Right.DELETION, Status.TRIAGE), question="low_score")
    assert two[0] == (f"{DECIDE}_0", "R-7KQ4M access,deletion")
    assert two[1] == (f"{DECIDE}_1", f"access {OTHERS}")


def test_an_unknown_sender_can_be_answered_that_nothing_was_found() -> None:
    asked = a_request(Right.ACCESS, Status.TRIAGE, reason="unknown_sender")
    assert actions(asked, question="unknown_sender")[1] == (NOTHING_FOUND, "R-7KQ4M")


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        (
            a_request(Right.DELETION, Status.APPROVAL_ASKED, plan=PLAN),
            (
                "*Deletion*: waiting for approval\nWhat would happen:\n"
                "• Customer: 1 deleted\n• Complaints: 2 made anonymous\n• Orders: 2 kept until 31 Dec 2036 (§ 147 AO)"
            ),
        ),
        (
            a_request(Right.CORRECTION, Status.APPROVAL_ASKED, changes=(CHANGE,)),
            "*Correction*: waiting for approval\nWhat would happen:\n• E-mail address will be corrected (customers)",
        ),
        (
            a_request(Right.ACCESS, Status.CARRYING_OUT, tables=access.summarise(COPY), approved_by=OLGA.id),
            (
                "*Access*: being carried out\nWhat would happen:\n• Customer: 1 copied\n• Orders: 2 copied\n"
                "Approved by <@U0OLGA>."
            ),
        ),
        (
            a_request(Right.RESTRICTION, Status.APPROVAL_ASKED),
            "*Restriction*: waiting for approval\nWhat would happen:\n• the record will be locked",
        ),
        (a_request(Right.ACCESS, Status.REFUSED, reason="unfounded"), "*Access*: refused (manifestly unfounded)"),
        (a_request(Right.DELETION, Status.ANSWERED, plan=PLAN), "*Deletion*: answered"),
    ],
)
def test_what_a_card_says_of_a_request(request_: Request, says: str) -> None:
    blocks = card_blocks(ticket_card(a_ticket(request_)).content, EN)
    assert blocks[1]["text"]["text"].replace("\u00a0", " ") == says


@pytest.mark.parametrize(
    ("card", "says"),
    [
        (
            reminder_card(a_ticket(a_request(Right.ACCESS)), days=7, step=7),
            "R-7KQ4M (Access): *7 days* left until the safe date 23 Dec 2026.",
        ),
        (
            reminder_card(a_ticket(a_request(Right.ACCESS)), days=-1, step=-1),
            "R-7KQ4M (Access) is *overdue*: the safe date was 23 Dec 2026, the last day is 23 Dec 2026.",
        ),
        (
            quarantine_card("0123456789abcdef", "spam"),
            "A mail was set aside (M-01234567): the mail server marked it as spam. Nothing was done with it.",
        ),
        (
            failure_card(a_ticket(), topic="t", reason="letter_failed", detail="550"),
            "R-7KQ4M: a letter could not be delivered: 550. Please look at it.",
        ),
        (
            summary_card(FIGURES),
            (
                "*Privacy requests, week 2026-W47*\n• Opened: 4\n• Answered: 3\n• Open: 2\n"
                "• Waiting for a decision: 1\n• At risk: R-7KQ4M\n• Late: none"
            ),
        ),
    ],
)
def test_simple_cards_are_one_text(card: Card, says: str) -> None:
    assert card_text(card.content, EN).replace("\u00a0", " ") == says
    assert json.dumps(card_blocks(card.content, EN))


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_approver_is_told_of_notes_that_are_held_back(language: str) -> None:
    tables = tuple(dataclasses.replace(table, held=2) for table in access.summarise(COPY))
    held, none = (
        json.dumps(card_blocks(ticket_card(a_ticket(request)).content, Words(language)))
        for request in (
            a_request(Right.ACCESS, Status.APPROVAL_ASKED, tables=tables),
            a_request(Right.ACCESS, Status.APPROVAL_ASKED, tables=access.summarise(COPY)),
        )
    )
    assert str(2 * len(tables)) in held
    assert "rightsdesk crm notes" in held
    assert "rightsdesk crm notes" not in none
