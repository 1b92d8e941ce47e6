"""Withdrawal of consent (GDPR Art. 7(3)): takes effect at once, without identity check."""

import dataclasses
from datetime import date

from handlers.crm import Person
from handlers.desk import Job, Outcome, Section
from handlers.policy import Policy
from handlers.ports import Crm
from handlers.tickets import Request

EVERYTHING = "all"


def consents_of(request: Request) -> tuple[str, ...]:
    """Return the consents withdrawn; none named means all advertising."""
    return () if EVERYTHING in request.consents else request.consents


def prepare(request: Request, person: Person, crm: Crm, *, today: date) -> Request:
    """Need no plan."""
    return request


def carry_out(job: Job) -> Outcome:
    """Stop mailings to the sender's address, whether or not it is on file."""
    address = job.ticket.requester.address
    done = job.crm.suppress(address, consents_of(job.request))
    return Outcome(dataclasses.replace(job.request, done=done), suppressed=address)


def section(request: Request, *, language: str, policy: Policy) -> Section:
    """Return what was stopped."""
    return {"consents": list(consents_of(request))}
