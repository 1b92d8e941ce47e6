"""Restriction (GDPR Art. 18): keep, but do not use."""

import dataclasses
from datetime import date

from handlers.crm import Person
from handlers.desk import Job, Outcome, Section
from handlers.policy import Policy
from handlers.ports import Crm
from handlers.tickets import Request


def prepare(request: Request, person: Person, crm: Crm, *, today: date) -> Request:
    """Need no plan."""
    return request


def carry_out(job: Job) -> Outcome:
    """Set the restriction flag."""
    return Outcome(dataclasses.replace(job.request, done=job.crm.restrict(job.ticket.known_person.key)))


def section(request: Request, *, language: str, policy: Policy) -> Section:
    """Say nothing beyond the template."""
    return {}
