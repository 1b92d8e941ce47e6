"""Portability (GDPR Art. 20): only what the person provided, machine-readable."""

import dataclasses
from datetime import date

from handlers.access import copy_link, summarise, table_lines
from handlers.copy_files import as_json
from handlers.crm import Copy, Person
from handlers.desk import Job, Outcome, Section
from handlers.links import COPY
from handlers.policy import Policy
from handlers.ports import Crm
from handlers.tickets import Request


def _provided(crm: Crm, key: str) -> Copy:
    return Copy(tuple(table for table in crm.collect(key).tables if table.provided))


def prepare(request: Request, person: Person, crm: Crm, *, today: date) -> Request:
    """Count what the file will hold."""
    return dataclasses.replace(request, tables=summarise(_provided(crm, person.key)))


def carry_out(job: Job) -> Outcome:
    """Make the file."""
    copy = _provided(job.crm, job.ticket.known_person.key)
    link = copy_link(job, {"json": as_json(copy, language=job.policy.language(job.ticket.language))})
    return Outcome(dataclasses.replace(job.request, tables=summarise(copy), link=link.token), link)


def section(request: Request, *, language: str, policy: Policy) -> Section:
    """Return what the file holds and where it lies."""
    return {"tables": table_lines(request, language), "url": policy.url(COPY, request.link)}
