"""Looking at a ticket when something has fallen due: remind, alarm, tell the person why nothing is done, close."""

import dataclasses
from collections.abc import Callable, Mapping
from types import MappingProxyType

from handlers import answering, letters
from handlers.cards import due_card
from handlers.due import Task, closing_day, tasks
from handlers.policy import Policy
from handlers.ports import Unit
from handlers.reports import reminders_due
from handlers.tickets import ASKED, Status, Ticket

SILENCE = "silence"


def look(unit: Unit, ticket: Ticket, *, policy: Policy) -> Ticket:
    """Do what has fallen due for a ticket; done twice, it does nothing more."""
    for task in dict.fromkeys(due.task for due in tasks(ticket, policy=policy) if due.at <= unit.now):
        ticket = _WAYS[task](unit, ticket, policy)
    return ticket


def _remind(unit: Unit, ticket: Ticket, policy: Policy) -> Ticket:
    for card in reminders_due([ticket], now=unit.now, policy=policy):
        unit.put_card(card, once=True)
    return ticket


def _say_stop_is_late(unit: Unit, ticket: Ticket, _policy: Policy) -> Ticket:
    unit.put_card(due_card(ticket, Task.STOP), once=True)
    return ticket


def _ask_to_acknowledge(unit: Unit, ticket: Ticket, _policy: Policy) -> Ticket:
    if not unit.was_written(ticket.id, "acknowledgement"):
        unit.put_card(due_card(ticket, Task.ACKNOWLEDGE), once=True)
    return ticket


def _suggest_extension(unit: Unit, ticket: Ticket, _policy: Policy) -> Ticket:
    unit.put_card(due_card(ticket, Task.EXTEND), once=True)
    return ticket


def _tell_why(unit: Unit, ticket: Ticket, policy: Policy) -> Ticket:
    """Tell a silent person why nothing is done, until when that can be mended, and what else was done (Art. 12(4))."""
    missing, asked_at = ticket.basis.waiting_for, ticket.basis.silent_since
    if missing is None or asked_at is None or not ticket.having(*ASKED):
        return ticket
    closes_on = closing_day(policy.today(asked_at), told_on=policy.today(unit.now))
    ticket = dataclasses.replace(ticket, closes_on=closes_on)
    ticket = answering.tell(unit, ticket, policy=policy, actor="") if ticket.to_tell else unit.save(ticket, actor="")
    unit.note("silence.told", reference=ticket.reference, missing=str(missing), closes_on=closes_on.isoformat())
    unit.add_letter(ticket, letters.silence(ticket, missing=str(missing), closes_on=closes_on, policy=policy))
    return ticket


def _tell(unit: Unit, ticket: Ticket, policy: Policy) -> Ticket:
    """Tell the outcome of what is settled, while the rest goes on."""
    return answering.tell(unit, ticket, policy=policy, actor="") if ticket.to_tell else ticket


def _close(unit: Unit, ticket: Ticket, policy: Policy) -> Ticket:
    """Close what the person was silent about; they were told the day."""
    if unit.has_unsent(ticket.id):  # perhaps the very letter that tells them: not before it has left
        later = dataclasses.replace(ticket, closes_on=policy.today(unit.now))
        return unit.save(later, actor="")
    moved = (request.move(Status.CLOSED, reason=SILENCE) for request in ticket.having(*ASKED))
    ticket = dataclasses.replace(ticket.replace(*moved), closes_on=None)
    return answering.save_and_answer(unit, ticket, policy=policy, actor="")


_WAYS: Mapping[Task, Callable[[Unit, Ticket, Policy], Ticket]] = MappingProxyType(
    {
        Task.REMIND: _remind,
        Task.STOP: _say_stop_is_late,
        Task.ACKNOWLEDGE: _ask_to_acknowledge,
        Task.EXTEND: _suggest_extension,
        Task.TELL: _tell,
        Task.TELL_WHY: _tell_why,
        Task.CLOSE: _close,
    }
)
