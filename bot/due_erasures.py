"""Once a day: what the law kept of erased persons goes when its day has come."""

import logging
from datetime import date

from bot.cases import Cases
from handlers.cards import crm_down_card, due_erasure_failed_card
from handlers.crm import CrmError, CrmUnavailable

log = logging.getLogger(__name__)


class DueErasures:
    """Remembers on which day it last went through; after a restart it goes through again, and finds nothing to do."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases
        self._done_on: date | None = None

    def run(self) -> None:
        """Erase what is due today, once a day; while the CRM cannot be reached, try again with the next call."""
        today = self._cases.policy.today(self._cases.clock())
        if self._done_on == today:
            return
        try:
            for key in self._cases.desk.crm.due_erasures(today=today):
                self._erase(key, today)
        except CrmUnavailable:
            with self._cases.unit() as unit:
                unit.put_card(crm_down_card(today), once=True)
            return
        self._done_on = today

    def _erase(self, key: str, today: date) -> None:
        try:
            done = self._cases.desk.crm.erase_due(key, today=today)
        except CrmUnavailable:
            raise
        except CrmError as problem:
            log.warning("erase_due.failed problem=%s", type(problem).__name__)
            with self._cases.unit() as unit:
                unit.put_card(due_erasure_failed_card(today), once=True)
            return
        with self._cases.unit() as unit:
            rows = {f"{step.table}:{step.action}": step.rows for step in done.steps}
            unit.note("erased_finally", rows=rows)
