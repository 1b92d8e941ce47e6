"""docs/deadlines.md shows what `rightsdesk clock` really says, and docs/architecture.md the table of states."""

from datetime import UTC, date, datetime

import pytest

from bot import states
from bot.explain import explain_ticket
from handlers import clocks
from handlers.law.facts import Extension, ExtensionReason
from handlers.law.regimes import PauseReason
from handlers.rights import Right
from handlers.tickets import Status, Ticket
from tests.docs import markdown
from tests.people import SHOP, a_request, a_ticket, noon

RECEIVED = datetime(2026, 9, 24, 9, tzinfo=UTC)


@pytest.fixture
def ticket() -> Ticket:
    """A ticket with a pause and an extension, whose end falls on Christmas Day."""
    basis, clock = clocks.begin(RECEIVED, rights=[Right.ACCESS], cited="", controller=SHOP)
    request = a_request(Right.ACCESS, Status.APPROVAL_ASKED)
    ticket = a_ticket(request, basis=basis, clock=clock, received_at=RECEIVED)
    ticket = clocks.asked(ticket, PauseReason.IDENTITY, at=noon(date(2026, 9, 24)), controller=SHOP)
    ticket = clocks.answered(ticket, PauseReason.IDENTITY, at=noon(date(2026, 9, 25)), controller=SHOP)
    notice = Extension(date(2026, 10, 20), (ExtensionReason.COMPLEXITY,))
    return clocks.extended(ticket, notice, controller=SHOP)


def test_the_example_is_what_the_command_says(ticket: Ticket) -> None:
    found = explain_ticket(ticket, controller=SHOP, language="en")
    page = markdown.section(markdown.read("deadlines.md"), "See why")
    for row in (found.row[:4], *found.steps):
        assert f"| {' | '.join(row)} |" in page
    assert f"\n{found.law}\n" in page


def test_the_states_are_drawn_from_the_table() -> None:
    page = markdown.section(markdown.read("architecture.md"), "States of a request")
    assert markdown.blocks(page.replace("\n [*]", "\n[*]"), "mermaid") == [f"{states.mermaid()}\n"]
