"""Tickets, requests and letters as rows, and back: what names a person is sealed, the rest is plain."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import RowMapping

from handlers.crm import Change, Done, Person, Plan, TableSummary
from handlers.law.basis import Basis
from handlers.law.deadlines import Clock
from handlers.recognition import Correction
from handlers.repeats import Repeat
from handlers.rights import Right
from handlers.tickets import Request, Requester, Status, Ticket
from handlers.trust import Trust
from storage.crypto import seal, unseal

SCORE_SCALE = 1_000
Values = dict[str, Any]


@dataclass(frozen=True)
class TicketSecret:
    """The sealed part of a ticket."""

    requester: Requester
    person: Person | None
    closes_on: date | None = None
    unsent: tuple[str, ...] = ()
    other_addresses: tuple[str, ...] = ()
    repeats: tuple[Repeat, ...] = ()


@dataclass(frozen=True)
class RequestSecret:
    """The sealed part of a request."""

    evidence: str
    consents: tuple[str, ...]
    corrections: tuple[Correction, ...]
    changes: tuple[Change, ...]
    plan: Plan | None
    done: Done | None
    tables: tuple[TableSummary, ...]
    link: str
    started: bool
    decided_by: str = ""
    told_in: str = ""


@dataclass(frozen=True)
class LetterSecret:
    """The sealed part of a letter: the whole of it."""

    to: str
    language: str
    subject: str
    text: str
    html: str
    in_reply_to: str
    references: tuple[str, ...]


_BASIS = TypeAdapter(Basis)
_TICKET = TypeAdapter(TicketSecret)
_REQUEST = TypeAdapter(RequestSecret)
_LETTER = TypeAdapter(LetterSecret)


def ticket_row(ticket: Ticket, *, key: bytes, key_id: str, hashes: Mapping[str, str]) -> Values:
    """Return a ticket's row; `hashes` are the columns by which its person is found."""
    secret = TicketSecret(
        ticket.requester, ticket.person, ticket.closes_on, ticket.unsent, ticket.other_addresses, ticket.repeats
    )
    return {
        "id": ticket.id,
        "reference": ticket.reference,
        "key_id": key_id,
        "version": ticket.version,
        "language": ticket.language,
        "trust": ticket.trust,
        "question": ticket.question,
        "opened_by": ticket.opened_by,
        "decided_by": ticket.decided_by,
        **hashes,
        "received_at": ticket.received_at,
        "opened_at": ticket.opened_at,
        "received_on": ticket.clock.received_on,
        "nominal_date": ticket.clock.nominal_date,
        "safe_date": ticket.clock.safe_date,
        "last_date": ticket.clock.last_date,
        "rule": ticket.clock.rule,
        "basis": _BASIS.dump_python(ticket.basis, mode="json"),
        "reckoned_by": ticket.basis.reckoned_by,
        "silent": ticket.is_silent,
        "answered_at": ticket.answered_at,
        "closed_at": ticket.closed_at,
        "related": list(ticket.related),
        "merged": list(ticket.merged),
        "merged_into": ticket.merged_into,
        "split_from": ticket.split_from,
        "sealed": seal(key, _TICKET.dump_json(secret), bound_to=f"ticket:{ticket.id}"),
    }


def request_row(request: Request, *, ticket_id: str, position: int, key: bytes) -> Values:
    """Return a request's row."""
    secret = RequestSecret(
        request.evidence,
        request.consents,
        request.corrections,
        request.changes,
        request.plan,
        request.done,
        request.tables,
        request.link,
        request.started,
        request.decided_by,
        request.told_in,
    )
    return {
        "id": request.id,
        "ticket_id": ticket_id,
        "position": position,
        "right": request.right,
        "status": request.status,
        "reason": request.reason,
        "score": round(request.score * SCORE_SCALE),
        "attempt": request.attempt,
        "due_at": request.due_at,
        "approved_by": request.approved_by,
        "sealed": seal(key, _REQUEST.dump_json(secret, warnings="error"), bound_to=f"request:{request.id}"),
    }


def read_request(row: RowMapping, *, key: bytes) -> Request:
    """Return the request of a row."""
    secret = _REQUEST.validate_json(unseal(key, row["sealed"], bound_to=f"request:{row['id']}"))
    return Request(
        id=row["id"],
        right=Right(row["right"]),
        status=Status(row["status"]),
        score=row["score"] / SCORE_SCALE,
        evidence=secret.evidence,
        consents=secret.consents,
        corrections=secret.corrections,
        changes=secret.changes,
        plan=secret.plan,
        done=secret.done,
        tables=secret.tables,
        link=secret.link,
        started=secret.started,
        decided_by=secret.decided_by,
        told_in=secret.told_in,
        reason=row["reason"],
        attempt=row["attempt"],
        due_at=row["due_at"],
        approved_by=row["approved_by"],
    )


def read_ticket(row: RowMapping, requests: tuple[Request, ...], *, key: bytes) -> Ticket:
    """Return the ticket of a row."""
    secret = _TICKET.validate_json(unseal(key, row["sealed"], bound_to=f"ticket:{row['id']}"))
    return Ticket(
        id=row["id"],
        reference=row["reference"],
        language=row["language"],
        trust=Trust(row["trust"]),
        clock=Clock(row["received_on"], row["nominal_date"], row["safe_date"], row["last_date"], row["rule"]),
        received_at=row["received_at"],
        opened_at=row["opened_at"],
        requester=secret.requester,
        basis=_BASIS.validate_python(row["basis"] or {}),
        person=secret.person,
        requests=requests,
        question=row["question"],
        opened_by=row["opened_by"],
        decided_by=row["decided_by"],
        answered_at=row["answered_at"],
        closed_at=row["closed_at"],
        closes_on=secret.closes_on,
        unsent=secret.unsent,
        related=tuple(row["related"] or ()),
        merged=tuple(row["merged"] or ()),
        merged_into=row["merged_into"],
        split_from=row["split_from"],
        other_addresses=secret.other_addresses,
        repeats=secret.repeats,
        version=row["version"],
    )


def seal_letter(letter: LetterSecret, *, letter_id: str, key: bytes) -> bytes:
    """Seal a letter."""
    return seal(key, _LETTER.dump_json(letter), bound_to=f"letter:{letter_id}")


def unseal_letter(sealed: bytes, *, letter_id: str, key: bytes) -> LetterSecret:
    """Open a letter. Raises KeyProblem if its ticket's key is forgotten or another."""
    return _LETTER.validate_json(unseal(key, sealed, bound_to=f"letter:{letter_id}"))
