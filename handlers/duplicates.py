"""A second mail of the same person: it joins the ticket that asks all of it already, or its own ticket is linked."""

import dataclasses
from collections.abc import Sequence
from datetime import timedelta

from handlers import identity, letters
from handlers.cards import failure_card
from handlers.crm import Person
from handlers.policy import Policy
from handlers.ports import Unit
from handlers.tickets import SETTLED, Request, Status, Ticket

A_DAY = timedelta(days=1)
# Reasons to stand in triage that another mail from the same person would run into as well. With any other, the first
# mail was not sure or perhaps forged, and must not hold up a clear one.
SAME_FOR_BOTH = frozenset(
    {
        "unknown_sender",
        "several_persons",
        "challenge_expired",
        "tries_used_up",
        "not_marketing",
        "nothing_to_correct",
        "carry_out_failed",
    }
)
ASKED_IN_VAIN = frozenset({"challenge_expired", "tries_used_up"})
# More links than these help nobody, and each is a card to renew.
LINKS_MOST = 5


def asks_the_same(open_one: Request, again: Request) -> bool:
    """Does a request ask what an open one asks, with the same details, or without any?

    A withdrawal that names no consent means all of them, so there no details are details as well.
    """
    if open_one.right is not again.right or open_one.consents != again.consents:
        return False
    return again.corrections in ((), open_one.corrections)


def first_of(ticket: Ticket, others: Sequence[Ticket]) -> Ticket | None:
    """Return the oldest open ticket that asks all that a new one asks; None if there is none, or the mail is not sure.

    Only one from the same address: its acknowledgement goes there, and must not tell anybody else's reference.
    """
    if ticket.question or not ticket.requests:
        return None
    mine = (other for other in others if other.requester.address == ticket.requester.address)
    return next((other for other in mine if all(_asked_in(other, request) for request in ticket.requests)), None)


def _asked_in(ticket: Ticket, again: Request) -> Request | None:
    """Return the request of a ticket that is open and asks the same."""
    return next((r for r in ticket.requests if _is_going_on(r) and asks_the_same(r, again)), None)


def _is_going_on(request: Request) -> bool:
    if request.status is Status.TRIAGE:
        return request.reason in SAME_FOR_BOTH
    return request.status not in SETTLED


def join(
    unit: Unit,
    mail_id: str,
    first: Ticket,
    again: Ticket,
    *,
    persons: Sequence[Person],
    open_ones: Sequence[Ticket],
    policy: Policy,
    challenges_a_day: int,
) -> None:
    """Let a mail join the ticket that asks all of it already; its challenge, if one is open, stays as it is.

    `open_ones` are all open tickets of the person: each challenge gives a guesser some tries, so they count together.
    """
    unit.settle_mail(mail_id, state="joined", reason="duplicate", ticket_id=first.id)
    unit.note("mail.duplicate", reference=first.reference)
    # Whatever the CRM knows of the sender: nobody learns from what is missing whether an address is on file.
    _acknowledge(unit, first, again, policy=policy)
    # An answer in time would have arrived before this mail, which came after the end.
    first = identity.expire(unit, first, before=again.received_at)
    asked_in_vain = _asked_in_vain(first, again)
    if asked_in_vain and _is_still(first, persons) and _challenged(unit, open_ones) < challenges_a_day:
        _challenge_again(unit, first, asked_in_vain, policy=policy)
    elif first.question:
        topic = f"again:{first.reference}"
        unit.put_card(failure_card(first, topic=topic, reason="duplicate"), once=True)


def _acknowledge(unit: Unit, first: Ticket, again: Ticket, *, policy: Policy) -> None:
    """Acknowledge again, once a day, below the new mail: nobody can have us flood an address with letters."""
    written = unit.when_written([first.id], "acknowledgement")
    # What was never acknowledged is answered at once.
    if not written or any(at > unit.now - A_DAY for at in written[1:]):
        return
    below = dataclasses.replace(first, requester=again.requester)
    unit.add_letter(first, letters.acknowledgement(below, policy=policy))


def _asked_in_vain(first: Ticket, again: Ticket) -> list[Request]:
    """Return the requests that are asked again, and about which a challenge was not answered, or not rightly."""
    found = (_asked_in(first, request) for request in again.requests)
    return [one for one in found if one and one.status is Status.TRIAGE and one.reason in ASKED_IN_VAIN]


def _is_still(first: Ticket, persons: Sequence[Person]) -> bool:
    """Is the person who was asked still the one on file? If the CRM has another by now, that is for the staff."""
    return first.person is not None and [person.key for person in persons] == [first.person.key]


def _challenged(unit: Unit, tickets: Sequence[Ticket]) -> int:
    """Count the challenges about these tickets that were sent within a day."""
    written = unit.when_written([ticket.id for ticket in tickets], "challenge")
    return sum(at > unit.now - A_DAY for at in written)


def _challenge_again(unit: Unit, first: Ticket, requests: Sequence[Request], *, policy: Policy) -> None:
    left = [request.reason for request in first.having(Status.TRIAGE) if request not in requests]
    question = next(iter(left), "") if first.question in ASKED_IN_VAIN else first.question
    first = dataclasses.replace(first, question=question)
    identity.ask(unit, first, first.known_person, requests, policy=policy, actor="")


def link(unit: Unit, ticket: Ticket, others: Sequence[Ticket]) -> Ticket:
    """Name a new ticket and the newest open ones of the same person to each other; return it, still to be saved."""
    newest = others[-LINKS_MOST:]
    if not newest:
        return ticket
    for other in newest:
        unit.save(dataclasses.replace(other, related=(*other.related, ticket.reference)), actor="")
    names = tuple(other.reference for other in newest)
    unit.note("linked", reference=ticket.reference, others=list(names))
    return dataclasses.replace(ticket, related=names)
