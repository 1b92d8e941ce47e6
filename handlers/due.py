"""What falls due for an open ticket as time passes, and when to look at it next."""

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from handlers import clocks
from handlers.law.elapsed import stop_due
from handlers.policy import Policy
from handlers.tickets import ASKED, SETTLED, Ticket

# An answer to our question is given at least so long, even where it was put late.
REPLY_DAYS = 3
# After so many days of silence a ticket closes; the person was told the day. The number is ours: no law names one.
SILENCE_DAYS = 90
OVERDUE = -1


@enum.unique
class Task(enum.StrEnum):
    """What has to be done."""

    REMIND = "remind"
    STOP = "stop"  # a withdrawal or objection should have been carried out by now
    ACKNOWLEDGE = "acknowledge"
    EXTEND = "extend"  # the last good moment to tell the person that it takes longer
    TELL = "tell"  # the outcome of what is settled already: a refusal cannot wait for the rest (GDPR Art. 12(4))
    TELL_WHY = "tell_why"  # the person did not answer us: say why nothing is done (GDPR Art. 12(4))
    CLOSE = "close"


@dataclass(frozen=True)
class Due:
    """A task with its moment; `days` is which reminder it is: days before the safe date, -1 when it has passed."""

    at: datetime
    task: Task
    days: int = 0


def tasks(ticket: Ticket, *, policy: Policy) -> list[Due]:
    """Return what falls due for a ticket as it stands, in time's order; nothing once it is closed."""
    if ticket.closed_at is not None:
        return []
    return sorted(_tasks(ticket, policy), key=lambda due: due.at)


def next_look(ticket: Ticket, *, now: datetime, policy: Policy) -> datetime | None:
    """Return when something falls due next, None if nothing will unless something happens."""
    return next((due.at for due in tasks(ticket, policy=policy) if due.at > now), None)


def _tasks(ticket: Ticket, policy: Policy) -> Iterator[Due]:
    if ticket.closes_on is not None:
        # The letter names the day, so all of it is left to answer.
        yield Due(_start(ticket.closes_on + timedelta(days=1), policy), Task.CLOSE)
    if not ticket.is_silent:
        yield from _reminders(ticket, policy)
    # Once every outcome is known, only the answer's own date counts: it may still be held back.
    if not ticket.is_settled:
        yield from _stops(ticket, policy)
        yield from _notices(ticket, policy)


def _reminders(ticket: Ticket, policy: Policy) -> Iterator[Due]:
    for days in (*policy.reminder_days, OVERDUE):
        yield Due(_start(ticket.clock.safe_date - timedelta(days=days), policy), Task.REMIND, days)


def _notices(ticket: Ticket, policy: Policy) -> Iterator[Due]:
    if ticket.closes_on is not None:
        return
    reckoning = clocks.reckoning_of(ticket, controller=policy.controller)
    if reckoning.acknowledge_by is not None:
        yield Due(_start(reckoning.acknowledge_by, policy), Task.ACKNOWLEDGE)
    notice_by = reckoning.notice_by or ticket.clock.safe_date
    if ticket.to_tell:
        yield Due(_start(notice_by, policy), Task.TELL)
    if ticket.basis.silent_since and ticket.having(*ASKED):
        yield Due(_start(_tell_why_on(ticket, ticket.basis.silent_since, policy), policy), Task.TELL_WHY)
    elif reckoning.notice_by is not None and ticket.basis.extension is None:
        yield Due(_start(notice_by, policy), Task.EXTEND)


def _stops(ticket: Ticket, policy: Policy) -> Iterator[Due]:
    for request in ticket.requests:
        due_at = stop_due(ticket.received_at, right=request.right, zone=policy.controller.zone)
        if due_at is not None and request.status not in SETTLED:
            yield Due(due_at, Task.STOP)


# "... without delay and at the latest within one month of receipt of the request" (GDPR Art. 12(4)): with the notice
# of an extension, three working days before the period ends, unless the question has only just been put.
def _tell_why_on(ticket: Ticket, asked_at: datetime, policy: Policy) -> date:
    """Return the day on which to say why nothing is done (GDPR Art. 12(4)).

    It goes to people whom nobody has verified, so it comes on the day on which it would come to anybody.
    """
    public = clocks.public_reckoning(ticket, controller=policy.controller)
    safe_date = min(public.clock.safe_date, clocks.promised_by(ticket, controller=policy.controller))
    asked_on = policy.today(asked_at)
    earliest = asked_on + timedelta(days=REPLY_DAYS)
    return earliest if asked_on >= safe_date else min(max(public.notice_by or safe_date, earliest), safe_date)


def closing_day(asked_on: date, *, told_on: date) -> date:
    """Return the day on which a ticket closes after silence; never on the day on which the person is told."""
    return max(asked_on + timedelta(days=SILENCE_DAYS), told_on + timedelta(days=REPLY_DAYS))


def _start(day: date, policy: Policy) -> datetime:
    return datetime.combine(day, time(), tzinfo=policy.controller.zone)
