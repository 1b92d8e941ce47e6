"""Objection (GDPR Art. 21): to direct marketing it takes effect at once, any other has to be weighed by a person."""

from datetime import date

from handlers import withdrawal
from handlers.crm import Person
from handlers.desk import Job, Outcome, Section
from handlers.policy import Policy
from handlers.ports import Crm
from handlers.tickets import Request

# The channels of direct marketing. Profiling and disclosure have other purposes too, and are for a person to weigh.
MARKETING = frozenset({"all", "email_marketing", "newsletter", "phone", "post", "sms"})


def is_marketing(request: Request) -> bool:
    """Is the objection to direct marketing, and to nothing else (Art. 21(2))?"""
    return bool(request.consents) and MARKETING.issuperset(request.consents)


def prepare(request: Request, person: Person, crm: Crm, *, today: date) -> Request:
    """Need no plan."""
    return request


def carry_out(job: Job) -> Outcome:
    """Stop direct marketing (Art. 21(3))."""
    return withdrawal.carry_out(job)


def section(request: Request, *, language: str, policy: Policy) -> Section:
    """Say nothing beyond the template."""
    return {}
