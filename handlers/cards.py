"""The cards that staff see in Slack: data without identities; bot/slack gives them words and buttons."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from handlers.crm import Change, PlanStep
from handlers.policy import Policy
from handlers.tickets import Request, Status, Ticket

CardContent = Mapping[str, Any]  # as JSON


@dataclass(frozen=True)
class Card:
    """A message to staff; a card with the same topic replaces the one before it."""

    topic: str
    content: CardContent
    ticket_id: str | None = None


def _step(step: PlanStep) -> CardContent:
    until = step.until.isoformat() if step.until else ""
    return {
        "label": dict(step.label),
        "action": step.action,
        "rows": step.rows,
        "law": step.law,
        "until": until,
        "shared": step.shared,
    }


def _change(change: Change) -> CardContent:
    # Neither the old nor the new value: they are personal data.
    return {"label": dict(change.label), "table": change.table}


def _request(request: Request) -> CardContent:
    return {
        "right": request.right,
        "status": request.status,
        "score": round(request.score, 2),
        "reason": request.reason,
        "approved_by": request.approved_by,
        "plan": [_step(step) for step in request.plan.steps] if request.plan else [],
        "changes": [_change(change) for change in request.changes],
        "tables": [{"label": dict(t.label), "rows": t.rows, "held": t.held} for t in request.tables],
    }


def repeats(ticket: Ticket) -> list[CardContent]:
    """Return which of the rights asked were answered before, when, and whether that is often."""
    asked = {request.right for request in ticket.requests if request.status is not Status.CLOSED}
    return [
        {
            "right": repeat.right,
            "perhaps_excessive": repeat.perhaps_excessive,
            "earlier": [
                {"reference": one.reference, "answered_on": one.answered_on.isoformat()} for one in repeat.earlier
            ],
        }
        for repeat in ticket.repeats
        if repeat.right in asked
    ]


def ties(ticket: Ticket) -> CardContent:
    """Return what joins a ticket to others of the same person."""
    return {
        "related": list(ticket.related),
        "merged": list(ticket.merged),
        "merged_into": ticket.merged_into,
        "split_from": ticket.split_from,
    }


def ticket_card(ticket: Ticket) -> Card:
    """Return the card of a ticket, as it stands."""
    content = {
        "kind": "ticket",
        "reference": ticket.reference,
        "language": ticket.language,
        "trust": ticket.trust,
        "received_on": ticket.clock.received_on.isoformat(),
        "safe_date": ticket.clock.safe_date.isoformat(),
        "last_date": ticket.clock.last_date.isoformat(),
        "law": ticket.basis.law,
        "law_reason": ticket.basis.reason,
        "extended": ticket.basis.extension is not None,
        "closes_on": ticket.closes_on.isoformat() if ticket.closes_on else "",
        "question": ticket.question,
        "decided_by": ticket.decided_by,
        "fingerprint": ticket.fingerprint if ticket.having(Status.APPROVAL_ASKED) else "",
        "requests": [_request(request) for request in ticket.requests],
        "repeats": repeats(ticket),
        "ties": ties(ticket),
    }
    return Card(f"ticket:{ticket.reference}", content, ticket.id)


def quarantine_card(mail_id: str, reason: str) -> Card:
    """Return the card that tells of a mail set aside."""
    return Card(f"mail:{mail_id}", {"kind": "quarantined", "reference": f"M-{mail_id[:8]}", "reason": reason})


def failure_card(ticket: Ticket, *, topic: str, reason: str, detail: str = "") -> Card:
    """Return the card that tells of something that failed for good; `detail` is a code or a word."""
    content = {"kind": "failed", "reference": ticket.reference, "reason": reason, "detail": detail}
    return Card(topic, content, ticket.id)


def crm_down_card(today: date) -> Card:
    """Return the alarm that the CRM cannot be reached, so that requests wait; once a day by its topic."""
    return Card(f"crm:{today.isoformat()}", {"kind": "crm_down", "reference": ""})


def due_erasure_failed_card(today: date) -> Card:
    """Return the alarm that what the law kept of somebody could not be erased on its day; once a day by its topic."""
    return Card(f"erase_due:{today.isoformat()}", {"kind": "erase_due_failed", "reference": ""})


def due_card(ticket: Ticket, task: str) -> Card:
    """Return the card that tells the staff what has fallen due; once for each set of dates by its topic."""
    content = {
        "kind": "due",
        "reference": ticket.reference,
        "task": str(task),
        "rights": [r.right for r in ticket.requests if r.status is not Status.CLOSED],
        "safe_date": ticket.clock.safe_date.isoformat(),
    }
    return Card(f"due:{ticket.reference}:{ticket.clock.safe_date.isoformat()}:{task}", content, ticket.id)


def reminder_card(ticket: Ticket, *, days: int, step: int) -> Card:
    """Return the reminder with so many days left; its step (7, 3, 1, -1: overdue) names it, so that it comes once."""
    content = {
        "kind": "reminder",
        "reference": ticket.reference,
        "rights": [r.right for r in ticket.requests if r.status is not Status.CLOSED],
        "days": days,
        "safe_date": ticket.clock.safe_date.isoformat(),
        "last_date": ticket.clock.last_date.isoformat(),
    }
    name = "overdue" if step < 0 else str(step)
    return Card(f"reminder:{ticket.reference}:{ticket.clock.safe_date.isoformat()}:{name}", content, ticket.id)


def reminder_step(days_left: int, policy: Policy) -> int | None:
    """Return which reminder is due with so many days left: the smallest step that has been reached, -1 if overdue."""
    if days_left < 0:
        return -1
    reached = [step for step in policy.reminder_days if days_left <= step]
    return min(reached) if reached else None
