"""Tickets and requests: what they hold, and the one table of allowed transitions."""

import dataclasses
import enum
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from handlers.crm import Change, Done, Person, Plan, TableSummary
from handlers.law.basis import Basis
from handlers.law.deadlines import Clock
from handlers.law.receipt import DateDoubt
from handlers.recognition import Correction
from handlers.repeats import Repeat
from handlers.rights import COPY_RIGHTS, Right
from handlers.trust import Trust

# Without vowels and look-alikes, so that no word appears and every reference can be read out on the telephone.
REFERENCE_ALPHABET = "23456789BCDFGHJKLMNPQRSTVWXZ"
REFERENCE_LENGTH = 5


@enum.unique
class Status(enum.StrEnum):
    """Where a request stands."""

    RECEIVED = "received"
    TRIAGE = "triage"
    IDENTITY_ASKED = "identity_asked"
    IDENTIFIED = "identified"
    APPROVAL_ASKED = "approval_asked"
    WAITING = "waiting"
    CARRYING_OUT = "carrying_out"
    CARRIED_OUT = "carried_out"
    ANSWERED = "answered"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


S = Status
ALLOWED: Mapping[Status, frozenset[Status]] = {
    S.RECEIVED: frozenset({S.TRIAGE, S.IDENTITY_ASKED, S.CARRYING_OUT, S.REFUSED, S.CLOSED}),
    S.TRIAGE: frozenset({S.RECEIVED, S.IDENTITY_ASKED, S.CARRYING_OUT, S.CARRIED_OUT, S.REFUSED, S.CLOSED}),
    S.IDENTITY_ASKED: frozenset({S.IDENTIFIED, S.TRIAGE, S.REFUSED, S.WITHDRAWN, S.CLOSED}),
    S.IDENTIFIED: frozenset({S.APPROVAL_ASKED, S.WAITING, S.CARRYING_OUT, S.CARRIED_OUT, S.TRIAGE}),
    S.APPROVAL_ASKED: frozenset({S.WAITING, S.CARRYING_OUT, S.REFUSED, S.WITHDRAWN, S.TRIAGE, S.CLOSED}),
    S.WAITING: frozenset({S.CARRYING_OUT, S.WITHDRAWN, S.APPROVAL_ASKED}),
    S.CARRYING_OUT: frozenset({S.CARRIED_OUT, S.APPROVAL_ASKED, S.TRIAGE}),
    S.CARRIED_OUT: frozenset({S.ANSWERED}),
    S.ANSWERED: frozenset(),
    S.REFUSED: frozenset(),
    S.WITHDRAWN: frozenset(),
    S.CLOSED: frozenset(),
}
# The outcome is known; at most its letter is outstanding.
SETTLED = frozenset({S.CARRIED_OUT, S.ANSWERED, S.REFUSED, S.WITHDRAWN, S.CLOSED})
# Nothing can be done with these before somebody answers.
ASKED = frozenset({S.RECEIVED, S.TRIAGE, S.IDENTITY_ASKED})
# A person is owed a letter about these.
TO_ANSWER = frozenset({S.CARRIED_OUT, S.REFUSED})


class NotPossible(Exception):
    """The request cannot go from where it stands to there; `possible` is where it can go."""

    def __init__(self, right: Right, status: Status, to: Status) -> None:
        self.right, self.status, self.to = right, status, to
        self.possible = sorted(ALLOWED[status])
        options = ", ".join(self.possible) or "nothing: it is settled"
        super().__init__(f"{right} is {status}; it cannot become {to}. Possible: {options}.")


@dataclass(frozen=True)
class Request:
    """One right exercised in a ticket.

    `reason` is a triage reason, a refusal ground or "nothing_found"; `started` says that carrying out has begun,
    so that after a crash the same plan is resumed and not taken for another; `told_in` is the letter that
    answers it, "" as long as none does.
    """

    id: str
    right: Right
    status: Status = Status.RECEIVED
    score: float = 1.0
    evidence: str = ""
    consents: tuple[str, ...] = ()
    corrections: tuple[Correction, ...] = ()
    changes: tuple[Change, ...] = ()
    plan: Plan | None = None
    done: Done | None = None
    tables: tuple[TableSummary, ...] = ()
    link: str = ""
    started: bool = False
    reason: str = ""
    attempt: int = 0
    due_at: datetime | None = None
    approved_by: str = ""
    decided_by: str = ""
    told_in: str = ""

    def move(
        self, to: Status, *, reason: str = "", due_at: datetime | None = None, approved_by: str | None = None
    ) -> "Request":
        """Return the request in its next state. Raises NotPossible, which says what is possible."""
        if to not in ALLOWED[self.status]:
            raise NotPossible(self.right, self.status, to)
        return dataclasses.replace(
            self,
            status=to,
            reason=reason,
            due_at=due_at,
            started=False,
            attempt=self.attempt + (to is Status.CARRYING_OUT),
            approved_by=self.approved_by if approved_by is None else approved_by,
        )


@dataclass(frozen=True)
class Requester:
    """Who wrote, and the thread to answer in; `date_doubt` is what was wrong with the date that the mail gave."""

    address: str
    name: str = ""
    subject: str = ""
    message_id: str = ""
    references: tuple[str, ...] = ()
    date_doubt: DateDoubt | None = None


@dataclass(frozen=True)
class Ticket:
    """One case of one person. `question` is why a person of the staff has to decide, "" if none has to.

    `closes_on` is set once the person was told why nothing is done: the last day on which they can still answer.
    `unsent` are the letters with an answer that have not left yet.
    `related`, `merged` (into this one), `merged_into` and `split_from` are references of other tickets of the same
    person; `other_addresses` are those that the merged ones came from.
    """

    id: str
    reference: str
    language: str
    trust: Trust
    clock: Clock
    received_at: datetime
    opened_at: datetime
    requester: Requester
    basis: Basis = field(default_factory=Basis)
    person: Person | None = None
    requests: tuple[Request, ...] = ()
    question: str = ""
    opened_by: str = ""
    decided_by: str = ""
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    closes_on: date | None = None
    unsent: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()
    merged_into: str = ""
    split_from: str = ""
    other_addresses: tuple[str, ...] = ()
    repeats: tuple[Repeat, ...] = ()
    version: int = 0

    @property
    def known_person(self) -> Person:
        """The person on file. Raises ValueError if there is none: identity was never asked."""
        if self.person is None:
            raise ValueError(f"{self.reference} has no person on file")
        return self.person

    @property
    def addresses(self) -> frozenset[str]:
        """The addresses of the person: those that wrote, and the one on file."""
        on_file = self.person.email if self.person else ""
        return frozenset({self.requester.address, *self.other_addresses, on_file} - {""})

    def request(self, request_id: str) -> Request | None:
        """Return one of the requests."""
        return next((request for request in self.requests if request.id == request_id), None)

    def replace(self, *changed: Request) -> "Ticket":
        """Return the ticket with changed requests in their places."""
        by_id = {request.id: request for request in changed}
        return dataclasses.replace(self, requests=tuple(by_id.get(request.id, request) for request in self.requests))

    def having(self, *statuses: Status) -> tuple[Request, ...]:
        """Return the requests in any of these states."""
        return tuple(request for request in self.requests if request.status in statuses)

    @property
    def to_tell(self) -> tuple[Request, ...]:
        """The requests whose outcome the person has still to be told."""
        return tuple(request for request in self.having(*TO_ANSWER) if not request.told_in)

    @property
    def is_silent(self) -> bool:
        """Was the person told why nothing is done, and is there nothing that we could go on with?"""
        return self.closes_on is not None and all(request.status in SETTLED | ASKED for request in self.requests)

    @property
    def is_settled(self) -> bool:
        """Is the outcome of every request known?"""
        return bool(self.requests) and all(request.status in SETTLED for request in self.requests)

    @property
    def fingerprint(self) -> str:
        """What an approval is of: changes whenever a plan that waits for approval changes.

        It goes to Slack, so it is a hash, salted with the ticket's random id, which never does.
        """
        parts = [self.id]
        for request in self.having(Status.APPROVAL_ASKED):
            detail = request.plan.fingerprint if request.plan else repr(request.changes)
            parts.append(f"{request.right}:{request.attempt}:{detail}")
        return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


def blocks_deletion(ticket: Ticket) -> bool:
    """Must an erasure wait, because a copy for the same person is still to be made?"""
    return any(r.right in COPY_RIGHTS and r.status not in SETTLED for r in ticket.requests)


def new_id() -> str:
    """Return a random identifier, 32 hex digits."""
    return secrets.token_hex(16)


def new_reference() -> str:
    """Return a random reference such as R-7KQ4M (17 million of them)."""
    return "R-" + "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(REFERENCE_LENGTH))


def status_changes(before: Ticket | None, after: Ticket) -> list[dict[str, str]]:
    """Return what the journal notes about a ticket that is saved: one line per request that moved.

    Each has the dates before and after, and the rule that set them.
    """
    old = {request.id: request.status for request in before.requests} if before else {}
    dates = clock_change(before, after)
    return [
        {"right": r.right, "from": old.get(r.id, ""), "to": r.status, "reason": r.reason, **dates}
        for r in after.requests
        if old.get(r.id) is not r.status
    ]


def clock_change(before: Ticket | None, after: Ticket) -> dict[str, str]:
    """Return a ticket's dates for the journal, before and after; "" before it was opened."""
    was = before.clock if before else None
    return {
        "rule": after.clock.rule,
        "safe_date_before": was.safe_date.isoformat() if was else "",
        "safe_date": after.clock.safe_date.isoformat(),
        "last_date_before": was.last_date.isoformat() if was else "",
        "last_date": after.clock.last_date.isoformat(),
    }
