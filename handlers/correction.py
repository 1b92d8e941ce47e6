"""Correction (GDPR Art. 16): old to new, after a look."""

import dataclasses
from datetime import date

from handlers.crm import Person
from handlers.desk import Job, NeedsPerson, Outcome, Section
from handlers.letters import pick
from handlers.policy import Policy
from handlers.ports import Crm
from handlers.tickets import Request


def prepare(request: Request, person: Person, crm: Crm, *, today: date) -> Request:
    """Propose the changes. Raises NeedsPerson if none was understood or allowed."""
    changes = crm.plan_correction(person.key, request.corrections)
    if not changes:
        raise NeedsPerson("nothing_to_correct")
    return dataclasses.replace(request, changes=changes)


def carry_out(job: Job) -> Outcome:
    """Write the new values."""
    done = job.crm.correct(job.ticket.known_person.key, job.request.changes)
    return Outcome(dataclasses.replace(job.request, done=done))


def section(request: Request, *, language: str, policy: Policy) -> Section:
    """Return what was changed, from what to what."""
    changes = [{"label": pick(c.label, language), "old": c.old, "new": c.new} for c in request.changes]
    return {"changes": changes}
