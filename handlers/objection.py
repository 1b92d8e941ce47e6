"""Objection (GDPR Art. 21): to direct marketing it takes effect at once, any other has to be weighed by a person."""

from datetime import date

from handlers import withdrawal
from handlers.crm import Person
from handlers.desk import Job, Outcome, Section
from handlers.policy import Policy
from handlers.ports import Crm
from handlers.tickets import Request


def is_marketing(request: Request) -> bool:
    """Does the objection name direct marketing or profiling for it (Art. 21(2))?"""
    return bool(request.consents)


def prepare(request: Request, person: Person, crm: Crm, *, today: date) -> Request:
    """Need no plan."""
    return request


def carry_out(job: Job) -> Outcome:
    """Stop direct marketing (Art. 21(3))."""
    return withdrawal.carry_out(job)


def section(request: Request, *, language: str, policy: Policy) -> Section:
    """Say nothing beyond the template."""
    return {}
