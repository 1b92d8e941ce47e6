"""What the law kept goes on its day: once, on whichever day the bot runs next, and nobody is held up by one record."""

import logging
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bot.cases import Cases
from bot.due_erasures import DueErasures
from handlers.crm import CrmError, CrmUnavailable, Done
from storage import journal, tables
from tests.fakes import FakeClock, FakeCrm
from tests.people import DONE, NOW


class Keeper(FakeCrm):
    """Keeps rows of some persons whose day has come."""

    def __init__(self, *keys: str) -> None:
        super().__init__()
        self.kept = list(keys)
        self.stubborn: set[str] = set()

    def due_erasures(self, *, today: date) -> tuple[str, ...]:
        self._note("due_erasures", today)
        return tuple(self.kept)

    def erase_due(self, key: str, *, today: date) -> Done:
        if key in self.stubborn:
            raise CrmError("a row of Anna Nowak is locked")
        self.kept.remove(key)
        return DONE


def seen(cases: Cases) -> tuple[list[str], list[str]]:
    """Return what the journal noted of erasures, and the topics of the cards."""
    with cases.store.database.read() as connection:
        events = [entry.event for _, entry in journal.read(connection)]
        return events, list(connection.execute(select(tables.cards.c.topic)).scalars())


def test_what_is_due_goes_and_is_noted_without_a_name(cases: Cases) -> None:
    crm = Keeper("7", "9")
    DueErasures(cases_with(cases, crm)).run()
    assert crm.kept == []
    assert seen(cases) == (["erased_finally", "erased_finally"], [])


def test_once_a_day_is_enough(cases: Cases, clock: FakeClock) -> None:
    crm = Keeper()
    due = DueErasures(cases_with(cases, crm))
    for _ in range(3):
        due.run()
    assert len(crm.calls) == 1
    clock.now = NOW + timedelta(days=1)
    due.run()
    assert len(crm.calls) == 2


def test_while_the_crm_is_away_it_is_tried_again(cases: Cases) -> None:
    crm = Keeper("7")
    crm.problem = CrmUnavailable()
    due = DueErasures(cases_with(cases, crm))
    due.run()
    assert seen(cases) == ([], ["crm:2026-11-23"])
    crm.problem = None
    due.run()
    assert crm.kept == []


def test_one_that_cannot_be_erased_does_not_hold_up_the_others(cases: Cases, caplog: pytest.LogCaptureFixture) -> None:
    crm = Keeper("7", "9")
    crm.stubborn = {"7"}
    with caplog.at_level(logging.WARNING):
        DueErasures(cases_with(cases, crm)).run()
    assert crm.kept == ["7"]
    assert seen(cases) == (["erased_finally"], ["erase_due:2026-11-23"])
    assert "erase_due.failed problem=CrmError" in caplog.text
    assert "Anna" not in caplog.text


def cases_with(cases: Cases, crm: Keeper) -> Cases:
    """Return the cases with another CRM."""
    return Cases(cases.store, type(cases.desk)(cases.policy, cases.desk.recogniser, crm), clock=cases.clock)
