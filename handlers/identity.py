"""Identity (GDPR Art. 12(6)): ask the contact on file, and take the answer."""

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from handlers import answering, challenge, clocks, letters, planning
from handlers.challenge import Challenge, ChallengeState
from handlers.crm import Person
from handlers.desk import Desk
from handlers.journal import PERSON
from handlers.law.regimes import PauseReason
from handlers.links import new_token
from handlers.policy import Policy
from handlers.ports import ADDRESS, LINK, Unit
from handlers.tickets import Request, Status, Ticket, new_id

CODE = "code"


def ask(
    unit: Unit, ticket: Ticket, person: Person, requests: Sequence[Request], *, policy: Policy, actor: str
) -> Ticket:
    """Let requests wait for identity, and send the challenge about them to the contact on file."""
    waiting = [request.move(Status.IDENTITY_ASKED) for request in requests]
    ticket = clocks.choose(dataclasses.replace(ticket, person=person).replace(*waiting), controller=policy.controller)
    ticket = clocks.asked(ticket, PauseReason.IDENTITY, at=unit.now, controller=policy.controller)
    ticket = unit.save(ticket, actor=actor)
    send_challenge(unit, ticket, waiting, policy=policy)
    return ticket


def send_challenge(unit: Unit, ticket: Ticket, requests: Sequence[Request], *, policy: Policy) -> None:
    """Send a challenge about requests that wait for identity. Others about other requests stay open."""
    person, code, token = ticket.known_person, challenge.new_code(), new_token()
    expires_at = unit.now + timedelta(hours=policy.challenge_hours)
    challenge_id = new_id()
    unit.add_challenge(
        Challenge(
            id=challenge_id,
            ticket_id=ticket.id,
            code_hash=_code_hash(unit, challenge_id, code),
            link_hash=unit.hash(LINK, token),
            sent_to_hash=unit.hash(ADDRESS, person.email),
            expires_at=expires_at,
            tries_left=policy.challenge_tries,
            requests=tuple(request.id for request in requests),
        )
    )
    unit.note("identity.asked", reference=ticket.reference, hours=policy.challenge_hours)
    letter = letters.challenge(ticket, person, requests, code=code, token=token, valid_until=expires_at, policy=policy)
    unit.add_letter(ticket, letter)


def _code_hash(unit: Unit, challenge_id: str, code: str) -> str:
    # With the challenge's id, which stays when tickets are merged: six digits alone would be found by trying a million.
    return unit.hash(CODE, f"{challenge_id} {code}")


def confirmable(ticket: Ticket, open_one: Challenge) -> tuple[Request, ...]:
    """Return the requests that a challenge still can confirm."""
    return tuple(request for request in ticket.having(Status.IDENTITY_ASKED) if request.id in open_one.requests)


def answer_by_code(unit: Unit, ticket: Ticket, *, text: str, arrived_at: datetime, desk: Desk) -> Ticket | None:
    """Take a reply that holds a code: confirm, count a wrong one, or hand over after the last; None if it holds none.

    What counts is when it arrived: while the CRM or we were down, it waited.
    """
    codes = challenge.codes_in(text)
    open_ones = [one for one in unit.open_challenges(ticket.id) if confirmable(ticket, one)] if codes else []
    if not open_ones:
        return None
    tried = challenge.tried_codes(
        open_ones, codes, opens=lambda one, code: _code_hash(unit, one.id, code) == one.code_hash, now=arrived_at
    )
    return _conclude(unit, ticket, tried, at=arrived_at, desk=desk)


def answer_by_link(unit: Unit, token: str, *, desk: Desk) -> Ticket | None:
    """Take a click on the link; None if the link is not, or no longer, open."""
    open_one = unit.open_challenge(link_hash=unit.hash(LINK, token))
    ticket = unit.ticket(open_one.ticket_id) if open_one else None
    if open_one is None or ticket is None or not confirmable(ticket, open_one):
        return None
    tried = open_one.tried(right=True, now=unit.now)
    ticket = _conclude(unit, ticket, [tried], at=unit.now, desk=desk)
    return ticket if tried.state is ChallengeState.CONFIRMED else None


def expire(unit: Unit, ticket: Ticket, *, before: datetime) -> Ticket:
    """Close the challenges of a ticket that nobody answered before a moment; a person decides what follows."""
    late = [one for one in unit.open_challenges(ticket.id) if one.expires_at <= before]
    expired = [dataclasses.replace(one, state=ChallengeState.EXPIRED) for one in late]
    for one in expired:
        unit.save_challenge(one)
    return _give_to_staff(unit, ticket, expired)


def _conclude(unit: Unit, ticket: Ticket, tried: Sequence[Challenge], *, at: datetime, desk: Desk) -> Ticket:
    for one in tried:
        unit.save_challenge(one)
    confirmed = [one for one in tried if one.state is ChallengeState.CONFIRMED]
    if confirmed:
        unit.note("identity.confirmed", reference=ticket.reference, actor=PERSON)
        ticket = ticket.replace(*(r.move(Status.IDENTIFIED) for one in confirmed for r in confirmable(ticket, one)))
        ticket = planning.plan(unit, _answered(ticket, at=at, policy=desk.policy), desk=desk)
    else:
        _say_wrong(unit, ticket, tried, policy=desk.policy)
    return _give_to_staff(unit, ticket, tried)


def _answered(ticket: Ticket, *, at: datetime, policy: Policy) -> Ticket:
    """Let the clock go on, unless another challenge of the ticket is still waited for."""
    if ticket.having(Status.IDENTITY_ASKED):
        return ticket
    return clocks.answered(ticket, PauseReason.IDENTITY, at=at, controller=policy.controller)


def _say_wrong(unit: Unit, ticket: Ticket, tried: Sequence[Challenge], *, policy: Policy) -> None:
    """Tell the contact on file, unless all came too late; of several challenges, the one with the most tries counts."""
    left = max(one.tries_left for one in tried)
    unit.note("identity.wrong", reference=ticket.reference, actor=PERSON, tries_left=left)
    in_time = [one.tries_left for one in tried if one.state is not ChallengeState.EXPIRED]
    if ticket.person is not None and in_time:
        unit.add_letter(ticket, letters.code_wrong(ticket, ticket.person, tries_left=max(in_time), policy=policy))


# Why a person has to look once a challenge has ended so.
_REASONS = {ChallengeState.EXPIRED: "challenge_expired", ChallengeState.FAILED: "tries_used_up"}


def _give_to_staff(unit: Unit, ticket: Ticket, ended: Iterable[Challenge]) -> Ticket:
    """Hand over what waited for challenges that have ended without proof, unless another one still asks for it."""
    reasons = {request: _REASONS[one.state] for one in ended if one.state in _REASONS for request in one.requests}
    waiting = [request for request in ticket.having(Status.IDENTITY_ASKED) if request.id in reasons]
    if waiting:
        asked = {request for one in unit.open_challenges(ticket.id) for request in one.requests}
        waiting = [request for request in waiting if request.id not in asked]
    if not waiting:
        return ticket
    moved = [request.move(Status.TRIAGE, reason=reasons[request.id]) for request in waiting]
    ticket = dataclasses.replace(ticket, question=moved[0].reason).replace(*moved)
    return answering.save(unit, ticket, actor="")
