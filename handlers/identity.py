"""Identity (GDPR Art. 12(6)): ask the contact on file, and take the answer."""

import dataclasses
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
from handlers.rights import STOP_RIGHTS
from handlers.tickets import Status, Ticket, new_id

CODE = "code"


def ask(unit: Unit, ticket: Ticket, person: Person, *, policy: Policy) -> Ticket:
    """Send the challenge to the contact on file, and let the requests that need identity wait for it."""
    code, token = challenge.new_code(), new_token()
    expires_at = unit.now + timedelta(hours=policy.challenge_hours)
    ticket = clocks.choose(dataclasses.replace(ticket, person=person), controller=policy.controller)
    ticket = clocks.asked(ticket, PauseReason.IDENTITY, on=policy.today(unit.now), controller=policy.controller)
    ticket = ticket.replace(
        *(
            request.move(Status.IDENTITY_ASKED)
            for request in ticket.having(Status.RECEIVED, Status.TRIAGE)
            if request.right not in STOP_RIGHTS
        )
    )
    ticket = unit.save(ticket, actor=ticket.decided_by)
    unit.add_challenge(
        Challenge(
            id=new_id(),
            ticket_id=ticket.id,
            code_hash=unit.hash(CODE, f"{ticket.id} {code}"),
            link_hash=unit.hash(LINK, token),
            sent_to_hash=unit.hash(ADDRESS, person.email),
            expires_at=expires_at,
            tries_left=policy.challenge_tries,
        )
    )
    unit.note("identity.asked", reference=ticket.reference, hours=policy.challenge_hours)
    unit.add_letter(
        ticket, letters.challenge(ticket, person, code=code, token=token, valid_until=expires_at, policy=policy)
    )
    return ticket


def answer_by_code(unit: Unit, ticket: Ticket, *, text: str, arrived_at: datetime, desk: Desk) -> Ticket | None:
    """Take a reply that holds a code: confirm, count a wrong one, or hand over after the last; None if it holds none.

    What counts is when it arrived: while the CRM or we were down, it waited.
    """
    open_one = unit.open_challenge(ticket_id=ticket.id)
    codes = challenge.codes_in(text)
    if open_one is None or not codes:
        return None
    # Each code is a try: a reply full of them would otherwise guess thousands of times.
    guesses = codes[: open_one.tries_left]
    right = any(unit.hash(CODE, f"{ticket.id} {code}") == open_one.code_hash for code in guesses)
    tried = open_one.tried(right=right, now=arrived_at, guesses=len(guesses))
    return _conclude(unit, ticket, tried, at=arrived_at, desk=desk)


def answer_by_link(unit: Unit, token: str, *, desk: Desk) -> Ticket | None:
    """Take a click on the link; None if the link is not, or no longer, open."""
    open_one = unit.open_challenge(link_hash=unit.hash(LINK, token))
    ticket = unit.ticket(open_one.ticket_id) if open_one else None
    if open_one is None or ticket is None:
        return None
    tried = open_one.tried(right=True, now=unit.now)
    ticket = _conclude(unit, ticket, tried, at=unit.now, desk=desk)
    return ticket if tried.state is ChallengeState.CONFIRMED else None


def expire(unit: Unit, ticket: Ticket, open_one: Challenge) -> Ticket:
    """Close a challenge that nobody answered in time; a person decides what follows."""
    unit.save_challenge(dataclasses.replace(open_one, state=ChallengeState.EXPIRED))
    return _give_to_staff(unit, ticket, "challenge_expired") if ticket.having(Status.IDENTITY_ASKED) else ticket


def _conclude(unit: Unit, ticket: Ticket, tried: Challenge, *, at: datetime, desk: Desk) -> Ticket:
    unit.save_challenge(tried)
    if tried.state is ChallengeState.CONFIRMED:
        unit.note("identity.confirmed", reference=ticket.reference, actor=PERSON)
        controller = desk.policy.controller
        ticket = clocks.answered(ticket, PauseReason.IDENTITY, on=desk.policy.today(at), controller=controller)
        ticket = ticket.replace(*(r.move(Status.IDENTIFIED) for r in ticket.having(Status.IDENTITY_ASKED)))
        return planning.plan(unit, ticket, desk=desk)
    unit.note("identity.wrong", reference=ticket.reference, actor=PERSON, tries_left=tried.tries_left)
    if ticket.person is not None and tried.state is not ChallengeState.EXPIRED:
        left = tried.tries_left
        unit.add_letter(ticket, letters.code_wrong(ticket, ticket.person, tries_left=left, policy=desk.policy))
    if tried.state is ChallengeState.OPEN:
        return ticket
    reason = "challenge_expired" if tried.state is ChallengeState.EXPIRED else "tries_used_up"
    return _give_to_staff(unit, ticket, reason)


def _give_to_staff(unit: Unit, ticket: Ticket, reason: str) -> Ticket:
    waiting = ticket.having(Status.IDENTITY_ASKED)
    ticket = dataclasses.replace(ticket, question=reason).replace(
        *(request.move(Status.TRIAGE, reason=reason) for request in waiting)
    )
    return answering.save(unit, ticket, actor="")
