"""The stimuli that the doors bring, each one unit of work: a mail, a click, a decision, the passing of time."""

import dataclasses
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from handlers import carrying_out, deciding, identity, intake, lifting, planning, regrouping
from handlers.cards import crm_down_card, failure_card, quarantine_card
from handlers.crm import CrmUnavailable
from handlers.desk import Desk
from handlers.journal import PERSON
from handlers.law.facts import Extension, ExtensionReason
from handlers.links import COPY, Link
from handlers.mail import Mail
from handlers.policy import Policy
from handlers.ports import LINK
from handlers.rewriting import rewrite
from handlers.rights import Right
from handlers.staff import NotAllowed, Staff
from handlers.tickets import Request, Ticket
from storage import mails, outgoing, queries, work
from storage.store import Store
from storage.unit import SqlUnit
from storage.work import Kind, Work

log = logging.getLogger(__name__)

RETRY_FIRST = timedelta(seconds=30)
RETRY_MOST = timedelta(hours=1)
DOUBLINGS_MOST = 16
TRIES_BEFORE_ASKING = 5


def retry_after(attempt: int) -> timedelta:
    """Return how long to wait after a failed attempt: doubled each time, an hour at most."""
    return min(RETRY_FIRST * int(2 ** min(attempt - 1, DOUBLINGS_MOST)), RETRY_MOST)


class Cases:
    """Everything that can happen to a case. Synchronous: call it from a thread."""

    def __init__(self, store: Store, desk: Desk, *, clock: Callable[[], datetime]) -> None:
        self.store = store
        self.desk = desk
        self.clock = clock
        self.on_commit: Callable[[], None] = lambda: None

    @property
    def policy(self) -> Policy:
        """What the company has decided."""
        return self.desk.policy

    @contextmanager
    def unit(self) -> Iterator[SqlUnit]:
        """Yield a unit of work; whoever carries out what it queued is woken after the commit."""
        with self.store.unit(now=self.clock()) as unit:
            yield unit
        self.on_commit()

    # Mail

    def keep(self, raw: bytes, *, arrived_at: datetime, size: int | None = None) -> str | None:
        """Keep a raw mail before anything else is done with it; None if it is there already."""
        mail_id = self.store.keep_mail(raw, arrived_at=arrived_at, now=self.clock(), size=size)
        if mail_id is not None:
            self.on_commit()
        return mail_id

    def take_in(self, mail_id: str) -> None:
        """Read a kept mail and decide what becomes of it. Raises CrmUnavailable."""
        kept = self.store.mail(mail_id)
        if kept is None or kept.state != "new":
            return
        mail = Mail.from_bytes(kept.raw, arrived_at=kept.arrived_at, size=kept.size)
        reading = intake.read(mail, desk=self.desk)
        with self.unit() as unit:
            intake.take_in(unit, mail_id, reading, desk=self.desk)

    def release(self, mail_id: str) -> None:
        """Handle a mail that was set aside, whatever the screening said of it. Raises CrmUnavailable."""
        kept = self.store.mail(mail_id)
        if kept is None or kept.state != "quarantined":
            return
        mail = Mail.from_bytes(kept.raw, arrived_at=kept.arrived_at, size=kept.size)
        reading = intake.read(mail, desk=self.desk, is_released=True)
        with self.unit() as unit:
            unit.note("mail.released")
            intake.take_in(unit, mail_id, reading, desk=self.desk)

    # Carrying out

    def carry_out(self, ticket_id: str, request_id: str, *, attempt: int) -> None:
        """Carry out one request: intent, deed and result, each in its own transaction. Raises CrmUnavailable."""
        with self.store.unit(now=self.clock()) as unit:
            job = carrying_out.intend(unit, ticket_id, request_id, attempt=attempt, desk=self.desk)
        if job is None:
            return
        outcome = carrying_out.do(job)
        with self.unit() as unit:
            carrying_out.conclude(unit, job, outcome, desk=self.desk)

    def put_off(self, one: Work, problem: Exception) -> None:
        """Let a failed piece of work be tried again later; ask a person when it keeps failing."""
        log.warning("work.failed kind=%s attempt=%d problem=%s", one.kind, one.attempt, type(problem).__name__)
        with self.unit() as unit:
            work.try_again(unit.connection, one, at=unit.now + retry_after(one.attempt))
            if isinstance(problem, CrmUnavailable) and one.attempt >= TRIES_BEFORE_ASKING:
                unit.put_card(crm_down_card(self.policy.today(unit.now)), once=True)
            if one.attempt == TRIES_BEFORE_ASKING:
                self._ask_person(unit, one, problem)

    def _ask_person(self, unit: SqlUnit, one: Work, problem: Exception) -> None:
        detail = type(problem).__name__
        unit.note("work.failing", kind=one.kind, problem=detail)
        if one.kind is Kind.INTAKE and not isinstance(problem, CrmUnavailable):
            unit.settle_mail(one.id, state="quarantined", reason="failed_often")
            unit.put_card(quarantine_card(one.id, "failed_often"))
        ticket = unit.ticket(one.ticket_id) if one.ticket_id else None
        if ticket is not None and one.kind is Kind.CARRY_OUT:
            topic = f"failing:{one.id}"
            unit.put_card(failure_card(ticket, topic=topic, reason="carry_out_failed", detail=detail))

    # The person

    def confirm(self, token: str) -> Ticket | None:
        """Take a click on a challenge's link; None if it is not, or no longer, open."""
        with self.unit() as unit:
            return identity.answer_by_link(unit, token, desk=self.desk)

    def challenged(self, token: str) -> tuple[Ticket, tuple[Request, ...]] | None:
        """Return the ticket that a challenge's link is about, and what it confirms; None if that is nothing."""
        with self.store.unit(now=self.clock()) as unit:
            challenge = unit.open_challenge(link_hash=unit.hash(LINK, token))
            if challenge is None or challenge.expires_at <= unit.now:
                return None
            ticket = unit.ticket(challenge.ticket_id)
            asked = identity.confirmable(ticket, challenge) if ticket else ()
            return (ticket, asked) if ticket and asked else None

    def cancel(self, token: str) -> Ticket | None:
        """Cancel an erasure by its link; None if it is not, or no longer, possible."""
        with self.unit() as unit:
            return planning.cancel(unit, token, policy=self.policy, actor=PERSON)

    def linked(self, token: str, *, kind: str) -> tuple[Link, Ticket] | None:
        """Return an open link and its ticket."""
        with self.store.unit(now=self.clock()) as unit:
            link = unit.link(token, kind=kind)
            ticket = unit.ticket(link.ticket_id) if link else None
            return (link, ticket) if link and ticket else None

    def fetched(self, ticket: Ticket, name: str) -> None:
        """Note that a copy was fetched."""
        with self.store.unit(now=self.clock()) as unit:
            unit.note("copy.fetched", reference=ticket.reference, actor=PERSON, file=name)

    def copy(self, token: str) -> tuple[Link, Ticket] | None:
        """Return the copy behind a link."""
        return self.linked(token, kind=COPY)

    # Staff

    def approve(self, reference: str, *, staff: Staff, fingerprint: str | None = None) -> Ticket:
        """Approve what waits in a ticket; with a fingerprint, only the plan that was shown. Raises NotAllowed."""
        with self.unit() as unit:
            ticket = _named(unit, reference)
            if fingerprint is not None and fingerprint != ticket.fingerprint:
                raise NotAllowed("plan_changed")
            return deciding.approve(unit, ticket, staff=staff, policy=self.policy)

    def refuse(self, reference: str, ground: str, *, staff: Staff) -> Ticket:
        """Refuse what is open in a ticket. Raises NotAllowed."""
        with self.unit() as unit:
            return deciding.refuse(unit, _named(unit, reference), ground, staff=staff, policy=self.policy)

    def decide(self, reference: str, rights: Sequence[Right], *, staff: Staff) -> Ticket:
        """Say what a ticket in triage asks for. Raises NotAllowed, CrmUnavailable."""
        staff.require("agent")
        with self.unit() as unit:
            ticket = _named(unit, reference)
            if not ticket.question or ticket.closed_at:
                raise NotAllowed("done_already")
            return deciding.decide(unit, ticket, rights, staff=staff, desk=self.desk)

    def clarify(self, reference: str, question: str, *, staff: Staff) -> Ticket:
        """Ask the person what is meant. Raises NotAllowed."""
        with self.unit() as unit:
            return deciding.clarify(unit, _named(unit, reference), question, staff=staff, policy=self.policy)

    def extend(
        self,
        reference: str,
        reasons: Sequence[ExtensionReason],
        explanation: str,
        *,
        named_date: date | None,
        staff: Staff,
    ) -> Ticket:
        """Take the longer period and tell the person why. Raises NotAllowed."""
        with self.unit() as unit:
            extension = Extension(self.policy.today(unit.now), tuple(reasons), named_date)
            ticket = _named(unit, reference)
            return deciding.extend(unit, ticket, extension, explanation=explanation, staff=staff, policy=self.policy)

    def choose_law(self, reference: str, law: str, *, staff: Staff) -> Ticket:
        """Put a ticket under another law. Raises NotAllowed, UnknownRegime."""
        with self.unit() as unit:
            return deciding.choose_law(unit, _named(unit, reference), law, staff=staff, policy=self.policy)

    def merge(self, reference: str, other: str, *, staff: Staff) -> Ticket:
        """Merge two tickets of one person; return the older one, in which all goes on. Raises NotAllowed."""
        with self.unit() as unit:
            one, two = _named(unit, reference), _named(unit, other)
            return regrouping.merge(unit, one, two, staff=staff, policy=self.policy)

    def split(self, reference: str, rights: Sequence[Right], *, staff: Staff) -> Ticket:
        """Let the requests about some rights go on in a ticket of their own; return that. Raises NotAllowed."""
        with self.unit() as unit:
            return regrouping.split(unit, _named(unit, reference), rights, staff=staff, policy=self.policy)

    def lift(self, reference: str, *, staff: Staff) -> Ticket:
        """Tell the person that the restriction ends; it does some days later. Raises NotAllowed."""
        with self.unit() as unit:
            return lifting.announce(unit, _named(unit, reference), staff=staff, policy=self.policy)

    def send_again(self, reference: str, *, staff: Staff) -> int:
        """Queue the letters again that could not be delivered, and set those anew that were held back.

        Returns how many. Raises NotAllowed.
        """
        staff.require("agent")
        with self.unit() as unit:
            ticket = _named(unit, reference)
            count = outgoing.send_again(unit.connection, ticket.id, now=unit.now)
            for letter_id, kind in outgoing.held(unit.connection, ticket.id):
                if rewrite(unit, _named(unit, reference), letter_id, kind, policy=self.policy):
                    outgoing.drop(unit.connection, letter_id)
                    count += 1
            unit.note("letters.again", reference=ticket.reference, actor=staff.id, count=count)
            return count

    def show(self, reference: str, *, staff: Staff) -> tuple[Ticket, list[Mail]]:
        """Return a ticket with its mails, and those of tickets merged into it, and note who looked. Raises NotAllowed.

        Of the replies only the person's own words: the quotation of a challenge holds the code, which is not for staff.
        """
        staff.require("agent")
        with self.store.unit(now=self.clock()) as unit:
            ticket = _named(unit, reference)
            of = [one.id for one in regrouping.sources(unit, ticket)]
            kept = mails.of_tickets(unit.connection, self.store.keyring, of)
            unit.note("shown", reference=ticket.reference, actor=staff.id)
        found = [Mail.from_bytes(one.raw, arrived_at=one.arrived_at, size=one.size) for one in kept]
        own = [dataclasses.replace(mail, text=self.desk.recogniser.own_words(mail.text)) for mail in found[1:]]
        return ticket, [*found[:1], *own]

    def open_tickets(self, *, limit: int) -> tuple[list[Ticket], int]:
        """Return the most urgent open tickets, and how many there are."""
        with self.store.unit(now=self.clock()) as unit:
            return unit.tickets(queries.open_tickets(limit=limit)), queries.count_open(unit.connection)

    def ticket(self, reference: str) -> Ticket | None:
        """Return a ticket by its reference."""
        with self.store.unit(now=self.clock()) as unit:
            return unit.ticket_named(reference)


def _named(unit: SqlUnit, reference: str) -> Ticket:
    ticket = unit.ticket_named(reference)
    if ticket is None:
        raise NotAllowed("unknown_ticket", reference=reference)
    return ticket
