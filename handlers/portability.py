"""Portability (GDPR Art. 20): only what the person provided, machine-readable."""

import dataclasses
from datetime import date

from handlers.access import copy_outcome, summarise, table_lines
from handlers.copy_files import portable
from handlers.crm import Person
from handlers.desk import Job, Outcome, Section
from handlers.links import COPY
from handlers.policy import Policy
from handlers.ports import Crm
from handlers.tickets import Request


def prepare(request: Request, person: Person, crm: Crm, *, today: date) -> Request:
    """Count what the files will hold."""
    return dataclasses.replace(request, tables=summarise(portable(crm.collect(person.key))))


def carry_out(job: Job) -> Outcome:
    """Make the files."""
    return copy_outcome(job, portable(job.crm.collect(job.ticket.known_person.key)))


def section(request: Request, *, language: str, policy: Policy) -> Section:
    """Return what the file holds and where it lies."""
    return {"tables": table_lines(request, language), "url": policy.url(COPY, request.link)}
