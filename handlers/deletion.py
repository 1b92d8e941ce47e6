"""Deletion (GDPR Art. 17): what goes, what is made anonymous, what the law keeps and until when."""

import dataclasses
from datetime import date

from handlers.crm import Action, Done, Person
from handlers.desk import Job, Outcome, Section
from handlers.letters import pick
from handlers.policy import Policy
from handlers.ports import Crm
from handlers.tickets import Request


def prepare(request: Request, person: Person, crm: Crm, *, today: date) -> Request:
    """Plan the erasure, counted per table."""
    return dataclasses.replace(request, plan=crm.plan_deletion(person.key, today=today))


def carry_out(job: Job) -> Outcome:
    """Erase as planned, and prove it. Raises ValueError without a plan: nothing was approved."""
    if job.request.plan is None:
        raise ValueError(f"{job.ticket.reference} has no plan")
    person, plan = job.ticket.known_person, job.request.plan
    done = job.crm.delete(person.key, plan, today=job.today, resumed=job.resumed)
    return Outcome(dataclasses.replace(job.request, done=done), erased=plan.identifiers)


def section(request: Request, *, language: str, policy: Policy) -> Section:
    """Return what went, what stays, under which law and until when (Art. 17(3))."""
    done = request.done or Done(())
    lines: dict[Action, list[Section]] = {action: [] for action in Action}
    shared: list[Section] = []
    for step in done.steps:
        if step.rows:
            line = {"label": pick(step.label, language), "rows": step.rows, "law": step.law, "until": step.until}
            (shared if step.shared else lines[step.action]).append(line)
    return {
        "deleted": lines[Action.DELETE],
        "anonymised": lines[Action.ANONYMISE],
        "kept": lines[Action.KEEP],
        "shared": shared,
    }
