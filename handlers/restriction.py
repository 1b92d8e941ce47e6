"""Restriction (GDPR Art. 18): keep, but do not use."""

import dataclasses
from datetime import date, datetime

from handlers.crm import Done, Person
from handlers.desk import Job, Outcome, Section
from handlers.policy import Policy
from handlers.ports import Crm
from handlers.restrictions import Restriction
from handlers.tickets import Request


def prepare(request: Request, person: Person, crm: Crm, *, today: date) -> Request:
    """Need no plan."""
    return request


def carry_out(job: Job) -> Outcome:
    """Freeze the data, and remember where that ended mailings.

    A resumed job may find that the first try did it all: then the mailings stay ended when the restriction is lifted.
    """
    done = job.crm.restrict(job.ticket.known_person.key)
    restricted = Restriction(ticket_id=job.ticket.id, since=job.now, mailings=_ended(done))
    return Outcome(dataclasses.replace(job.request, done=done), restricted=restricted)


def lift(restriction: Restriction, crm: Crm, person: Person, *, now: datetime, objected: bool) -> Restriction:
    """Let the data be used again, and return the ended restriction to be saved; may be repeated after a crash.

    Whoever `objected` to mailings meanwhile, or withdrew all consents, gets none afterwards either (Art. 21(3), 7(3)).
    Raises NotTold before the person was told, CrmError. Like every deed on the CRM it stands outside units of work.
    """
    ended = restriction.lift(now=now)
    crm.lift_restriction(person.key, mailings=() if objected else restriction.mailings)
    return ended


def hand_over(restriction: Restriction, other: Restriction, *, now: datetime) -> tuple[Restriction, Restriction]:
    """End a restriction while another of the person is in force, and return both to be saved; the CRM stays frozen.

    The mailings that ended with the first come back with the end of the other. Raises NotTold.
    """
    mailings = tuple(dict.fromkeys((*restriction.mailings, *other.mailings)))
    return restriction.lift(now=now), dataclasses.replace(other, mailings=mailings)


def _ended(done: Done) -> tuple[str, ...]:
    return tuple(row.table for row in done.formerly)


def section(request: Request, *, language: str, policy: Policy) -> Section:
    """Say nothing beyond the template."""
    return {}
