"""What the passing of time brings: expired challenges, ended waiting periods, reminders, the weekly summary."""

import dataclasses
import logging
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from bot.cases import Cases
from handlers import clocks, identity, looking, planning, reports
from handlers.cards import Card
from handlers.due import next_look
from handlers.letters import Letter
from handlers.policy import Policy
from handlers.reports import WeekFigures
from handlers.tickets import Ticket
from storage import journal, queries
from storage.unit import SqlUnit

log = logging.getLogger(__name__)

# A reply that arrived in time may still wait to be read: the bot, or the CRM, may have been down.
GRACE = timedelta(days=1)
# More wait for the next minute, so that a tick after a long pause does not hold up everything else.
LOOKS_A_TICK = 500
AFTER_A_FAILED_LOOK = timedelta(hours=1)


def tick(cases: Cases, *, dpo_address: str, dpo_language: str) -> None:
    """Do everything that has fallen due; done twice, it does nothing more."""
    _expire(cases)
    _end_waiting(cases)
    _look(cases)
    _summarise(cases, dpo_address=dpo_address, dpo_language=dpo_language)


def _expire(cases: Cases) -> None:
    before = cases.clock() - GRACE
    with cases.store.database.read() as connection:
        expired = queries.expired_challenges(connection, now=before)

    def expire(unit: SqlUnit, ticket: Ticket) -> None:
        identity.expire(unit, ticket, before=before)

    _each(cases, expired, expire)


def _end_waiting(cases: Cases) -> None:
    with cases.store.database.read() as connection:
        over = queries.waiting_is_over(connection, now=cases.clock())
    _each(cases, over, planning.end_waiting)
    with cases.unit() as unit:
        queries.drop_expired_links(unit.connection, now=unit.now)


def _look(cases: Cases) -> None:
    """Look at every ticket for which something may have fallen due."""
    policy, now = cases.policy, cases.clock()
    with cases.store.database.read() as connection:
        due = queries.to_look_at(connection, now=now, limit=LOOKS_A_TICK)

    def look(unit: SqlUnit, ticket: Ticket) -> None:
        ticket = looking.look(unit, ticket, policy=policy)
        unit.look_again(ticket, at=next_look(ticket, now=unit.now, policy=policy))

    for ticket_id in _each(cases, due, look):
        with cases.unit() as unit:  # the others come first, however many there are of these
            queries.look_later(unit.connection, ticket_id, at=unit.now + AFTER_A_FAILED_LOOK)


def _each(cases: Cases, ticket_ids: Iterable[str], do: Callable[[SqlUnit, Ticket], object]) -> list[str]:
    """Do something to tickets, each in a unit of work of its own; return the ids of those with which it failed."""
    failed = []
    for ticket_id in ticket_ids:
        try:
            with cases.unit() as unit:
                ticket = unit.ticket(ticket_id)
                if ticket is not None:
                    do(unit, ticket)
        except Exception as problem:  # noqa: BLE001  (the edge of the loop: one ticket must not hold up the others)
            log.warning("look.failed problem=%s", type(problem).__name__)
            failed.append(ticket_id)
    return failed


def reckon_anew(cases: Cases) -> int:
    """Reckon the open tickets anew whose dates follow from other tables or settings; return how many dates moved."""
    controller, moved = cases.policy.controller, []
    with cases.store.database.read() as connection:
        others = queries.reckoned_otherwise(connection, fingerprint=clocks.fingerprint(controller))

    def reckon(unit: SqlUnit, ticket: Ticket) -> None:
        after = unit.save(clocks.anew(ticket, controller=controller), actor="")
        if after.clock != ticket.clock:
            moved.append(ticket.reference)

    _each(cases, others, reckon)
    with cases.unit() as unit:
        queries.look_at_all(unit.connection, at=unit.now)  # the days of reminders are settings too
    return len(moved)


def _summarise(cases: Cases, *, dpo_address: str, dpo_language: str) -> None:
    """Send the summary of the last week once; not of a week that was over before the bot was first used."""
    policy = cases.policy
    first_day, last_day = reports.week_due(cases.clock(), policy)
    with cases.unit() as unit:
        end = queries.day_end(last_day, policy.controller.zone)
        began = queries.started_at(unit.connection)
        if began is None or began >= end:
            return
        topic = f"summary:{reports.week_number(first_day)}"
        if queries.has_card(unit.connection, topic):
            return
        figures = week_figures(unit, first_day=first_day, last_day=last_day, policy=policy)
        unit.put_card(reports.summary_card(figures))
        if dpo_address:
            unit.add_internal_letter(_summary_letter(figures, to=dpo_address, language=dpo_language, policy=policy))


def week_figures(unit: SqlUnit, *, first_day: date, last_day: date, policy: Policy) -> WeekFigures:
    """Count the week; what is open, at risk and late is counted as of now."""
    connection, zone, today = unit.connection, policy.controller.zone, policy.today(unit.now)
    since, until = queries.day_start(first_day, zone), queries.day_end(last_day, zone)
    yesterday = today - timedelta(days=1)
    head = journal.read_head(connection)
    return WeekFigures(
        first_day=first_day,
        last_day=last_day,
        opened=queries.count_opened(connection, since, until),
        answered=queries.count_answered(connection, since, until),
        open=queries.count_open(connection),
        triage=queries.count_questions(connection),
        at_risk=queries.lines(connection, after=yesterday, until=reports.reminder_horizon(unit.now, policy)),
        late=queries.lines(connection, after=None, until=yesterday),
        journal_count=head.seq,
        journal_head=head.digest[:16],
    )


def _summary_letter(figures: WeekFigures, *, to: str, language: str, policy: Policy) -> Letter:
    context = {
        **{field.name: getattr(figures, field.name) for field in dataclasses.fields(figures)},
        "week": reports.week_number(figures.first_day),
        "risk_days": max(policy.reminder_days, default=0),
    }
    return Letter("week", language, to, context)


def silence_card(last_success: datetime | None, *, started: datetime, now: datetime, hours: int) -> Card | None:
    """Return the alarm that the mailbox could not be read for hours; once a day by its topic."""
    since = last_success or started
    if now - since < timedelta(hours=hours):
        return None
    content = {"kind": "silent", "reference": "", "since": since.strftime("%Y-%m-%d %H:%M UTC")}
    return Card(f"silent:{now.date().isoformat()}", content)
