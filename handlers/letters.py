"""The letters that leave: one function a letter. The words are in templates/letters/."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from handlers import clocks
from handlers.crm import Labels, Person
from handlers.law.duties import Duty
from handlers.policy import Policy
from handlers.rights import STOP_RIGHTS
from handlers.tickets import ASKED, Request, Status, Ticket

Context = Mapping[str, object]
# Whoever has a request here has proved to be the person on file.
IDENTIFIED = frozenset({Status.IDENTIFIED, Status.APPROVAL_ASKED, Status.WAITING, Status.CARRYING_OUT})


@dataclass(frozen=True)
class Letter:
    """A letter to be set: the template's name and what fills it."""

    kind: str
    language: str
    to: str
    context: Context = field(default_factory=dict)
    in_reply_to: str = ""
    references: tuple[str, ...] = ()


@dataclass(frozen=True)
class Queued:
    """A letter that was queued: its row's id, and whether it is held back because it lacks something."""

    id: str
    is_held: bool = False


@dataclass(frozen=True)
class Said:
    """Words that the template marks as fulfilling a duty; in the answer the path begins with the section's number."""

    path: tuple[str, ...]
    words: str


@dataclass(frozen=True)
class Rendered:
    """A letter's words. While they lack something that the law demands, they must not be sent."""

    subject: str
    text: str
    html: str
    said: tuple[Said, ...] = ()
    lacks: tuple[Duty, ...] = ()


def pick(labels: Labels, language: str) -> str:
    """Return the text in a language, in English if there is none."""
    return labels.get(language) or labels.get("en") or next(iter(labels.values()), "")


def _threaded(ticket: Ticket, *, kind: str, to: str, context: Context, policy: Policy) -> Letter:
    """Return a letter that stands below the person's own mail if it goes where that came from."""
    letter = _letter(ticket, kind=kind, to=to, context=context, policy=policy)
    if to != ticket.requester.address or not ticket.requester.message_id:
        return letter
    sent = ticket.requester.message_id
    return Letter(letter.kind, letter.language, to, letter.context, sent, (*ticket.requester.references, sent))


def _letter(ticket: Ticket, *, kind: str, to: str, context: Context, policy: Policy) -> Letter:
    base = {
        "controller": policy.controller,
        "authority": policy.controller.authority,
        "reference": ticket.reference,
        "received_on": ticket.clock.received_on,
    }
    return Letter(kind, policy.language(ticket.language), to, {**base, **context})


def _rights(ticket: Ticket) -> list[str]:
    return [str(request.right) for request in ticket.requests if request.status is not Status.CLOSED]


def acknowledgement(ticket: Ticket, *, policy: Policy) -> Letter:
    """Say that a request arrived: the same words whether or not the sender is on file."""
    asked = [request for request in ticket.requests if request.status is not Status.CLOSED]
    stopping = {Status.CARRYING_OUT, Status.CARRIED_OUT}
    context = {
        "rights": _rights(ticket),
        "rights_stopped": any(r.right in STOP_RIGHTS and r.status in stopping for r in asked),
        "identity_needed": any(r.right not in STOP_RIGHTS for r in asked),
        "respond_by": clocks.promised_by(ticket, controller=policy.controller),
    }
    return _threaded(ticket, kind="acknowledgement", to=ticket.requester.address, context=context, policy=policy)


def challenge(
    ticket: Ticket,
    person: Person,
    requests: Sequence[Request],
    *,
    code: str,
    token: str,
    valid_until: datetime,
    policy: Policy,
) -> Letter:
    """Ask the contact on file whether these are theirs (GDPR Art. 12(6)); never a reply to the sender's mail."""
    context = {
        "name": person.name,
        "rights": [str(request.right) for request in requests],
        "code": f"{code[:3]} {code[3:]}",
        "url": policy.url("c", token),
        "valid_until": valid_until.astimezone(policy.controller.zone),
    }
    return _letter(ticket, kind="challenge", to=person.email, context=context, policy=policy)


def code_wrong(ticket: Ticket, person: Person, *, tries_left: int, policy: Policy) -> Letter:
    """Say that a code was not right, to the contact on file."""
    return _letter(ticket, kind="code_wrong", to=person.email, context={"tries_left": tries_left}, policy=policy)


def waiting(ticket: Ticket, person: Person, *, token: str, due_at: datetime, policy: Policy) -> Letter:
    """Announce an erasure that can still be cancelled."""
    context = {
        "name": person.name,
        "carried_out_on": due_at.astimezone(policy.controller.zone).date(),
        "url": policy.url("x", token),
    }
    return _letter(ticket, kind="waiting", to=person.email, context=context, policy=policy)


def answer(ticket: Ticket, requests: Sequence[Request], *, sections: Sequence[Context], policy: Policy) -> Letter:
    """Answer requests of a ticket in one letter, a section each; to the contact on file where there is one."""
    confirmed = any(r.right not in STOP_RIGHTS for r in requests)
    person = ticket.person if confirmed else None
    to = person.email if person else ticket.requester.address
    context = {"name": person.name if person else "", "sections": sections}
    return _threaded(ticket, kind="answer", to=to, context=context, policy=policy)


def extension(ticket: Ticket, *, reasons: Sequence[str], explanation: str, respond_by: date, policy: Policy) -> Letter:
    """Say that the answer takes longer, until when and why (GDPR Art. 12(3)).

    `reasons` are words of the catalogue, "complexity" or "number"; `explanation` says in the reader's language what
    that means here. It may let on that somebody is on file, so it goes to the contact on file where there is one.
    """
    confirmed = any(r.status in IDENTIFIED and r.right not in STOP_RIGHTS for r in ticket.requests)
    to = ticket.known_person.email if confirmed else ticket.requester.address
    context = {"reasons": list(reasons), "explanation": explanation, "respond_by": respond_by}
    return _threaded(ticket, kind="extension", to=to, context=context, policy=policy)


def silence(ticket: Ticket, *, missing: str, closes_on: date, policy: Policy) -> Letter:
    """Say that nothing can be done because a question was not answered (GDPR Art. 12(4)).

    `missing` is "identity" or "clarification". It goes to the sender, in the same words whether or not on file.
    """
    rights = [str(r.right) for r in ticket.requests if r.status in ASKED]
    context = {"rights": rights, "missing": missing, "closes_on": closes_on}
    return _threaded(ticket, kind="silence", to=ticket.requester.address, context=context, policy=policy)


def clarification(ticket: Ticket, question: str, *, policy: Policy) -> Letter:
    """Ask the sender what exactly is meant (GDPR recital 63); `question` is in the reader's language."""
    context = {"question": question}
    return _threaded(ticket, kind="clarification", to=ticket.requester.address, context=context, policy=policy)


def lifting(ticket: Ticket, *, lifted_on: date, policy: Policy) -> Letter:
    """Say that a restriction ends, before it does (GDPR Art. 18(3)); to the contact on file."""
    to = ticket.known_person.email
    return _threaded(ticket, kind="lifting", to=to, context={"lifted_on": lifted_on}, policy=policy)
