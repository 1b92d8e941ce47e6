"""What every decision has at hand, and what carrying out one right looks like."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from handlers.crm import Identifier, Person
from handlers.links import Link
from handlers.policy import Policy
from handlers.ports import Crm, Recogniser
from handlers.restrictions import Restriction
from handlers.tickets import Request, Ticket

Section = Mapping[str, object]  # what fills a section of the answer


@dataclass(frozen=True)
class Desk:
    """The parts that decisions work with."""

    policy: Policy
    recogniser: Recogniser
    crm: Crm


@dataclass(frozen=True)
class Job:
    """One request to be carried out, once. `resumed`: an earlier try may have got further than was noted."""

    ticket: Ticket
    request: Request
    crm: Crm
    policy: Policy
    now: datetime
    resumed: bool

    @property
    def today(self) -> date:
        """The controller's local day."""
        return self.policy.today(self.now)


@dataclass(frozen=True)
class Outcome:
    """What came of a job: the request with its proof, a copy to fetch, and what of the person is to be remembered."""

    request: Request
    link: Link | None = None
    suppressed: str = ""
    erased: tuple[Identifier, ...] = ()
    restricted: Restriction | None = None


class NeedsPerson(Exception):
    """Nothing can be planned without a person's decision; the argument is the reason word."""


class RightHandler(Protocol):
    """One right: a module of this package."""

    def prepare(self, request: Request, person: Person, crm: Crm, *, today: date) -> Request:
        """Return the request with its plan. Raises NeedsPerson."""
        ...

    def carry_out(self, job: Job) -> Outcome:
        """Do it on the CRM; may be called again after a crash. Raises CrmError."""
        ...

    def section(self, request: Request, *, language: str, policy: Policy) -> Section:
        """Return what the answer says about it."""
        ...
