"""Access (GDPR Art. 15): a copy of all data, behind a time-limited link."""

import dataclasses
from datetime import date, timedelta

from handlers.copy_about import Cover
from handlers.copy_files import copy_files
from handlers.crm import Copy, Person, TableSummary
from handlers.desk import Job, Outcome, Section
from handlers.letters import pick
from handlers.links import COPY, Link, new_token
from handlers.policy import Policy
from handlers.ports import Crm
from handlers.tickets import Request

# A month and its extension by two (GDPR Art. 12(3)), and some days: until then the answer has left.
UNANSWERED_MOST = timedelta(days=120)


def summarise(copy: Copy) -> tuple[TableSummary, ...]:
    """Return what a letter says about a copy: the tables that have rows."""
    return tuple(
        TableSummary(
            table.label,
            table.purpose,
            table.recipients,
            table.retention,
            len(table.rows),
            source=table.source,
            held=len(table.held),
        )
        for table in copy.tables
        if table.rows
    )


def copy_link(job: Job, files: dict[str, bytes]) -> Link:
    """Return a link to the files; nobody has it before the answer leaves, and that sets its real end."""
    return Link(
        token=new_token(),
        kind=COPY,
        ticket_id=job.ticket.id,
        request_id=job.request.id,
        expires_at=job.now + UNANSWERED_MOST,
        files=files,
    )


def copy_outcome(job: Job, copy: Copy) -> Outcome:
    """Return the copy's files behind a link."""
    cover = Cover(job.request.right, job.policy.controller.name, job.ticket.reference, job.today)
    link = copy_link(job, copy_files(copy, language=job.policy.language(job.ticket.language), cover=cover))
    return Outcome(dataclasses.replace(job.request, tables=summarise(copy), link=link.token), link)


def prepare(request: Request, person: Person, crm: Crm, *, today: date) -> Request:
    """Count what the copy will hold, so that the approver sees its size."""
    return dataclasses.replace(request, tables=summarise(crm.collect(person.key)))


def carry_out(job: Job) -> Outcome:
    """Make the copy: to read, to print and for other programs."""
    return copy_outcome(job, job.crm.collect(job.ticket.known_person.key))


def table_lines(request: Request, language: str) -> list[Section]:
    """Return a line per table, in the reader's language."""
    return [
        {
            "label": pick(table.label, language),
            "purpose": pick(table.purpose, language),
            "recipients": pick(table.recipients, language),
            "retention": pick(table.retention, language),
            "source": pick(table.source, language),
            "rows": table.rows,
        }
        for table in request.tables
    ]


def section(request: Request, *, language: str, policy: Policy) -> Section:
    """Return the particulars of Art. 15(1) and where the copy lies."""
    controller = policy.controller
    return {
        "tables": table_lines(request, language),
        "url": policy.url(COPY, request.link),
        "third_countries": controller.third_countries,
        "safeguards": pick(controller.safeguards, language),
        "automated_decisions": controller.automated_decisions,
        "automated_logic": pick(controller.automated_logic, language),
    }
